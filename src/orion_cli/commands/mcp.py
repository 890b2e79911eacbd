"""`orion-cli mcp`: the server for AI assistants."""

import os
from importlib.util import find_spec
from typing import Annotated

import typer

from orion_cli.commanding import command, group
from orion_cli.failures import Misused
from orion_cli.session import Session

app = group("The MCP server, for AI assistants.")

KEY = "ORION_MCP_KEY"


@command(app, "serve", "mcp serve\nmcp serve --read-only\nORION_MCP_KEY=… orion-cli mcp serve --http --port 8765")
def serve(
    session: Session,
    http: Annotated[bool, typer.Option("--http", help=f"Over HTTP, at /mcp; asks for the key in {KEY}.")] = False,
    host: Annotated[str, typer.Option("--host", help="Address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Port; 0 for any.")] = 8765,
    allow_host: Annotated[
        list[str] | None, typer.Option("--allow-host", help="Another name it is reached by, with its port.")
    ] = None,
    allow_origin: Annotated[
        list[str] | None, typer.Option("--allow-origin", help="A browser origin that may ask.")
    ] = None,
    read_only: Annotated[bool, typer.Option("--read-only", help="Hide what changes something.")] = False,
) -> None:
    """Serve the API to assistants: over standard input and output, or over HTTP.

    The server and its admin key are those of the context, or of ORION_SERVER_URL and ORION_API_KEY.
    """
    if find_spec("mcp") is None:
        raise Misused("The MCP server needs the package mcp", "pip install 'orion-runtime[mcp]'")
    key = os.environ.get(KEY, "")
    if http and len(key) < 16:
        raise Misused(f"Over HTTP, clients must show a key: set {KEY} to one of at least 16 characters")
    import anyio

    from orion_cli.mcp.serving import mcp_server
    from orion_cli.mcp.transports import Listening, serve_http, serve_stdio

    api = session.api
    server = mcp_server(lambda _context: api, read_only=read_only)
    if http:
        listening = Listening(host, port, key, allow_host or (), allow_origin or ())
        anyio.run(serve_http, server, listening)
    else:
        anyio.run(serve_stdio, server)
