"""The data API: routes, metadata, statuses, envelopes, headers, traces."""

import time
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.http.api import ADMIN, PARSE, Api, put, task, unique

Json = dict[str, Any]
SEEN = put(
    "data.seen",
    {
        "params": {"var": "metadata.params"},
        "query": {"var": "metadata.query"},
        "method": {"var": "metadata.http_method"},
    },
)


def route(api: Api, pattern: str, *methods: str, says: object = None, **members: object) -> str:
    tasks = [SEEN] if says is None else [put("data.says", says)]
    protocol = {"protocol": "rest", "route_pattern": pattern, "methods": list(methods)}
    return api.channel(api.workflow(tasks), **protocol, **members)


def test_parameters_query_and_method_stand_in_metadata(api: Api) -> None:
    root = unique("orders")
    route(api, f"/{root}/{{order_id}}/items/{{item_id}}", "GET")
    answer = api.get(f"/api/v1/data/{root}/7/items/a%2Fb?x=1&x=2&y=%C3%BC").json()
    assert answer["data"]["seen"] == {
        "params": {"order_id": "7", "item_id": "a/b"}, "query": {"x": "2", "y": "ü"}, "method": "GET",
    }  # fmt: skip


def test_one_pattern_serves_different_channels_by_method(api: Api) -> None:
    root = unique("items")
    route(api, f"/{root}/{{id}}", "GET", says="get")
    route(api, f"/{root}/{{id}}", "POST", says="post")
    assert api.get(f"/api/v1/data/{root}/1").json()["data"] == {"says": "get"}
    assert api.call(f"{root}/1", {}).json()["data"] == {"says": "post"}
    refused = api.delete(f"/api/v1/data/{root}/1")
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET, HEAD, POST")


def test_static_beats_parameter_and_priority_beats_both(api: Api) -> None:
    root = unique("r")
    route(api, f"/{root}/{{id}}", "GET", says="parameter")
    route(api, f"/{root}/fixed", "GET", says="static")
    assert api.get(f"/api/v1/data/{root}/fixed").json()["data"] == {"says": "static"}
    route(api, f"/{root}/{{urgent}}", "PUT", "GET", says="urgent", priority=9, active=False)
    assert api.get(f"/api/v1/data/{root}/other").json()["data"] == {"says": "parameter"}


def test_paths_are_case_sensitive(api: Api) -> None:
    root = unique("Case")
    route(api, f"/{root}/x", "GET")
    assert api.get(f"/api/v1/data/{root}/X").status_code == 404


def test_head_goes_where_get_does_and_options_says_what_is_allowed(api: Api) -> None:
    root = unique("h")
    route(api, f"/{root}/x", "GET")
    head = api.head(f"/api/v1/data/{root}/x")
    assert (head.status_code, head.content) == (200, b"")
    options = api.options(f"/api/v1/data/{root}/x")
    assert (options.status_code, options.headers["allow"]) == (204, "GET, HEAD")


def test_the_answers_id_finds_its_trace(api: Api) -> None:
    channel = api.service(PARSE)
    answer = api.call(channel, {"a": 1}).json()
    trace = wait_for_trace(api, answer["id"])
    assert (trace["status"], trace["mode"], trace["channel"]) == ("completed", "sync", channel)
    assert trace["message"]["data"] == {"in": {"a": 1}}
    listed = api.get("/api/v1/data/traces", params={"channel": channel, "mode": "sync", "status": "completed"}).json()
    [row] = listed["data"]
    assert (row["id"], row["input_json"]) == (answer["id"], '{"a":1}')
    assert "input_json" not in api.get("/api/v1/data/traces?limit=1000").json()["data"][0]


def test_a_failed_request_leaves_a_trace_that_says_why(api: Api) -> None:
    answer = api.call(api.service(put("data.x", {"throw": "boom"})), {})
    trace = wait_for_trace(api, answer.json()["id"])
    assert trace["status"] == "failed"
    assert "boom" in trace["error"]


def wait_for_trace(api: Api, identity: str) -> Json:
    until = time.monotonic() + 5
    while time.monotonic() < until:
        answer = api.get(f"/api/v1/data/traces/{identity}")
        if answer.status_code == 200:
            found: Json = answer.json()
            return found
        time.sleep(0.02)
    raise AssertionError(f"no trace {identity}")


