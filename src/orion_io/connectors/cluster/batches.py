"""Commands of one process to one Redis, sent together. Knows no command.

What is asked while a batch is under way goes with the next one, so that a busy server sends few large batches and an
idle one does not wait. A Redis that is away costs one batch its patience: until it answers again, everything else is
refused at once, and one batch now and then finds out whether it is back.
"""

import asyncio
import logging
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import NoScriptError, RedisError

from orion_core.calls import UNASKED
from orion_io.clock import Clock
from orion_io.connectors.carrying import CallFailed

logger = logging.getLogger(__name__)

MOST = 1000  # commands of one batch
PAUSE = 1.0  # seconds after a failure before the store is asked again


class Batches:
    """Sends commands.

    Args:
        client: The connection.
        clock: Tells when to ask again.
    """

    def __init__(self, client: Redis, clock: Clock) -> None:
        self._client = client
        self._clock = clock
        self._waiting: list[tuple[tuple[Any, ...], asyncio.Future[Any]]] = []
        self._sending: asyncio.Task[None] | None = None
        self._away_until: float | None = None  # while it is away

    async def command(self, *parts: Any) -> Any:
        """Send a command.

        Returns:
            What Redis answered.

        Raises:
            CallFailed: Redis is away, and is not asked now.
            RedisError: It refused the command, or could not be reached.
        """
        if self._away_until is not None and (self._sending or self._clock.monotonic() < self._away_until):
            raise unasked()
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append((parts, answer))
        if self._sending is None:
            self._sending = asyncio.create_task(self._send())
        return await answer

    async def script(self, text: str, digest: str, key: str, *given: Any) -> Any:
        """Run a script on one key; `digest` is the SHA-1 of its `text`, by which Redis knows it once it has seen it."""
        try:
            return await self.command("EVALSHA", digest, 1, key, *given)
        except NoScriptError:
            return await self.command("EVAL", text, 1, key, *given)

    async def _send(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
            replies = await self._replies([parts for parts, _ in batch])
            if self._away_until is not None:  # who came meanwhile need not find it out again
                batch, self._waiting = batch + self._waiting, []
                replies += [unasked()] * (len(batch) - len(replies))
            for (_, answer), reply in zip(batch, replies, strict=True):
                if answer.done():
                    continue  # whoever asked has left
                if isinstance(reply, Exception):
                    answer.set_exception(reply)
                else:
                    answer.set_result(reply)
        self._sending = None

    async def _replies(self, commands: list[tuple[Any, ...]]) -> list[Any]:
        """One reply for each command; when Redis cannot be reached, the reason for each."""
        pipeline = self._client.pipeline(transaction=False)
        for parts in commands:
            pipeline.execute_command(*parts)
        try:
            replies = await pipeline.execute(raise_on_error=False)
        except (RedisError, OSError) as error:
            if self._away_until is None:
                fields = {"error": type(error).__name__, "again_in_secs": PAUSE}
                logger.warning("the cluster's store is away", extra={"fields": fields})
            self._away_until = self._clock.monotonic() + PAUSE
            return [error] * len(commands)
        if self._away_until is not None:
            logger.warning("the cluster's store is back")  # who saw it go looks for this
        self._away_until = None
        return replies

    async def close(self) -> None:
        """Let what is under way end."""
        if self._sending is not None:
            await self._sending


def unasked() -> CallFailed:
    """The store is away, and was not asked."""
    return CallFailed(UNASKED, "is away", retryable=True, happened=False)
