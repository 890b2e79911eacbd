"""Families of what guards channels and connectors: limits, caches, duplicates, breakers, calls. Counts none."""

from collections import Counter
from collections.abc import Callable, Iterable

from prometheus_client.metrics_core import Metric

from orion_core import Engine, Governor
from orion_server.metrics.families import Labels, counter, histogram
from orion_server.metrics.page import Source
from orion_server.tallies import NoteTally

PLATFORM = "*"  # stands for every channel: the limit is the platform's
BY_CALL = ("connector", "channel")


def connector_source(notes: NoteTally, governor: Governor) -> Source:
    """The families of calls on connectors, and of the breakers that guard them."""

    def families() -> Iterable[Metric]:
        counts = [(labels, durations.count) for labels, durations in notes.attempts.items()]
        text = "Calls on connectors, every attempt."
        yield counter("connector_requests_total", text, (*BY_CALL, "status"), counts)
        text = "How long calls on connectors took, every attempt."
        yield histogram("connector_request_duration_seconds", text, (*BY_CALL, "status"), notes.attempts.items())
        breakers = governor.breakers.counts().items()
        trips = [((connector, channel), opened) for (channel, connector), (opened, _) in breakers]
        rejections = [((connector, channel), refused) for (channel, connector), (_, refused) in breakers]
        yield counter("circuit_breaker_trips_total", "How often breakers have opened.", BY_CALL, trips)
        yield counter("circuit_breaker_rejections_total", "Calls that breakers refused.", BY_CALL, rejections)

    return families


def guard_source(notes: NoteTally, governor: Governor, engine: Engine, limited: Callable[[], int]) -> Source:
    """The families of the checks of channels.

    Args:
        notes: Counts refusals.
        governor: Counts answers that were kept, and repeated keys.
        engine: Knows the names of channels.
        limited: How many requests the platform's own rate limits refused.
    """

    def families() -> Iterable[Metric]:
        limits = Counter[Labels]({(PLATFORM,): limited()})
        for (name, reason), count in notes.refusals.items():
            if reason == "rate_limited":
                limits[name,] += count
        yield counter("rate_limit_rejections_total", "Requests that came too often.", ("channel",), limits.items())
        text = "Requests that a check of their channel turned away."
        yield counter("channel_refusals_total", text, ("channel", "reason"), notes.refusals.items())
        hits, misses, repeats = Counter[Labels](), Counter[Labels](), Counter[Labels]()
        for channel_id, channel in engine.snapshot.by_id.items():
            memory = governor.memories.get(channel_id)
            if memory is not None and channel.guard is not None:
                hits[channel.name,] += memory.hits
                misses[channel.name,] += memory.misses
                repeats[channel.name,] += memory.repeats
        text = "Requests that got an answer that was kept."
        yield counter("response_cache_hits_total", text, ("channel",), hits.items())
        yield counter("response_cache_misses_total", "Requests that had to make it.", ("channel",), misses.items())
        text = "Requests under an idempotency key that was known."
        yield counter("deduplication_hits_total", text, ("channel",), repeats.items())

    return families
