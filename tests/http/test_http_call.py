"""`http_call` through a real server to a real upstream: what is sent, what is kept, what is tried again."""

import time
from base64 import b64encode
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.http.api import ADMIN, PARSE, Api, task, unique
from tests.http.upstream import Upstream, upstream

Json = dict[str, Any]
NO_RETRY = {"max_retries": 0}


@pytest.fixture(scope="module")
def there() -> Iterator[Upstream]:
    with upstream() as server:
        yield server


def connect(api: Api, url: str, **config: object) -> str:
    """A connector to `url`; returns its name."""
    name = unique("http")
    given = {"url": url, "allow_private_urls": True, "retry": {"max_retries": 2, "retry_delay_ms": 10}, **config}
    answer = api.post(f"{ADMIN}/connectors", json={"id": name, "name": name, "connector_type": "http", "config": given})
    assert answer.status_code == 201, answer.text
    return name


def call(api: Api, connector: str, data: object = None, trace: str | None = None, **given: object) -> httpx.Response:
    """What a service with one `http_call` answers."""
    members = {"response_path": "data.out", "status_path": "data.status", **given}
    channel = api.service(PARSE, task("call", "http_call", {"connector": connector, **members}))
    return api.call(channel, data or {}, headers={"traceparent": trace} if trace else {})


def test_what_is_sent(api: Api, there: Upstream) -> None:
    """The documented example, with everything a task may say."""
    connector = connect(
        api, f"{there.url}/v1?tenant=a", headers={"X-Source": "orion", "x-over": "connector"},
        auth={"type": "bearer", "token": "sk-secret"},
    )  # fmt: skip
    answer = call(
        api, connector, {"id": "a/b c?", "tags": ["x", "y"], "none": None}, f"00-{'a' * 32}-{'b' * 16}-01",
        method="POST", path="/orders/{id}", path_params={"id": {"var": "data.in.id"}},
        query={"tag": {"var": "data.in.tags"}, "gone": {"var": "data.in.none"}, "n": 1.5, "yes": True},
        headers={"X-Over": {"cat": ["task ", "wins"]}, "accept": "application/json"},
        body_logic={"order": {"var": "data.in.id"}},
    )  # fmt: skip
    assert answer.status_code == 200, answer.text
    out = answer.json()["data"]["out"]
    assert out["method"] == "POST"
    assert out["raw_path"] == "/v1/orders/a%2Fb%20c%3F?tenant=a&tag=x&tag=y&n=1.5&yes=true"
    assert out["body"] == '{"order":"a/b c?"}'
    sent = out["headers"]
    assert sent["authorization"] == "Bearer sk-secret"
    assert (sent["x-source"], sent["x-over"], sent["content-type"]) == ("orion", "task wins", "application/json")
    assert sent["traceparent"] == f"00-{'a' * 32}-{'b' * 16}-01"
    assert answer.json()["data"]["status"] == 200


@pytest.mark.parametrize(
    ("auth", "header", "value"),
    [
        (
            {"type": "basic", "username": "user", "password": "pa:ss"},
            "authorization",
            f"Basic {b64encode(b'user:pa:ss').decode()}",
        ),
        ({"type": "apikey", "header": "X-API-Key", "key": "k-1"}, "x-api-key", "k-1"),
    ],
    ids=["basic", "apikey"],
)
def test_auth(api: Api, there: Upstream, auth: Json, header: str, value: str) -> None:
    out = call(api, connect(api, there.url, auth=auth)).json()["data"]["out"]
    assert out["headers"][header] == value


def test_a_task_overrides_auth_and_media_type(api: Api, there: Upstream) -> None:
    connector = connect(api, there.url, auth={"type": "bearer", "token": "one"}, method="PUT")
    out = call(api, connector, body="<a/>", headers={"Authorization": "other", "content-type": "text/xml"}).json()[
        "data"
    ]["out"]
    assert (out["method"], out["body"]) == ("PUT", "<a/>")
    assert (out["headers"]["authorization"], out["headers"]["content-type"]) == ("other", "text/xml")


def test_a_form(api: Api, there: Upstream) -> None:
    given = {
        "method": "POST",
        "headers": {"content-type": "application/x-www-form-urlencoded"},
        "body": {"a": "1 2", "b": [3, 4]},
    }
    assert call(api, connect(api, there.url), **given).json()["data"]["out"]["body"] == "a=1+2&b=3&b=4"


