"""Answers kept for a time, and who is making one now. Knows no request.

Keys are compared whole. What was used least recently gives way when there are too many entries or bytes. While an
answer is being made, others who want the same wait for it instead of making it again.
"""

from collections import OrderedDict
from typing import Any

import cython

from orion_core.protocol import Ticket

OVERHEAD = 512  # bytes that an entry takes besides its key and body


@cython.final
@cython.cclass
class Kept:
    """An answer.

    Args:
        status: HTTP status.
        body: The content.
        at: When it was made, monotonic seconds.
        expires: Until when it may be given, monotonic seconds.
    """

    def __init__(self, status: cython.int, body: bytes, at: cython.double, expires: cython.double) -> None:
        self.status = status
        self.body = body
        self.at = at
        self.expires = expires


@cython.final
@cython.cclass
class ResponseCache:
    """The answers of all channels.

    Args:
        max_entries: Answers at most.
        max_bytes: What they take at most, with their keys.
    """

    def __init__(self, max_entries: cython.Py_ssize_t, max_bytes: cython.Py_ssize_t) -> None:
        self.max_entries = max_entries
        self.max_bytes = max_bytes
        self.weight = 0
        self.kept: Any = OrderedDict()
        self.flights: dict[bytes, list[Ticket]] = {}

    def __len__(self) -> int:
        return len(self.kept)

    @cython.ccall
    def find(self, key: bytes, now: cython.double) -> Any:
        """The answer under a key, or None."""
        kept = self.kept.get(key)
        if kept is None:
            return None
        if kept.expires <= now:
            self.drop(key)
            return None
        self.kept.move_to_end(key)
        return kept

    @cython.ccall
    def lead(self, key: bytes) -> cython.bint:
        """Undertake to make the answer; False when somebody is at it already."""
        if key in self.flights:
            return False
        self.flights[key] = []
        return True

    @cython.ccall
    def follow(self, key: bytes, ticket: Ticket) -> None:
        """Wait for the one who leads."""
        self.flights[key].append(ticket)

    @cython.ccall
    def desert(self, key: bytes, ticket: Ticket) -> None:
        """Wait no longer."""
        tickets = self.flights.get(key)
        if tickets is not None and ticket in tickets:
            tickets.remove(ticket)

    @cython.ccall
    def land(self, key: bytes) -> tuple[Any, ...]:
        """Lead no longer, with an answer kept or without one. Returns the tickets of those who waited."""
        tickets: list[Ticket] = self.flights.pop(key, [])
        for ticket in tickets:
            ticket.ready = True
        return tuple(tickets)

    @cython.ccall
    def keep(self, key: bytes, kept: Kept) -> None:
        """Keep an answer; one that alone is larger than everything may be is not kept."""
        size: cython.Py_ssize_t = len(key) + len(kept.body) + OVERHEAD
        self.drop(key)
        if size > self.max_bytes:
            return
        self.kept[key] = kept
        self.weight += size
        while len(self.kept) > self.max_entries or self.weight > self.max_bytes:
            self.drop(next(iter(self.kept)))

    @cython.cfunc
    def drop(self, key: bytes) -> None:
        kept = self.kept.pop(key, None)
        if kept is not None:
            self.weight -= len(key) + len(kept.body) + OVERHEAD
