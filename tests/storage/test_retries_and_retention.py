"""What goes on beside the requests: dead letters retried when they are due, old traces removed."""

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from orion_io.clock import Clock
from orion_io.queue import dead_letters, retention
from orion_io.queue.backoff import CAP, pause_before
from orion_io.queue.dead_letters import Retries
from orion_io.queue.retention import Retention
from orion_io.storage import Page, Sort, Store, TraceFilter, open_store
from tests.contracts.stored import dead_letter, trace

pytestmark = pytest.mark.anyio
HOUR = 3600.0


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = open_store(f"sqlite:{tmp_path}/orion.db")
    await store.open()
    await store.migrate()
    yield store
    await store.close()


async def fill(store: Store, letters: int, **members: object) -> None:
    async with store.write() as tx:
        for number in range(letters):
            await tx.traces.insert(trace(f"t{number:04}", status="failed"))
            await tx.dead_letters.append(dead_letter(f"t{number:04}", next_retry_at=number, **members))


async def statuses(store: Store) -> list[str]:
    async with store.read() as tx:
        rows = await tx.traces.list(TraceFilter(), Sort("created_at", False), Page(1000))
    return [row.status for row in rows.rows]


def test_pauses_grow_to_an_hour_and_half_of_each_is_chance() -> None:
    assert [pause_before(retry, 0.5) for retry in range(3)] == [0.75, 1.5, 3.0]
    for retry in (*range(14), 10**6):
        shortest, longest = pause_before(retry, 0), pause_before(retry, 1 - 1e-9)
        assert 0 < longest / 2 - 1e-3 <= shortest < longest <= CAP
    assert pause_before(20, 0) == CAP / 2


async def test_everything_due_is_retried_in_batches(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dead_letters, "BATCH", 2)
    await fill(store, 5)
    async with store.write() as tx:
        await tx.dead_letters.append(dead_letter("later", next_retry_at=Clock().wall_us() + 10_000_000))
    woken: list[int] = []
    retries = Retries(store, Clock(), interval=1, wake=lambda: woken.append(1))
    assert (await retries.retry_due(), await statuses(store)) == (5, ["pending"] * 5)
    assert (await retries.retry_due(), len(woken)) == (0, 3)


async def test_no_more_is_retried_than_the_queue_has_room_for(store: Store) -> None:
    await fill(store, 5)
    room = [2, 0]
    assert await Retries(store, Clock(), interval=1, room=lambda: room.pop(0)).retry_due() == 2
    assert sorted(await statuses(store)) == ["failed"] * 3 + ["pending"] * 2


async def test_two_at_once_retry_everything_once(store: Store) -> None:
    await fill(store, 20)
    pair = [Retries(store, Clock(), interval=1) for _ in range(2)]
    assert sum(await asyncio.gather(*(each.retry_due() for each in pair))) == 20


async def test_one_that_cannot_be_retried_does_not_keep_back_the_rest(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dead_letters, "BATCH", 1)
    async with store.write() as tx:
        await tx.traces.insert(trace("done", status="completed"))
        await tx.dead_letters.append(dead_letter("done", next_retry_at=0))
    await fill(store, 1)
    assert await Retries(store, Clock(), interval=1).retry_due() == 1


async def test_a_storage_that_is_away_is_told_once_and_asked_again(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    await fill(store, 1)
    await store.close()
    with caplog.at_level(logging.WARNING, "orion_io.queue"):
        running = asyncio.create_task(Retries(store, Clock(), interval=0.01).run())
        await asyncio.sleep(0.1)
        await store.open()
        async with asyncio.timeout(5):
            while await statuses(store) != ["pending"]:
                await asyncio.sleep(0.01)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert caplog.text.count("dead letters cannot be retried now: The storage is not open") == 1


async def test_what_is_old_goes_and_what_is_needed_stays(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "BATCH", 3)
    now = Clock().wall_us()
    async with store.write() as tx:
        for number in range(10):
            status = ("completed", "failed", "pending", "running", "completed")[number % 5]
            created = 1 if number % 5 < 4 else now
            await tx.traces.insert(trace(f"t{number}", status=status, created_at=created, updated_at=created))
        await tx.dead_letters.append(dead_letter("t1"))
    assert await Retention(store, Clock(), keep=HOUR, interval=1).sweep() == 3
    assert sorted(await statuses(store)) == [*["completed"] * 2, "failed", *["pending"] * 2, *["running"] * 2]


async def test_the_first_sweep_is_at_once(store: Store) -> None:
    async with store.write() as tx:
        await tx.traces.insert(trace("old", status="completed"))
    running = asyncio.create_task(Retention(store, Clock(), keep=HOUR, interval=HOUR).run())
    async with asyncio.timeout(5):
        while await statuses(store):
            await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_mistake_of_ours_is_logged_and_the_rounds_go_on(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    await fill(store, 1)
    divisors = [0]

    def room() -> int:
        return 5 // (divisors.pop() if divisors else 1)

    running = asyncio.create_task(Retries(store, Clock(), interval=0.01, room=room).run())
    async with asyncio.timeout(5):
        while await statuses(store) != ["pending"]:
            await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert "ZeroDivisionError" in caplog.text
