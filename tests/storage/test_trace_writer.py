"""The trace writer: bounded, never in the way, and honest about what it drops."""

import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest

from orion_core.protocol import StoreTrace
from orion_io.storage import Page, RawConnection, Sort, Store, TraceFilter, TraceWriter, open_store
from orion_io.storage.opening import sqlite_target
from orion_io.storage.raw_sqlite import connect_raw
from tests.server_stores import empty

pytestmark = pytest.mark.anyio


def trace(
    name: str,
    *,
    channel: str = "orders",
    status: str = "completed",
    input_json: bytes | None = b'{"a":1}',
    result_json: bytes | None = None,
    error_message: str | None = None,
    started_at: float = 10.0,  # seconds
) -> tuple[StoreTrace, float, int]:
    """What is offered: a trace, how long it took, and when it ended (microseconds)."""
    stored = StoreTrace(name, "r", channel, "c", 3, "sync", status, input_json, result_json, error_message, started_at)
    return stored, 1.5, 20_000_000


@dataclass
class Drops:
    reported: list[int] = field(default_factory=list)


@pytest.fixture
def drops() -> Drops:
    return Drops()


@pytest.fixture(params=["disk", "memory", "postgres", "mysql"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    if request.param in ("disk", "memory"):
        store = open_store(f"sqlite:{tmp_path}/orion.db" if request.param == "disk" else "sqlite::memory:")
        await store.open()
        await store.migrate()
    else:
        store = open_store(request.getfixturevalue(f"{request.param}_url"))
        empty(store)
        await store.open()
    yield store
    await store.close()


@asynccontextmanager
async def nothing_can_be_written(store: Store) -> AsyncIterator[None]:
    """SQLite has one writer, so a change of definitions is enough; elsewhere the table is locked."""
    connection = store.raw(durable=False)()
    connection.begin()
    if connection.dialect == "postgres":
        connection.change("LOCK TABLE traces")
    elif connection.dialect == "mysql":  # each id of the tests is being inserted by somebody else
        connection.many(
            "INSERT INTO traces (id, request_id, channel, mode, status, created_at, updated_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            [(name, "r", "c", "m", "s", 1, 1) for name in ("t", *(f"t{number}" for number in range(10)))],
        )
    yield
    connection.rollback()
    connection.close()


@pytest.fixture
def writer_of(store: Store, drops: Drops) -> Iterator[Callable[..., TraceWriter]]:
    writers: list[TraceWriter] = []

    def start(rows: int = 10_000, size: int = 100_000_000) -> TraceWriter:
        writer = store.trace_writer(
            monotonic=time.monotonic, capacity_rows=rows, capacity_bytes=size, report=drops.reported.append
        )
        writers.append(writer)
        return writer

    yield start
    for writer in writers:
        writer.close(5)


async def stored(store: Store) -> list[str]:
    async with store.read() as tx:
        rows = await tx.traces.list(TraceFilter(), Sort("created_at", descending=False), Page(100_000, 0))
    return [row.id for row in rows.rows]


async def test_an_offered_trace_can_be_read(store: Store, writer_of: Callable[..., TraceWriter]) -> None:
    writer = writer_of()
    assert writer.offer(*trace("t", result_json=b'{"x":"\xc3\xa9"}', error_message="no", status="failed"))
    assert writer.flush(5)
    async with store.read() as tx:
        read = await tx.traces.get("t")
    assert read is not None
    assert (read.request_id, read.channel, read.channel_id, read.channel_version) == ("r", "orders", "c", 3)
    assert (read.mode, read.status, read.error_message, read.duration_ms) == ("sync", "failed", "no", 1.5)
    assert (read.input_json, read.result_json) == (b'{"a":1}', b'{"x":"\xc3\xa9"}')
    assert (read.started_at, read.completed_at) == (10_000_000, 20_000_000)
    assert (read.created_at, read.updated_at) == (10_000_000, 20_000_000)
    assert (read.attempts, read.fence, read.metadata_json, read.steps_json) == (0, 0, None, None)


@pytest.mark.parametrize("count", [1, 2, 3, 31, 32, 33, 1024, 1500])
async def test_batches_of_every_size_are_whole(store: Store, writer_of: Callable[..., TraceWriter], count: int) -> None:
    writer = writer_of()
    names = [f"t{number}" for number in range(count)]
    for number, name in enumerate(names):
        assert writer.offer(*trace(name, started_at=number))
    assert writer.close(10)
    assert writer.dropped == writer.waiting == 0
    assert await stored(store) == names


async def test_a_full_queue_refuses_and_counts(
    store: Store, writer_of: Callable[..., TraceWriter], drops: Drops
) -> None:
    writer = writer_of(rows=3)
    async with nothing_can_be_written(store):  # nothing can be written meanwhile
        taken = [writer.offer(*trace(f"t{number}")) for number in range(10)]
    assert taken == [True] * 3 + [False] * 7
    assert writer.dropped == 7
    assert writer.close(5)
    assert sum(drops.reported) == 7
    assert len(await stored(store)) == 3


async def test_large_documents_fill_the_queue_too(store: Store, writer_of: Callable[..., TraceWriter]) -> None:
    writer = writer_of(size=25_000)
    document = b'"' + b"x" * 10_000 + b'"'
    async with nothing_can_be_written(store):
        taken = [writer.offer(*trace(f"t{number}", input_json=document)) for number in range(3)]
    assert taken == [True, True, False]
    assert writer.flush(5)
    assert writer.offer(*trace("t", input_json=document))


async def test_a_trace_offered_twice_is_kept_once(store: Store, writer_of: Callable[..., TraceWriter]) -> None:
    writer = writer_of()
    for name in ("a", "b", "a"):
        writer.offer(*trace(name))
    assert writer.close(5)
    assert sorted(await stored(store)) == ["a", "b"]


async def test_a_trace_that_cannot_be_stored_takes_no_other_with_it(
    store: Store, writer_of: Callable[..., TraceWriter], drops: Drops
) -> None:
    writer = writer_of()
    for offered in (
        trace("a"), trace("b", error_message="\ud800"), trace("c", started_at=2.0**70), trace("d", channel=None),  # type: ignore[arg-type]
        trace("e", input_json=b"\xff\xfe not UTF-8"), trace("f", error_message="a\0b", channel="c\0"),
    ):  # fmt: skip
        writer.offer(*offered)
    assert not writer.close(5)
    assert writer.dropped == 3
    assert drops.reported == [3]
    assert sorted(await stored(store)) == ["a", "e", "f"]


async def test_a_closed_writer_refuses(store: Store, writer_of: Callable[..., TraceWriter]) -> None:
    writer = writer_of()
    assert writer.close(5)
    assert writer.close(5)
    assert not writer.offer(*trace("late"))
    assert writer.dropped == 1


async def test_a_writer_waits_for_a_lock_to_go(store: Store, writer_of: Callable[..., TraceWriter]) -> None:
    writer = writer_of()
    async with nothing_can_be_written(store):
        writer.offer(*trace("t"))
        assert not writer.flush(0.05)
    assert writer.flush(10)
    assert await stored(store) == ["t"]


@pytest.mark.parametrize("place", ["no/such/folder/orion.db", "not-migrated.db"])
async def test_a_writer_that_cannot_write_counts_what_it_drops(tmp_path: Path, drops: Drops, place: str) -> None:
    target = sqlite_target(f"sqlite:{tmp_path}/{place}")
    writer = TraceWriter(
        partial(connect_raw, target, 10, "traces"),
        monotonic=time.monotonic,
        capacity_rows=100,
        capacity_bytes=1_000_000,
        report=drops.reported.append,
    )
    writer.start()
    for number in range(5):
        assert writer.offer(*trace(f"t{number}"))
    assert not writer.close(0.2)
    assert writer.dropped == 5
    assert sum(drops.reported) == 5


async def test_a_disk_that_is_full_for_a_while_loses_nothing(tmp_path: Path, drops: Drops) -> None:
    path = tmp_path / "orion.db"
    store = open_store(f"sqlite:{path}")
    await store.open()
    await store.migrate()
    attempts = iter((True, True, False))

    def open_on_a_full_disk() -> RawConnection:
        connection = connect_raw(sqlite_target(f"sqlite:{path}"), 100, "traces")
        if next(attempts):
            connection.rows("PRAGMA max_page_count = 1")  # SQLite then says what it says when the disk is full
        return connection

    writer = TraceWriter(
        open_on_a_full_disk,
        monotonic=time.monotonic,
        capacity_rows=10_000,
        capacity_bytes=10**9,
        report=drops.reported.append,
    )
    writer.start()
    for number in range(300):
        writer.offer(*trace(f"t{number}", input_json=b'"' + b"x" * 1000 + b'"'))
    assert writer.close(10)
    assert list(attempts) == []
    assert (writer.dropped, drops.reported) == (0, [])
    assert len(await stored(store)) == 300
    await store.close()
