"""Spans of requests, as a real collector receives them: one tree, the right parents, and no secret in it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.http.api import ADMIN, PARSE, Api, put, task, unique
from tests.http.collector import Collector, attributes_of, collecting
from tests.http.servers import Server, serving
from tests.http.upstream import Upstream, upstream

SECRET = "planted-7f3a9c"
SERVER, CLIENT, PRODUCER, CONSUMER = 2, 3, 4, 5  # kinds of spans, as OTLP numbers them
CALLER = "b" * 16


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    with collecting() as collector:
        yield collector


@pytest.fixture(scope="module")
def there() -> Iterator[Upstream]:
    with upstream() as server:
        yield server


@pytest.fixture(scope="module")
def traced(collector: Collector, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("traced"), **tracing(collector)) as server:
        yield server


@pytest.fixture
def api(traced: Server) -> Iterator[Api]:
    with Api(traced.url) as api:
        yield api


def tracing(collector: Collector, **settings: str) -> dict[str, str]:
    return {
        "ORION_TRACING__ENABLED": "true", "ORION_TRACING__OTLP_ENDPOINT": collector.url,
        "ORION_TRACING__SERVICE_NAME": "shop", "OTEL_BSP_SCHEDULE_DELAY": "100", **settings,
    }  # fmt: skip


def connect(api: Api, kind: str, **config: object) -> str:
    name = unique(kind)
    document = {"id": name, "name": name, "connector_type": kind, "config": config}
    answer = api.post(f"{ADMIN}/connectors", json=document)
    assert answer.status_code == 201, answer.text
    return name


def http(api: Api, there: Upstream) -> str:
    auth = {"type": "bearer", "token": SECRET}
    return connect(api, "http", url=there.url, allow_private_urls=True, auth=auth, retry={"max_retries": 0})


def joining(flags: str = "01") -> tuple[str, dict[str, str]]:
    """A trace of a caller's, and the header that tells of it."""
    trace_id = f"{abs(hash(unique())) or 1:032x}"[-32:]
    return trace_id, {"traceparent": f"00-{trace_id}-{CALLER}-{flags}"}


def shape(spans: list[Any]) -> dict[str, str]:
    """The name of each span's parent."""
    names = {span.span_id: span.name for span in spans}
    return {span.name: names.get(span.parent_span_id, span.parent_span_id.hex()) for span in spans}


def test_a_request_is_one_tree(api: Api, collector: Collector, there: Upstream, tmp_path: Path) -> None:
    (tmp_path / f"{SECRET}.db").touch()
    database = connect(api, "db", connection_string=f"sqlite:{tmp_path}/{SECRET}.db", driver="sqlite")
    web = http(api, there)
    query = f"SELECT 1 AS one, '{SECRET}' AS two"
    channel = api.service(
        PARSE, task("read", "db_read", {"connector": database, "query": query, "output": "data.rows"}),
        task("ask", "http_call", {"connector": web, "path": "/traced", "query": {"token": SECRET}}),
    )  # fmt: skip
    trace_id, parent = joining()
    secrets = {"authorization": f"Bearer {SECRET}", "x-api-key": SECRET}
    answer = api.call(channel, {"password": SECRET}, headers={**parent, **secrets}, params={"key": SECRET})
    assert answer.status_code == 200, answer.text
    spans = collector.trace(trace_id, 6)
    root = f"POST /api/v1/data/{channel}"
    assert shape(spans) == {
        root: CALLER, "task parse": root, "task read": root, f"SqlCall {database}": "task read", "task ask": root,
        "GET": "task ask",
    }  # fmt: skip
    by_name = {span.name: span for span in spans}
    assert (by_name[root].kind, by_name["GET"].kind) == (SERVER, CLIENT)
    facts = attributes_of(by_name[root])
    assert (facts["http.response.status_code"], facts["http.route"]) == (200, f"/api/v1/data/{channel}")
    assert facts["orion.trace.id"] == answer.json()["id"]
    called = attributes_of(by_name["GET"])
    assert (called["http.response.status_code"], called["orion.connector"]) == (200, web)
    seen = there.calls("/traced")[-1]["headers"]["traceparent"]
    assert seen == f"00-{trace_id}-{by_name['GET'].span_id.hex()}-01"
    for span in spans:
        assert span.start_time_unix_nano <= span.end_time_unix_nano
        assert by_name[root].start_time_unix_nano <= span.start_time_unix_nano
    assert SECRET.encode() not in collector.payload()
    assert collector.resources[0]["service.name"] == "shop"


