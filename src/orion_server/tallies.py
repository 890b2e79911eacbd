"""Everything that is counted while metrics are on, in one value. Shows none of it; `orion_server.metrics` does."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field

from orion_core.protocol import AttemptNote, BugNote, RefusalNote, Request, UnmatchedNote
from orion_io.clock import Clock
from orion_io.driver import Note, Notes
from orion_io.storage import Stopwatch
from orion_io.tallies import Histogram, MessageTally
from orion_server.request_tally import RequestTally
from orion_server.settings import Settings

BEAT = 0.25  # seconds between two looks at the event loop


@dataclass
class NoteTally:
    """Counts what the core notes.

    Attributes:
        attempts: Durations of calls on connectors, by connector, channel and "ok" or "error".
        refusals: Requests that a check turned away, by channel and reason.
        unmatched: Requests that no workflow took, by channel.
        bugs: Failures of the core itself.
    """

    attempts: dict[tuple[str, str, str], Histogram] = field(default_factory=dict)
    refusals: Counter[tuple[str, str]] = field(default_factory=Counter)
    unmatched: Counter[str] = field(default_factory=Counter)
    bugs: int = 0

    def before(self, then: Notes) -> Notes:
        """Takes notes: counts each, then passes it on to `then`."""

        def take(note: Note, request: Request) -> None:
            self.take(note)
            then(note, request)

        return take

    def take(self, note: Note) -> None:
        """Count a note."""
        kind = type(note)
        if kind is AttemptNote:
            self._attempted(note)  # type: ignore[arg-type] # its type was looked at
        elif kind is RefusalNote:
            self.refusals[note.channel, note.reason] += 1  # type: ignore[union-attr] # as above
        elif kind is UnmatchedNote:
            self.unmatched[note.channel] += 1  # type: ignore[union-attr] # as above
        elif kind is BugNote:
            self.bugs += 1

    def _attempted(self, note: AttemptNote) -> None:
        key = (note.connector, note.channel, "error" if note.code else "ok")
        histogram = self.attempts.get(key)
        if histogram is None:
            histogram = self.attempts[key] = Histogram()
        histogram.observe(note.seconds)


@dataclass
class Tallies:
    """Everything that is counted.

    Attributes:
        queries: What the store was asked.
        requests: As HTTP sees them.
        messages: As channels see them.
        notes: What the core told of.
        audit: Events of the audit log, by action and type of resource.
        lag: How late the event loop was.
    """

    queries: Stopwatch
    requests: RequestTally = field(default_factory=RequestTally)
    messages: MessageTally = field(default_factory=MessageTally)
    notes: NoteTally = field(default_factory=NoteTally)
    audit: Counter[tuple[str, str]] = field(default_factory=Counter)
    lag: Histogram = field(default_factory=Histogram)

    def audited(self, action: str, resource_type: str) -> None:
        """Count an event of the audit log."""
        self.audit[action, resource_type] += 1

    async def watch(self, clock: Clock) -> None:
        """See how late the event loop is, until this is cancelled: what blocks it makes every request wait."""
        while True:
            due = clock.monotonic() + BEAT
            await asyncio.sleep(BEAT)
            self.lag.observe(max(0.0, clock.monotonic() - due))


def tallies_of(settings: Settings, clock: Clock) -> Tallies | None:
    """What is counted, from the settings; None where nobody wants to know, and then nothing is."""
    return Tallies(Stopwatch(clock.monotonic)) if settings.metrics.enabled else None
