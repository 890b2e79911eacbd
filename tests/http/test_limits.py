"""Rate limits, validation, duplicates, cache and CORS of channels, through the public door of any server."""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.http.api import ADMIN, PARSE, Api, put, unique

Json = dict[str, Any]


@pytest.fixture
def workflow(api: Api) -> str:
    """Takes its payload in; the id tells one answer from another."""
    return api.workflow([PARSE])


def guarded(api: Api, workflow: str, **config: object) -> str:
    return api.channel(workflow, config=config)


# --- rate limits --------------------------------------------------------------------------------------------------


def test_a_budget_without_refill_admits_exactly_what_it_holds(api: Api, workflow: str) -> None:
    channel = guarded(api, workflow, rate_limit={"requests_per_second": 0.001, "burst": 50})
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda number: api.call(channel, number), range(100)))
    assert sorted(answer.status_code for answer in answers) == [200] * 50 + [429] * 50


def test_a_refusal_says_when_to_come_back(api: Api, workflow: str) -> None:
    channel = guarded(api, workflow, rate_limit={"requests_per_second": 0.1, "burst": 1})
    first = api.call(channel, 1)
    assert first.headers["ratelimit-policy"] == f'"{channel}";q=1;w=10;orion-burst=1'
    assert re.fullmatch(rf'"{channel}";r=0;t=(9|10)', first.headers["ratelimit"])
    refused = api.call(channel, 2)
    assert refused.status_code == 429
    error = refused.json()["error"]
    assert (error["code"], error["reason"], error["retryable"]) == ("RATE_LIMITED", "rate_limited", True)
    assert error["request_id"] == refused.headers["x-request-id"]
    assert refused.headers["retry-after"] in ("9", "10")
    assert f";t={refused.headers['retry-after']}" in refused.headers["ratelimit"]


def test_tokens_come_back(api: Api, workflow: str) -> None:
    channel = guarded(api, workflow, rate_limit={"requests_per_second": 5, "burst": 1})
    assert api.call(channel, 1).status_code == 200
    assert api.call(channel, 1).status_code == 429
    time.sleep(0.25)
    assert api.call(channel, 1).status_code == 200


@pytest.mark.parametrize(
    ("key", "other"),
    [
        ({"var": "headers.x-tenant"}, {"headers": {"x-tenant": "b"}}),
        ({"var": "query.tenant"}, {"params": {"tenant": "b"}}),
        ({"var": "data.tenant"}, {"json": {"data": {"tenant": "b"}}}),
        ({"var": "metadata.tenant"}, {"json": {"data": 1, "metadata": {"tenant": "b"}}}),
        (
            {"cat": [{"var": "channel"}, {"var": "client_ip"}, {"var": "headers.x-tenant"}]},
            {"headers": {"x-tenant": "b"}},
        ),
    ],
    ids=["header", "query", "data", "metadata", "several"],
)
def test_each_key_has_a_limit_of_its_own(api: Api, workflow: str, key: Json, other: Json) -> None:
    limit = {"requests_per_second": 0.001, "burst": 1, "key_logic": key}
    path = f"/api/v1/data/{guarded(api, workflow, rate_limit=limit)}"
    plain: Json = {"json": {"data": {}}}
    assert api.post(path, **plain).status_code == 200
    assert api.post(path, **plain).status_code == 429
    answer = api.post(path, **{**plain, **other})
    assert answer.status_code == 200
    assert answer.headers["ratelimit"].split(";")[0] == f'"{path.rsplit("/", 1)[1]}"'  # the limit's name, not the key
    assert api.post(path, **{**plain, **other}).status_code == 429


def test_a_limit_counts_on_through_a_change_of_something_else(api: Api, workflow: str) -> None:
    channel = guarded(api, workflow, rate_limit={"requests_per_second": 0.001, "burst": 2})
    assert api.call(channel, 1).status_code == 200
    api.service(PARSE)  # a new snapshot
    assert api.post(f"{ADMIN}/engine/reload").status_code == 200
    assert api.call(channel, 1).status_code == 200
    assert api.call(channel, 1).status_code == 429


def test_a_higher_ceiling_brings_no_tokens(api: Api, workflow: str) -> None:
    channel = guarded(api, workflow, rate_limit={"requests_per_second": 0.001, "burst": 2})
    assert [api.call(channel, 1).status_code for _ in range(3)] == [200, 200, 429]
    api.post(f"{ADMIN}/channels/{channel}/versions")
    api.put(f"{ADMIN}/channels/{channel}", json={"config": {"rate_limit": {"requests_per_second": 0.002, "burst": 9}}})
    assert api.activate("channels", channel).status_code == 200
    refused = api.call(channel, 1)
    assert refused.status_code == 429
    assert "orion-burst=9" in refused.headers["ratelimit-policy"]