REFUSALS = [
    ("an unknown channel", "GET", "/api/v1/data/nobody-has-this", {}, 404, "NOT_FOUND"),
    ("an unknown path", "GET", "/api/v1/data/a/b/c", {}, 404, "NOT_FOUND"),
    ("an unknown trace", "GET", "/api/v1/data/traces/zzz", {}, 404, "NOT_FOUND"),
    ("an unknown workflow", "GET", f"{ADMIN}/workflows/zzz", {}, 404, "NOT_FOUND"),
    ("nothing at all", "GET", "/zzz", {}, 404, "NOT_FOUND"),
    ("a wrong admin method", "DELETE", f"{ADMIN}/workflows", {}, 405, "METHOD_NOT_ALLOWED"),
    ("a wrong probe method", "POST", "/health", {}, 405, "METHOD_NOT_ALLOWED"),
    ("an admin body that is no JSON", "POST", f"{ADMIN}/workflows", {"content": b"{", "headers": {"content-type": "application/json"}}, 400, "BAD_REQUEST"),
    ("an admin body of another type", "POST", f"{ADMIN}/workflows", {"content": b"a=1", "headers": {"content-type": "application/x-www-form-urlencoded"}}, 415, "UNSUPPORTED_MEDIA_TYPE"),
    ("a blank channel", "POST", "/api/v1/data/%20/async", {"json": {"data": 1}}, 400, "BAD_REQUEST"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("description", "method", "path", "options", "status", "code"), REFUSALS, ids=[row[0] for row in REFUSALS]
)
def test_the_envelope_of(
    api: Api, description: str, method: str, path: str, options: Json, status: int, code: str
) -> None:
    answer = api.request(method, path, **options)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert answer.json()["error"]["message"]
    assert_headers(answer)


def assert_headers(answer: httpx.Response) -> None:
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert answer.headers["referrer-policy"] == "strict-origin-when-cross-origin"
    assert answer.headers["permissions-policy"] == "camera=(), microphone=(), geolocation=()"
    assert answer.headers["x-request-id"]


def test_security_headers_stand_on_successes_too(api: Api) -> None:
    channel = api.service(PARSE)
    for answer in (api.call(channel, {}), api.get("/health"), api.get(f"{ADMIN}/engine/status")):
        assert_headers(answer)


@pytest.mark.parametrize(("given", "kept"), [("my-id-1", True), ("a" * 129, False), ("bad id", False), ("", False)])
def test_a_request_id_is_kept_when_it_is_harmless(api: Api, given: str, kept: bool) -> None:
    for path in ("/health", "/api/v1/data/nobody-has-this"):
        answer = api.get(path, headers={"x-request-id": given})
        assert (answer.headers["x-request-id"] == given) is kept


def test_health_as_documented(api: Api) -> None:
    body = api.get("/health").json()
    assert body["status"] == "ok"
    assert {"database": "ok", "engine": "ok"}.items() <= body["components"].items()
    assert {"version", "uptime_seconds", "workflows_loaded"} <= set(body)
    assert api.get("/healthz").json() == {"status": "ok"}
    assert api.get("/readyz").json()["status"] == "ready"


def test_an_archived_workflow_leaves_its_channel_answering_503(api: Api) -> None:
    workflow = api.workflow([PARSE])
    channel = api.channel(workflow)
    assert api.archive("workflows", workflow).status_code == 200
    answer = api.call(channel, {})
    assert (answer.status_code, answer.json()["error"]["reason"]) == (503, "workflow_inactive")


def test_several_workflows_on_one_channel(api: Api) -> None:
    first = api.workflow([put("data.order", {"cat": [{"var": "data.order"}, "b"]})], priority=2)
    second = api.workflow([put("data.order", {"cat": [{"var": "data.order"}, "a"]})], priority=1)
    name = api.channel(None, workflow_ids=[first, second])  # type: ignore[arg-type]
    assert api.answer(name, {}) == {"order": "ab"}


def test_xml_and_publishing(api: Api) -> None:
    tasks = [
        task("xml", "parse_xml", {"source": "payload", "target": "doc"}),
        task("json", "publish_json", {"source": "doc", "target": "text"}),
        task("back", "publish_xml", {"source": "doc.items", "target": "xml", "root_element": "list"}),
    ]
    answer = api.answer(api.service(*tasks), "<r><items><i>1</i><i>2</i></items></r>")
    assert answer["doc"] == {"items": {"i": [{"$text": "1"}, {"$text": "2"}]}}
    assert answer["text"] == '{"items":{"i":[{"$text":"1"},{"$text":"2"}]}}'
    assert answer["xml"].startswith("<list><i><item>")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=15,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=JSON)
def test_what_was_accepted_comes_back_as_it_was(api: Api, echo: str, value: object) -> None:
    answer = api.call(echo, [value])
    assert answer.status_code == 200
    assert answer.json()["data"]["in"] == [value]


@pytest.fixture(scope="module")
def echo(base_url: str) -> str:
    with Api(base_url) as api:
        return api.service(PARSE)
