"""Retries dead letters when they are due, for as long as the server runs. Knows no worker: it fills the queue.

Any number of instances may do it at once: a dead letter that one holds is left out by the others.
"""

import asyncio
import logging
from collections.abc import Callable

from orion_io.clock import Clock
from orion_io.queue.rounds import rounds
from orion_io.storage import DeadLetterFilter, Mark, Page, Sort, Store

BATCH = 100  # dead letters of one transaction
PAUSE = 0.02  # seconds between transactions, so that others get the write lock in between
OLDEST_DUE = Sort("next_retry_at", descending=False)

logger = logging.getLogger(__name__)


def boundless() -> int:
    """The room of a queue that takes any number."""
    return BATCH


class Retries:
    """Looks for dead letters that are due, and puts their traces back into the queue.

    Args:
        store: Keeps them.
        clock: Tells the time.
        interval: Seconds between looks.
        wake: Called when something was put back.
        room: How many traces the queue can take now; new requests are not to be refused because of old ones.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        *,
        interval: float,
        wake: Callable[[], None] = lambda: None,
        room: Callable[[], int] = boundless,
    ) -> None:
        self._store = store
        self._clock = clock
        self._interval = interval
        self._wake = wake
        self._room = room

    async def run(self) -> None:
        """Go on until cancelled, whatever the storage does meanwhile."""
        await rounds(self.retry_due, self._interval, "dead letters cannot be retried now", at_once=False)

    async def retry_due(self) -> int:
        """Put back what is due now, oldest first, as far as there is room. Returns how many.

        Raises:
            StoreError: The storage failed; the batches before stay put back.
        """
        where = DeadLetterFilter(status="waiting", due=self._clock.wall_us())
        total = 0
        after: Mark | None = None
        while (most := min(BATCH, self._room())) > 0:
            async with self._store.write() as tx:
                page = Page(most, after=after)
                batch = await tx.dead_letters.retry_some(where, OLDEST_DUE, page, now=self._clock.wall_us())
            total += len(batch.ids)
            after = batch.next
            if batch.ids:
                self._wake()
            if after is None:
                break
            await asyncio.sleep(PAUSE)
        if total:
            logger.info("dead letters are retried", extra={"fields": {"dead_letters": total}})
        return total
