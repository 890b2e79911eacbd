"""Which transport serves, and on what terms, from the settings."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal

from orion_server.settings.types import Server
from orion_server.transports.transport import Application, Certificate, Terms, Transport

Name = Literal["granian", "direct"]


def transport_of(application: Application, server: Server, wall: Callable[[], float]) -> Transport:
    """The transport that the settings ask for.

    Args:
        application: What answers.
        server: `[server]`.
        wall: Tells the wall instant.
    """
    return TRANSPORTS[server.transport](application, terms_of(server, wall))


def terms_of(server: Server, wall: Callable[[], float]) -> Terms:
    """Where to listen, and how long to wait for whom."""
    tls = server.tls
    return Terms(
        server.host,
        server.port,
        server.header_timeout_secs,
        server.idle_timeout_secs,
        server.body_timeout_secs,
        server.max_connections,
        wall,
        Certificate(Path(tls.cert_path), Path(tls.key_path)) if tls.enabled else None,
    )


def granian(application: Application, terms: Terms) -> Transport:
    """Granian's threads around our loop. Imported where it is used: each transport brings libraries of its own."""
    from orion_server.transports.granian import GranianTransport

    return GranianTransport(application, terms)


def direct(application: Application, terms: Terms) -> Transport:
    """Our own protocol on our loop. Imported where it is used, as above."""
    from orion_server.transports.direct import DirectTransport

    return DirectTransport(application, terms)


TRANSPORTS: Mapping[Name, Callable[[Application, Terms], Transport]] = {"granian": granian, "direct": direct}
