"""What the request log adds to a data request, and what a line costs the thread that writes it.

Run it with `python benchmarks/request_log.py [--json FILE]`. The edge answers with and without the log in turn; each
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
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from handled import HEADERS, ORDER, PARSE, engine_of  # found beside this file

from orion_io.clock import Clock
from orion_io.driver import Driver
from orion_io.recorder import Recorder
from orion_server.edge import DATA, Edge
from orion_server.headers import StandardHeaders
from orion_server.request_lines import json_lines, pretty_lines
from orion_server.request_log import RequestLog

ROUNDS = 15
CALLS = 10_000
BATCH = 2_000


class Discard:
    """Takes lines and traces, and keeps the last batch."""

    batch: list[tuple[Any, ...]]

    def write(self, batch: list[tuple[Any, ...]], dropped: int, /) -> int:
        self.batch = batch
        return 0

    def offer(self, trace: object, duration_ms: float, completed_at: int, /) -> bool:
        return True


def asking(edge: Edge, log: RequestLog | None) -> Callable[[], None]:
    """A round of requests; lines are handed over as often as a busy server would."""

    def ask() -> None:
        answer = edge.answer
        for _ in range(CALLS // BATCH):
            for _ in range(BATCH):
                answer("POST", DATA + "orders", "", HEADERS, ORDER, "127.0.0.1")
            if log is not None:
                log.flush()

    return ask


def nanoseconds(work: Callable[[], object], count: int) -> float:
    began = time.perf_counter_ns()
    work()
    return (time.perf_counter_ns() - began) / count


async def measure() -> dict[str, int]:
    clock, lines = Clock(), Discard()
    driver = Driver(engine_of([PARSE]), clock, Recorder(lines, "all", clock), lambda *_: None)
    headers = StandardHeaders(tls=False)
    log = RequestLog(lines, clock, 0, 20_000, 0.1)
    rounds = {
        "without": asking(Edge(driver, clock, headers), None),
        "with": asking(Edge(driver, clock, headers, log), log),
    }
    times: dict[str, list[float]] = {name: [] for name in rounds}
    for _ in range(ROUNDS):
        for name, ask in rounds.items():
            times[name].append(nanoseconds(ask, CALLS))
    added = [mine - bare for mine, bare in zip(times["with"], times["without"], strict=True)]
    batch = lines.batch
    return {
        "request without the log": round(median(times["without"])),
        "request with it": round(median(times["with"])),
        "what it adds": round(median(added)),
        "a line as JSON, in the thread": round(
            median(nanoseconds(lambda: json_lines(batch), BATCH) for _ in range(ROUNDS))
        ),
        "a line for people, in the thread": round(
            median(nanoseconds(lambda: pretty_lines(batch), BATCH) for _ in range(ROUNDS))
        ),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    options = parser.parse_args()
    figures = asyncio.run(measure())
    print(f"{'the request log':<36}{'ns':>8}")
    for name, figure in figures.items():
        print(f"{name:<36}{figure:>8}")
    if options.json:
        options.json.write_text(json.dumps({"request_log_ns": figures}, indent=1) + "\n")


if __name__ == "__main__":
    main()
