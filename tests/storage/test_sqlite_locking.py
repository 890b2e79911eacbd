"""SQLite on disk: who waits for whom, and what is said when it goes wrong."""

import sqlite3
import traceback
from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import pytest

from orion_io.storage import (
    ConnectorRecord,
    StorageUnavailable,
    Store,
    StoreError,
    Unstorable,
    WorkflowRecord,
    open_store,
)

pytestmark = pytest.mark.anyio


def workflow(workflow_id: str) -> WorkflowRecord:
    return WorkflowRecord(workflow_id=workflow_id, name="n", tasks=[], created_at=1, updated_at=1)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "orion.db"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[Store]:
    store = open_store(f"sqlite:{path}", acquire_timeout_secs=0.05)
    await store.open()
    await store.migrate()
    yield store
    await store.close()


async def test_a_long_read_neither_holds_up_a_change_nor_sees_it(store: Store) -> None:
    async with store.read() as reading:
        assert await reading.workflows.get("w") is None
        async with store.write() as writing:
            await writing.workflows.create(workflow("w"))
        assert await reading.workflows.get("w") is None
    async with store.read() as later:
        assert await later.workflows.get("w") is not None


async def test_many_reads_go_on_at_once(store: Store) -> None:
    async with store.read() as first, store.read() as second, store.read() as third:
        assert [await each.generation.current() for each in (first, second, third)] == [0, 0, 0]


async def test_a_change_waits_for_that_of_another_process(path: Path, store: Store) -> None:
    other = open_store(f"sqlite:{path}")
    await other.open()
    order: list[str] = []

    async def follow() -> None:
        async with other.write() as tx:
            await tx.workflows.create(workflow("second"))
            order.append("second")

    async with anyio.create_task_group() as group, store.write() as tx:
        group.start_soon(follow)
        await tx.workflows.create(workflow("first"))
        await anyio.wait_all_tasks_blocked()
        order.append("first")
    await other.close()
    assert order == ["first", "second"]


async def test_a_change_that_waited_too_long_is_told_so(path: Path, store: Store) -> None:
    other = open_store(f"sqlite:{path}", busy_timeout_ms=20)
    await other.open()
    async with store.write():
        for blocked in (other, store):  # by the lock of another process, and by our own change before
            with pytest.raises(StorageUnavailable, match="The storage is busy"):
                async with blocked.write():
                    pass
    await other.close()


async def test_a_damaged_document_is_named_so(path: Path, store: Store) -> None:
    async with store.write() as tx:
        await tx.workflows.create(workflow("w"))
    connection = sqlite3.connect(path)
    with connection:
        connection.execute("UPDATE workflows SET tasks_json = '{'")
    connection.close()
    with pytest.raises(StorageUnavailable, match="A stored document is damaged"):
        async with store.read() as tx:
            await tx.workflows.get("w")


async def test_no_error_shows_a_secret(store: Store) -> None:
    secret = {"auth": {"token": "hunter2"}}
    record = ConnectorRecord(id="a", name="\ud800", connector_type="http", config=secret, created_at=1, updated_at=1)
    with pytest.raises(Unstorable) as refused:
        async with store.write() as tx:
            await tx.connectors.create(record)
    shown = "".join(traceback.format_exception(refused.value)) + refused.value.detail
    assert "hunter2" not in shown
    assert "INSERT" not in shown


async def test_a_transaction_is_over_when_it_is_over(store: Store) -> None:
    async with store.write() as tx:
        pass
    with pytest.raises(StoreError):
        await tx.generation.current()


@pytest.mark.parametrize("address", ["sqlite:{}?mode=ro", "file:{}?mode=ro"])
async def test_a_database_opened_for_reading_refuses_changes(path: Path, store: Store, address: str) -> None:
    await store.ping()
    reading = open_store(address.format(path))
    await reading.open()
    async with reading.read() as tx:
        assert await tx.generation.current() == 0
    with pytest.raises(StorageUnavailable, match="does not allow changes"):
        async with reading.write() as tx:
            await tx.generation.bump()
    await reading.close()