# --- validation ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "good", "bad"),
    [
        ({">": [{"var": "data.total"}, 0]}, {"json": {"data": {"total": 1}}}, {"json": {"data": {"total": 0}}}),
        ({"var": "headers.x-tenant"}, {"headers": {"x-tenant": "a"}}, {}),
        ({"==": [{"var": "query.v"}, "2"]}, {"params": {"v": "2"}}, {"params": {"v": "1"}}),
        ({"==": [{"var": "metadata.origin"}, "shop"]}, {"json": {"data": 1, "metadata": {"origin": "shop"}}}, {}),
        ({"!!": [{"var": "data"}]}, {"json": {"data": [1]}}, {"json": {"data": []}}),
    ],
    ids=["data", "headers", "query", "metadata", "truth"],
)
def test_a_request_must_be_valid(api: Api, workflow: str, rule: Json, good: Json, bad: Json) -> None:
    path = f"/api/v1/data/{guarded(api, workflow, validation_logic=rule)}"
    assert api.post(path, **{"json": {"data": {}}, **good}).status_code == 200
    refused = api.post(path, **{"json": {"data": {}}, **bad})
    assert refused.status_code == 400
    error = refused.json()["error"]
    assert (error["code"], error["reason"]) == ("BAD_REQUEST", "validation_failed")
    assert error["message"] == "Input validation failed"


def test_path_parameters_are_validated(api: Api, workflow: str) -> None:
    root = unique("p")
    api.channel(
        workflow, protocol="rest", methods=["GET"], route_pattern=f"/{root}/{{id}}",
        config={"validation_logic": {"in": [{"var": "path.id"}, ["1", "2"]]}},
    )  # fmt: skip
    assert api.get(f"/api/v1/data/{root}/2").status_code == 200
    assert api.get(f"/api/v1/data/{root}/3").status_code == 400


def test_a_rule_that_fails_refuses(api: Api, workflow: str) -> None:
    channel = guarded(api, workflow, validation_logic={"throw": "no"})
    refused = api.call(channel, 1)
    assert refused.status_code == 400
    assert refused.json()["error"]["message"].startswith("Input validation error: ")


# --- duplicates ---------------------------------------------------------------------------------------------------


def test_a_repeated_key_is_a_conflict(api: Api, workflow: str) -> None:
    channel = guarded(api, workflow, deduplication={"header": "Idempotency-Key", "retention_secs": 60})
    key = {"idempotency-key": unique("k")}
    assert api.call(channel, 1, headers=key).status_code == 200
    again = api.call(channel, 1, headers=key)
    assert again.status_code == 409
    error = again.json()["error"]
    assert (error["code"], error["reason"]) == ("CONFLICT", "duplicate_request")
    assert key["idempotency-key"] in error["message"]
    assert api.call(channel, 1, headers={"idempotency-key": unique("k")}).status_code == 200
    assert api.call(channel, 1).status_code == 200


def test_a_key_is_known_for_its_window(api: Api, workflow: str) -> None:
    channel = guarded(api, workflow, deduplication={"header": "X-Key", "window_secs": 1})
    assert api.call(channel, 1, headers={"x-key": "a"}).status_code == 200
    assert api.call(channel, 1, headers={"x-key": '"a"'}).status_code == 409  # quoted or bare
    time.sleep(1.1)
    assert api.call(channel, 1, headers={"x-key": "a"}).status_code == 200


def test_channels_do_not_share_keys(api: Api, workflow: str) -> None:
    config = {"header": "X-Key", "window_secs": 60}
    first, second = (guarded(api, workflow, deduplication=config) for _ in range(2))
    assert api.call(first, 1, headers={"x-key": "a"}).status_code == 200
    assert api.call(second, 1, headers={"x-key": "a"}).status_code == 200


def test_a_repeated_request_gets_the_first_answer(api: Api, workflow: str) -> None:
    config = {"header": "Idempotency-Key", "window_secs": 60, "on_duplicate": "replay"}
    path = f"/api/v1/data/{guarded(api, workflow, deduplication=config)}"
    headers = {"idempotency-key": unique("k"), "content-type": "application/json"}
    first = api.post(path, content=b'{"data": {"a": 1, "b": 2}}', headers=headers)
    assert "idempotent-replayed" not in first.headers
    again = api.post(path, content=b'{"data": {"b": 2, "a": 1}}', headers=headers)
    assert (again.status_code, again.content) == (200, first.content)
    assert again.headers["idempotent-replayed"] == "true"
    other = api.post(path, content=b'{"data": {"a": 2}}', headers=headers)
    assert (other.status_code, other.json()["error"]["reason"]) == (422, "idempotency_key_reused")


