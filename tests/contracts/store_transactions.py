"""All or nothing, one after the other."""

import anyio
import anyio.lowlevel
import pytest

from orion_io.storage import (
    AuditFilter,
    ChannelFilter,
    DraftExists,
    IdTaken,
    NoActive,
    NoDraft,
    Sort,
    StorageUnavailable,
    Store,
    StoreError,
    WorkflowFilter,
)
from tests.contracts.stored import EVERYTHING, activate_versions, audit_entry, channel, connector, versions_of, workflow


class TransactionContract:
    """All or nothing, one after the other."""

    async def test_an_exception_undoes_everything(self, store: Store) -> None:
        with pytest.raises(LookupError):
            async with store.write() as tx:
                await tx.workflows.create(workflow())
                await tx.audit.append(audit_entry("1"))
                raise LookupError
        async with store.read() as tx:
            assert await tx.workflows.get("order-flow") is None
            assert (await tx.audit.list(AuditFilter(), EVERYTHING)).total == 0

    async def test_a_cancellation_undoes_everything_and_the_store_serves_the_next(self, store: Store) -> None:
        for step in range(6):
            with anyio.CancelScope() as scope:
                async with store.write() as tx:
                    await tx.workflows.create(workflow(f"w{step}"))
                    scope.cancel()
                    await anyio.lowlevel.checkpoint()
        async with store.write() as tx:
            assert (await tx.workflows.list(WorkflowFilter(), Sort(), EVERYTHING)).total == 0
            await tx.workflows.create(workflow())
        assert await versions_of(store, "order-flow") == [(1, "draft", 100)]

    async def test_a_cancellation_at_any_moment_leaves_all_or_nothing(self, store: Store) -> None:
        async def write_pair(number: int) -> None:
            async with store.write() as tx:
                await tx.workflows.create(workflow(f"w{number}"))
                await tx.channels.create(channel(f"w{number}"))

        for number in range(40):
            async with anyio.create_task_group() as group:
                group.start_soon(write_pair, number)
                for _ in range(number):
                    await anyio.lowlevel.checkpoint()
                group.cancel_scope.cancel()
        async with store.read() as tx:
            workflows = await tx.workflows.list(WorkflowFilter(), Sort(), EVERYTHING)
            channels = await tx.channels.list(ChannelFilter(), Sort(), EVERYTHING)
        assert [row.workflow_id for row in workflows.rows] == [row.channel_id for row in channels.rows]

    async def test_a_refused_change_leaves_the_transaction_usable(self, store: Store) -> None:
        async with store.write() as tx:
            await tx.workflows.create(workflow())
            with pytest.raises(IdTaken):
                await tx.workflows.create(workflow())
            await tx.workflows.create(workflow("other"))
        assert await versions_of(store, "other") == [(1, "draft", 100)]

    async def test_a_reading_transaction_refuses_changes(self, store: Store) -> None:
        with pytest.raises(StorageUnavailable, match="does not allow changes"):
            async with store.read() as tx:
                await tx.workflows.create(workflow())

    RACES = (
        ("create", lambda tx: tx.workflows.create(workflow("new")), IdTaken),
        ("new version", lambda tx: tx.workflows.new_version("order-flow", now=5), DraftExists),
        ("activate", lambda tx: tx.workflows.activate("drafted", now=5), NoDraft),
        ("archive", lambda tx: tx.workflows.archive("order-flow", now=5), NoActive),
        ("connector", lambda tx: tx.connectors.create(connector()), IdTaken),
    )

    @pytest.mark.parametrize(("_what", "change", "refusal"), RACES)
    async def test_of_ten_at_once_one_wins(self, store: Store, _what: str, change, refusal) -> None:
        await activate_versions(store, [None])
        async with store.write() as tx:
            await tx.workflows.create(workflow("drafted"))
        results: list[str] = []

        async def contend() -> None:
            try:
                async with store.write() as tx:
                    await change(tx)
                results.append("won")
            except StoreError as error:
                results.append(type(error).__name__)

        async with anyio.create_task_group() as group:
            for _ in range(10):
                group.start_soon(contend)
        assert sorted(results) == sorted(["won"] + [refusal.__name__] * 9)

    async def test_a_store_that_is_closed_says_so(self, store: Store) -> None:
        await store.close()
        await store.close()
        with pytest.raises(StorageUnavailable, match="not open"):
            await store.ping()
        with pytest.raises(StorageUnavailable, match="not open"):
            async with store.write():
                pass

    async def test_it_answers_a_ping(self, store: Store) -> None:
        await store.ping()

    async def test_nothing_is_pending_once_migrated(self, store: Store) -> None:
        assert await store.pending_migrations() == []
        assert await store.migrate() == []
