"""Instances that share a store: what one changes runs on the others, whatever they think of it."""

import logging
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import anyio
import pytest

from orion_core import Bounds, Compiler, DefinitionProblems, Engine
from orion_io.catching_up import LONGEST_PAUSE, POLL_SECONDS, Attempts, CatchingUp
from orion_io.clock import Clock
from orion_io.presence import BEAT_SECONDS, SILENT_SECONDS, Presence
from orion_io.reload import Reloader
from orion_io.secrets import Secrets
from orion_io.storage import (
    ChannelRecord,
    ConnectorRecord,
    StorageUnavailable,
    Store,
    Transaction,
    WorkflowRecord,
    open_store,
)

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = open_store(f"sqlite:{tmp_path}/orion.db")
    await store.open()
    await store.migrate()
    yield store
    await store.close()


class Instance:
    """What runs definitions, as in a server."""

    def __init__(self, store: Store, secrets: Mapping[str, str], patience: float = 10.0) -> None:
        self.engine = Engine(Bounds())
        self.installed: list[int] = []
        self.reloader = Reloader(
            store, self.engine, Compiler(), Clock(), Secrets(secrets),
            lambda snapshot: self.installed.append(snapshot.generation), patience=patience,
        )  # fmt: skip

    @property
    def channels(self) -> list[str]:
        return sorted(self.engine.snapshot.channels)

    @property
    def faults(self) -> list[str]:
        return [fault.id for fault in self.reloader.faults]


async def instance(store: Store, **secrets: str) -> Instance:
    one = Instance(store, secrets)
    await one.reloader.start()
    return one


def service(name: str) -> Any:
    """A change that brings a workflow and a channel of that name."""
    tasks = [{"id": "t", "function": {"name": "log", "input": {"message": "hi"}}}]

    async def mutate(tx: Transaction) -> None:
        await tx.workflows.create(WorkflowRecord(workflow_id=name, name=name, tasks=tasks, created_at=1, updated_at=1))
        await tx.workflows.activate(name, now=1)
        record = ChannelRecord(
            channel_id=name,
            name=name,
            channel_type="sync",
            protocol="http",
            workflow_id=name,
            created_at=1,
            updated_at=1,
        )
        await tx.channels.create(record)
        await tx.channels.activate(name, now=1)

    return mutate


async def connect(tx: Transaction) -> None:
    """A change that brings a connector with a secret."""
    config = {"url": "https://stock.example", "auth": {"type": "bearer", "token": "${STOCK_TOKEN}"}}
    await tx.connectors.create(
        ConnectorRecord(id="stock", name="stock", connector_type="http", config=config, created_at=1, updated_at=1)
    )


async def test_a_change_does_not_wait_for_ever_for_the_one_before_it(store: Store) -> None:
    one = Instance(store, {}, patience=0.05)
    await one.reloader.start()
    begun, go_on = anyio.Event(), anyio.Event()

    async def slow(tx: Transaction) -> None:
        begun.set()
        await go_on.wait()

    async with anyio.create_task_group() as group:
        group.start_soon(one.reloader.change, slow)
        await begun.wait()
        for waiting in (one.reloader.reload, lambda: one.reloader.preview(connect)):
            with pytest.raises(StorageUnavailable, match=r"has not ended in 0\.05 s"):
                await waiting()
        go_on.set()
    await one.reloader.reload()
    assert (one.reloader.tally.done, one.reloader.tally.failed) == (3, 1)


async def test_what_one_changes_is_installed_by_the_other_once(store: Store) -> None:
    one, other = await instance(store), await instance(store)
    await one.reloader.change(service("orders"))
    installed = await other.reloader.catch_up()
    assert installed is not None
    assert (one.channels, other.channels, other.installed) == (["orders"], ["orders"], [0, installed.generation])
    assert one.engine.snapshot.generation == installed.generation
    assert [await each.reloader.catch_up() for each in (one, other)] == [None, None]
    assert one.installed == other.installed  # whoever made the change does not install it twice
    await other.reloader.change(lambda tx: tx.channels.archive("orders", now=2))
    await one.reloader.catch_up()
    assert one.channels == other.channels == []


