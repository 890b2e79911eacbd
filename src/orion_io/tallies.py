"""Counts and histograms that the request path can afford. Knows no Prometheus: whoever shows them reads them.

A counter of Prometheus's client costs a microsecond, these some tens of nanoseconds. They are for the event loop alone;
reading them from it needs no lock.
"""

from typing import Any

import cython

# Upper bounds in seconds. Small requests take well under a millisecond; the largest is beyond most deadlines.
BOUNDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


@cython.final
@cython.cclass
class Histogram:
    """How many durations fell between which bounds, and their sum.

    Attributes:
        counts: One for each of BOUNDS, those up to it and beyond the one before; the last is beyond all.
        sum: Seconds.
    """

    def __init__(self) -> None:
        self.counts: list[int] = [0] * (len(BOUNDS) + 1)
        self.sum: cython.double = 0.0
        self._bounds = BOUNDS

    @cython.ccall
    def observe(self, seconds: cython.double) -> object:
        """Count a duration."""
        place: cython.Py_ssize_t = 0
        bound: cython.double
        for bound in self._bounds:
            if seconds <= bound:
                break
            place += 1
        self.counts[place] += 1
        self.sum += seconds
        return None

    def add(self, other: Any) -> None:
        """Count what another `Histogram` has counted, too."""
        self.counts = [mine + theirs for mine, theirs in zip(self.counts, other.counts, strict=True)]
        self.sum += other.sum

    @property
    def count(self) -> int:
        """How many durations there were."""
        return sum(self.counts)


@cython.final
@cython.cclass
class ChannelTally:
    """What came of one channel's messages.

    Attributes:
        well: How many ended with "ok".
        ill: How many ended otherwise, by outcome.
        seconds: How long all of them took.
    """

    def __init__(self) -> None:
        self.well: cython.longlong = 0
        self.ill: dict[str, int] = {}
        self.seconds = Histogram()

    @property
    def outcomes(self) -> dict[str, int]:
        """How many ended how."""
        return {"ok": self.well, **self.ill} if self.well else dict(self.ill)


@cython.final
@cython.cclass
class MessageTally:
    """Counts messages by channel: requests, queued work and records of topics, whose workflows were begun.

    Attributes:
        channels: By name; there are as many as have been defined.
        consumption: What came of records of topics, by outcome.
    """

    def __init__(self) -> None:
        self.channels: dict[str, ChannelTally] = {}
        self.consumption: dict[str, int] = {}

    @cython.ccall
    def message(self, channel: str, outcome: str, seconds: cython.double) -> object:
        """Count a message.

        Args:
            channel: The name of its channel.
            outcome: As `Respond.outcome`.
            seconds: How long it took.
        """
        found: Any = self.channels.get(channel)
        if found is None:
            found = self.channels[channel] = ChannelTally()
        tally: ChannelTally = found
        if outcome == "ok":
            tally.well += 1
        else:
            tally.ill[outcome] = tally.ill.get(outcome, 0) + 1
        tally.seconds.observe(seconds)
        return None

    @cython.ccall
    def consumed(self, outcome: str) -> object:
        """Count a record of a topic; one that was put back has no outcome yet."""
        if outcome:
            self.consumption[outcome] = self.consumption.get(outcome, 0) + 1
        return None

    def total(self, outcome: str) -> int:
        """How many messages of all channels ended so."""
        return sum(tally.outcomes.get(outcome, 0) for tally in self.channels.values())
