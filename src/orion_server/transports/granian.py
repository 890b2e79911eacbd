"""Granian in this process, on the running loop: the default transport.

Its ASGI interface is used because it alone hands over the path as it came: RSGI decodes it, and `%2F` would split a
segment in two (docs/decisions/0004).
"""

import socket

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.server.embed import Server

from orion_server.transports.transport import AddressUnavailable, Application

BACKLOG = 1024
HEADER_TIMEOUT_MS = 10_000


class GranianTransport:
    """Serves HTTP/1.1 with Granian.

    Args:
        application: What answers.
        host: Literal IP address.
        port: TCP port.
    """

    def __init__(self, application: Application, host: str, port: int) -> None:
        self._host = host
        self._port = port
        self._server = Server(
            application,
            address=host,
            port=port,
            interface=Interfaces.ASGINL,
            http=HTTPModes.http1,
            http1_settings=HTTP1Settings(header_read_timeout=HEADER_TIMEOUT_MS),
            websockets=False,
            backlog=BACKLOG,
            log_enabled=False,
        )

    async def serve(self) -> None:
        """Accept requests until `stop` is called.

        Raises:
            AddressUnavailable: The address cannot be listened on; said here, because Granian would only log it.
        """
        try:
            check_address(self._host, self._port)
        except OSError as error:
            text = f"cannot listen on {self._host}:{self._port}: {error.strerror or error}"
            raise AddressUnavailable(text) from None
        await self._server.serve()

    def stop(self) -> None:
        """Stop accepting connections; requests under way are finished."""
        self._server.stop()  # type: ignore[no-untyped-call] # Granian declares no types here


def check_address(host: str, port: int) -> None:
    """Fail early and clearly when an address is taken or not ours.

    Raises:
        OSError: It cannot be bound.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((host, port))
