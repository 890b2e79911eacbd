"""One assigned partition: its records come in, begin when their lane is free, and leave with their outcomes.

Knows no client: it is handed records, and tells which offset may be committed.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Protocol

from orion_io.kafka.deliveries import Delivery
from orion_io.kafka.lanes import Lanes
from orion_io.kafka.release import Release, Released
from orion_io.kafka.room import Room

CANCEL_SECONDS = 5.0  # what was cancelled may take that long to end


class Settler(Protocol):
    """What gives the records of one partition their outcomes."""

    async def known(self, deliveries: Sequence[Delivery], /) -> frozenset[str]:
        """The ids of those that have theirs already."""
        ...

    async def settle(self, delivery: Delivery, release: Release, /) -> None:
        """Give one its outcome; raises `Released` when the partition is given up before it began."""
        ...


class Partition:
    """A partition, from the moment it was assigned to the moment it is given up.

    Args:
        ordered: Whether its records are worked on one after the other, whatever their keys.
        settler: Gives its records their outcomes.
        room: Where they take theirs; they give it back one by one, or all at the end.
        broken: Told of an error that nothing here can answer.
    """

    def __init__(self, *, ordered: bool, settler: Settler, room: Room, broken: Callable[[BaseException], None]) -> None:
        self._lanes = Lanes(ordered=ordered)
        self._settler = settler
        self._room = room
        self._broken = broken
        self._release = Release()
        self._batches: deque[list[Delivery]] = deque()
        self._deliveries: dict[int, Delivery] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._admitting: asyncio.Task[None] | None = None
        self._last = -1
        self.taken = 0
        room.enter()

    @property
    def committable(self) -> int | None:
        """The offset to commit; None before the first record is done."""
        return self._lanes.committable

    def follows(self, offset: int) -> bool:
        """Whether a record of this offset comes after all there were; else the topic is another of the same name."""
        return offset > self._last

    def take(self, batch: list[Delivery]) -> None:
        """Take in the next records; there was room for them."""
        self._last = batch[-1].offset
        self.taken += len(batch)
        self._room.take(len(batch))
        self._batches.append(batch)
        if self._admitting is None:
            self._admitting = self._begin(self._admit)

    async def close(self, seconds: float) -> None:
        """Begin nothing more, and let what is under way end.

        Args:
            seconds: How long that may take; what takes longer is cancelled, and has no outcome.
        """
        self._release.give()
        if self._admitting is not None:
            self._admitting.cancel()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=seconds)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late, timeout=CANCEL_SECONDS)
        self._gone(self.taken)
        self._room.leave()

    def _begin(self, work: Callable[[], Awaitable[None]]) -> "asyncio.Task[None]":
        task = asyncio.ensure_future(self._guarded(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _guarded(self, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        except Released:
            return
        except Exception as error:  # a mistake of ours: whoever owns the partition starts anew from what is committed
            self._broken(error)

    async def _admit(self) -> None:
        """Let records in, batch by batch; those that have their outcome already pass."""
        while self._batches:
            batch = self._batches.popleft()
            known = await self._settler.known(batch)
            for delivery in batch:
                self._admit_one(delivery, known)
        self._admitting = None

    def _admit_one(self, delivery: Delivery, known: frozenset[str]) -> None:
        if delivery.id in known:
            self._lanes.skip(delivery.offset)
            self._gone(1)
            return
        self._deliveries[delivery.offset] = delivery
        if self._lanes.take(delivery.offset, delivery.key):
            self._begin(partial(self._run, delivery.offset))

    async def _run(self, offset: int) -> None:
        """Settle a record, and all that come after it in its lane."""
        following: int | None = offset
        while following is not None and not self._release.given:
            await self._settler.settle(self._deliveries[following], self._release)
            del self._deliveries[following]
            following = self._lanes.done(following)
            self._gone(1)

    def _gone(self, records: int) -> None:
        """Give room back; what would not be cancelled has none any more."""
        records = min(records, self.taken)
        self.taken -= records
        self._room.give_back(records)