@pytest.mark.parametrize(
    ("path", "given", "out"),
    [
        ("/text", {}, "héllo"),
        ("/bytes", {}, "AP8="),
        ("/empty", {}, None),
        ("/text", {"response_as": "base64"}, b64encode("héllo".encode("latin-1")).decode()),
        ("/status/200", {"response_as": "text"}, '{"refused": true}'),
        ("/bomb/1000", {}, "0" * 1000),
    ],
)
def test_content_by_its_media_type(api: Api, there: Upstream, path: str, given: Json, out: object) -> None:
    answer = call(api, connect(api, there.url), path=path, **given)
    assert answer.json()["data"]["out"] == out


@pytest.mark.parametrize(
    ("path", "config", "reason", "status"),
    [
        ("/status/404", {}, "connector_refused", 500),
        ("/status/503", {"retry": NO_RETRY}, "connector_failed", 500),
        ("/broken", {}, "connector_refused", 500),
        ("/bomb/100000", {"max_response_size": 9999}, "connector_refused", 500),
        ("/endless", {"max_response_size": 100_000}, "connector_refused", 500),
        ("/hangup", {"retry": NO_RETRY}, "connector_failed", 500),
        ("/drip", {"retry": NO_RETRY}, "timeout", 504),
        ("/redirect/302?to=/status/200", {}, "connector_refused", 500),
        ("/redirect/302?to=ftp://example.com/", {"max_redirects": 3}, "address_refused", 500),
    ],
)
def test_what_is_a_failure(api: Api, there: Upstream, path: str, config: Json, reason: str, status: int) -> None:
    began = time.monotonic()
    answer = call(api, connect(api, there.url, **config), path=path, timeout_ms=700)
    error = answer.json()["error"]
    assert (answer.status_code, error["reason"], error["task_id"]) == (status, reason, "call"), answer.text
    assert time.monotonic() - began < 3


@pytest.mark.parametrize(
    "given",
    [
        {"path": "/../admin"}, {"path": "/a/%2e%2E/b"}, {"path": "/a#b"}, {"path": "/a\\b"}, {"path": "/a\nb"},
        {"path_logic": {"var": "data.in.path"}}, {"path": "/{id}", "path_params": {"id": ".."}},
        {"headers": {"x-a": {"cat": ["a\r\nx-b: c"]}}},
    ],
)  # fmt: skip
def test_what_would_leave_the_connector_is_not_sent(api: Api, there: Upstream, given: Json) -> None:
    before = len(there.seen)
    answer = call(api, connect(api, there.url), {"path": "x/../../y"}, **given)
    assert (answer.status_code, answer.json()["error"]["reason"]) == (400, "invalid_data")
    assert len(there.seen) == before


def test_accepted_statuses(api: Api, there: Upstream) -> None:
    answer = call(api, connect(api, there.url), path="/status/404", accept_statuses=["2xx", 404])
    assert answer.json()["data"] == {"in": {}, "out": {"refused": True}, "status": 404}


@pytest.mark.parametrize(
    ("method", "status", "unsafe", "attempts"),
    [
        ("GET", 503, False, 3), ("GET", 404, False, 1), ("POST", 503, False, 1), ("POST", 429, False, 2),
        ("POST", 503, True, 3), ("PUT", 500, False, 3),
    ],
)  # fmt: skip
def test_what_is_tried_again(api: Api, there: Upstream, method: str, status: int, unsafe: bool, attempts: int) -> None:
    name = unique("fail")
    times = attempts - 1 if status == 429 else 9
    path = f"/fails/{times}/{status}/{name}"
    answer = call(api, connect(api, there.url), method=method, path=path, retry_unsafe=unsafe)
    assert there.failures[name] == attempts
    assert answer.status_code == (200 if status == 429 else 500)


def test_a_task_has_retries_of_its_own(api: Api, there: Upstream) -> None:
    name = unique("fail")
    answer = call(
        api,
        connect(api, there.url, retry=NO_RETRY),
        path=f"/fails/4/500/{name}",
        retry={"max_retries": 4, "retry_delay_ms": 1},
    )
    assert answer.json()["data"]["out"] == {"count": 5}


