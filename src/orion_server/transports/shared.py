"""What the connections of a transport share: whom they ask, how long they wait, and one sweep over all of them."""

import asyncio
import logging
from typing import Any

import cython

from orion_server.transports.answer_bytes import AnswerBytes
from orion_server.transports.transport import Application, Terms

BEAT = 1.0  # seconds between two sweeps

logger = logging.getLogger(__name__)


@cython.final
@cython.cclass
class Shared:
    """See the module.

    Args:
        application: What answers.
        terms: How long to wait for whom.
        loop: The running loop.
    """

    def __init__(self, application: Application, terms: Terms, loop: asyncio.AbstractEventLoop) -> None:
        self.application: Any = application
        self.loop: Any = loop
        self.connections: set[Any] = set()
        self.tasks: set[Any] = set()
        self.answers = AnswerBytes()
        self.seconds = 0
        self.leaving = False
        self.empty = asyncio.Event()
        self.header_timeout = terms.header_timeout
        self.idle_timeout = terms.idle_timeout
        self.body_timeout = terms.body_timeout
        self.most = terms.connections
        self._wall = terms.wall
        self._timer: Any = None
        self._beat()

    def _beat(self) -> None:
        """Once a second, close what has been waited for too long: one timer for all of them."""
        self._timer = self.loop.call_later(BEAT, self._beat)
        self.seconds += 1
        self.answers.tick(self._wall())
        for connection in list(self.connections):
            try:
                connection.expire()
            except Exception:
                logger.exception("unexpected failure while closing what is slow")
                connection.abort()

    @property
    def in_flight(self) -> int:
        """How many requests have come and are not answered, or whose answer is not on its way."""
        return len(self.tasks) + sum(1 for connection in self.connections if connection.busy)

    def leave(self) -> None:
        """Close every connection as soon as it is owed nothing."""
        self.leaving = True
        for connection in list(self.connections):
            connection.leave()
        self.look()

    def look(self) -> None:
        """A connection is gone; was it the last?"""
        if self.leaving and not self.connections:
            self.empty.set()

    async def abandon(self, seconds: float) -> None:
        """Cut all connections, and let what worked for them end."""
        self._timer.cancel()
        for connection in list(self.connections):
            connection.abort()
        await asyncio.sleep(0)  # those who are told that their caller has gone cancel their work
        if self.tasks:
            await asyncio.wait(self.tasks, timeout=seconds)
