"""Looks after suspects: requests that were worked on when a process died. Knows no process in particular.

Whoever dies takes with it all that it works on, and most of that is innocent. So nothing is condemned for having been
there: a suspect is worked on again, alone in a process of its own, and only what kills that one too, while this process
lives and sees it, is parked. Innocent work is completed, whatever it was near (docs/decisions/0023).
"""

import logging
import signal
from collections.abc import Awaitable, Callable
from typing import Protocol

import anyio

from orion_io.queue.ledger import Ledger
from orion_io.storage import StoreError

POLL = 1.0  # seconds between two looks for suspects
PAUSE = 10.0  # seconds after a process that could not do its work
TOLD = frozenset({signal.SIGTERM, signal.SIGINT, signal.SIGHUP})  # who dies of these was told to, with its server

logger = logging.getLogger(__name__)


class Child(Protocol):
    """A process that works on suspects, one at a time, and ends when there are none."""

    async def ended(self) -> int:
        """Wait for its end. Returns its exit code, negative for the signal that killed it."""
        ...

    def stop(self) -> None:
        """Tell it to end; it lets go of what it works on."""
        ...


Spawn = Callable[[str], Awaitable[Child]]


class Quarantine:
    """Keeps suspects apart.

    Args:
        ledger: The queue.
        owner: The name under which the process claims.
        spawn: Starts a process that claims under a name.
    """

    def __init__(self, ledger: Ledger, owner: str, spawn: Spawn) -> None:
        self._ledger = ledger
        self._owner = owner
        self._spawn = spawn

    async def run(self) -> None:
        """Go on until cancelled."""
        while True:
            await anyio.sleep(POLL)
            try:
                if await self._ledger.suspects() and not await self._work():
                    await anyio.sleep(PAUSE)
            except StoreError:
                continue  # the ledger said so; suspects wait
            except Exception:  # no process can be started: nobody waits for this loop, so it must tell
                logger.exception("suspects cannot be worked on now")
                await anyio.sleep(PAUSE)

    async def _work(self) -> bool:
        """Have suspects worked on until there are none. Returns whether that went as it should."""
        child = await self._spawn(self._owner)
        try:
            code = await child.ended()
        except BaseException:
            child.stop()
            raise
        if code == 0 or -code in TOLD:
            return True
        how = signal.Signals(-code).name if -code in set(signal.Signals) else f"exit code {code}"
        reason = f"Parked: it killed its worker twice, the second time alone in a process ({how})"
        parked = await self._ledger.convict(self._owner, reason)
        logger.error("a process that works on suspects died", extra={"fields": {"how": how, "parked": parked}})
        return parked > 0
