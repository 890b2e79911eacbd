"""Who may read the numbers, when there are any, and that each event is counted under its documented name."""

import re
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx
import pytest
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families

from tests.http.api import ADMIN, PARSE, Api, put, task, unique
from tests.http.servers import Server, serving
from tests.http.upstream import Upstream, upstream
from tests.services import needed

KEYED = {"ORION_ADMIN_AUTH__ENABLED": "true", "ORION_ADMIN_AUTH__API_KEY": "letmein"}
ON = {"ORION_METRICS__ENABLED": "true"}
KEY = {"Authorization": "Bearer letmein"}
LIMITED = {
    "ORION_ENGINE__CIRCUIT_BREAKER__ENABLED": "true", "ORION_ENGINE__CIRCUIT_BREAKER__FAILURE_THRESHOLD": "1",
    "ORION_QUEUE__MAX_RESULT_SIZE_BYTES": "2000", "ORION_QUEUE__DLQ_MAX_RETRIES": "0",
}  # fmt: skip


class Numbers:
    """What a server's `/metrics` shows, and what came since it was last read."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._before = self.samples()

    def text(self) -> str:
        answer = self._api.get("/metrics", headers=KEY)
        assert answer.status_code == 200, answer.text
        return answer.text

    def samples(self) -> Mapping[tuple[str, frozenset[tuple[str, str]]], float]:
        return {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in families(self.text())
            for sample in family.samples
        }

    def added(self, name: str, **labels: str) -> float:
        key = (name, frozenset(labels.items()))
        return self.samples().get(key, 0.0) - self._before.get(key, 0.0)

    def wait_for(self, name: str, **labels: str) -> None:
        """What is counted a moment after its answer."""
        until = time.monotonic() + 10
        while self.added(name, **labels) < 1:
            assert time.monotonic() < until, (name, labels)
            time.sleep(0.02)


@pytest.fixture(scope="module")
def counting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("counting"), **ON, **KEYED, **LIMITED) as server:
        yield server


@pytest.fixture
def api(counting: Server) -> Iterator[Api]:
    with Api(counting.url, headers=KEY) as api:
        yield api


@pytest.fixture
def numbers(api: Api) -> Numbers:
    return Numbers(api)


@pytest.fixture(scope="module")
def there() -> Iterator[Upstream]:
    with upstream() as server:
        yield server


# --- who may read them ------------------------------------------------------------------------------------------------


def test_off_they_are_not_there(base_url: str) -> None:
    answer = httpx.get(f"{base_url}/metrics")
    assert (answer.status_code, answer.json()["error"]["reason"]) == (404, "unknown_path")
    assert "metrics.enabled" in answer.json()["error"]["message"]


CALLERS = [("asks for a key", "false", 401), ("is public", "true", 200)]


@pytest.mark.parametrize(("public", "status"), [case[1:] for case in CALLERS], ids=[case[0] for case in CALLERS])
def test_the_page(tmp_path: Path, public: str, status: int) -> None:
    with serving(tmp_path, **ON, **KEYED, ORION_METRICS__PUBLIC=public) as server:
        assert httpx.get(f"{server.url}/metrics").status_code == status
        answer = httpx.get(f"{server.url}/metrics", headers=KEY)
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
        shown = {family.name: family.samples[0].value for family in families(answer.text) if family.samples}
        assert shown["process_resident_memory_bytes"] > 0
        assert (shown["trace_queue_depth"], shown["trace_workers_active"], shown["trace_workers_total"]) == (0, 0, 4)
        assert shown["trace_queue_memory_bytes"] == 0
        head = httpx.head(f"{server.url}/metrics", headers=KEY)
        assert (head.status_code, head.content) == (200, b"")
        posted = httpx.post(f"{server.url}/metrics", headers=KEY)
        assert (posted.status_code, posted.headers["allow"]) == (405, "GET, HEAD")
        assert httpx.get(f"{server.url}/api/v1/admin/workflows").status_code == 401


# --- what is counted --------------------------------------------------------------------------------------------------


def test_requests_and_messages(api: Api, numbers: Numbers) -> None:
    channel = api.service(PARSE, put("data.one", 1))
    failing = api.service(PARSE, put("data.x", {"throw": "no stock"}))
    assert api.call(channel, {}).status_code == 200
    assert api.call(channel, {}).status_code == 200
    assert api.call(failing, {}).status_code == 500
    where = {"method": "POST", "path": f"/api/v1/data/{channel}", "status": "200"}
    assert numbers.added("http_requests_total", **where) == 2
    assert numbers.added("http_request_duration_seconds_count", **where) == 2
    assert numbers.added("http_request_duration_seconds_bucket", **where, le="+Inf") == 2
    assert 0 < numbers.added("http_request_duration_seconds_sum", **where) < 2
    assert numbers.added("messages_total", channel=channel, status="ok") == 2
    assert numbers.added("message_duration_seconds_count", channel=channel) == 2
    assert numbers.added("channel_executions_total", channel=channel) == 2
    assert numbers.added("messages_total", channel=failing, status="error") == 1
    assert numbers.added("channel_executions_total", channel=failing) == 0
    assert numbers.added("errors_total", type="engine") == 1


def test_paths_and_methods_are_bounded(api: Api, numbers: Numbers) -> None:
    nowhere = unique("nowhere")
    for path in (f"/api/v1/data/{nowhere}", f"/api/v1/data/{nowhere}/and/more"):
        assert api.request("PROPFIND", path).status_code == 404
    assert api.get(f"/{nowhere}").status_code == 404
    assert api.get(f"{ADMIN}/workflows/{nowhere}").status_code == 404
    assert api.delete(f"{ADMIN}/workflows/{nowhere}/status").status_code == 405
    assert api.get(f"/api/v1/data/traces/{nowhere}").status_code == 404
    count = "http_requests_total"
    assert numbers.added(count, method="_OTHER", path="/api/v1/data/{*path}", status="404") == 2
    assert numbers.added(count, method="GET", path="/{*path}", status="404") == 1
    assert numbers.added(count, method="GET", path=f"{ADMIN}/workflows/{{id}}", status="404") == 1
    assert numbers.added(count, method="DELETE", path=f"{ADMIN}/workflows/{{id}}/status", status="405") == 1
    assert numbers.added(count, method="GET", path="/api/v1/data/traces/{id}", status="404") == 1
    assert numbers.added(count, method="GET", path="/metrics", status="200") >= 1
    assert nowhere not in numbers.text()


def test_checks_of_a_channel(api: Api, numbers: Numbers) -> None:
    workflow = api.workflow([PARSE])
    limited = api.channel(workflow, config={"rate_limit": {"requests_per_second": 1, "burst": 1}})
    cached = api.channel(workflow, config={"cache": {"enabled": True, "ttl_secs": 60}})
    once = api.channel(workflow, config={"deduplication": {"header": "Idempotency-Key", "window_secs": 60}})
    assert [api.call(limited, {}).status_code for _ in range(3)] == [200, 429, 429]
    assert [api.call(cached, {"n": 1}).headers["x-cache"] for _ in range(3)] == ["miss", "hit", "hit"]
    key = {"Idempotency-Key": unique()}
    assert [api.call(once, {}, headers=key).status_code for _ in range(2)] == [200, 409]
    assert numbers.added("rate_limit_rejections_total", channel=limited) == 2
    assert numbers.added("channel_refusals_total", channel=limited, reason="rate_limited") == 2
    assert numbers.added("response_cache_misses_total", channel=cached) == 1
    assert numbers.added("response_cache_hits_total", channel=cached) == 2
    assert numbers.added("messages_total", channel=cached, status="ok") == 1
    assert numbers.added("deduplication_hits_total", channel=once) == 1
    assert numbers.added("channel_refusals_total", channel=once, reason="duplicate_request") == 1


def test_calls_and_breakers(api: Api, numbers: Numbers, there: Upstream) -> None:
    connector = unique("http")
    config = {"url": there.url, "allow_private_urls": True, "retry": {"max_retries": 0}}
    document = {"id": connector, "name": connector, "connector_type": "http", "config": config}
    assert api.post(f"{ADMIN}/connectors", json=document).status_code == 201
    well, ill = (
        api.service(PARSE, task("call", "http_call", {"connector": connector, "path": path}))
        for path in ("/echo", "/status/500")
    )
    assert api.call(well, {}).status_code == 200
    assert [api.call(ill, {}).status_code for _ in range(2)] == [500, 503]
    call = {"connector": connector, "channel": well, "status": "ok"}
    assert numbers.added("connector_requests_total", **call) == 1
    assert numbers.added("connector_request_duration_seconds_count", **call) == 1
    assert numbers.added("connector_requests_total", connector=connector, channel=ill, status="error") == 1
    assert numbers.added("circuit_breaker_trips_total", connector=connector, channel=ill) == 1
    assert numbers.added("circuit_breaker_rejections_total", connector=connector, channel=ill) == 1
    assert numbers.added("circuit_breaker_trips_total", connector=connector, channel=well) == 0


def test_a_channel_that_takes_too_long(api: Api, numbers: Numbers, there: Upstream) -> None:
    connector = unique("http")
    config = {"url": there.url, "allow_private_urls": True, "retry": {"max_retries": 0}}
    document = {"id": connector, "name": connector, "connector_type": "http", "config": config}
    assert api.post(f"{ADMIN}/connectors", json=document).status_code == 201
    workflow = api.workflow([task("call", "http_call", {"connector": connector, "path": "/slow/5"})])
    channel = api.channel(workflow, config={"timeout_ms": 50})
    assert api.call(channel, {}).status_code == 504
    assert numbers.added("messages_total", channel=channel, status="timeout") == 1
    assert numbers.added("errors_total", type="timeout") == 1


def test_asynchronous_work(api: Api, numbers: Numbers) -> None:
    channel = api.service(PARSE, put("data.text", {"cat": [{"var": "data.in.text"}, ""]}))
    failing = api.service(PARSE, put("data.x", {"throw": "no stock"}))
    assert api.ended(api.submit(channel, {"text": "short"}))["status"] == "completed"
    assert api.ended(api.submit(channel, {"text": "x" * 4000}))["status"] == "failed"
    assert api.ended(api.submit(failing, {}))["status"] == "failed"
    assert numbers.added("messages_total", channel=channel, status="ok") == 2
    assert numbers.added("http_requests_total", method="POST", path=f"/api/v1/data/{channel}", status="202") == 2
    assert numbers.added("errors_total", type="result_size_exceeded") == 1
    numbers.wait_for("errors_total", type="dlq_exhausted")


def test_the_control_plane(api: Api, numbers: Numbers) -> None:
    workflow = api.workflow([PARSE])
    assert httpx.get(f"{api.base_url}{ADMIN}/workflows").status_code == 401
    assert numbers.added("admin_audit_events_total", action="create", resource_type="workflow") == 1
    assert numbers.added("admin_audit_events_total", action="activate", resource_type="workflow") == 1
    assert numbers.added("active_workflows") == 1
    assert numbers.added("engine_reloads_total", status="success") >= 1
    assert numbers.added("engine_reload_duration_seconds_count") >= 1
    assert numbers.added("engine_lock_wait_seconds_count", mode="write") >= 1
    assert numbers.added("db_query_duration_seconds_count", operation="workflows.create") == 1
    assert numbers.added("db_query_duration_seconds_count", operation="audit.append") == 2
    assert numbers.added("errors_total", type="auth_failure") == 1
    numbers.wait_for("event_loop_lag_seconds_count")
    size, idle = (numbers.samples()[f"db_pool_{name}", frozenset()] for name in ("size", "idle"))
    assert 2 <= size <= 25
    assert 0 <= idle <= size
    assert api.archive("workflows", workflow).status_code == 200
    assert numbers.added("active_workflows") == 0


def test_the_platforms_limit(tmp_path: Path) -> None:
    rules = {"ORION_RATE_LIMIT__ENABLED": "true", "ORION_RATE_LIMIT__ENDPOINTS__DATA_RPS": "1"}
    with serving(tmp_path, **ON, **rules) as server, Api(server.url) as api:
        numbers = Numbers(api)
        assert [api.post("/api/v1/data/nowhere").status_code for _ in range(3)] == [404, 429, 429]
        assert numbers.added("rate_limit_rejections_total", channel="*") == 2
        where = {"method": "POST", "path": "/api/v1/data/{*path}"}
        assert numbers.added("http_requests_total", **where, status="429") == 2
        assert numbers.added("http_requests_total", **where, status="404") == 1


# --- what the page is -------------------------------------------------------------------------------------------------


def test_the_documentation_names_every_family(numbers: Numbers) -> None:
    page = (Path(__file__).parents[2] / "docs" / "observability.md").read_text()
    documented = set(re.findall(r"^\| `(\w+)` \| (?:counter|gauge|histogram|untyped) \|", page, re.MULTILINE))
    shown = {family.name + ("_total" if family.type == "counter" else "") for family in families(numbers.text())}
    assert shown == documented - {"kafka_consumer_lag"}, "kafka_consumer_lag is there while Kafka is on"


def test_promtool_finds_nothing(numbers: Numbers, pytestconfig: pytest.Config) -> None:
    promtool = needed("promtool", pytestconfig)
    done = subprocess.run(
        [promtool, "check", "metrics"], input=numbers.text(), capture_output=True, text=True, timeout=30, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_openmetrics_for_who_asks(api: Api) -> None:
    answer = api.get("/metrics", headers={"accept": "application/openmetrics-text; version=1.0.0"})
    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    assert answer.text.endswith("# EOF\n")


def families(text: str) -> list[Metric]:
    return list(text_string_to_metric_families(text))
