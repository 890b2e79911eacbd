"""One whole request to an ASGI application, one whole answer back. Knows no application.

https://asgi.readthedocs.io/en/latest/specs/www.html
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from orion_server.exchange import Answer, Call

Message = MutableMapping[str, Any]
AsgiApplication = Callable[
    [Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]
]

# Told on every response by `headers.StandardHeaders` and the transport, or of no meaning behind them.
OURS = frozenset((b"content-type", b"content-length", b"connection"))


async def ask(application: AsgiApplication, call: Call, state: Mapping[str, object]) -> Answer:
    """What an ASGI application answers to a call.

    Args:
        application: Answers with content that ends.
        call: The request.
        state: What the application finds in the scope's `state`.
    """
    request = [{"type": "http.request", "body": call.body, "more_body": False}]
    sent: list[Message] = []

    async def receive() -> Message:
        if request:
            return request.pop()
        return await asyncio.Future()  # nothing more comes: who left is not told, and is waited for by nobody

    async def send(message: Message) -> None:
        sent.append(message)

    await application(scope_of(call, state), receive, send)
    start, content = sent[0], b"".join(each.get("body", b"") for each in sent[1:])
    told = {name.lower(): value for name, value in start["headers"]}
    headers = tuple((name.decode(), value.decode("latin-1")) for name, value in told.items() if name not in OURS)
    content_type = told.get(b"content-type", b"application/octet-stream").decode("latin-1")
    return Answer(start["status"], content, headers, content_type, foreign=True)


def scope_of(call: Call, state: Mapping[str, object]) -> Message:
    """A call as ASGI describes it."""
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": call.method,
        "scheme": "http",
        "path": call.path,
        "raw_path": call.path.encode("latin-1"),
        "root_path": "",
        "query_string": call.query.encode("latin-1"),
        "headers": [(name.encode("latin-1"), value.encode("latin-1")) for name, value in call.headers.items()],
        "client": (call.client, 0),
        "state": dict(state),
    }
