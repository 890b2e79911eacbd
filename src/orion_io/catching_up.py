"""Keeps what runs here in step with what other instances make active. Knows no definition and no database.

The generation is looked at four times a second, which every database can bear; one that tells of changes by itself is
listened to besides, so that they are in force at once. What was changed here is installed already, and not once more.
"""

import logging
from collections.abc import Awaitable, Callable

import anyio

from orion_io.reload import Reloader
from orion_io.storage import Store, StoreError

POLL_SECONDS = 0.25
LONGEST_PAUSE = 2.0  # between two looks, or two attempts to listen, while the database is away

logger = logging.getLogger(__name__)


class CatchingUp:
    """Has the reloader catch up with the store for as long as it runs.

    Args:
        store: Where others make changes.
        reloader: Installs them.
    """

    def __init__(self, store: Store, reloader: Reloader) -> None:
        self._store = store
        self._reloader = reloader
        self._told = anyio.Event()

    async def run(self) -> None:
        """Follow until cancelled."""
        async with anyio.create_task_group() as group:
            group.start_soon(self._listen)
            await self._look()

    async def _look(self) -> None:
        attempts = Attempts("what other instances change is not noticed")
        while True:
            with anyio.move_on_after(attempts.pause):
                await self._told.wait()
            self._told = anyio.Event()  # before the look, so that nothing that is told meanwhile is lost
            await attempts.make(self._reloader.catch_up)

    async def _listen(self) -> None:
        attempts = Attempts("changes are looked for and not heard of")

        def heard() -> None:
            attempts.succeeded()
            self._told.set()

        while not await attempts.make(lambda: self._store.listen(heard)):
            await anyio.sleep(attempts.pause)


class Attempts:
    """Does something again and again; what fails is logged once, and tried less and less often until it succeeds.

    Args:
        complaint: What is logged.

    Attributes:
        pause: Seconds to wait before the next attempt.
    """

    def __init__(self, complaint: str) -> None:
        self.pause = POLL_SECONDS
        self._complaint = complaint

    async def make(self, attempt: Callable[[], Awaitable[object]]) -> bool:
        """Make one attempt. Returns whether it succeeded."""
        try:
            await attempt()
        except StoreError as error:
            self._complain("%s: %s %s", self._complaint, error, error.detail)
        except Exception:  # nobody waits for this, so it is the one place that can tell
            self._complain(self._complaint, exc_info=True)
        else:
            self.succeeded()
            return True
        self.pause = min(LONGEST_PAUSE, self.pause * 2)
        return False

    def succeeded(self) -> None:
        """All is well, or well again."""
        self.pause = POLL_SECONDS

    def _complain(self, text: str, *values: object, exc_info: bool = False) -> None:
        if self.pause == POLL_SECONDS:
            logger.warning(text, *values, exc_info=exc_info)
