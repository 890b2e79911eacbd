"""How many may be inside at once, and who waits in line for a place. Knows no request.

A place that is given back goes to the first in line at once, so nobody who comes later overtakes: the ticket says that
it is its holder's turn, and whoever drives the core wakes the holder.
"""

from collections import deque
from typing import Any

import cython

from orion_core.protocol import Ticket


@cython.final
@cython.cclass
class Permits:
    """Counted places, and a bounded line.

    Args:
        limit: Places.
        line_limit: How many may stand in line.
    """

    def __init__(self, limit: cython.Py_ssize_t, line_limit: cython.Py_ssize_t) -> None:
        self.limit = limit
        self.line_limit = line_limit
        self.in_use = 0
        self.standing = 0  # how many are in line
        self.line: Any = deque()

    @cython.ccall
    def take(self) -> cython.bint:
        """Take a place when one is free and nobody waits for it."""
        if self.in_use >= self.limit or self.standing > 0:
            return False
        self.in_use += 1
        return True

    @cython.ccall
    def stand(self, ticket: Ticket) -> cython.bint:
        """Stand in line; False when it is full. When the ticket is ready, its holder has a place."""
        if self.standing >= self.line_limit:
            return False
        self.line.append(ticket)
        self.standing += 1
        return True

    @cython.ccall
    def release(self) -> tuple[Any, ...]:
        """Give a place back. Returns the tickets whose turn has come by that."""
        self.in_use -= 1
        return () if self.standing == 0 else self.admit()

    @cython.ccall
    def withdraw(self, ticket: Ticket) -> tuple[Any, ...]:
        """Leave the line, or give back the place that was just given. Returns as `release` does."""
        if ticket.ready:
            return self.release()
        self.line.remove(ticket)
        self.standing -= 1
        return ()

    @cython.cfunc
    def admit(self) -> tuple[Any, ...]:
        """Let in as many from the line as there are places."""
        called: list[Any] = []
        while self.standing > 0 and self.in_use < self.limit:
            ticket: Ticket = self.line.popleft()
            ticket.ready = True
            self.standing -= 1
            self.in_use += 1
            called.append(ticket)
        return tuple(called)

    def adopt(self, limit: int, line_limit: int) -> None:
        """Change the ceilings; who is inside or in line stays. Places that came up are filled at the next release."""
        self.limit = limit
        self.line_limit = line_limit
