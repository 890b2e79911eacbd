"""The page of numbers for Prometheus."""

from collections.abc import Mapping

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_families
from prometheus_client.parser import text_string_to_metric_families

from orion_server.exchange import Answer, Call
from orion_server.metrics import Metrics, lag_source, queue_source

pytestmark = pytest.mark.anyio
FACTS = {"depth": 3, "active": 1, "workers": 4, "bytes": 512}


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def ask(metrics: Metrics, accept: str = "") -> Answer:
    return await metrics.answer(Call("GET", "/metrics", "", {"accept": accept}, b"", "req", "anonymous", ""))


def samples(answer: Answer) -> Mapping[tuple[str, ...], float]:
    """Every sample by its name and the values of its labels, by their names; the parser raises for what Prometheus would not take."""
    families = list(text_string_to_metric_families(answer.body.decode()))
    assert len({family.name for family in families}) == len(families)
    assert all(family.documentation for family in families)
    assert {family.name for family in families if family.type == "unknown"} <= {"trace_workers_total"}
    return {
        (sample.name, *(sample.labels[name] for name in sorted(sample.labels))): sample.value
        for family in families
        for sample in family.samples
    }


async def test_numbers_are_read_when_they_are_asked_for() -> None:
    facts, lag = dict(FACTS), {("orders", 1): 7, ("a", 0): 0}
    metrics = Metrics((queue_source(lambda: facts), lag_source(lambda: lag)))
    first = await ask(metrics)
    facts["depth"], lag["orders", 1] = 0, 9
    second = samples(await ask(metrics))
    assert first.content_type.startswith("text/plain; version=0.0.4")
    assert (samples(first)["trace_queue_depth",], second["trace_queue_depth",]) == (3, 0)
    assert (samples(first)["kafka_consumer_lag", "1", "orders"], second["kafka_consumer_lag", "1", "orders"]) == (7, 9)
    assert second["trace_workers_total",] == 4
    assert second["process_start_time_seconds",] > 0


async def test_what_is_not_known_is_left_out() -> None:
    shown = samples(await ask(Metrics((queue_source(lambda: {"depth": 1}),))))
    assert [name for name, *_ in shown if name.startswith("trace_")] == ["trace_queue_depth"]


async def test_openmetrics_is_written_for_who_asks_for_it() -> None:
    metrics = Metrics((queue_source(lambda: FACTS), lag_source(lambda: {('a"\n\\', 0): 1})))
    answer = await ask(metrics, "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5")
    families = {family.name: family for family in open_families(answer.body.decode())}
    assert answer.content_type.startswith("application/openmetrics-text")
    assert families["kafka_consumer_lag"].samples[0].labels == {"topic": 'a"\n\\', "partition": "0"}
