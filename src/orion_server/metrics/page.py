"""`GET /metrics` in Prometheus's text format, or OpenMetrics for who asks for it. Counts nothing and keeps nothing.

Every number is read from where it is kept at the moment it is asked for: a request pays nothing for being counted.
https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from collections.abc import Callable, Iterable

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from orion_server.exchange import Answer, Call

Source = Callable[[], Iterable[Metric]]  # some families, with what they are now


class Metrics(Collector):
    """The page.

    Args:
        sources: Each gives families of its own; no two give the same.
    """

    def __init__(self, sources: Iterable[Source]) -> None:
        self._sources = tuple(sources)
        self._registry = CollectorRegistry()
        self._registry.register(self)
        ProcessCollector(registry=self._registry)

    def collect(self) -> Iterable[Metric]:
        """Every family, with what it is now."""
        for source in self._sources:
            yield from source()

    async def answer(self, call: Call) -> Answer:
        """The page as the caller reads it."""
        encode, content_type = choose_encoder(call.headers.get("accept", ""))
        return Answer(200, encode(self._registry), (("cache-control", "no-store"),), content_type)
