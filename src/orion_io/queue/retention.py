"""Removes traces that ended long ago, in batches so small that requests hardly notice. Knows no worker.

What waits, what runs, and what has a dead letter stays however old it is. Any number of instances may do it at once.
"""

import asyncio
import logging

from orion_io.clock import Clock
from orion_io.queue.rounds import rounds
from orion_io.storage import Mark, Page, Store

BATCH = 500  # traces of one transaction
PAUSE = 0.02  # seconds between transactions, so that others get the write lock in between

logger = logging.getLogger(__name__)


class Retention:
    """Removes old traces now and then.

    Args:
        store: Keeps them.
        clock: Tells the time.
        keep: Seconds a trace is kept after it ended.
        interval: Seconds between sweeps.
    """

    def __init__(self, store: Store, clock: Clock, *, keep: float, interval: float) -> None:
        self._store = store
        self._clock = clock
        self._keep_us = int(keep * 1_000_000)
        self._interval = interval

    async def run(self) -> None:
        """Go on until cancelled, whatever the storage does meanwhile.

        The first sweep is at once: a server that is restarted more often than it sweeps would never get to it.
        """
        await rounds(self.sweep, self._interval, "old traces cannot be removed now", at_once=True)

    async def sweep(self) -> int:
        """Remove everything that is too old now. Returns how many traces.

        Raises:
            StoreError: The storage failed; what was removed before stays removed.
        """
        before = self._clock.wall_us() - self._keep_us
        total = 0
        after: Mark | None = None
        while True:
            # Looked for outside the write lock: the search may lead past many that stay.
            async with self._store.read() as tx:
                found = await tx.traces.expired(before, Page(BATCH, after=after))
            if found:
                async with self._store.write() as tx:
                    total += await tx.traces.delete_expired(before, [mark.id for mark in found])
            if len(found) < BATCH:
                break
            after = found[-1]
            await asyncio.sleep(PAUSE)
        if total:
            logger.info("old traces were removed", extra={"fields": {"traces": total}})
        return total
