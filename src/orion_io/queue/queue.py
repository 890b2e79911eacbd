"""Asynchronous work as a whole: its parts, started together and stopped in the documented order. Knows no settings."""

import logging
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import anyio

from orion_io.queue.ledger import Ledger
from orion_io.queue.workers import Workers

PAUSE = 1.0  # seconds before work that went wrong begins again

logger = logging.getLogger(__name__)

Tender = Callable[[], Coroutine[Any, Any, None]]


class Queue:
    """What is accepted, and who works on it.

    Args:
        ledger: Keeps requests.
        workers: Work on them.
        tenders: What looks after the queue until it is cancelled: clean-up, dead letters.
    """

    def __init__(self, ledger: Ledger, workers: Workers, tenders: Sequence[Tender] = ()) -> None:
        self.ledger = ledger
        self.workers = workers
        self._tenders = tenders
        self._tending = anyio.CancelScope()

    async def run(self) -> None:
        """Work, until `stop` has come to its end. A mistake of ours is logged, and the work goes on."""
        async with anyio.create_task_group() as group:
            group.start_soon(self._tend)
            while not await self._worked():
                await anyio.sleep(PAUSE)
            self._tending.cancel()

    async def _worked(self) -> bool:
        """Work until told to stop; False when that went wrong."""
        try:
            await self.workers.run()
        except Exception:  # nobody waits for this task, so it must tell
            logger.exception("asynchronous work was interrupted, and begins again")
            return False
        return True

    async def stop(self, seconds: float) -> None:
        """Stop looking after the queue, then working; what is under way after `seconds` is let go."""
        self._tending.cancel()
        await self.workers.stop(seconds)

    def facts(self) -> dict[str, int]:
        """What an operator wants to see: how much waits, what it weighs, how many work and how many could."""
        waiting = self.ledger.room.waiting
        return {
            "depth": waiting.count, "bytes": waiting.size, "active": self.workers.active,
            "workers": self.workers.rules.workers,
        }  # fmt: skip

    async def _tend(self) -> None:
        with self._tending:
            async with anyio.create_task_group() as group:
                for tend in self._tenders:
                    group.start_soon(tend)
