"""Tells systemd how the server is, by sd_notify(3): ready, alive, stopping. Nothing where nobody asked."""

import asyncio
import logging
import os
import socket
from collections.abc import Mapping

logger = logging.getLogger(__name__)


class Supervision:
    """The socket of whoever started the server.

    Args:
        environment: Has `NOTIFY_SOCKET` and `WATCHDOG_USEC` where somebody wants to be told.
    """

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._address = environment.get("NOTIFY_SOCKET", "")
        wanted = environment.get("WATCHDOG_USEC", "")
        ours = environment.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        # Twice as often as asked, as sd_watchdog_enabled(3) recommends; 0.0 for never.
        self.interval = int(wanted) / 2_000_000 if wanted.isdecimal() and ours else 0.0

    def tell(self, state: str) -> None:
        """Send a state; who cannot be told is not waited for."""
        if not self._address:
            return
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as told:
                told.sendto(state.encode(), address)
        except OSError as error:
            logger.warning("systemd cannot be told %s: %s", state, error.strerror)

    async def watch(self, listening: asyncio.Event) -> None:
        """Say when the server listens, then that the event loop turns, until cancelled."""
        await listening.wait()
        self.tell("READY=1")
        while self._address and self.interval:
            self.tell("WATCHDOG=1")
            await asyncio.sleep(self.interval)