async def test_what_cannot_run_here_is_a_fault_and_the_rest_serves(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    able, unable = await instance(store, STOCK_TOKEN="t"), await instance(store)
    await able.reloader.change(connect)
    await able.reloader.change(service("orders"))
    with caplog.at_level(logging.INFO, "orion_io.reload"):
        await unable.reloader.catch_up()
    assert (able.faults, unable.faults, unable.channels) == ([], ["stock"], ["orders"])
    (said,) = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert said.startswith("cannot run: connector 'stock'")
    assert "STOCK_TOKEN" in said
    caplog.clear()
    await able.reloader.change(service("payments"))
    await unable.reloader.catch_up()
    assert [record.levelname for record in caplog.records if record.levelname == "ERROR"] == []  # it is known
    await able.reloader.change(lambda tx: tx.connectors.delete("stock"))
    await unable.reloader.catch_up()
    assert (unable.faults, unable.channels) == ([], ["orders", "payments"])


async def test_a_change_is_not_refused_for_what_somebody_else_did(store: Store) -> None:
    able, unable = await instance(store, STOCK_TOKEN="t"), await instance(store)
    await able.reloader.change(connect)
    await unable.reloader.preview(service("orders"))
    assert (unable.faults, unable.channels) == (["stock"], [])
    await able.reloader.change(lambda tx: tx.connectors.update("stock", now=2, name="stock-2"))
    await unable.reloader.change(service("orders"))
    assert (unable.faults, unable.channels) == (["stock"], ["orders"])
    await able.reloader.change(service("payments"))
    assert (await unable.reloader.reload()).channels == 2


async def test_a_change_that_brings_a_fault_is_refused_still(store: Store) -> None:
    one, other = await instance(store), await instance(store)
    await other.reloader.change(service("orders"))
    with pytest.raises(DefinitionProblems, match="STOCK_TOKEN"):
        await one.reloader.change(connect)
    assert (one.channels, one.faults) == (["orders"], [])  # it has caught up all the same
    assert await other.reloader.catch_up() is None


async def test_a_store_that_was_put_back_is_followed_backwards(store: Store) -> None:
    one = await instance(store)
    await one.reloader.change(service("orders"))
    connection = store.raw(durable=False)()
    for table in ("channels", "workflows"):
        connection.change(f"DELETE FROM {table}")
    connection.change("UPDATE generation SET number = 1")
    connection.close()
    await one.reloader.catch_up()
    assert (one.channels, one.engine.snapshot.generation) == ([], 1)


async def test_a_follower_looks_by_itself(store: Store) -> None:
    one, other = await instance(store), await instance(store)
    with anyio.fail_after(10):
        async with anyio.create_task_group() as group:
            group.start_soon(CatchingUp(store, other.reloader).run)
            await one.reloader.change(service("orders"))
            while other.channels != ["orders"]:
                await anyio.sleep(0.01)
            group.cancel_scope.cancel()


async def test_what_fails_is_told_once_and_tried_less_often_until_it_succeeds(caplog: pytest.LogCaptureFixture) -> None:
    failures: list[Exception] = [StorageUnavailable("The storage is busy", "locked")] * 5 + [ZeroDivisionError()] * 3

    async def attempt() -> None:
        if failures:
            raise failures.pop(0)

    attempts = Attempts("nothing is noticed")
    made, pauses = [], []
    for _ in range(9):
        made.append(await attempts.make(attempt))
        pauses.append(attempts.pause)
    assert made == [False] * 8 + [True]
    assert pauses == [0.5, 1.0, *[LONGEST_PAUSE] * 6, POLL_SECONDS]
    assert [record.getMessage() for record in caplog.records] == ["nothing is noticed: The storage is busy locked"]
    failures.append(ZeroDivisionError())
    await attempts.make(attempt)
    assert (caplog.records[-1].getMessage(), caplog.records[-1].exc_info is not None) == ("nothing is noticed", True)


class HandClock:
    """Tells what it is told: `now` to who waits, and to who writes it down an hour that is off."""

    def __init__(self, ahead: int = 0) -> None:
        self.now = 100.0
        self.ahead = ahead

    def monotonic(self) -> float:
        return self.now

    def wall_us(self) -> int:
        return int((self.now + self.ahead) * 1_000_000)


def presence(store: Store, name: str, clock: Any, generation: int = 0) -> Presence:
    return Presence(store, clock, identity=name, version="1.0", generation=lambda: generation)


async def names(store: Store) -> list[str]:
    async with store.read() as tx:
        return sorted(record.id for record in await tx.instances.list())


async def test_who_is_silent_is_struck_out_whatever_the_clocks_say(store: Store) -> None:
    clock, behind = HandClock(), HandClock(ahead=-7200)
    one, late, dying = presence(store, "one", clock), presence(store, "late", behind), presence(store, "dying", behind)
    await dying.beat()
    rounds = int(SILENT_SECONDS / BEAT_SECONDS)
    for number in range(rounds + 1):
        assert await names(store) == (["dying"] if number == 0 else ["dying", "late", "one"])
        await late.beat()
        await one.beat()
        for each in (clock, behind):
            each.now += BEAT_SECONDS
    assert await names(store) == ["late", "one"]


async def test_an_instance_is_shown_as_it_is_now_and_takes_its_leave(store: Store) -> None:
    clock = HandClock()
    one, other = presence(store, "one", clock, generation=7), presence(store, "other", clock)
    await other.beat()
    everybody = await one.everybody()
    assert everybody is not None
    assert [(record.id, record.generation) for record in everybody] == [("one", 7), ("other", 0)]
    with anyio.fail_after(10):
        async with anyio.create_task_group() as group:
            group.start_soon(one.run)
            while await names(store) != ["one", "other"]:
                await anyio.sleep(0.01)
            group.cancel_scope.cancel()
    assert await names(store) == ["other"]
    await store.close()
    assert await one.everybody() is None
