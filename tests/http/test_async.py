"""Asynchronous requests through the public door of any server: accepted, worked on, and told of in their traces."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.http.api import ADMIN, PARSE, Api, put, task, unique
from tests.http.upstream import upstream

Json = dict[str, Any]


@pytest.fixture
def channel(api: Api) -> str:
    return api.service(PARSE, put("data.double", {"*": [{"var": "data.in.n"}, 2]}))


def test_the_documented_session(api: Api, channel: str) -> None:
    identity = api.submit(channel, {"n": 21})
    trace = api.ended(identity)
    assert (trace["id"], trace["status"], trace["mode"], trace["channel"]) == (identity, "completed", "async", channel)
    message = trace["message"]
    assert list(message) == ["id", "payload", "context", "audit_trail", "errors"]
    assert (message["id"], message["payload"]) == (identity, {"n": 21})
    assert message["context"]["data"] == {"in": {"n": 21}, "double": 42}
    assert message["context"]["metadata"]["channel"] == channel
    assert [entry["task_id"] for entry in message["audit_trail"]] == ["parse", "put"]
    assert [(step["task_id"], step["result"]) for step in trace["steps"]] == [
        ("parse", "executed"),
        ("put", "executed"),
    ]
    assert all(step["duration_ms"] >= 0 and step["started_at"] for step in trace["steps"])
    assert [attempt["outcome"] for attempt in trace["attempt_log"]] == ["completed"]
    assert trace["duration_ms"] > 0
    assert trace["created_at"] <= trace["started_at"] <= trace["completed_at"]


def test_the_answer_comes_before_the_work(api: Api) -> None:
    slow = {"reduce": [[0] * 400, {"+": [{"var": "accumulator"}, 1]}, 0]}
    channel = api.service(*(put("data.x", slow, f"t{n}") for n in range(20)))
    statuses = {api.get(f"/api/v1/data/traces/{api.submit(channel, {})}").json()["status"] for _ in range(5)}
    assert statuses <= {"pending", "running", "completed"}


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_every_method_of_a_route_may_be_asked_later(api: Api, method: str) -> None:
    route = unique("items")
    api.channel(
        api.workflow([put("data.m", {"var": "metadata"})]),
        protocol="rest", methods=[method], route_pattern=f"/{route}/{{item}}/parts/{{part}}",
    )  # fmt: skip
    path = f"/api/v1/data/{route}/a%2Fb/parts/7/async?q=1"
    answer = api.request(method, path, headers={"x-tenant": "acme", "authorization": "Bearer secret", "cookie": "s=1"})
    assert answer.status_code == 202, answer.text
    metadata = api.ended(answer.json()["trace_id"])["message"]["context"]["data"]["m"]
    assert metadata["params"] == {"item": "a/b", "part": "7"}
    assert (metadata["query"], metadata["http_method"]) == ({"q": "1"}, method)
    assert metadata["headers"]["x-tenant"] == "acme"
    assert not {"authorization", "cookie"} & set(metadata["headers"])
    assert "secret" not in json.dumps(metadata)


REFUSED = [
    ("an unknown channel", "nobody-knows-it/async", {"json": {"data": 1}}, 404, "no_route"),
    ("a body that is no JSON", "{}/async", {"content": b"{", "headers": {"content-type": "application/json"}}, 400, "invalid_json"),
    ("another media type", "{}/async", {"content": b"x", "headers": {"content-type": "text/plain"}}, 415, "unsupported_media_type"),
    ("a body without data", "{}/async", {"json": {"x": 1}}, 400, "invalid_data"),
    ("too large a body", "{}/async", {"json": {"data": "x" * 1_100_000}}, 413, "payload_too_large"),
]  # fmt: skip


@pytest.mark.parametrize(("what", "path", "given", "status", "reason"), REFUSED, ids=[row[0] for row in REFUSED])
def test_what_is_refused_is_not_kept(
    api: Api, channel: str, what: str, path: str, given: Json, status: int, reason: str
) -> None:
    before = api.get(f"/api/v1/data/traces?channel={channel}").json()["total"]
    answer = api.post(f"/api/v1/data/{path.format(channel)}", **given)
    assert (answer.status_code, answer.json()["error"]["reason"]) == (status, reason)
    assert api.get(f"/api/v1/data/traces?channel={channel}").json()["total"] == before


def test_a_channels_checks_are_asked_when_a_request_comes(api: Api) -> None:
    config = {
        "validation_logic": {">": [{"var": "data.n"}, 0]},
        "rate_limit": {"requests_per_second": 0.001, "burst": 3},
        "deduplication": {"header": "Idempotency-Key", "on_duplicate": "replay"},
    }
    channel = api.channel(api.workflow([PARSE]), config=config)
    path = f"/api/v1/data/{channel}/async"
    assert api.post(path, json={"data": {"n": -1}}).status_code == 400
    keyed = {"headers": {"Idempotency-Key": "k"}}
    first = api.submit(channel, {"n": 1}, **keyed)
    again = api.post(path, json={"data": {"n": 1}}, **keyed)
    assert (again.status_code, again.json()["trace_id"]) == (202, first)
    assert again.headers["idempotent-replayed"] == "true"
    assert api.post(path, json={"data": {"n": 1}}).status_code == 429
    api.ended(first)
    assert api.get(f"/api/v1/data/traces?channel={channel}").json()["total"] == 1


def test_a_failure_says_which_task_and_why(api: Api) -> None:
    channel = api.service(PARSE, put("data.x", {"throw": "no stock"}, "check"), put("data.y", 1, "never"))
    trace = api.ended(api.submit(channel, {"n": 1}))
    assert trace["status"] == "failed"
    assert "no stock" in trace["error"]
    assert "message" not in trace
    assert [(step["task_id"], step["result"]) for step in trace["steps"]] == [
        ("parse", "executed"),
        ("check", "failed"),
    ]
    assert "no stock" in trace["steps"][1]["error"]


def test_a_channel_that_goes_away_leaves_a_visible_failure(api: Api) -> None:
    workflow = api.workflow([PARSE])
    channel = api.channel(workflow, config={"ordering": "fifo"})
    assert api.archive("workflows", workflow).status_code == 200
    answer = api.post(f"/api/v1/data/{channel}/async", json={"data": 1})
    assert (answer.status_code, answer.json()["error"]["reason"]) == (503, "workflow_inactive")


def test_a_line_keeps_its_order(api: Api) -> None:
    channel = api.channel(api.workflow([PARSE]), config={"ordering": "fifo"}, channel_type="async")
    traces = [api.ended(each) for each in [api.submit(channel, {"n": n}) for n in range(20)]]
    ended = [trace["completed_at"] for trace in traces]
    assert ended == sorted(ended)


def test_effects_of_a_job_have_keys(api: Api) -> None:
    with upstream() as server:
        name = unique("up")
        given = {"url": server.url, "allow_private_urls": True}
        assert api.post(
            f"{ADMIN}/connectors", json={"name": name, "connector_type": "http", "config": given}
        ).is_success
        call = task("call", "http_call", {"connector": name, "method": "POST", "path": "/echo", "body": {}})
        channel = api.service(call, {**call, "id": "again"})
        identity = api.submit(channel, {})
        assert api.ended(identity)["status"] == "completed"
        keys = [each["headers"]["idempotency-key"] for each in server.calls("/echo")]
        assert len(set(keys)) == 2
        assert all(key.startswith(f'"{identity}-') for key in keys)
        assert api.call(channel, {}).status_code == 200
        assert "idempotency-key" not in server.calls("/echo")[-1]["headers"]


def test_a_retry_repeats_its_keys_and_what_is_written_once_stays_once(api: Api, tmp_path: Path) -> None:
    with upstream() as server:
        up, shop = unique("up"), unique("shop")
        http = {"url": server.url, "allow_private_urls": True}
        sql = {"connection_string": f"sqlite:{tmp_path}/shop.db?mode=rwc", "driver": "sqlite"}
        for name, kind, config in ((up, "http", http), (shop, "db", sql)):
            document = {"name": name, "connector_type": kind, "config": config}
            assert api.post(f"{ADMIN}/connectors", json=document).is_success
        table = task("make", "db_write", {"connector": shop, "query": "CREATE TABLE orders (n INTEGER)"})
        api.answer(api.service(table), {})
        insert = {"connector": shop, "query": "INSERT INTO orders VALUES (1)", "once": True, "output": "data.w"}
        workflow = api.workflow([
            task("charge", "http_call", {"connector": up, "method": "POST", "path": "/charge", "body": {}}),
            task("book", "db_write", insert),
            task("ship", "http_call", {"connector": up, "method": "POST", "path": f"/fails/1/400/{unique()}", "body": {}}),
        ])  # fmt: skip
        identity = api.submit(api.channel(workflow), {})
        assert api.ended(identity)["status"] == "failed"
        assert api.post(f"{ADMIN}/dlq/{identity}/retry").status_code == 200
        until = time.monotonic() + 10
        while (trace := api.ended(identity))["status"] != "completed":
            assert time.monotonic() < until
        keys = [each["headers"]["idempotency-key"] for each in server.calls("/charge")]
        assert (len(keys), len(set(keys))) == (2, 1)
        assert trace["message"]["context"]["data"]["w"]["rows_affected"] == 1
        assert [attempt["outcome"] for attempt in trace["attempt_log"]] == ["failed", "completed"]
        count = task(
            "count", "db_read", {"connector": shop, "query": "SELECT count(*) AS n FROM orders", "output": "data.rows"}
        )
        assert api.answer(api.service(count), {})["rows"] == [{"n": 1}]


def test_many_clients_at_once(api: Api, channel: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        identities = list(pool.map(lambda number: api.submit(channel, {"n": number}), range(200)))
    assert len(set(identities)) == 200
    traces = [api.ended(each, 60) for each in identities]
    assert [trace["message"]["context"]["data"]["double"] for trace in traces] == [2 * n for n in range(200)]


def test_a_path_that_ends_in_async_is_no_route(api: Api) -> None:
    workflow = api.workflow([PARSE])
    document = {
        "name": unique(), "channel_type": "sync", "protocol": "rest", "methods": ["GET"],
        "route_pattern": f"/{unique()}/async", "workflow_id": workflow,
    }  # fmt: skip
    refused = api.post(f"{ADMIN}/channels", json=document)
    assert refused.status_code == 400
    assert refused.json()["error"]["problems"][0]["pointer"] == "/route_pattern"


def test_metadata_of_the_client_is_there_and_facts_cannot_be_forged(api: Api) -> None:
    channel = api.service(put("data.m", {"var": "metadata"}))
    given = {"data": {}, "metadata": {"mine": 1, "channel": "forged"}}
    identity = api.post(f"/api/v1/data/{channel}/async", json=given).json()["trace_id"]
    metadata = api.ended(identity)["message"]["context"]["data"]["m"]
    assert (metadata["mine"], metadata["channel"]) == (1, channel)


def test_the_work_goes_on_while_nobody_asks(api: Api, channel: str) -> None:
    identity = api.submit(channel, {"n": 1})
    time.sleep(0.5)
    assert api.get(f"/api/v1/data/traces/{identity}").json()["status"] == "completed"
