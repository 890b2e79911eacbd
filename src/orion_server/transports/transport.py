"""What a transport is. Knows no server in particular."""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

Application = Callable[
    [dict[str, Any], Callable[[], Awaitable[dict[str, Any]]], Callable[[dict[str, Any]], Awaitable[None]]],
    Awaitable[None],
]


class AddressUnavailable(Exception):
    """The address cannot be listened on; the message says which, and why."""


class Transport(Protocol):
    """Listens on an address and gives every request to an ASGI application."""

    async def serve(self) -> None:
        """Accept requests until `stop` is called; returns when the last connection is closed.

        Raises:
            AddressUnavailable: The address cannot be listened on.
        """
        ...

    def stop(self) -> None:
        """Stop accepting connections; requests under way are finished."""
        ...