def test_no_retry_goes_past_the_deadline(api: Api, there: Upstream) -> None:
    connector = connect(api, there.url, retry={"max_retries": 50, "retry_delay_ms": 60_000})
    workflow = api.workflow([task("call", "http_call", {"connector": connector, "path": "/status/500"})])
    began = time.monotonic()
    answer = api.call(api.channel(workflow, config={"timeout_ms": 600}), {})
    assert answer.status_code in (500, 504)
    assert time.monotonic() - began < 2


def test_redirects_are_followed_where_allowed(api: Api, there: Upstream) -> None:
    connector = connect(api, there.url, max_redirects=2, auth={"type": "bearer", "token": "stays"})
    out = call(api, connector, method="POST", body={"a": 1}, path="/redirect/303?to=/landed").json()["data"]["out"]
    assert (out["method"], out["path"], out["body"]) == ("GET", "/landed", "")
    assert out["headers"]["authorization"] == "Bearer stays"
    elsewhere = there.url.replace("127.0.0.1", "localhost")
    out = call(api, connector, path=f"/redirect/307?to={elsewhere}/landed").json()["data"]["out"]
    assert "authorization" not in out["headers"]
    endless = call(api, connector, path="/redirect/302?to=/redirect/302%3Fto%3D/redirect/302%253Fto%253D/x")
    assert endless.json()["error"]["reason"] == "connector_refused"


def test_connections_are_kept(api: Api, there: Upstream) -> None:
    connector = connect(api, there.url)
    channel = api.service(
        task("call", "http_call", {"connector": connector, "path": "/kept", "response_path": "data.out"})
    )
    peers = {api.answer(channel, {})["out"]["peer"] for _ in range(5)}
    assert len(peers) == 1


def test_a_changed_connector_is_another_one(api: Api, there: Upstream) -> None:
    connector = connect(api, there.url, headers={"x-v": "1"})
    channel = api.service(task("call", "http_call", {"connector": connector, "response_path": "data.out"}))
    assert api.answer(channel, {})["out"]["headers"]["x-v"] == "1"
    config = {"url": there.url, "allow_private_urls": True, "headers": {"x-v": "2"}}
    assert api.put(f"{ADMIN}/connectors/{connector}", json={"config": config}).status_code == 200
    assert api.answer(channel, {})["out"]["headers"]["x-v"] == "2"


def test_a_server_that_is_not_there(api: Api) -> None:
    answer = call(api, connect(api, "http://127.0.0.1:1", retry=NO_RETRY))
    assert (answer.status_code, answer.json()["error"]["reason"]) == (500, "connector_failed")


def test_only_http_connectors(api: Api) -> None:
    name = unique("cache")
    api.post(f"{ADMIN}/connectors", json={"name": name, "connector_type": "cache", "config": {"backend": "memory"}})
    workflow = api.workflow([task("call", "http_call", {"connector": name})], active=False)
    problem = api.activate("workflows", workflow).json()["error"]["problems"][0]
    assert problem["pointer"] == "/tasks/0/function/input/connector"
    assert "is not an HTTP connector" in problem["message"]


def test_a_dry_run_sends_nothing(api: Api, there: Upstream) -> None:
    connector = connect(api, there.url, auth={"type": "bearer", "token": "sk-secret"})
    given = {
        "connector": connector,
        "method": "POST",
        "path": "/dry",
        "body_logic": {"n": {"var": "data.in.n"}},
        "response_path": "data.out",
    }
    workflow = api.workflow([PARSE, task("call", "http_call", given)])
    outcomes = {
        "call": {
            "attempts": [{"error": {"code": "connector_failed", "happened": False}}, {"value": {"body": {"ok": 1}}}]
        }
    }
    answer = api.post(f"{ADMIN}/workflows/{workflow}/test", json={"data": {"n": 7}, "outcomes": outcomes})
    assert answer.status_code == 200, answer.text
    assert answer.json()["output"]["out"] == {"ok": 1}
    calls = answer.json()["trace"]["steps"][1]["calls"]
    assert [each["url"] for each in calls] == [f"{there.url}/dry"] * 2
    assert calls[0]["body"] == '{"n":7}'
    assert calls[0]["headers"]["authorization"] == "******"
    assert not there.calls("/dry")
    bad = api.post(f"{ADMIN}/workflows/{workflow}/test", json={"data": {}, "outcomes": {"call": {"vlaue": 1}}})
    assert bad.json()["error"]["problems"][0]["pointer"] == "/outcomes/call"
