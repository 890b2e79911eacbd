"""Granian in this process, on the running loop: the default transport.

Its ASGI interface is used because it alone hands over the path as it came: RSGI decodes it, and `%2F` would split a
segment in two (docs/decisions/0004). How it calls us is our own: see `granian_inbox` (docs/decisions/0013).
"""

import asyncio
import socket
from typing import Any

from granian import _granian
from granian.constants import HTTPModes, Interfaces, SSLProtocols
from granian.http import HTTP1Settings
from granian.server.embed import AsyncWorker, Server

from orion_server.transports.granian_inbox import Inbox
from orion_server.transports.transport import AddressUnavailable, Application, Certificate, Terms

rust: Any = _granian  # whose declarations are not those of the library beside them
BACKLOG = 1024
READ_BUFFER = 64 * 1024  # bytes, and so what all headers of a request may take


class GranianTransport:
    """Serves HTTP/1.1 with Granian.

    Args:
        application: What answers.
        terms: Where to listen, and how long to wait. A connection is kept as long as a head may take, however many
            there are: Granian has one setting for both, and no count.
    """

    def __init__(self, application: Application, terms: Terms) -> None:
        self._application = application
        self._host = terms.host
        self._port = terms.port
        self._body_timeout = terms.body_timeout
        self._inbox: Inbox | None = None
        self.listening = asyncio.Event()
        self._server = Server(
            application,
            address=terms.host,
            port=terms.port,
            interface=Interfaces.ASGINL,
            http=HTTPModes.http1,
            http1_settings=HTTP1Settings(header_read_timeout=terms.header_timeout * 1000, max_buffer_size=READ_BUFFER),
            websockets=False,
            backlog=BACKLOG,
            log_enabled=False,
            **(tls_options(terms.certificate) if terms.certificate is not None else {}),
        )

    @property
    def in_flight(self) -> int:
        """How many requests have come and are not answered."""
        return self._inbox.in_flight if self._inbox is not None else 0

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
        spawn = AsyncWorker.wrap_target(self._work)  # type: ignore[no-untyped-call] # Granian declares no types here
        await self._server.serve(spawn)

    def stop(self) -> None:
        """Stop accepting connections; requests under way are finished."""
        self._server.stop()  # type: ignore[no-untyped-call] # Granian declares no types here

    async def _work(self, number: int, stop: Any, _: object, sockets: Any, loop: Any, *settings: Any) -> None:
        """What Granian's own ASGI worker does, up to the scheduler: ours is the inbox.

        Args:
            number: Of this worker.
            stop: Tells Granian's threads to stop, and us that they should.
            sockets: What to listen on.
            loop: The running loop.
            settings: As `Server` made them, in its order.
        """
        (
            threads, blocking_threads, python_threads, python_threads_idle, backpressure, _implementation,
            http, http1, http2, websockets, static_files, _access_log, tls, _scope,
        ) = settings  # fmt: skip
        stopped = loop.create_future()
        stop.add_cb(lambda: loop.call_soon_threadsafe(stopped.set_result, None))
        worker = rust.ASGIWorker(
            number, sockets, None, threads, blocking_threads, python_threads, python_threads_idle, backpressure,
            http, http1, http2, websockets, static_files, *tls, (None, None),
        )  # fmt: skip
        scheduler = rust.CallbackScheduler(loop, None, None, None, None)
        self._inbox = Inbox(self._application, scheduler._ctx, self._body_timeout)
        scheduler._schedule_fn = self._inbox.take
        sweeping = loop.create_task(self._inbox.sweep())
        worker.serve_async(scheduler, loop, stop)
        self.listening.set()
        await stopped
        sweeping.cancel()


def tls_options(certificate: Certificate) -> dict[str, Any]:
    """What Granian's server is told of TLS."""
    return {
        "ssl_cert": certificate.chain,
        "ssl_key": certificate.key,
        "ssl_protocol_min": SSLProtocols.tls12,
    }


def check_address(host: str, port: int) -> None:
    """Fail early and clearly when an address is taken or not ours.

    Raises:
        OSError: It cannot be bound.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((host, port))
