"""How the MCP server is reached: standard input and output, or HTTP with a key and a check of who asks."""

import hmac
import socket
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import uvicorn
from mcp.server.lowlevel.server import Server
from mcp.server.stdio import stdio_server
from mcp.server.transport_security import TransportSecuritySettings
from starlette.middleware.cors import CORSMiddleware

from orion_cli.failures import Misused
from orion_cli.mcp.serving import STANDARD_HEADERS

PATH = "/mcp"
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
GRACE = 5  # seconds that answers under way have when it is stopped


async def serve_stdio(server: Server[Any]) -> None:
    """Serve one client over standard input and output, which carries nothing else."""
    async with stdio_server() as (read, write):
        await server.run(read, write, server.create_initialization_options())


@dataclass(frozen=True)
class Listening:
    """Where HTTP is answered, and for whom.

    Args:
        host: Address to listen at.
        port: Port; 0 for any that is free.
        key: What clients show as a bearer token.
        hosts: Names under which it is reached, beyond loopback and `host`.
        origins: Browser origins that may ask; none when empty.
    """

    host: str
    port: int
    key: str
    hosts: Sequence[str] = ()
    origins: Sequence[str] = ()


class Door:
    """Lets through who shows the key (RFC 6750 section 2.1) and asks something."""

    def __init__(self, app: Any, key: str) -> None:
        self._app = app
        self._expected = f"Bearer {key}".encode()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer as ASGI has it: 401 without the key, 405 to what only listens, for nothing is told unasked."""
        shown = b"".join(value for name, value in scope.get("headers", ()) if name == b"authorization")
        if scope["type"] == "http" and not hmac.compare_digest(shown, self._expected):
            await refuse(send, 401, "unauthorized", (b"www-authenticate", b"Bearer"))
        elif scope["type"] == "http" and scope["method"] != "POST":
            await refuse(send, 405, "method not allowed", (b"allow", b"POST"))
        else:
            await self._app(scope, receive, send)


async def refuse(send: Any, status: int, word: str, header: tuple[bytes, bytes]) -> None:
    """Answer as ASGI has it: an error in a word, with the header that says more."""
    body = b'{"error":"%s"}' % word.encode()
    length = (b"content-length", str(len(body)).encode())
    headers = [header, (b"content-type", b"application/json"), length]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def serve_http(server: Server[Any], listening: Listening) -> None:
    """Serve any number of clients over streamable HTTP, without sessions: each request says all that is needed.

    Raises:
        Misused: The address cannot be listened at.
    """
    names = (*LOOPBACK, listening.host)
    security = TransportSecuritySettings(
        enable_dns_rebinding_protection=True,
        allowed_hosts=[*(f"{name}:*" for name in names), *listening.hosts],
        allowed_origins=list(listening.origins),
    )
    app = server.streamable_http_app(
        streamable_http_path=PATH, stateless_http=True, json_response=True, transport_security=security
    )
    try:
        family = socket.AF_INET6 if ":" in listening.host else socket.AF_INET
        listener = socket.create_server((listening.host, listening.port), family=family)
    except OSError as error:
        raise Misused(f"{listening.host}:{listening.port} cannot be listened at: {error.strerror}") from None
    shown = f"[{listening.host}]" if family == socket.AF_INET6 else listening.host
    sys.stderr.write(f"MCP at http://{shown}:{listener.getsockname()[1]}{PATH}\n")
    sys.stderr.flush()
    browsers = CORSMiddleware(
        Door(app, listening.key), listening.origins, ("POST",), ("authorization", *STANDARD_HEADERS)
    )
    config = uvicorn.Config(
        browsers, log_level="warning", access_log=False, timeout_graceful_shutdown=GRACE,
        server_header=False,
    )  # fmt: skip
    with listener:
        await uvicorn.Server(config).serve(sockets=[listener])
