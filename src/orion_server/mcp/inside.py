"""The API from inside: what tools ask is answered by the application in the same process. Knows no tool.

A question takes the way of any request, with the key that its caller showed: whether they may is decided where it
always is, and log, numbers and audit entries name them. Tools wait in threads; the event loop answers.
"""

import asyncio
from collections.abc import Mapping

from orion_cli.failures import TooLate
from orion_server.transports.replies import Reply
from orion_server.transports.transport import Application

PATIENCE = 30.0  # seconds a channel may take; the admin API ends by itself


class Inside:
    """Reaches the server it is part of, as `orion_cli.client.Connection` says.

    Args:
        application: Answers.
        key: The header that its caller showed a key in, under its lower-case name.
        client: Address of the caller.
    """

    server = "Orion"

    def __init__(self, application: Application, key: Mapping[str, str], client: str) -> None:
        self._application = application
        self._key = key
        self._client = client
        self._loop = asyncio.get_running_loop()

    def exchange(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes | None, *, anonymous: bool
    ) -> tuple[int, bytes]:
        """Ask, from a thread that is not the event loop's, and wait for the answer."""
        shown = {} if anonymous else self._key
        asking = self._ask(method, target, {**headers, **shown}, body or b"")
        reply = asyncio.run_coroutine_threadsafe(asking, self._loop).result()
        return reply.status, reply.body

    async def _ask(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Reply:
        path, _, query = target.partition("?")
        answer = self._application.answer(method, path, query, headers, body, self._client)
        if isinstance(answer, Reply):
            return answer
        try:
            async with asyncio.timeout(PATIENCE if answer.cancellable else None):
                return await answer.work
        except TimeoutError:
            raise TooLate(f"There was no answer within {PATIENCE:g} s") from None
