"""Our own transport: an asyncio protocol on the running loop, HTTP/1.1 read by llhttp (docs/decisions/0046)."""

import asyncio
import socket
import ssl
from typing import Any

from orion_server.transports.connection import Connection
from orion_server.transports.shared import Shared
from orion_server.transports.transport import AddressUnavailable, Application, Certificate, Terms

BACKLOG = 1024
LAST_SECONDS = 5.0  # what work may take to end whose caller was cut off, and TLS to say goodbye


class DirectTransport:
    """Serves HTTP/1.1.

    Args:
        application: What answers.
        terms: Where to listen, and how long to wait.
    """

    def __init__(self, application: Application, terms: Terms) -> None:
        self._application = application
        self._terms = terms
        self._shared: Shared | None = None
        self._stopping = asyncio.Event()
        self.listening = asyncio.Event()

    @property
    def in_flight(self) -> int:
        """How many requests have come and are not answered."""
        return self._shared.in_flight if self._shared is not None else 0

    async def serve(self) -> None:
        """Accept requests until `stop` is called; when cancelled, connections are cut.

        Raises:
            AddressUnavailable: The address cannot be listened on.
        """
        loop = asyncio.get_running_loop()
        terms = self._terms
        listener = listening_socket(terms.host, terms.port)
        shared = self._shared = Shared(self._application, terms, loop)
        tls: dict[str, Any] = {} if terms.certificate is None else tls_options(terms.certificate, terms.header_timeout)
        server = await loop.create_server(lambda: protocol_of(shared), sock=listener, backlog=BACKLOG, **tls)
        self.listening.set()
        try:
            await self._stopping.wait()
            server.close()
            shared.leave()
            await shared.empty.wait()
        finally:
            server.close()
            await shared.abandon(LAST_SECONDS)

    def stop(self) -> None:
        """Stop accepting connections; requests under way are finished."""
        self._stopping.set()


def protocol_of(shared: Shared) -> Any:
    """A connection. Compiled, it cannot derive from `asyncio.Protocol`; it has all that is asked of one."""
    return Connection(shared)


def listening_socket(host: str, port: int) -> socket.socket:
    """A socket that is bound.

    Raises:
        AddressUnavailable: It cannot be.
    """
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise AddressUnavailable(f"cannot listen on {host}:{port}: {error.strerror or error}") from None
    return listener


def tls_options(certificate: Certificate, handshake_seconds: int) -> dict[str, Any]:
    """What the loop is told of TLS; a handshake is a head, to those who wait for it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate.chain, certificate.key)
    context.set_alpn_protocols(["http/1.1"])
    return {
        "ssl": context,
        "ssl_handshake_timeout": float(handshake_seconds),
        "ssl_shutdown_timeout": LAST_SECONDS,
    }
