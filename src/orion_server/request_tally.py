"""Counts requests as HTTP sees them: method, place, status, duration. Knows no Prometheus.

Every label is bounded: a data request counts under its channel's name, any other under the pattern of its path, and a
method that nobody knows under one name.
"""

from typing import Any

import cython

from orion_io.tallies import Histogram

METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"))
OTHER = "_OTHER"  # any other method, as OpenTelemetry's conventions for HTTP have it


Statuses = dict[int, Histogram]


@cython.final
@cython.cclass
class RequestTally:
    """Counts requests. For the event loop alone.

    Attributes:
        channels: Durations of data requests by channel, method and status; the channel is "" where none was found.
            Three look-ups cost half of what one by all three does.
        patterns: Durations of all others by pattern of the path, method and status.
    """

    def __init__(self) -> None:
        self.channels: dict[str, dict[str, Statuses]] = {}
        self.patterns: dict[str, dict[str, Statuses]] = {}

    @cython.ccall
    def data(self, method: str, channel: str, status: cython.int, seconds: cython.double) -> object:
        """Count a data request.

        Args:
            method: Its method.
            channel: The name of the channel that was found, "" for none.
            status: Of its answer.
            seconds: How long it took.
        """
        found: Any = None
        methods: Any = self.channels.get(channel)
        if methods is not None:
            statuses: Any = cython.cast(dict, methods).get(method)
            if statuses is not None:
                found = cython.cast(dict, statuses).get(status)
        if found is None:
            found = histogram_of(self.channels, channel, method, status)
        tally: Histogram = found
        tally.observe(seconds)
        return None

    def control(self, method: str, pattern: str, status: int, seconds: float) -> None:
        """Count any other request; `pattern` is that of its path."""
        histogram_of(self.patterns, pattern, method, status).observe(seconds)


def histogram_of(counted: dict[str, dict[str, Statuses]], place: str, method: str, status: int) -> Histogram:
    """Where such requests are counted, made when it is first asked for."""
    known = method if method in METHODS else OTHER
    return counted.setdefault(place, {}).setdefault(known, {}).setdefault(status, Histogram())
