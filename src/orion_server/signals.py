"""Stops the server when it is told to: the first signal politely, the second at once."""

import asyncio
import logging
import os
import signal

AT_ONCE = 128  # added to a signal's number: the exit code that shells give to what a signal ended

logger = logging.getLogger(__name__)


class Signals:
    """SIGTERM and SIGINT.

    Attributes:
        stop: Set by the first of them.
    """

    def __init__(self) -> None:
        self.stop = asyncio.Event()

    def listen(self) -> None:
        """Take the signals over, in the running event loop."""
        loop = asyncio.get_running_loop()
        for each in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(each, self._told, each)

    def _told(self, number: int) -> None:
        """What was accepted is in the database, so that ending at once loses nothing of it."""
        if self.stop.is_set():
            logger.warning("told to stop again: ending at once")
            os._exit(AT_ONCE + number)
        self.stop.set()
