"""Counts requests as HTTP sees them: method, place, status, duration. Knows no Prometheus.

Every label is bounded: a data request counts under its channel's name, any other under the pattern of its path, and a
method that nobody knows under one name.
"""

from typing import Any

import cython

from orion_io.tallies import Histogram

METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"))
OTHER = "_OTHER"  # any other method, as OpenTelemetry's conventions for HTTP have it


@cython.final
@cython.cclass
class RequestTally:
    """Counts requests. For the event loop alone.

    Attributes:
        channels: Durations of data requests by method, channel and status; the channel is "" where none was found.
        patterns: Durations of all others by method, pattern of the path and status.
    """

    def __init__(self) -> None:
        self.channels: dict[tuple[str, str, int], Histogram] = {}
        self.patterns: dict[tuple[str, str, int], Histogram] = {}

    @cython.ccall
    def data(self, method: str, channel: str, status: cython.int, seconds: cython.double) -> object:
        """Count a data request.

        Args:
            method: Its method.
            channel: The name of the channel that was found, "" for none.
            status: Of its answer.
            seconds: How long it took.
        """
        found: Any = self.channels.get((method, channel, status))
        if found is None:
            found = histogram_of(self.channels, method, channel, status)
        tally: Histogram = found
        tally.observe(seconds)
        return None

    def control(self, method: str, pattern: str, status: int, seconds: float) -> None:
        """Count any other request; `pattern` is that of its path."""
        histogram_of(self.patterns, method, pattern, status).observe(seconds)


def histogram_of(counted: dict[tuple[str, str, int], Histogram], method: str, place: str, status: int) -> Histogram:
    """Where such requests are counted, made when it is first asked for."""
    key = (method if method in METHODS else OTHER, place, status)
    found = counted.get(key)
    if found is None:
        found = counted[key] = Histogram()
    return found
