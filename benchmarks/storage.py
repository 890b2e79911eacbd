"""What the trace writer costs: rows a second, an offer, and how much it slows the thread that offers.

Run it with `python benchmarks/storage.py [directory]`; the directory should be on the disk that matters. The ways to
insert that were not taken stand here as well, so that the choice can be measured again.
"""

# statements made of constants; a report for the terminal

import asyncio
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from statistics import median

import msgspec

from orion_core.protocol import StoreTrace
from orion_io.clock import Clock
from orion_io.storage import RawConnection, TraceWriter, open_store
from orion_io.storage.opening import sqlite_target
from orion_io.storage.raw_sqlite import connect_raw
from orion_io.storage.trace_rows import BOUND, COLUMNS, COPIED
from orion_io.storage.trace_writer import Row

RATE = 30_000  # rows a second offered while the slowdown is measured
SLICE = 0.002  # seconds between offers of a slice
ROUND = 30_000  # rows, so a second
ROUNDS = 5
CLOCK = Clock()
ROOM = {"capacity_rows": 1_000_000, "capacity_bytes": 2**33}
PLACES = {column: BOUND.index(COPIED.get(column, column)) for column in COLUMNS}
NUMBERED = [f"?{PLACES[column] + 1}" for column in COLUMNS]


Offered = tuple[StoreTrace, float, int]


def a_trace() -> Offered:
    """What is offered after a small request."""
    came = b'{"data":{"id":7,"lines":[{"sku":"a","n":1},{"sku":"b","n":2}],"note":"as usual"}}'
    went = b'{"id":"x","status":"ok","data":{"total":12.5,"lines":2},"errors":[]}'
    identity = CLOCK.uuid()
    trace = StoreTrace(
        identity, identity, "orders", "orders", 1, "sync", "completed", came, went, None, 1_760_000_000.0
    )
    return trace, 0.25, 1_760_000_000_000_250


class RowByRow(TraceWriter):
    """The same writer over executemany: one release of the interpreter lock for each row."""

    STATEMENT = f"INSERT INTO traces ({', '.join(COLUMNS)}) VALUES ({', '.join(NUMBERED)})"

    def _insert(self, connection: RawConnection, rows: Sequence[Row]) -> int:
        connection.many(self.STATEMENT, rows)
        return len(rows)


class FromJson(TraceWriter):
    """The same writer over one statement that takes its rows as one JSON document."""

    STATEMENT = (
        f"INSERT INTO traces ({', '.join(COLUMNS)}) SELECT "
        + ", ".join(f"value ->> {PLACES[column]}" for column in COLUMNS)
        + " FROM json_each(?)"
    )

    def _insert(self, connection: RawConnection, rows: Sequence[Row]) -> int:
        connection.change(self.STATEMENT, (msgspec.json.encode(rows).decode(),))
        return len(rows)


def spin(until: float) -> int:
    """Turn round in Python until an instant; how often says how much of a core was to be had."""
    turns = 0
    while time.perf_counter() < until:
        turns += 1
    return turns


def refuse(*_offered: object) -> bool:
    """An offer to nobody."""
    return False


def turns_while_offering(offer: Callable[..., bool], traces: Sequence[Offered]) -> tuple[int, float]:
    """Offer traces at RATE and spin in between. Returns the turns, and by how much a slice came late in seconds."""
    turns, late, start = 0, 0.0, time.perf_counter()
    each = int(RATE * SLICE)
    for number in range(ROUND // each):
        for trace in traces[number * each : (number + 1) * each]:
            offer(*trace)
        end = start + (number + 1) * SLICE
        turns += spin(end)
        late = max(late, time.perf_counter() - end)
    return turns, late


def measure(writer_type: type[TraceWriter], directory: Path) -> None:
    """Print one line about one way to insert."""
    path = directory / f"{uuid.uuid4()}.db"
    asyncio.run(migrate(path))
    target = sqlite_target(f"sqlite:{path}")
    writer = writer_type(partial(connect_raw, target, 5000, "traces"), monotonic=time.monotonic, report=print, **ROOM)
    writer.start()
    kept, late, behind = [], [], []
    for _ in range(ROUNDS):  # alone and offering by turns, so that what else runs on the machine hits both alike
        traces = [a_trace() for _ in range(ROUND)]
        alone, _late = turns_while_offering(refuse, traces)
        turns, slice_late = turns_while_offering(writer.offer, traces)
        kept.append(turns / alone)
        late.append(slice_late)
        behind.append(writer.waiting)
        writer.flush(60)
    traces = [a_trace() for _ in range(ROUND)]
    begun = time.perf_counter()
    for trace in traces:
        writer.offer(*trace)
    offered = time.perf_counter() - begun
    writer.close(60)
    seconds = time.perf_counter() - begun
    print(
        f"{writer_type.__name__:12} {ROUND / seconds:8.0f} rows/s   offer {offered / ROUND * 1e9:5.0f} ns"
        f"   at {RATE} rows/s the offering thread keeps {median(kept):.2f} of its speed,"
        f" latest slice {median(late) * 1000:.1f} ms, {median(behind):.0f} of {ROUND} rows behind,"
        f" {writer.dropped} dropped"
    )


async def migrate(path: Path) -> None:
    """Make a database with the tables in it."""
    store = open_store(f"sqlite:{path}")
    await store.open()
    await store.migrate()
    await store.close()


def main() -> None:
    """Measure every way to insert."""
    with tempfile.TemporaryDirectory(dir=sys.argv[1] if len(sys.argv) > 1 else None) as directory:
        for writer_type in (TraceWriter, RowByRow, FromJson):
            measure(writer_type, Path(directory))


if __name__ == "__main__":
    main()
