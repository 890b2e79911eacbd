"""What a store knows of the servers that use it, and how they hear of each other's changes."""

import anyio
import pytest

from orion_io.storage import InstanceRecord, NotFound, Store
from tests.contracts.stored import connector, generation_of, workflow


def instance(instance_id: str, seen_at: int = 10, **members: int) -> InstanceRecord:
    given = {"started_at": 1, "generation": 3, **members}
    return InstanceRecord(id=instance_id, version="1.0", seen_at=seen_at, **given)


async def present(store: Store) -> list[InstanceRecord]:
    async with store.read() as tx:
        return list(await tx.instances.list())


class InstanceContract:
    """Instances, and the news of raised generations."""

    tells = False  # whether the database tells who listens

    async def test_an_instance_says_that_it_is_there_again_and_again(self, store: Store) -> None:
        for record in (instance("b"), instance("a", started_at=2), instance("c"), instance("b", 20, generation=4)):
            async with store.write() as tx:
                await tx.instances.beat(record)
        assert await present(store) == [instance("b", 20, generation=4), instance("c"), instance("a", started_at=2)]
        assert await generation_of(store) == 0

    async def test_who_is_silent_is_removed_and_who_spoke_meanwhile_is_not(self, store: Store) -> None:
        async with store.write() as tx:
            for record in (instance("a"), instance("b", 20), instance("c")):
                await tx.instances.beat(record)
            removed = [
                await tx.instances.remove(name, seen_at) for name, seen_at in (("a", 10), ("b", 10), ("c", None))
            ]
            removed.append(await tx.instances.remove("nobody"))
        assert removed == [1, 0, 1, 0]
        assert await present(store) == [instance("b", 20)]

    async def test_a_raised_generation_is_heard_of_once_it_is_committed_or_has_to_be_asked_for(
        self, store: Store
    ) -> None:
        heard: list[int] = []
        listens = anyio.Event()

        def hear() -> None:
            heard.append(len(heard))
            listens.set()

        async def listen() -> None:
            await store.listen(hear)
            listens.set()
            scope.cancel()

        with anyio.fail_after(10):
            async with anyio.create_task_group() as group:
                scope = group.cancel_scope
                group.start_soon(listen)
                await listens.wait()
                async with store.write() as tx:
                    await tx.workflows.create(workflow())  # changes nothing that runs
                with pytest.raises(NotFound):
                    async with store.write() as tx:
                        await tx.generation.bump()
                        await tx.connectors.update("nobody", now=2)
                async with store.write() as tx:
                    await tx.connectors.create(connector())
                    await tx.connectors.update("stock", now=2, enabled=False)
                while len(heard) < 2:
                    await anyio.sleep(0.01)
                await anyio.sleep(0.1)
                scope.cancel()
        assert len(heard) == (2 if self.tells else 0)  # at the beginning, and of the one that was committed
