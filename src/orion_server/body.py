"""Reads the content of a request, and stops at the size limit. Knows ASGI, no endpoint."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

Receive = Callable[[], Awaitable[dict[str, Any]]]


class TooLarge(Exception):
    """The content is larger than the limit."""


class Disconnected(Exception):
    """The client left before its content was complete."""


async def read_body(receive: Receive, headers: Mapping[str, str], limit: int) -> bytes:
    """The whole content of a request.

    Args:
        receive: ASGI's receive.
        headers: Values under lower-case names.
        limit: Bytes that are accepted.

    Raises:
        TooLarge: More was announced, or sent.
        Disconnected: The client left.
    """
    announced = headers.get("content-length")
    length = int(announced[:19]) if announced is not None and announced.isdecimal() else -1
    if length > limit:
        raise TooLarge
    message = await receive()
    body: bytes = message.get("body", b"")
    if len(body) == length:
        return body  # complete: asking for the end would cost one more turn of the loop
    if not message.get("more_body"):
        if message["type"] == "http.disconnect":
            raise Disconnected
        if len(body) > limit:
            raise TooLarge
        return body
    return await _read_rest(receive, body, limit)


async def _read_rest(receive: Receive, first: bytes, limit: int) -> bytes:
    parts = [first]
    size = len(first)
    while size <= limit:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Disconnected
        part: bytes = message.get("body", b"")
        parts.append(part)
        size += len(part)
        if not message.get("more_body") and size <= limit:
            return b"".join(parts)
    raise TooLarge
