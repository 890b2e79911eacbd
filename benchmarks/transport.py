"""What each layer of the direct transport costs a request, bytes in to bytes out, without a socket.

Run it with `python benchmarks/transport.py [--json FILE]`. Each figure is the median of interleaved rounds, in CPU time
of this thread: what sockets and the kernel cost is left to the load tests.
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
from orion_server.app import App
from orion_server.bodies import BodyLimits
from orion_server.edge import DATA, Edge
from orion_server.gate import Gate
from orion_server.headers import StandardHeaders
from orion_server.request_log import RequestLog
from orion_server.request_tally import RequestTally
from orion_server.transports.answer_bytes import AnswerBytes
from orion_server.transports.connection import Connection
from orion_server.transports.reader import Reader
from orion_server.transports.shared import Shared
from orion_server.transports.transport import Terms

ROUNDS = 15
CALLS = 10_000
BATCH = 2_000
TEXT = (
    b"POST /api/v1/data/orders HTTP/1.1\r\nHost: localhost:8080\r\nContent-Type: application/json\r\n"
    b"Content-Length: 46\r\n\r\n" + ORDER
)


class Discard:
    """Takes lines and traces."""

    def write(self, batch: list[tuple[Any, ...]], dropped: int, /) -> int:
        return 0

    def offer(self, trace: object, duration_ms: float, completed_at: int, /) -> bool:
        return True


class Wire:
    """What a transport of the event loop is to a connection."""

    sent = b""

    def get_extra_info(self, name: str) -> tuple[str, int]:
        return ("127.0.0.1", 1)

    def write(self, data: bytes) -> None:
        self.sent = data


def app_of(log: RequestLog, clock: Clock) -> App:
    """The application as a server has it, but for the store and the admin API."""
    driver = Driver(engine_of([PARSE]), clock, Recorder(Discard(), "all", clock), lambda *_: None)
    headers = StandardHeaders(tls=False)
    edge = Edge(driver, clock, headers, log, RequestTally())
    nobody: Any = None
    bodies = BodyLimits(1_048_576, 1_048_576, nobody)
    return App(edge, nobody, clock, bodies, Gate(None, None, nobody, {}), headers, log)


def often(work: Callable[[], object], log: RequestLog) -> Callable[[], None]:
    """A round of it; lines are handed over as often as a busy server would."""

    def go() -> None:
        for _ in range(CALLS // BATCH):
            for _ in range(BATCH):
                work()
            log.flush()

    return go


def nanoseconds(work: Callable[[], object]) -> float:
    began = time.thread_time_ns()
    work()
    return (time.thread_time_ns() - began) / CALLS


async def measure() -> dict[str, int]:
    clock = Clock()
    log = RequestLog(Discard(), clock, 0, 20_000, 0.1)
    app = app_of(log, clock)
    terms = Terms("127.0.0.1", 1, 10, 60, 30, 1000, clock.wall)
    shared = Shared(app, terms, asyncio.get_running_loop())
    connection, wire = Connection(shared), Wire()
    connection.connection_made(wire)
    reader, answers = Reader(app, ""), AnswerBytes()
    reply = app.answer("POST", DATA + "orders", "", HEADERS, ORDER, "127.0.0.1")

    def read() -> None:
        reader.feed(TEXT)
        reader.requests.pop(0)

    layers: dict[str, Callable[[], object]] = {
        "reading": read,
        "answering": lambda: app.answer("POST", DATA + "orders", "", HEADERS, ORDER, "127.0.0.1"),
        "its bytes": lambda: answers.of(reply, "POST", False, False),
        "all of it": lambda: connection.data_received(TEXT),
    }
    rounds = {name: often(work, log) for name, work in layers.items()}
    times: dict[str, list[float]] = {name: [] for name in rounds}
    for _ in range(ROUNDS):
        for name, go in rounds.items():
            times[name].append(nanoseconds(go))
    if not wire.sent.startswith(b"HTTP/1.1 200 OK\r\n"):
        raise SystemExit(f"{wire.sent!r}")
    return {name: round(median(each)) for name, each in times.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    options = parser.parse_args()
    figures = asyncio.run(measure())
    print(f"{'the direct transport, CPU':<36}{'ns':>8}")
    for name, figure in figures.items():
        print(f"{name:<36}{figure:>8}")
    if options.json:
        options.json.write_text(json.dumps({"transport_ns": figures}, indent=1) + "\n")


if __name__ == "__main__":
    main()
