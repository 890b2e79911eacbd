"""A way to a database server that breaks at a COMMIT, as networks do."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

_COMMIT = re.compile(rb"(?<!AUTO)COMMIT")


class Cut:
    """Passes bytes on, and closes both ends at the next COMMIT.

    Args:
        target: Port of the server.
        arrives: Whether the COMMIT still reaches the server, and only its answer is lost.
    """

    def __init__(self, target: int, *, arrives: bool) -> None:
        self.port = 0
        self.cuts = 0  # COMMITs that are still to be cut
        self._target = target
        self._arrives = arrives
        self._passing: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Listen on `port`."""
        server = await asyncio.start_server(self._pass, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield
        finally:
            server.close()
            for task in self._passing:
                task.cancel()
            await asyncio.gather(*self._passing, return_exceptions=True)

    async def _pass(self, client: asyncio.StreamReader, answers: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._passing.add(task)
        server, asks = await asyncio.open_connection("127.0.0.1", self._target)
        back = asyncio.create_task(_pump(server, answers))
        try:
            while data := await client.read(65_536):
                if self.cuts and _COMMIT.search(data):
                    self.cuts -= 1
                    await self._cut(data, back, server, asks)
                    break
                asks.write(data)
        finally:
            back.cancel()
            for end in (asks, answers):
                end.close()
            await asyncio.gather(back, asks.wait_closed(), answers.wait_closed(), return_exceptions=True)

    async def _cut(
        self, data: bytes, back: asyncio.Task[None], server: asyncio.StreamReader, asks: asyncio.StreamWriter
    ) -> None:
        back.cancel()
        await asyncio.wait([back])
        if self._arrives:
            asks.write(data)
            await server.read(1)


async def _pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    while data := await source.read(65_536):
        target.write(data)
    target.close()