def test_a_request_that_failed_frees_its_key(api: Api) -> None:
    failing = api.workflow([PARSE, put("data.x", {"if": [{"var": "data.in.bad"}, {"throw": "no"}, 1]})])
    config = {"header": "X-Key", "window_secs": 60, "on_duplicate": "replay"}
    channel = guarded(api, failing, deduplication=config)
    assert api.call(channel, {"bad": True}, headers={"x-key": "a"}).status_code == 500
    assert api.call(channel, {"bad": True}, headers={"x-key": "a"}).status_code == 500
    assert api.call(channel, {"bad": False}, headers={"x-key": "a"}).status_code == 200


@pytest.mark.parametrize("key", ["", '""', "x" * 256])
def test_a_key_must_be_one(api: Api, workflow: str, key: str) -> None:
    channel = guarded(api, workflow, deduplication={"header": "X-Key"})
    refused = api.call(channel, 1, headers={"x-key": key})
    assert (refused.status_code, refused.json()["error"]["reason"]) == (400, "invalid_idempotency_key")


# --- cache --------------------------------------------------------------------------------------------------------


def test_an_identical_request_gets_the_kept_answer(api: Api, workflow: str) -> None:
    channel = guarded(api, workflow, cache={"enabled": True, "ttl_secs": 60})
    first = api.call(channel, {"a": 1, "b": 2})
    assert first.headers["x-cache"] == "miss"
    second = api.call(channel, {"b": 2, "a": 1})
    assert second.headers["x-cache"] == "hit"
    assert second.content == first.content
    assert int(second.headers["age"]) in (0, 1)
    assert api.call(channel, {"a": 1, "b": 3}).headers["x-cache"] == "miss"
    assert api.call(channel, {"a": 1, "b": 2}, params={"q": "1"}).headers["x-cache"] == "miss"


def test_an_answer_is_kept_for_its_time(api: Api, workflow: str) -> None:
    channel = guarded(api, workflow, cache={"enabled": True, "ttl_secs": 1})
    first = api.call(channel, 1)
    time.sleep(1.1)
    assert api.call(channel, 1).headers["x-cache"] == "miss"
    assert first.headers["x-cache"] == "miss"


def test_chosen_fields_tell_requests_apart(api: Api, workflow: str) -> None:
    fields = ["data.user.id", "action", "headers.X-Tenant", "query.v"]
    channel = guarded(api, workflow, cache={"enabled": True, "cache_key_fields": fields})
    base: Json = {"user": {"id": 1}, "action": "read", "noise": 1}

    def ask(data: Json, **more: Any) -> str:
        return str(api.call(channel, data, **more).headers["x-cache"])

    assert ask(base) == "miss"
    assert ask({**base, "noise": 2}) == "hit"
    assert ask({**base, "user": {"id": 2}}) == "miss"
    assert ask({**base, "user": {"id": "1"}}) == "miss"
    assert ask({**base, "action": "write"}) == "miss"
    assert ask({"user": {"id": 1}}) == "miss"
    assert ask({"user": {"id": 1}, "action": None}) == "miss"
    assert ask(base, headers={"x-tenant": "b"}) == "miss"
    assert ask(base, params={"v": "2"}) == "miss"
    assert ask(base) == "hit"


def test_path_parameters_tell_requests_apart(api: Api) -> None:
    workflow = api.workflow([put("data.user", {"var": "metadata.params.id"})])
    root = unique("u")
    api.channel(
        workflow, protocol="rest", methods=["GET"], route_pattern=f"/{root}/{{id}}", config={"cache": {"enabled": True}}
    )
    assert [api.get(f"/api/v1/data/{root}/{user}").json()["data"]["user"] for user in "1212"] == ["1", "2", "1", "2"]
    assert api.get(f"/api/v1/data/{root}/1").headers["x-cache"] == "hit"


def test_a_failed_answer_is_not_kept(api: Api) -> None:
    failing = api.workflow([put("data.x", {"throw": "no"})], continue_on_error=True)
    channel = guarded(api, failing, cache={"enabled": True})
    assert [api.call(channel, 1).headers["x-cache"] for _ in range(2)] == ["miss", "miss"]


def test_a_new_version_of_the_workflow_brings_new_answers(api: Api) -> None:
    workflow = api.workflow([put("data.version", 1)])
    channel = guarded(api, workflow, cache={"enabled": True, "ttl_secs": 60})
    assert api.answer(channel, 1) == api.answer(channel, 1) == {"version": 1}
    api.service(PARSE)
    assert api.call(channel, 1).headers["x-cache"] == "hit"  # another service's change leaves it alone
    api.post(f"{ADMIN}/workflows/{workflow}/versions")
    api.put(f"{ADMIN}/workflows/{workflow}", json={"tasks": [put("data.version", 2)]})
    assert api.activate("workflows", workflow).status_code == 200
    assert api.answer(channel, 1) == {"version": 2}


