"""Wall instants as text. Knows instants only as numbers it was given."""

from datetime import UTC, datetime

import cython


@cython.final
@cython.cclass
class _Second:
    """The last whole second that was written out; consecutive requests share it."""

    def __init__(self) -> None:
        self.at = -1
        self.text = ""

    @cython.cfunc
    def of(self, second: cython.longlong) -> str:
        if second != self.at:
            self.text = datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")
            self.at = second
        return self.text


_last = _Second()


@cython.ccall
def rfc3339(instant: cython.double) -> str:
    """An instant (Unix seconds) as RFC 3339 text in UTC, with microseconds and `+00:00`."""
    second: cython.longlong = cython.cast(cython.longlong, instant)
    micro: cython.longlong = cython.cast(cython.longlong, (instant - second) * 1_000_000)
    return f"{_last.of(second)}.{micro:06d}+00:00"
