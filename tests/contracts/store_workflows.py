"""The life of a workflow in a store."""

import msgspec
import pytest

from orion_io.storage import DraftExists, IdTaken, NoActive, NoDraft, NotFound, Store
from tests.contracts.stored import activate_versions, versions_of, workflow


class WorkflowContract:
    """The life of a workflow."""

    async def test_an_id_is_taken_whatever_the_version(self, store: Store) -> None:
        await activate_versions(store, [None])
        with pytest.raises(IdTaken, match="Workflow 'order-flow' already exists"):
            async with store.write() as tx:
                await tx.workflows.create(workflow(version=9))

    async def test_ids_differ_by_case(self, store: Store) -> None:
        async with store.write() as tx:
            await tx.workflows.create(workflow("orders"))
            await tx.workflows.create(workflow("Orders"))

    async def test_get_gives_the_highest_version_or_the_one_asked_for(self, store: Store) -> None:
        await activate_versions(store, [None])
        async with store.write() as tx:
            await tx.workflows.new_version("order-flow", now=5)
            highest = await tx.workflows.get("order-flow")
            first = await tx.workflows.get("order-flow", 1)
            none = await tx.workflows.get("order-flow", 3)
        assert highest is not None
        assert first is not None
        assert (highest.version, highest.status, first.version, first.status) == (2, "draft", 1, "active")
        assert none is None

    async def test_a_draft_is_edited_member_by_member(self, store: Store) -> None:
        async with store.write() as tx:
            await tx.workflows.create(workflow(description="old", priority=1))
            edited = await tx.workflows.update_draft("order-flow", now=9, description=None, tags=["new"])
            assert await tx.workflows.get("order-flow") == edited
        assert (edited.description, edited.priority, edited.tags, edited.updated_at) == (None, 1, ["new"], 9)
        assert edited.created_at == 1

    async def test_an_active_version_is_not_edited(self, store: Store) -> None:
        await activate_versions(store, [None])
        for workflow_id in ("order-flow", "nobody"):
            with pytest.raises(NoDraft, match=f"No draft version found for workflow '{workflow_id}'"):
                async with store.write() as tx:
                    await tx.workflows.update_draft(workflow_id, now=9, name="x")

    @pytest.mark.parametrize("member", ["status", "version", "workflow_id", "rollout_percentage", "colour"])
    async def test_an_edit_never_reaches_what_the_life_cycle_owns(self, store: Store, member: str) -> None:
        async with store.write() as tx:
            await tx.workflows.create(workflow())
            with pytest.raises(TypeError, match=member):
                await tx.workflows.update_draft("order-flow", now=9, **{member: 1})

    async def test_a_new_version_copies_the_highest_even_when_archived(self, store: Store) -> None:
        async with store.write() as tx:
            await tx.workflows.create(workflow(tags=["kept"]))
            await tx.workflows.activate("order-flow", 10, now=2)
            await tx.workflows.archive("order-flow", now=3)
            copy = await tx.workflows.new_version("order-flow", now=4)
            assert await tx.workflows.get("order-flow") == copy
        assert copy == workflow(version=2, tags=["kept"], created_at=4, updated_at=4)

    async def test_there_is_one_draft_at_most(self, store: Store) -> None:
        async with store.write() as tx:
            await tx.workflows.create(workflow())
        with pytest.raises(DraftExists, match="Workflow 'order-flow' already has a draft version"):
            async with store.write() as tx:
                await tx.workflows.new_version("order-flow", now=2)

    async def test_a_new_version_needs_an_old_one(self, store: Store) -> None:
        with pytest.raises(NotFound, match="Workflow 'nobody' not found"):
            async with store.write() as tx:
                await tx.workflows.new_version("nobody", now=2)

    ACTIVATIONS = (  # description, shares given one after the other, (version, status, share) newest first
        ("alone", [None], [(1, "active", 100)]),
        ("alone, for a share", [10], [(1, "active", 10)]),
        ("the old one goes", [None, None], [(2, "active", 100), (1, "archived", 100)]),
        ("100 is the same", [None, 100], [(2, "active", 100), (1, "archived", 100)]),
        ("a canary beside the old one", [None, 10], [(2, "active", 10), (1, "active", 90)]),
        ("nothing yet for the new one", [None, 0], [(2, "active", 0), (1, "active", 100)]),
        ("only the highest stays", [None, 10, 30], [(3, "active", 30), (2, "active", 70), (1, "archived", 90)]),
        ("all go", [None, 10, None], [(3, "active", 100), (2, "archived", 10), (1, "archived", 90)]),
    )

    @pytest.mark.parametrize(("_description", "shares", "expected"), ACTIVATIONS)
    async def test_activation(
        self, store: Store, _description: str, shares: list[int | None], expected: list[tuple[int, str, int]]
    ) -> None:
        await activate_versions(store, shares)
        assert await versions_of(store, "order-flow") == expected

    async def test_activation_gives_the_version_that_became_active(self, store: Store) -> None:
        async with store.write() as tx:
            await tx.workflows.create(workflow())
            active = await tx.workflows.activate("order-flow", 25, now=7)
            assert await tx.workflows.get("order-flow") == active
        assert (active.status, active.rollout_percentage, active.updated_at) == ("active", 25, 7)

    async def test_activation_needs_a_draft(self, store: Store) -> None:
        await activate_versions(store, [None])
        for workflow_id in ("order-flow", "nobody"):
            with pytest.raises(NoDraft):
                async with store.write() as tx:
                    await tx.workflows.activate(workflow_id, now=3)

    @pytest.mark.parametrize("share", [-1, 101])
    async def test_a_share_is_a_percentage(self, store: Store, share: int) -> None:
        await activate_versions(store, [None])
        async with store.write() as tx:
            with pytest.raises(ValueError, match="between 0 and 100"):
                await tx.workflows.set_rollout("order-flow", share, now=3)
            with pytest.raises(ValueError, match="between 0 and 100"):
                await tx.workflows.activate("order-flow", share, now=3)

    async def test_archiving_takes_every_active_version(self, store: Store) -> None:
        await activate_versions(store, [None, 10])
        async with store.write() as tx:
            archived = await tx.workflows.archive("order-flow", now=5)
        assert (archived.version, archived.status, archived.updated_at) == (2, "archived", 5)
        assert await versions_of(store, "order-flow") == [(2, "archived", 10), (1, "archived", 90)]

    async def test_archiving_leaves_the_draft(self, store: Store) -> None:
        await activate_versions(store, [None])
        async with store.write() as tx:
            await tx.workflows.new_version("order-flow", now=4)
            await tx.workflows.archive("order-flow", now=5)
        assert await versions_of(store, "order-flow") == [(2, "draft", 100), (1, "archived", 100)]

    async def test_archiving_needs_an_active_version(self, store: Store) -> None:
        async with store.write() as tx:
            await tx.workflows.create(workflow())
        for workflow_id in ("order-flow", "nobody"):
            with pytest.raises(NoActive, match="No active version found for workflow"):
                async with store.write() as tx:
                    await tx.workflows.archive(workflow_id, now=3)

    ROLLOUTS = (  # description, shares activated, version, percentage, (version, status, share) newest first
        ("one alone", [None], None, 30, [(1, "active", 30)]),
        ("one alone, whole", [10], None, 100, [(1, "active", 100)]),
        ("the older fills the rest", [None, 10], None, 40, [(2, "active", 40), (1, "active", 60)]),
        ("down to nothing", [None, 10], None, 0, [(2, "active", 0), (1, "active", 100)]),
        ("whole archives the older", [None, 10], None, 100, [(2, "active", 100), (1, "archived", 90)]),
        ("the newer fills up the oldest", [None, 10], 1, 70, [(2, "active", 30), (1, "active", 70)]),
        ("a canary is called back", [None, 10], 1, 100, [(2, "active", 0), (1, "active", 100)]),
    )

    @pytest.mark.parametrize(("_description", "shares", "version", "percentage", "expected"), ROLLOUTS)
    async def test_rollout(
        self,
        store: Store,
        _description: str,
        shares: list[int | None],
        version: int | None,
        percentage: int,
        expected: list[tuple[int, str, int]],
    ) -> None:
        await activate_versions(store, shares)
        async with store.write() as tx:
            changed = await tx.workflows.set_rollout("order-flow", percentage, version, now=50)
            assert await tx.workflows.get("order-flow", changed.version) == changed
        assert (changed.version, changed.rollout_percentage) == (version or len(shares), percentage)
        assert await versions_of(store, "order-flow") == expected

    async def test_rollout_needs_an_active_version(self, store: Store) -> None:
        await activate_versions(store, [None, None])
        for workflow_id, version in (("nobody", None), ("order-flow", 1), ("order-flow", 3)):
            with pytest.raises(NoActive):
                async with store.write() as tx:
                    await tx.workflows.set_rollout(workflow_id, 5, version, now=3)

    async def test_deleting_takes_every_version(self, store: Store) -> None:
        await activate_versions(store, [None, 10])
        async with store.write() as tx:
            await tx.workflows.new_version("order-flow", now=9)
            assert await tx.workflows.delete("order-flow") == 3
            assert await tx.workflows.delete("order-flow") == 0
            await tx.workflows.create(workflow())

    async def test_active_ones_come_by_id_and_newest_first(self, store: Store) -> None:
        await activate_versions(store, [None, 10], "b")
        await activate_versions(store, [None], "a")
        async with store.write() as tx:
            await tx.workflows.create(workflow("draft"))
            active = await tx.workflows.active()
        assert [(each.workflow_id, each.version) for each in active] == [("a", 1), ("b", 2), ("b", 1)]

    async def test_what_is_active_and_did_not_change_is_not_read_again(self, store: Store) -> None:
        async with store.write() as tx:
            for name in ("kept", "changed"):
                await tx.workflows.create(workflow(name, status="active", tags=["t"]))
            before = {record.workflow_id: record for record in await tx.workflows.active()}
        async with store.write() as tx:
            other = msgspec.structs.replace(before["changed"], tasks=[{"another": "task"}])
            await tx.workflows.replace(
                ["changed"], [other]
            )  # the same number and instants, as a restore may bring them
        async with store.read() as tx:
            after = {record.workflow_id: record for record in await tx.workflows.active()}
            assert after == {record.workflow_id: record for record in await tx.workflows.every()}
        assert after["kept"] is before["kept"]
        assert after["changed"] == other
