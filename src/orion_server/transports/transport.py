"""What a transport is, and what it asks. Knows no server in particular."""

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import Any, Protocol

import msgspec

Header = tuple[bytes, bytes]


class AddressUnavailable(Exception):
    """The address cannot be listened on; the message says which, and why."""


@dataclass(frozen=True)
class Certificate:
    """What a server proves itself with: two PEM files."""

    chain: Path
    key: Path


class Reply(msgspec.Struct, frozen=True, gc=False):
    """What goes back.

    Args:
        status: HTTP status.
        headers: All of them, lower-case names; the transport adds `content-length` and `date`.
        body: The content; b"" for none.
    """

    status: int
    headers: Sequence[Header]
    body: bytes


class Pending(msgspec.Struct, frozen=True):
    """A reply that has to be waited for.

    Args:
        work: Gives the reply; never raises for what a caller did.
        cancellable: Whether it ends when the caller leaves.
    """

    work: Coroutine[Any, Any, Reply]
    cancellable: bool


class Fault(Enum):
    """What a transport can find wrong with a request before it is whole."""

    MALFORMED = auto()  # it can be read in more than one way, or not at all (RFC 9112 section 11.2)
    HEADERS_TOO_LARGE = auto()
    BODY_TOO_LARGE = auto()
    TOO_SLOW = auto()  # its content did not come in time (RFC 9110 section 15.5.9)


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
        """Answer a request that cannot be taken whole, for which the connection is closed.

        Args:
            fault: What is wrong.
            headers: As far as they were read.
            why: What exactly is malformed, or how many bytes are accepted.
        """
        ...


class Transport(Protocol):
    """Listens on an address and gives every request to an application.

    Attributes:
        in_flight: How many requests have come and are not answered.
        listening: Set once connections are accepted.
    """

    in_flight: int
    listening: asyncio.Event

    async def serve(self) -> None:
        """Accept requests until `stop` is called; returns when the last connection is closed.

        Raises:
            AddressUnavailable: The address cannot be listened on.
        """
        ...

    def stop(self) -> None:
        """Stop accepting connections; requests under way are finished."""
        ...
