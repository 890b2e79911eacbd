"""Families of requests and messages: how many, how they ended, how long they took. Counts none."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

from prometheus_client.metrics_core import Metric

from orion_io.tallies import Histogram, MessageTally
from orion_server.edge import DATA
from orion_server.metrics.families import Labels, counter, histogram
from orion_server.metrics.page import Source
from orion_server.metrics.paths import UNMATCHED_DATA
from orion_server.request_tally import RequestTally
from orion_server.tallies import NoteTally

BY_PLACE = ("method", "path", "status")


def request_source(tally: RequestTally) -> Source:
    """The families of HTTP requests; `path` is a pattern, or a channel's name after the data API's."""

    def families() -> Iterable[Metric]:
        found: defaultdict[Labels, Histogram] = defaultdict(Histogram)
        data = {f"{DATA}{channel}" if channel else UNMATCHED_DATA: ways for channel, ways in tally.channels.items()}
        for places in (data, tally.patterns):
            for path, methods in places.items():
                for method, statuses in methods.items():
                    for status, durations in statuses.items():
                        found[method, path, str(status)].add(durations)
        counts = [(labels, durations.count) for labels, durations in found.items()]
        yield counter("http_requests_total", "Requests that were answered.", BY_PLACE, counts)
        text = "How long requests took, from their last byte to their answer."
        yield histogram("http_request_duration_seconds", text, BY_PLACE, found.items())

    return families


def message_source(tally: MessageTally, notes: NoteTally) -> Source:
    """The families of messages: requests, queued work and records of topics, whose workflows were begun."""

    def families() -> Iterable[Metric]:
        ended = [
            ((name, outcome), count)
            for name, channel in tally.channels.items()
            for outcome, count in channel.outcomes.items()
        ]
        done = [((name,), count) for (name, outcome), count in ended if outcome == "ok"]
        durations = [((name,), channel.seconds) for name, channel in tally.channels.items()]
        unmatched = [((name,), count) for name, count in notes.unmatched.items()]
        yield counter("messages_total", "Messages whose workflows were begun.", ("channel", "status"), ended)
        yield histogram("message_duration_seconds", "How long messages took.", ("channel",), durations)
        yield counter("channel_executions_total", "Messages whose workflows ran to their end.", ("channel",), done)
        text = "Messages that no workflow's share or condition took."
        yield counter("unmatched_messages_total", text, ("channel",), unmatched)

    return families


def error_source(errors: Callable[[], Mapping[str, int]]) -> Source:
    """The family of errors.

    Args:
        errors: How many there were, by type.
    """

    def families() -> Iterable[Metric]:
        counts = [((kind,), count) for kind, count in errors().items()]
        yield counter("errors_total", "What went wrong, by type.", ("type",), counts)

    return families
