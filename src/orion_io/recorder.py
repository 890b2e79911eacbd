"""Takes the traces of finished executions and hands them to whoever writes them. Knows no database."""

from collections.abc import Callable
from typing import Literal, Protocol
from zlib import crc32

import cython

from orion_core.protocol import StoreTrace
from orion_io.clock import Clock

DRAWS = 2.0**32  # what a checksum may be


class TraceSink(Protocol):
    """Where traces go: never waits, says whether it took one."""

    def offer(self, trace: StoreTrace, duration_ms: float, completed_at: int, /) -> bool:
        """Take a trace, or refuse it because the queue is full; `completed_at` in microseconds since the epoch, UTC."""
        ...


@cython.final
@cython.cclass
class Recorder:
    """Keeps the traces that the settings ask for.

    Args:
        sink: Takes them.
        keep: Every trace, those of failures, or none; or the share, 0 to 1, of the others that are kept beside those
            of failures. Chance is drawn from the trace's id: the same everywhere, and next to nothing to pay.
        clock: Tells when they ended.
    """

    def __init__(self, sink: TraceSink, keep: Literal["all", "errors", "none"] | float, clock: Clock) -> None:
        self._offer: Callable[[StoreTrace, float, int], bool] = sink.offer
        self._all = keep in ("all", 1.0)
        self._errors = keep != "none"
        self._below = 0.0 if isinstance(keep, str) else keep * DRAWS
        self._clock = clock

    @cython.ccall
    def record(self, trace: StoreTrace, duration_ms: cython.double) -> object:
        """Hand a trace over, unless the settings leave it out.

        Args:
            trace: What the core knows of it.
            duration_ms: How long the request took, measured by the driver.
        """
        if self._all or (self._errors and (trace.status == "failed" or self._drawn(trace.id))):
            self._offer(trace, duration_ms, self._clock.wall_us())
        return None

    @cython.cfunc
    def _drawn(self, identifier: str) -> cython.bint:
        return self._below > 0 and crc32(identifier.encode()) < self._below
