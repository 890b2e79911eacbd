"""How long one caller is waited for, in seconds that the sweep counts. Knows no socket and reads no clock."""

import cython

from orion_server.transports.reader import Reader
from orion_server.transports.shared import Shared

LINGER: cython.int = 3  # seconds for which a caller may go on who is not listened to
LEAST_RATE: cython.int = 1024  # bytes a second that a caller has to read of an answer


@cython.final
@cython.cclass
class Patience:
    """See the module. A sweep comes once a second, so whatever takes too long is noticed a second late at most.

    Args:
        shared: Counts the seconds, and says how many are too many.
    """

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self._since = shared.seconds
        self._in_head = self._in_content = self._served = False
        self._unsent = 0

    @cython.ccall
    def restart(self) -> object:
        """Something else is waited for from now on."""
        self._since = self._shared.seconds
        return None

    @cython.ccall
    def serve(self) -> object:
        """A request was answered: the next is waited for."""
        self._served = True
        return self.restart()

    @cython.ccall
    def follow(self, reader: Reader) -> object:
        """Something was read. Only what begins a head or a content begins a new wait, or a trickle would never end."""
        if reader.in_head != self._in_head or reader.in_content != self._in_content:
            self._in_head = reader.in_head
            self._in_content = reader.in_content
            self.restart()
        return None

    def watch(self, unsent: int) -> None:
        """So many bytes are to be read by the caller, from now on."""
        self._unsent = unsent
        self.restart()

    @property
    def watching(self) -> bool:
        """Whether the caller had something to read when that was last looked at."""
        return self._unsent > 0

    def expects_in_vain(self) -> bool:
        """Whether a request, or more of one, should have come."""
        shared = self._shared
        limit = shared.idle_timeout if self._served else shared.header_timeout
        if self._in_content:
            limit = shared.body_timeout
        elif self._in_head:
            limit = shared.header_timeout
        return shared.seconds - self._since > limit

    def has_lingered(self) -> bool:
        """Whether the caller should have closed the connection."""
        return self._shared.seconds - self._since > LINGER

    def is_read_too_little(self, unsent: int) -> bool:
        """Whether the caller reads too little of what it asked for.

        Args:
            unsent: Bytes that it has not read yet.
        """
        waited = self._shared.seconds - self._since
        if waited <= self._shared.body_timeout:
            return False
        too_little = self._unsent - unsent < waited * LEAST_RATE
        self.watch(unsent)
        return too_little