# --- CORS ---------------------------------------------------------------------------------------------------------

APP = "https://app.example.com"
ASK = {"access-control-request-method": "POST", "access-control-request-headers": "content-type"}


def test_a_channel_names_its_origins(api: Api, workflow: str) -> None:
    channel = guarded(api, workflow, cors={"allowed_origins": [APP]})
    allowed = api.call(channel, 1, headers={"origin": APP})
    assert allowed.headers["access-control-allow-origin"] == APP
    assert "x-request-id" in allowed.headers["access-control-expose-headers"]
    assert allowed.headers["vary"] == "origin"
    refused = api.call(channel, 1, headers={"origin": "https://evil.example.com"})
    assert (refused.status_code, refused.json()["error"]["reason"]) == (403, "origin_not_allowed")
    assert "access-control-allow-origin" not in refused.headers
    without = api.call(channel, 1)
    assert (without.status_code, without.headers["vary"]) == (200, "origin")


def test_a_preflight_is_answered_without_the_workflow(api: Api, workflow: str) -> None:
    config = {"cors": {"allowed_origins": [APP], "allowed_methods": ["POST"], "allowed_headers": ["X-Own"]}}
    config["rate_limit"] = {"requests_per_second": 0.001, "burst": 1}  # type: ignore[dict-item]
    channel = guarded(api, workflow, **config)
    path = f"/api/v1/data/{channel}"
    for _ in range(3):
        told = api.options(path, headers={"origin": APP, **ASK})
        assert (told.status_code, told.content) == (204, b"")
        assert told.headers["access-control-allow-origin"] == APP
        assert told.headers["access-control-allow-methods"] == "POST"
        assert told.headers["access-control-allow-headers"] == "x-own"
        assert "origin" in told.headers["vary"]
    silent = api.options(path, headers={"origin": "https://evil.example.com", **ASK})
    assert "access-control-allow-origin" not in silent.headers


def test_by_default_every_origin_may_read(api: Api, workflow: str) -> None:
    channel = guarded(api, workflow)
    for answer in (
        api.call(channel, 1, headers={"origin": APP}),
        api.call("nobody", 1, headers={"origin": APP}),
        api.get(f"{ADMIN}/workflows", headers={"origin": APP}),
        api.get("/healthz", headers={"origin": APP}),
    ):
        assert answer.headers["access-control-allow-origin"] == "*"
    told = api.options(f"{ADMIN}/workflows", headers={"origin": APP, **ASK})
    assert told.status_code == 204
    assert "PATCH" in told.headers["access-control-allow-methods"]


# --- definitions --------------------------------------------------------------------------------------------------

BAD = [
    ({"validation_logic": {"no_such": 1}}, "/config/validation_logic"),
    ({"rate_limit": {"requests_per_second": 0}}, "/config/rate_limit/requests_per_second"),
    ({"rate_limit": {"requests_per_second": 1, "key_logic": {"vra": "x"}}}, "/config/rate_limit/key_logic"),
    ({"rate_limit": {"burst": 1}}, "/config/rate_limit/requests_per_second"),
    ({"backpressure": {"max_concurrent": 0}}, "/config/backpressure/max_concurrent"),
    ({"backpressure": {"max_concurent": 1}}, "/config/backpressure/max_concurent"),
    ({"deduplication": {"header": "not a header"}}, "/config/deduplication/header"),
    ({"deduplication": {"header": "K", "on_duplicate": "retry"}}, "/config/deduplication/on_duplicate"),
    ({"cache": {"enabled": True, "cache_key_fields": []}}, "/config/cache/cache_key_fields"),
    ({"cache": {"enabled": True, "cache_key_fields": ["a..b"]}}, "/config/cache/cache_key_fields/0"),
    ({"cors": {"allowed_origins": ["app.example.com"]}}, "/config/cors/allowed_origins/0"),
    ({"cors": {"allowed_origins": ["*"], "allowed_methods": ["GE T"]}}, "/config/cors/allowed_methods/0"),
    ({"ratelimit": {}}, "/config/ratelimit"),
]  # fmt: skip


@pytest.mark.parametrize(("config", "pointer"), BAD, ids=[row[1] for row in BAD])
def test_governance_that_does_not_hold_is_refused_with_its_place(
    api: Api, workflow: str, config: Json, pointer: str
) -> None:
    document = {
        "name": unique(), "channel_type": "sync", "protocol": "http", "workflow_id": workflow, "config": config,
    }  # fmt: skip
    refused = api.post(f"{ADMIN}/channels", json=document)
    assert refused.status_code == 400
    assert any(problem["pointer"].startswith(pointer) for problem in refused.json()["error"]["problems"])
