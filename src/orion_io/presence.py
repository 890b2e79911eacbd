"""Says in the store that this instance is there and what it runs, and strikes out those that say nothing any more.

Whoever is silent is told by this instance's own clock, from when it last saw them change: the clocks of several hosts
need not agree. Knows no HTTP.
"""

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress

import anyio

from orion_io.catching_up import Attempts
from orion_io.clock import Clock
from orion_io.storage import InstanceRecord, Store, StoreError

BEAT_SECONDS = 5.0  # between two signs of life
SILENT_SECONDS = 30.0  # after which an instance is taken for gone
LEAVE_SECONDS = 1.0  # that the last word may take

logger = logging.getLogger(__name__)


class Presence:
    """One instance among those of a store.

    Args:
        store: What they share.
        clock: Tells the time.
        identity: The instance's name, which no other has, now or later.
        version: Of the software.
        generation: Tells what runs here.
    """

    def __init__(
        self, store: Store, clock: Clock, *, identity: str, version: str, generation: Callable[[], int]
    ) -> None:
        self.identity = identity
        self._store = store
        self._clock = clock
        self._version = version
        self._generation = generation
        self._started_at = clock.wall_us()
        self._changed = anyio.Event()
        self._seen: dict[str, tuple[int, float]] = {}  # the last word of each, and since when it has been that

    def record(self) -> InstanceRecord:
        """What this instance says of itself now."""
        return InstanceRecord(
            id=self.identity, version=self._version, started_at=self._started_at, seen_at=self._clock.wall_us(),
            generation=self._generation(),
        )  # fmt: skip

    def changed(self) -> None:
        """Something else runs here now, which the others may know before the next sign of life is due."""
        self._changed.set()

    async def everybody(self) -> Sequence[InstanceRecord] | None:
        """Every instance, this one as it is now; None when the store does not answer."""
        own = self.record()
        with suppress(StoreError):
            async with self._store.read() as tx:
                stored = await tx.instances.list()
            others = [record for record in stored if record.id != own.id]
            return sorted([*others, own], key=lambda record: (record.started_at, record.id))
        return None

    async def run(self) -> None:
        """Give signs of life until cancelled, and then take the last one back."""
        attempts = Attempts("this instance cannot say that it is there")
        try:
            while True:
                self._changed = anyio.Event()  # before it is said, so that no change is left out
                said = await attempts.make(self.beat)
                await anyio.sleep(attempts.pause)
                if said:
                    with anyio.move_on_after(BEAT_SECONDS - attempts.pause):
                        await self._changed.wait()
        finally:
            with anyio.move_on_after(LEAVE_SECONDS, shield=True), suppress(StoreError):
                await self.leave()

    async def beat(self) -> None:
        """Give one sign of life, and strike out who has been silent for too long."""
        async with self._store.write() as tx:
            await tx.instances.beat(self.record())
            for silent in self._silent(await tx.instances.list()):
                if await tx.instances.remove(silent.id, silent.seen_at):
                    logger.warning("an instance has gone without a word", extra={"fields": {"instance": silent.id}})

    async def leave(self) -> None:
        """Say that this instance is there no more."""
        async with self._store.write() as tx:
            await tx.instances.remove(self.identity)

    def _silent(self, records: Sequence[InstanceRecord]) -> list[InstanceRecord]:
        """Those that have said the same for too long, as far as this instance has heard."""
        now = self._clock.monotonic()
        before, self._seen = self._seen, {}
        for record in records:
            word, since = before.get(record.id, (record.seen_at, now))
            self._seen[record.id] = (word, since) if word == record.seen_at else (record.seen_at, now)
        return [record for record in records if now - self._seen[record.id][1] >= SILENT_SECONDS]
