"""What a transport is, and what it asks. Knows no server in particular."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import Protocol

from orion_server.transports.replies import Pending, Reply


class AddressUnavailable(Exception):
    """The address cannot be listened on; the message says which, and why."""


@dataclass(frozen=True)
class Certificate:
    """What a server proves itself with: two PEM files."""

    chain: Path
    key: Path


@dataclass(frozen=True)
class Terms:
    """Where a transport listens, and how long it waits for whom.

    Args:
        host: Literal IP address.
        port: TCP port.
        header_timeout: Seconds that a request's head may take.
        idle_timeout: Seconds that a connection may be kept between two requests, where the transport can tell them
            from a head that does not come.
        body_timeout: Seconds that a request's content may take.
        connections: How many may be open, where the transport counts them.
        wall: Tells the wall instant, in seconds since the epoch.
        certificate: Certificate chain and private key, to serve HTTPS; None for HTTP.
    """

    host: str
    port: int
    header_timeout: int
    idle_timeout: int
    body_timeout: int
    connections: int
    wall: Callable[[], float]
    certificate: Certificate | None = None


class Fault(Enum):
    """What a transport can find wrong with a request before it is whole."""

    MALFORMED = auto()  # it can be read in more than one way, or not at all (RFC 9112 section 11.2)
    TARGET_TOO_LONG = auto()
    HEADERS_TOO_LARGE = auto()
    BODY_TOO_LARGE = auto()
    TOO_SLOW = auto()  # it did not come in time (RFC 9110 section 15.5.9)
    TOO_MANY = auto()  # there are as many connections as there may be
    BROKEN = auto()  # by a mistake of ours


class Application(Protocol):
    """Answers complete requests. What needs nothing of the world is answered without a turn of the event loop.

    Attributes:
        max_body: Bytes of content that are accepted of any request.
    """

    max_body: int

    def answer(
        self, method: str, path: str, query: str, headers: dict[str, str], body: bytes, client: str
    ) -> Reply | Pending:
        """Answer one request.

        Args:
            method: Upper-case method (RFC 9110 section 9).
            path: As it came, still percent-encoded, without the query.
            query: As it came, without its question mark.
            headers: Values under lower-case names.
            body: The whole content.
            client: Address of the peer, "" when unknown.
        """
        ...

    def most_body(self, path: str, headers: dict[str, str], client: str) -> int:
        """Bytes of content that are accepted of a request that has more than `max_body`; arguments as of `answer`."""
        ...

    def refuse(self, fault: Fault, headers: dict[str, str], why: str = "") -> Reply:
        """Answer a request that cannot be taken whole. The transport says so and closes the connection.

        Args:
            fault: What is wrong.
            headers: As far as they were read.
            why: What exactly is malformed, or how many bytes are accepted.
        """
        ...


class Transport(Protocol):
    """Listens on an address and gives every request to an application.

    Attributes:
        listening: Set once connections are accepted.
    """

    listening: asyncio.Event

    @property
    def in_flight(self) -> int:
        """How many requests have come and are not answered."""
        ...

    async def serve(self) -> None:
        """Accept requests until `stop` is called; returns when the last connection is closed.

        Raises:
            AddressUnavailable: The address cannot be listened on.
        """
        ...

    def stop(self) -> None:
        """Stop accepting connections; requests under way are finished."""
        ...
