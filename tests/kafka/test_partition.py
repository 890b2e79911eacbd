"""One partition: what begins, what is let go, and whose room comes back."""

import asyncio
from collections.abc import Sequence

import anyio
import pytest

from orion_io.kafka.deliveries import Delivery
from orion_io.kafka.partition import Partition
from orion_io.kafka.release import Release
from orion_io.kafka.room import Room

pytestmark = pytest.mark.anyio


def record(offset: int, key: bytes | None = None) -> Delivery:
    return Delivery("g", "t", 0, offset, 0, key, b"1", ())


class Scripted:
    """Settles what it is told to; the rest when `go` is set. `waits` names what waits for better times."""

    def __init__(self, known: set[int] = frozenset(), waits: set[int] = frozenset()) -> None:  # type: ignore[assignment]
        self._known = known
        self._waits = waits
        self.go = asyncio.Event()
        self.begun: list[int] = []
        self.settled: list[int] = []

    async def known(self, deliveries: Sequence[Delivery]) -> frozenset[str]:
        return frozenset(each.id for each in deliveries if each.offset in self._known)

    async def settle(self, delivery: Delivery, release: Release) -> None:
        self.begun.append(delivery.offset)
        if delivery.offset in self._waits:
            await release.pause(60)
        await self.go.wait()
        self.settled.append(delivery.offset)


def partition(settler: object, room: Room, broken: list[BaseException] | None = None) -> Partition:
    errors = [] if broken is None else broken
    return Partition(ordered=False, settler=settler, room=room, broken=errors.append)  # type: ignore[arg-type]


async def test_what_is_under_way_ends_and_nothing_more_begins() -> None:
    settler, room = Scripted(), Room(10)
    made = partition(settler, room)
    made.take([record(0), record(1), record(2, b"k")])
    await anyio.wait_all_tasks_blocked()
    assert (settler.begun, room.taken) == ([0, 2], 3)
    async with anyio.create_task_group() as group:
        group.start_soon(made.close, 5.0)
        await anyio.wait_all_tasks_blocked()
        settler.go.set()
    assert (settler.settled, made.committable, room.taken) == ([0, 2], 1, 0)


async def test_what_takes_too_long_is_cancelled() -> None:
    settler, room = Scripted(), Room(10)
    made = partition(settler, room)
    made.take([record(0), record(1, b"k")])
    await anyio.wait_all_tasks_blocked()
    await made.close(0.01)
    settler.go.set()
    await anyio.wait_all_tasks_blocked()
    assert (settler.settled, made.committable, room.taken) == ([], None, 0)


async def test_what_waits_for_better_times_is_let_go_at_once() -> None:
    settler, room = Scripted(waits={0}), Room(10)
    made = partition(settler, room)
    made.take([record(0), record(1)])
    await anyio.wait_all_tasks_blocked()
    with anyio.fail_after(1):
        await made.close(60)
    assert (settler.begun, made.committable, room.taken) == ([0], None, 0)


async def test_what_is_known_passes() -> None:
    settler, room = Scripted(known={0, 1, 3}), Room(10)
    made = partition(settler, room)
    settler.go.set()
    made.take([record(0), record(1)])
    made.take([record(2), record(3)])
    await anyio.wait_all_tasks_blocked()
    assert (settler.begun, made.committable, room.taken) == ([2], 4, 0)
    await made.close(1)


async def test_an_error_nobody_expected_is_told_and_skips_nothing() -> None:
    class Failing(Scripted):
        async def settle(self, delivery: Delivery, release: Release) -> None:
            raise LookupError("a mistake")

    told: list[BaseException] = []
    made = partition(Failing(), Room(10), told)
    made.take([record(0), record(1)])
    await anyio.wait_all_tasks_blocked()
    assert [type(each) for each in told] == [LookupError]
    assert made.committable is None
    await made.close(1)


async def test_the_room_of_what_was_let_go_comes_back_once() -> None:
    class Deaf(Scripted):
        async def settle(self, delivery: Delivery, release: Release) -> None:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                await asyncio.sleep(0.05)

    room = Room(10)
    made = partition(Deaf(), room)
    made.take([record(0)])
    await anyio.wait_all_tasks_blocked()
    await made.close(0.01)
    await anyio.sleep(0.1)
    assert room.taken == 0


async def test_a_log_that_went_back_is_noticed() -> None:
    made = partition(Scripted(), Room(10))
    assert made.follows(0)
    made.take([record(0), record(5)])
    assert not made.follows(5)
    assert made.follows(6)
    await made.close(0)
