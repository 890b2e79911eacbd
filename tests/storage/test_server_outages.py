"""Databases that hang up, are killed and come back: nobody has to start us again, and nothing half done is left."""

import time
from collections.abc import AsyncIterator

import anyio
import pytest

from orion_core.protocol import StoreTrace
from orion_io.storage import (
    Page,
    RawUnavailable,
    Sort,
    StorageUnavailable,
    Store,
    TraceFilter,
    WorkflowRecord,
    open_store,
)
from tests.database_servers import SERVERS, DatabaseServer
from tests.server_stores import empty

pytestmark = pytest.mark.anyio

HANG_UP = {
    "postgres": "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = '{}'",
    "mysql": "SELECT id FROM information_schema.processlist WHERE id <> CONNECTION_ID() AND db = '{}'",
}


def workflow(workflow_id: str) -> WorkflowRecord:
    return WorkflowRecord(workflow_id=workflow_id, name="n", tasks=[], created_at=1, updated_at=1)


def offered(name: str) -> tuple[StoreTrace, float, int]:
    return StoreTrace(name, "r", "orders", "c", 3, "sync", "completed", b"{}", None, None, 10.0), 1.5, 20_000_000


@pytest.fixture(params=["postgres", "mysql"])
def server(request: pytest.FixtureRequest) -> DatabaseServer:
    server: DatabaseServer = request.getfixturevalue(f"{request.param}_server")
    return server


@pytest.fixture
def url(server: DatabaseServer, request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(f"{server.kind}_url"))


@pytest.fixture
async def store(url: str) -> AsyncIterator[Store]:
    store = open_store(url, max_connections=4, acquire_timeout_secs=0.2)
    empty(store)
    await store.open()
    yield store
    await store.close()


def hang_up(server: DatabaseServer, url: str) -> None:
    """End every connection to the database of the tests."""
    for (number,) in server.execute(HANG_UP[server.kind].format(url.rpartition("/")[2])):
        if server.kind == "mysql":
            server.execute(f"KILL {number}")


async def test_connections_that_were_ended_while_nobody_used_them_are_replaced(
    server: DatabaseServer, store: Store, url: str
) -> None:
    for _ in range(2):
        async with store.read(), store.read(), store.write() as tx:
            await tx.generation.bump()
        hang_up(server, url)
        await store.ping()
    async with store.write() as tx:
        assert await tx.generation.bump() == 3


async def test_a_transaction_whose_connection_is_ended_is_undone(
    server: DatabaseServer, store: Store, url: str
) -> None:
    for statement in (False, True):
        with pytest.raises(StorageUnavailable):
            async with store.write() as tx:
                await tx.workflows.create(workflow("w"))
                hang_up(server, url)
                if statement:
                    await tx.workflows.create(workflow("v"))
    async with store.write() as tx:
        assert await tx.workflows.get("w") is None


async def test_waits_are_bounded_and_leave_the_pool_whole(store: Store) -> None:
    async with store.write():
        with pytest.raises(StorageUnavailable, match="The storage is busy"):
            async with store.write():
                pass
    async with store.read(), store.read(), store.read():
        with pytest.raises(StorageUnavailable, match="The storage is busy"):
            async with store.read():
                pass
    async with store.read(), store.read(), store.read():
        pass


async def test_those_who_give_up_waiting_leave_the_pool_whole(store: Store, url: str) -> None:
    other = open_store(url)
    await other.open()
    async with other.write() as tx:
        await tx.generation.bump()
        for _ in range(3):
            with anyio.move_on_after(0.05) as scope:
                async with store.write():  # waits for the lock that `other` holds
                    pass
            assert scope.cancelled_caught
    async with store.write() as tx:
        assert await tx.generation.bump() == 2
    await other.close()


@pytest.mark.parametrize("kind", ["postgres", "mysql"])
async def test_a_server_that_was_killed_and_started_again(kind: str, pytestconfig: pytest.Config) -> None:
    with SERVERS[kind](pytestconfig) as server:
        with server.running() as process:
            store = open_store(server.url, acquire_timeout_secs=1)
            await store.open()
            await store.migrate()
            writer = store.trace_writer(
                monotonic=time.monotonic, capacity_rows=1000, capacity_bytes=10**6, report=lambda _: None
            )
            raw = store.raw(durable=True)()
            writer.offer(*offered("before"))
            assert writer.flush(5)
            async with store.write() as tx:
                await tx.workflows.create(workflow("kept"))
            with pytest.raises(StorageUnavailable):
                async with store.write() as tx:
                    await tx.workflows.create(workflow("lost"))
                    server.kill(process)
            for attempt in (store.ping, lambda: changed(store)):
                with pytest.raises(StorageUnavailable) as refused:
                    await attempt()
                assert "the%20database" not in refused.value.detail
                assert "the database's own" not in refused.value.detail
            with pytest.raises(RawUnavailable):
                raw.rows("SELECT 1")
            with pytest.raises(RawUnavailable):
                store.raw(durable=True)()
            raw.close()
            writer.offer(*offered("meanwhile"))
            assert not writer.flush(0.5)
        with server.running():
            await store.ping()
            async with store.read() as tx:
                assert await tx.workflows.get("kept") is not None
                assert await tx.workflows.get("lost") is None
            assert await changed(store) == 1
            assert writer.close(10)
            async with store.read() as tx:
                traces = await tx.traces.list(TraceFilter(), Sort(), Page(10, 0))
            assert sorted(row.id for row in traces.rows) == ["before", "meanwhile"]
            await store.close()


async def changed(store: Store) -> int:
    async with store.write() as tx:
        return await tx.generation.bump()