def test_what_fails_is_marked(api: Api, collector: Collector, there: Upstream) -> None:
    web = http(api, there)
    channel = api.service(PARSE, task("ask", "http_call", {"connector": web, "path": "/status/500"}))
    trace_id, parent = joining()
    assert api.call(channel, {}, headers=parent).status_code == 500
    spans = {span.name: span for span in collector.trace(trace_id, 4)}
    assert spans["task parse"].status.code == 0
    for name, kind in (("GET", "500"), (f"POST /api/v1/data/{channel}", "500")):
        assert (spans[name].status.code, attributes_of(spans[name])["error.type"]) == (2, kind)
    assert attributes_of(spans["task ask"])["orion.task.result"] == "connector_failed"


def test_work_for_later_is_in_the_trace_of_who_asked(api: Api, collector: Collector, there: Upstream) -> None:
    web = http(api, there)
    channel = api.service(PARSE, task("ask", "http_call", {"connector": web, "path": "/later"}))
    trace_id, parent = joining()
    api.ended(api.submit(channel, {}, headers=parent))
    spans = {span.name: span for span in collector.trace(trace_id, 5)}
    accepted, worked = spans[f"POST /api/v1/data/{channel}"], spans[f"process {channel}"]
    assert attributes_of(accepted)["http.response.status_code"] == 202
    assert (worked.kind, worked.parent_span_id) == (CONSUMER, accepted.span_id)
    assert [link.span_id for link in worked.links] == [accepted.span_id]
    assert spans["task ask"].parent_span_id == worked.span_id
    told = there.calls("/later")[-1]["headers"]["traceparent"]
    assert told == f"00-{trace_id}-{spans['GET'].span_id.hex()}-01"


def test_what_the_caller_does_not_trace_is_not_traced(api: Api, collector: Collector, there: Upstream) -> None:
    web = http(api, there)
    channel = api.service(PARSE, task("ask", "http_call", {"connector": web, "path": "/unsampled"}))
    trace_id, parent = joining("00")
    assert api.call(channel, {}, headers=parent).status_code == 200
    other, sampled = joining()
    assert api.call(channel, {}, headers=sampled).status_code == 200
    collector.trace(other, 4)
    assert not [span for span in collector.spans() if span.trace_id.hex() == trace_id]
    told = [call["headers"]["traceparent"] for call in there.calls("/unsampled")]
    assert told[0].startswith(f"00-{trace_id}-")
    assert told[0].endswith("-00")


def test_a_share_is_drawn_where_nobody_has_decided(tmp_path: Path, collector: Collector) -> None:
    with serving(tmp_path, **tracing(collector, ORION_TRACING__SAMPLE_RATE="0")) as server, Api(server.url) as api:
        channel = api.service(PARSE, put("data.one", 1))
        assert api.call(channel, {}).status_code == 200
        trace_id, parent = joining()
        assert api.call(channel, {}, headers=parent).status_code == 200
        spans = collector.trace(trace_id, 3)
        assert len([span for span in collector.spans() if span.name.endswith(channel)]) == 1
        assert len(spans) == 3
        assert server.stop() == 0


def test_a_collector_that_is_away_holds_nobody_up(tmp_path: Path) -> None:
    settings = {"ORION_TRACING__ENABLED": "true", "ORION_TRACING__OTLP_ENDPOINT": "http://127.0.0.1:9"}
    with serving(tmp_path, **settings) as server, Api(server.url) as api:
        channel = api.service(PARSE)
        assert api.call(channel, {}).status_code == 200
        assert server.stop() == 0, server.log()
