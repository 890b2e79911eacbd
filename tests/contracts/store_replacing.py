"""Putting whole definitions, all their versions, in the place of others: what a restore does to a store."""

from typing import Any

import pytest

from orion_io.storage import Conflict, IdTaken, NameTaken, Store
from tests.contracts.stored import channel, connector, generation_of, workflow


def history(workflow_id: str = "order-flow") -> list[Any]:
    """Every status a workflow's versions may have at once."""
    return [
        workflow(workflow_id, version=1, status="archived", created_at=1, updated_at=5, rollout_percentage=100),
        workflow(workflow_id, version=2, status="active", created_at=2, updated_at=6, rollout_percentage=70),
        workflow(workflow_id, version=4, status="active", created_at=3, updated_at=7, rollout_percentage=30),
        workflow(workflow_id, version=5, created_at=4, updated_at=8, tags=["a", "b"]),
    ]


class ReplacingContract:
    """What `replace` and `every` promise for all kinds of definitions."""

    async def test_versions_are_kept_exactly_as_they_are_given(self, store: Store) -> None:
        async with store.write() as tx:
            await tx.workflows.replace((), history())
        async with store.read() as tx:
            kept = sorted(await tx.workflows.every(), key=lambda each: each.version)
            assert kept == history()
            assert [each.version for each in await tx.workflows.active()] == [4, 2]

    async def test_what_goes_makes_room_for_what_comes(self, store: Store) -> None:
        async with store.write() as tx:
            await tx.workflows.replace((), [*history(), workflow("other")])
        async with store.write() as tx:
            await tx.workflows.replace(["order-flow", "nobody"], history()[:1])
        async with store.read() as tx:
            left = {(each.workflow_id, each.version) for each in await tx.workflows.every()}
        assert left == {("order-flow", 1), ("other", 1)}

    async def test_an_id_that_is_there_still_is_taken(self, store: Store) -> None:
        async with store.write() as tx:
            await tx.workflows.create(workflow())
            await tx.channels.create(channel())
            await tx.connectors.create(connector())
        with pytest.raises(IdTaken, match="Workflow 'order-flow' already exists"):
            async with store.write() as tx:
                await tx.workflows.replace((), [workflow(version=2)])
        with pytest.raises(IdTaken, match="Channel 'orders' already exists"):
            async with store.write() as tx:
                await tx.channels.replace((), [channel(version=2)])
        with pytest.raises(IdTaken, match="Connector 'stock' already exists"):
            async with store.write() as tx:
                await tx.connectors.replace((), [connector(name="other")])

    async def test_two_drafts_of_one_id_are_refused(self, store: Store) -> None:
        with pytest.raises(Conflict):
            async with store.write() as tx:
                await tx.workflows.replace((), [workflow(version=1), workflow(version=2)])
        with pytest.raises(Conflict):
            async with store.write() as tx:
                await tx.channels.replace((), [channel(version=each, status="active") for each in (1, 2)])
        async with store.read() as tx:
            assert not await tx.workflows.every()
            assert not await tx.channels.every()

    async def test_names_are_taken_only_by_what_stays(self, store: Store) -> None:
        async with store.write() as tx:
            await tx.channels.create(channel("a", name="one", status="active"))
            await tx.connectors.create(connector("a", name="one"))
        async with store.write() as tx:
            with pytest.raises(NameTaken, match="Active channel with name 'one' already exists"):
                await tx.channels.replace((), [channel("b", name="one", status="active")])
            with pytest.raises(NameTaken, match="Connector with name 'one' already exists"):
                await tx.connectors.replace((), [connector("b", name="one")])
            await tx.channels.replace(["a"], [channel("b", name="one", status="active")])
            await tx.connectors.replace(["a"], [connector("b", name="one")])
        async with store.read() as tx:
            assert [each.channel_id for each in await tx.channels.every()] == ["b"]
            assert [each.id for each in await tx.connectors.every()] == ["b"]

    async def test_names_may_be_swapped(self, store: Store) -> None:
        async with store.write() as tx:
            await tx.connectors.replace((), [connector("a", name="one"), connector("b", name="two")])
        async with store.write() as tx:
            await tx.connectors.replace(["a", "b"], [connector("a", name="two"), connector("b", name="one")])
        async with store.read() as tx:
            assert {each.id: each.name for each in await tx.connectors.every()} == {"a": "two", "b": "one"}

    async def test_thousands_are_replaced_at_once(self, store: Store) -> None:
        many = [workflow(f"w{number}") for number in range(1200)]
        async with store.write() as tx:
            await tx.workflows.replace((), many)
        async with store.write() as tx:
            await tx.workflows.replace([each.workflow_id for each in many[:1100]], many[:1])
        async with store.read() as tx:
            assert len(await tx.workflows.every()) == 101

    async def test_replacing_counts_as_a_change_of_what_runs(self, store: Store) -> None:
        before = await generation_of(store)
        async with store.write() as tx:
            await tx.workflows.replace((), ())
            await tx.channels.replace((), ())
            await tx.connectors.replace((), ())
        assert await generation_of(store) == before
        async with store.write() as tx:
            await tx.workflows.replace((), history())
        assert await generation_of(store) > before
