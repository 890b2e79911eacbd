"""Records are part of the trace of who published them, and what comes of them is counted."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from tests.http.api import ADMIN, PARSE, Api, put, task, unique
from tests.http.collector import Collector, attributes_of, collecting
from tests.http.servers import serving
from tests.kafka.consuming import topic
from tests.kafka.test_servers import settings, traces_of, until
from tests.other_servers import RealKafka

PRODUCER, CONSUMER = 4, 5  # kinds of spans, as OTLP numbers them


def errors(api: Api) -> Iterator[tuple[str, float]]:
    for family in text_string_to_metric_families(api.get("/metrics").text):
        if family.name == "errors":
            yield from ((sample.labels["type"], sample.value) for sample in family.samples)


def test_from_a_request_through_a_record_to_its_work(real: RealKafka, tmp_path: Path) -> None:
    with collecting() as collector:
        variables = {
            **settings(real), "ORION_METRICS__ENABLED": "true", "ORION_TRACING__ENABLED": "true",
            "ORION_TRACING__OTLP_ENDPOINT": collector.url, "OTEL_BSP_SCHEDULE_DELAY": "100",
        }  # fmt: skip
        with serving(tmp_path, **variables) as server, Api(server.url) as api:
            published(api, real, collector)
            assert server.stop() == 0, server.log()


def published(api: Api, real: RealKafka, collector: Collector) -> None:
    name, connector = asyncio.run(topic(real.port)), unique("kafka")
    config = {"brokers": [f"127.0.0.1:{real.port}"], "topic": name}
    document = {"id": connector, "name": connector, "connector_type": "kafka", "config": config}
    assert api.post(f"{ADMIN}/connectors", json=document).status_code == 201
    working = api.workflow([PARSE, put("data.x", {"throw": "no stock"})])
    consuming = api.channel(working, channel_type="async", protocol="kafka", topic=name)
    publishing = api.service(PARSE, task("tell", "publish_kafka", {"connector": connector, "topic": name}))
    trace_id = "c" * 32
    answer = api.call(publishing, {"n": 1}, headers={"traceparent": f"00-{trace_id}-{'b' * 16}-01"})
    assert answer.status_code == 200, answer.text
    until(lambda: traces_of(api, consuming))
    spans = {span.name: span for span in collector.trace(trace_id, 7)}
    sent, worked = spans[f"send {name}"], spans[f"process {consuming}"]
    assert (sent.kind, sent.parent_span_id) == (PRODUCER, spans["task tell"].span_id)
    assert (worked.kind, worked.parent_span_id) == (CONSUMER, sent.span_id)
    assert attributes_of(worked)["messaging.system"] == "kafka"
    assert attributes_of(worked)["error.type"] == "error"
    assert spans["task put"].parent_span_id == worked.span_id
    counted = dict(errors(api))
    assert (counted["kafka_processing"], counted["kafka_timeout"], counted["engine"]) == (1, 0, 1)
