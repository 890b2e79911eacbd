"""Gauges of what waits: the durable queue, and Kafka. Knows neither; each is asked for its numbers.

The names are the documented ones.
"""

from collections.abc import Callable, Iterable, Mapping

from prometheus_client.metrics_core import GaugeMetricFamily, Metric, UntypedMetricFamily

from orion_server.metrics.page import Source

# A gauge by its nature and a counter by its documented name; Prometheus's linter accepts it as neither.
UNTYPED = frozenset(("trace_workers_total",))
# By the name of the fact: the family and what it tells.
QUEUE: Mapping[str, tuple[str, str]] = {
    "depth": ("trace_queue_depth", "Asynchronous requests that wait."),
    "active": ("trace_workers_active", "Asynchronous requests that are worked on in this process."),
    "workers": ("trace_workers_total", "Asynchronous requests that this process can work on at once."),
    "bytes": ("trace_queue_memory_bytes", "What the asynchronous requests that wait weigh."),
}


def queue_source(facts: Callable[[], Mapping[str, float]]) -> Source:
    """The families of the queue.

    Args:
        facts: Numbers by the names of QUEUE; a family whose number is not known is left out.
    """

    def families() -> Iterable[Metric]:
        known = facts()
        for fact, (name, text) in QUEUE.items():
            if fact in known:
                family = UntypedMetricFamily if name in UNTYPED else GaugeMetricFamily
                yield family(name, text, value=known[fact])

    return families


def lag_source(lag: Callable[[], Mapping[tuple[str, int], int]]) -> Source:
    """The family of consumption from Kafka.

    Args:
        lag: How many messages of each topic and partition are not worked on yet.
    """

    def families() -> Iterable[Metric]:
        text = "Messages of a partition that are not worked on yet."
        family = GaugeMetricFamily("kafka_consumer_lag", text, labels=("topic", "partition"))
        for (topic, partition), messages in sorted(lag().items()):
            family.add_metric((topic, str(partition)), messages)
        yield family

    return families
