"""What counting adds to a data request, and what it costs to show the numbers.

Run it with `python benchmarks/metrics.py [--json FILE]`. The edge answers with and without counting in turn; each
figure is the median of the rounds.
"""

# a report for the terminal

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parent))

from handled import HEADERS, ORDER, PARSE, engine_of  # found beside this file

from orion_io.clock import Clock
from orion_io.driver import Driver
from orion_io.recorder import Recorder
from orion_io.tallies import MessageTally
from orion_server.edge import DATA, Edge
from orion_server.exchange import Call
from orion_server.headers import StandardHeaders
from orion_server.metrics import Metrics, message_source, request_source
from orion_server.request_tally import RequestTally
from orion_server.tallies import NoteTally

ROUNDS = 31
CALLS = 10_000
SCRAPES = 200


class Discard:
    """Takes traces."""

    def offer(self, trace: object, duration_ms: float, completed_at: int, /) -> bool:
        return True


def asking(edge: Edge) -> Callable[[], None]:
    """A round of requests."""

    def ask() -> None:
        answer = edge.answer
        for _ in range(CALLS):
            answer("POST", DATA + "orders", "", HEADERS, ORDER, "127.0.0.1")

    return ask


def nanoseconds(work: Callable[[], object], count: int) -> float:
    began = time.perf_counter_ns()
    work()
    return (time.perf_counter_ns() - began) / count


async def scraping(requests: RequestTally, messages: MessageTally) -> float:
    """Microseconds of a page with what the rounds have counted."""
    page = Metrics((request_source(requests), message_source(messages, NoteTally())))
    call = Call("GET", "/metrics", "", {}, b"", "", "", "")
    began = time.perf_counter_ns()
    for _ in range(SCRAPES):
        await page.answer(call)
    return (time.perf_counter_ns() - began) / SCRAPES / 1000


async def measure() -> dict[str, int]:
    clock, headers = Clock(), StandardHeaders(tls=False)
    recorder = Recorder(Discard(), "all", clock)
    requests, messages = RequestTally(), MessageTally()
    engine = engine_of([PARSE])
    bare = Driver(engine, clock, recorder, lambda *_: None)
    counting = Driver(engine, clock, recorder, lambda *_: None, tally=messages)
    rounds = {
        "without": asking(Edge(bare, clock, headers)),
        "with": asking(Edge(counting, clock, headers, None, requests)),
    }
    times: dict[str, list[float]] = {name: [] for name in rounds}
    for _ in range(ROUNDS):
        for name, ask in rounds.items():
            times[name].append(nanoseconds(ask, CALLS))
    added = [mine - plain for mine, plain in zip(times["with"], times["without"], strict=True)]
    return {
        "request without counting": round(median(times["without"])),
        "request with it": round(median(times["with"])),
        "what it adds": round(median(added)),
        "a page of these numbers, us": round(await scraping(requests, messages)),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    options = parser.parse_args()
    figures = asyncio.run(measure())
    print(f"{'metrics':<36}{'ns':>8}")
    for name, figure in figures.items():
        print(f"{name:<36}{figure:>8}")
    if options.json:
        options.json.write_text(json.dumps({"metrics_ns": figures}, indent=1) + "\n")


if __name__ == "__main__":
    main()
