"""A line of the log for each request: taken on the request's way, handed on by the handful, written by somebody else.

Standard logging would cost several microseconds here, and wait whenever its stream does. What does not fit is dropped
and counted: a reader of the log who stops reading costs lines, and nothing else. Knows neither formats nor streams.
"""

import asyncio
from typing import Any, Protocol

import cython

from orion_core.protocol import Request, Respond
from orion_io.clock import Clock
from orion_server.exchange import Call

GONE = 499  # the caller left before the answer
LARGEST_ERROR: cython.int = 4096  # bytes of an error, which its reason is read from later
LONGEST: cython.int = 512  # characters of a path
HANDFUL: cython.Py_ssize_t = (
    64  # lines handed on at once: making their text stops the loop for a tenth of a millisecond
)


class Lines(Protocol):
    """Where lines go."""

    def write(self, batch: list[tuple[Any, ...]], dropped: int, /) -> int:
        """Take a batch, and how many lines were dropped before it; never waits.

        Args:
            batch: For each request: wall instant of its end, seconds it took, status, method, path, request id, trace
                id, channel, client, and the body of an error.
            dropped: How many there is no line for.

        Returns:
            How many lines are not written yet, these included.
        """
        ...


@cython.final
@cython.cclass
class RequestLog:
    """Gathers lines. For the event loop alone.

    Args:
        lines: Takes them.
        clock: Tells when requests ended.
        least: The least status that is logged: 0 for every request, 500 for those the server failed.
        most: Lines that may be gathered, and wait to be written.
        interval: Seconds for which lines are gathered, at most.
    """

    def __init__(self, lines: Lines, clock: Clock, least: int, most: int, interval: float) -> None:
        self._lines = lines
        self._clock = clock
        self._least = least
        self._most = most
        self._interval = interval
        self._gathered: list[Any] = []
        self._waiting = 0
        self._dropped = 0
        self._armed = False

    @cython.ccall
    def data(self, request: Request, step: Respond, started: cython.double) -> object:
        """Take the line of a data request and its answer; `started` in monotonic seconds."""
        status: cython.int = step.status
        if status < self._least:
            return None
        error = step.body if status >= 400 and len(step.body) <= LARGEST_ERROR else None
        return self._take(request, status, step.channel, error, started)

    @cython.ccall
    def left(self, request: Request, started: cython.double) -> object:
        """Take the line of a data request whose caller did not wait for the answer."""
        return None if self._least > GONE else self._take(request, GONE, "", None, started)

    def control(self, call: Call, status: int, error: bytes | None, started: float) -> None:
        """Take the line of any other request; `error` is the body of a refusal."""
        if status < self._least:
            return
        kept = error if error is not None and len(error) <= LARGEST_ERROR else None
        self.add((
            self._clock.wall(), self._clock.monotonic() - started, status, call.method, call.path[:LONGEST],
            call.request_id, "", "", call.client, kept,
        ))  # fmt: skip

    @cython.cfunc
    def _take(
        self, request: Request, status: cython.int, channel: str, error: object, started: cython.double
    ) -> object:
        seconds: cython.double = self._clock.monotonic() - started
        path = request.path if len(request.path) <= LONGEST else request.path[:LONGEST]
        self.add((
            request.received_at + seconds, seconds, status, request.method, path, request.request_id, request.id,
            channel, request.client, error,
        ))  # fmt: skip
        return None

    @cython.ccall
    def add(self, line: tuple[Any, ...]) -> object:
        """Take a line, as `Lines.write` describes it."""
        if len(self._gathered) + self._waiting < self._most:
            self._gathered.append(line)
            if len(self._gathered) >= HANDFUL:
                self._hand_on()
        else:
            self._dropped += 1
        if not self._armed:
            self._armed = True
            asyncio.get_running_loop().call_later(self._interval, self.flush)
        return None

    def flush(self) -> None:
        """Hand on what was gathered."""
        self._armed = False
        self._hand_on()

    @cython.cfunc
    def _hand_on(self) -> object:
        batch, self._gathered = self._gathered, []
        dropped, self._dropped = self._dropped, 0
        self._waiting = self._lines.write(batch, dropped)
        return None
