"""How requests of the queue are worked on, by real workers over SQLite."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from orion_io.queue.room import Room
from orion_io.storage import Store, TraceRecord, Unstorable, open_store
from orion_io.storage.queue_rows import Waiting
from orion_io.storage.raw import RawConnection, RawUnavailable
from tests.core.service import PARSE, Json, Service, one, put, task
from tests.http.waiting import WAIT
from tests.queue.plant import RULES, Plant, until
from tests.queue.rows import SECOND, terms
from tests.simulator.functions import FUNCTIONS

pytestmark = pytest.mark.anyio
WAITING = {**FUNCTIONS, "wait": WAIT}


def wait(ms: int, identity: str = "wait") -> Json:
    """A task that takes a while without holding anybody up."""
    return task(identity, "wait", {"ms": ms})


@pytest.fixture
async def store(database: Path) -> AsyncIterator[Store]:
    store = open_store(f"sqlite:{database}")
    await store.open()
    yield store
    await store.close()


def plant_of(store: Store, *tasks: Json, config: Json | None = None, **members: Any) -> Plant:
    service = Service({"main": {"tasks": list(tasks)}}, {"main": {"config": config or {}}}, functions=WAITING)
    return Plant(store.raw(durable=False), service=service, **members)


async def trace_of(store: Store, identity: str) -> TraceRecord:
    async with store.read() as tx:
        record = await tx.traces.get(identity)
    assert record is not None
    return record


async def ended(store: Store, identity: str) -> TraceRecord:
    """The trace, once it is in its last state."""

    async def is_ended() -> bool:
        return (await trace_of(store, identity)).status in ("completed", "failed")

    await until(is_ended)
    return await trace_of(store, identity)


async def running(store: Store, identity: str) -> None:
    async def is_running() -> bool:
        return (await trace_of(store, identity)).status == "running"

    await until(is_running)


async def test_what_was_accepted_is_completed(store: Store) -> None:
    plant = plant_of(store, PARSE)
    async with plant.working():
        _, identity = await plant.submit({"n": 7})
        trace = await ended(store, identity)
    assert (trace.status, trace.attempts, trace.mode) == ("completed", 1, "async")
    assert json.loads(trace.result_json or b"")["context"]["data"] == {"in": {"n": 7}}
    assert json.loads(trace.attempts_json or b"")[0]["outcome"] == "completed"
    assert (trace.lease_owner, trace.completed_at is not None) == (None, True)


async def test_what_fails_leaves_a_dead_letter(store: Store) -> None:
    plant = plant_of(store, PARSE, put("data.x", {"throw": "boom"}, "fail"))
    async with plant.working():
        _, identity = await plant.submit({"n": 7})
        trace = await ended(store, identity)
    async with store.read() as tx:
        letter = await tx.dead_letters.get(identity)
    assert letter is not None
    assert (letter.trace_id, letter.payload_json, letter.status) == (identity, b'{"n": 7}', "waiting")
    assert trace.error_message is not None
    assert letter.error_message == trace.error_message
    assert [step["result"] for step in json.loads(trace.steps_json or b"")] == ["executed", "failed"]


async def test_a_result_beyond_its_bound_fails_for_good(store: Store) -> None:
    plant = plant_of(store, PARSE, rules=replace(RULES, max_result=300))
    async with plant.working():
        _, identity = await plant.submit({"text": "x" * 300})
        trace = await ended(store, identity)
    assert trace.error_message is not None
    assert trace.error_message.startswith("Result size ")
    assert trace.error_message.endswith(" bytes exceeds limit of 300 bytes")
    async with store.read() as tx:
        assert await tx.dead_letters.get(identity) is None


async def test_time_is_up(store: Store) -> None:
    plant = plant_of(store, wait(5000), rules=replace(RULES, timeout=0.1))
    async with plant.working():
        _, identity = await plant.submit({})
        trace = await ended(store, identity)
    assert trace.error_message == "Processing timed out after 100ms"


async def test_the_queue_has_bounds(store: Store) -> None:
    plant = plant_of(store, PARSE, room=Room(3, 0))
    async with plant.working(workers=False):
        statuses = [(await plant.submit({"n": n}))[0] for n in range(5)]
        assert statuses == [202, 202, 202, 503, 503]
        assert plant.ledger.room.waiting.count == 3
        await plant.ledger.claim(1, frozenset())
        assert (await plant.submit({}))[0] == 202
        assert (await plant.submit({}))[0] == 503


async def test_what_waits_has_a_weight(store: Store) -> None:
    plant = plant_of(store, PARSE, room=Room(100, 1000))
    async with plant.working(workers=False):
        assert (await plant.submit("x" * 600))[0] == 202
        assert (await plant.submit("x" * 600))[0] == 503
        assert (await plant.submit("x"))[0] == 202


async def test_what_waits_is_counted_at_the_start(store: Store) -> None:
    plant = plant_of(store, PARSE)
    async with plant.working(workers=False):
        await plant.submit({})
    again = plant_of(store, PARSE, room=Room(1, 0))
    async with again.working(workers=False):
        await again.ledger.renew()
        assert (await again.submit({}))[0] == 503


async def test_many_at_once_share_commits(store: Store) -> None:
    commits = 0

    class Counted:
        def __init__(self, raw: RawConnection) -> None:
            self._raw = raw

        def __getattr__(self, name: str) -> Any:
            return getattr(self._raw, name)

        def commit(self) -> None:
            nonlocal commits
            commits += 1
            self._raw.commit()

    plant = Plant(lambda: Counted(store.raw(durable=True)()), service=one(PARSE))
    async with plant.working(workers=False):
        statuses = await asyncio.gather(*(plant.submit({"n": n}) for n in range(200)))
    assert [status for status, _ in statuses] == [202] * 200
    assert commits < 20


async def test_a_line_keeps_its_order(store: Store) -> None:
    plant = plant_of(store, PARSE, wait(5), config={"ordering": "fifo"})
    async with plant.working():
        identities = [(await plant.submit({"n": n}))[1] for n in range(12)]
        traces = [await ended(store, each) for each in identities]
    instants = [(trace.started_at or 0, trace.completed_at or 0) for trace in traces]
    assert instants == sorted(instants)
    assert all(before[1] <= after[0] for before, after in itertools.pairwise(instants))


async def test_who_finds_no_place_comes_again_and_it_does_not_count(store: Store) -> None:
    plant = plant_of(store, wait(150), config={"backpressure": {"max_concurrent": 1}})
    async with plant.working():
        identities = [(await plant.submit({}))[1] for _ in range(3)]
        traces = [await ended(store, each) for each in identities]
    assert [(trace.status, trace.attempts) for trace in traces] == [("completed", 1)] * 3


async def test_what_is_under_way_is_let_go_when_the_time_to_stop_is_over(store: Store) -> None:
    plant = plant_of(store, wait(60_000))
    plant.ledger.start()
    working = asyncio.ensure_future(plant.queue.run())
    _, identity = await plant.submit({})
    await running(store, identity)
    await plant.queue.stop(0.1)
    await working
    await plant.ledger.close(10.0)
    trace = await trace_of(store, identity)
    assert (trace.status, trace.attempts, trace.crashes, trace.lease_owner) == ("pending", 1, 0, None)
    assert json.loads(trace.attempts_json or b"")[0]["outcome"] == "interrupted"
    again = plant_of(store, PARSE)
    async with again.working():
        trace = await ended(store, identity)
    assert (trace.status, trace.attempts) == ("completed", 2)


async def test_what_is_under_way_ends_before_the_server_stops(store: Store) -> None:
    plant = plant_of(store, wait(200))
    async with plant.working():
        _, identity = await plant.submit({})
        await running(store, identity)
    assert (await trace_of(store, identity)).status == "completed"


async def test_who_lost_a_lease_stops_working(store: Store) -> None:
    plant = plant_of(store, wait(60_000), given=terms(lease=SECOND // 5))
    async with plant.working():
        _, identity = await plant.submit({})
        await running(store, identity)
        raw = store.raw(durable=False)()
        raw.change("UPDATE traces SET fence = fence + 1, lease_owner = 'other' WHERE id = ?", (identity,))
        raw.close()

        async def is_idle() -> bool:
            return plant.workers.active == 0

        await until(is_idle)
        trace = await trace_of(store, identity)
    assert (trace.status, trace.lease_owner, trace.fence) == ("running", "other", 2)


async def test_an_outcome_is_held_while_the_database_is_away(store: Store) -> None:
    away = asyncio.Event()

    class Leaving:
        """A connection to a database that may be stopped."""

        def __init__(self, raw: RawConnection) -> None:
            self._raw = raw

        def __getattr__(self, name: str) -> Any:
            return getattr(self._raw, name)

        def begin(self) -> None:
            if away.is_set():
                raise RawUnavailable("gone")
            self._raw.begin()

    service = Service({"main": {"tasks": [wait(100), PARSE]}}, functions=WAITING)
    plant = Plant(lambda: Leaving(store.raw(durable=False)()), service=service, given=terms(lease=SECOND // 2))
    async with plant.working():
        _, identity = await plant.submit({"n": 1})
        await running(store, identity)
        away.set()
        await asyncio.sleep(0.7)  # longer than the lease
        assert (await plant.submit({}))[0] == 503
        assert plant.workers.active == 1
        away.clear()
        trace = await ended(store, identity)
        assert (await plant.submit({}))[0] == 202
    assert (trace.status, trace.attempts, trace.crashes) == ("completed", 1, 0)


async def test_what_cannot_be_stored_is_told_alone(store: Store) -> None:
    plant = plant_of(store, PARSE)
    async with plant.working(workers=False):
        good, bad = [
            Waiting(
                id=f"{kind}-{n}", request_id="r", channel="main", channel_id="main", channel_version=1,
                order_key=None, received_at=1, input_json="{}", metadata_json="{}" if kind == "good" else "\ud800",
            )
            for n, kind in enumerate(("good", "bad"))
        ]  # fmt: skip
        results = await asyncio.gather(
            plant.ledger.accept(good, 5.0), plant.ledger.accept(bad, 5.0), return_exceptions=True
        )
        assert results[0] is None
        assert isinstance(results[1], Unstorable)
        assert (await plant.submit({}))[0] == 202
        assert plant.ledger.room.waiting.count == 2
    assert (await trace_of(store, "good-0")).status == "pending"
