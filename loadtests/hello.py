"""The yardstick: the least that Granian can do with a body, through each of its interfaces."""

from typing import Any

HEADERS = [("content-type", "application/json")]
RAW_HEADERS = [(b"content-type", b"application/json")]


async def rsgi(scope: Any, proto: Any) -> None:
    """Read the body and answer it, through RSGI."""
    body = await proto()
    proto.response_bytes(200, HEADERS, body)


async def asgi(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Read the body and answer it, through ASGI."""
    message = await receive()
    await send({"type": "http.response.start", "status": 200, "headers": RAW_HEADERS})
    await send({"type": "http.response.body", "body": message["body"]})
