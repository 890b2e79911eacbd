"""The MCP server inside this one: a request in, the SDK asked with the API of its caller, its answer out."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

from orion_cli.client import Api
from orion_cli.mcp.serving import mcp_server
from orion_server.exchange import Answer, Call
from orion_server.mcp.asgi import ask
from orion_server.mcp.door import Door, cors_of, names_of
from orion_server.mcp.inside import Inside
from orion_server.settings import Settings
from orion_server.transports.transport import Application

API = "api"  # in the state of a request's scope


class Assistants:
    """Answers `/mcp` while `serving` is open; whose key is wrong does not come so far.

    Args:
        settings: `[mcp]`, where the server listens, and how keys are shown.
        application: Gives what tools ask; it is not made yet when this is.

    Attributes:
        cors: What browsers are told of `/mcp`.
    """

    def __init__(self, settings: Settings, application: Callable[[], Application]) -> None:
        mcp = settings.mcp
        self._key_header = settings.admin_auth.header.lower()
        self.cors = cors_of(mcp.allowed_origins, self._key_header)
        self._door = Door((*names_of(settings.server.host), *mcp.allowed_hosts), self.cors)
        self._sessions = StreamableHTTPSessionManager(
            mcp_server(api_of, read_only=mcp.read_only), stateless=True, json_response=True,
            max_request_body_size=settings.ingest.max_payload_size,
        )  # fmt: skip
        self._application = application

    def serving(self) -> AbstractAsyncContextManager[None]:
        """While this is open, calls are answered."""
        return self._sessions.run()

    async def answer(self, call: Call) -> Answer:
        """Answer a call.

        Raises:
            Refusal: It may not come in.
        """
        self._door.check(call)
        key = {name: value for name, value in call.headers.items() if name == self._key_header}
        api = Api(Inside(self._application(), key, call.client))
        return await ask(self._sessions.handle_request, call, {API: api})


def api_of(context: Any) -> Api:
    """The API as the caller of a request may use it."""
    api: Api = getattr(context.request.state, API)
    return api
