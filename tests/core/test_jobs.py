"""Requests that are worked on later: what is asked when they come, what is kept, and how they are worked on."""

import json
from math import inf
from typing import Any

import pytest

from orion_core import Connector, compile_connector
from orion_core.calls import HttpAnswer, HttpCall
from orion_core.problems import Problems
from orion_core.protocol import Accept, Done, Failed, Job, Perform, PutBack, Respond, StoreTrace, Tick
from orion_core.stored_headers import StoredHeaders
from tests.core.service import PARSE, Service, one, put, request, task

Json = dict[str, Any]
NEVER = {"throw": "never asked"}


def job(content: object = None, **members: Any) -> Job:
    """A job of `main`, as a worker makes it."""
    given: Json = {
        "request": request(""), "channel": "main", "channel_id": "main", "payload": json.dumps(content).encode(),
        "metadata": {"http_method": "POST"}, "admitted": True, "deadline": inf, **members,
    }  # fmt: skip
    return Job(**given)


def run(service: Service, work: Job, now: float = 0.0, took: float = 0.25) -> StoreTrace | PutBack | HttpCall:
    """Work until something of the world is needed, each breath taking a while; then give what is needed, or the end."""
    step = service.engine.work(work, now)
    while type(step) is Perform and type(step.actions[0]) is Tick:
        now += took
        step = step.execution.resume((Done(None),), now)  # type: ignore[attr-defined]
    if type(step) is Perform:
        action: HttpCall = step.actions[0]
        return action
    assert step.body == b""
    (ending,) = [each for each in step.after if type(each) in (StoreTrace, PutBack)]
    return ending  # type: ignore[no-any-return] # one of the two


def ended(service: Service, work: Job) -> StoreTrace:
    ending = run(service, work)
    assert type(ending) is StoreTrace
    return ending


# --- coming in ----------------------------------------------------------------------------------------------------


def submit(service: Service, **members: Any) -> Accept:
    step = service.step(request("main/async", {"n": 7}, **members))
    assert type(step) is Perform, step.body
    (action,) = step.actions
    assert type(action) is Accept
    return action


def test_a_request_is_answered_once_it_is_safe() -> None:
    service = one(PARSE)
    step = service.step(request("main/async", {"n": 7}))
    assert type(step) is Perform
    last = step.execution.resume((Done(None),), 0.1)  # type: ignore[attr-defined]
    identity = step.actions[0].id
    assert (last.status, json.loads(last.body)) == (202, {"trace_id": identity, "status": "pending"})
    assert ("location", f"/api/v1/data/traces/{identity}") in last.headers
    assert last.after == ()


@pytest.mark.parametrize("code", ["queue_full", "storage_unavailable"])
def test_a_request_that_cannot_be_made_safe_is_refused(code: str) -> None:
    step = one(PARSE).step(request("main/async", {}))
    assert type(step) is Perform
    last = step.execution.resume((Failed(code, "no", True, "", retry_after=3.0),), 0.1)  # type: ignore[attr-defined]
    assert (last.status, json.loads(last.body)["error"]["reason"]) == (503, code)
    assert ("retry-after", "3") in last.headers


def test_what_is_kept_has_no_credentials() -> None:
    headers = {
        "content-type": "application/json", "authorization": "Bearer s3", "cookie": "s=3", "x-auth-token": "s3",
        "x-api-key": "s3", "x-tenant-id": "acme",
    }  # fmt: skip
    kept = submit(one(PARSE), headers=headers, query="a=1", method="PUT")
    metadata = json.loads(kept.metadata_json)
    assert metadata["headers"] == {"content-type": "application/json", "x-tenant-id": "acme"}
    assert (metadata["query"], metadata["http_method"]) == ({"a": "1"}, "PUT")
    assert b"s3" not in kept.metadata_json
    assert bytes(kept.input_json) == b'{"n": 7}'
    assert (kept.channel, kept.channel_id, kept.channel_version, kept.order_key) == ("main", "main", 1, "")


def test_a_deny_list_has_wildcards_and_remembers() -> None:
    headers = StoredHeaders(("x-*", "Cookie"))
    assert [headers.keeps(name) for name in ("x-a", "x-", "xa", "cookie", "cookies", "x-a")] == [
        False, False, True, False, True, False,
    ]  # fmt: skip
    assert StoredHeaders(()).keeps("cookie")


GUARDS = [
    ("its rate", {"rate_limit": {"requests_per_second": 1, "burst": 1}}, 429),
    ("validation", {"validation_logic": {"==": [{"var": "data.n"}, 7]}}, 400),
]


@pytest.mark.parametrize(("what", "config", "status"), GUARDS, ids=[row[0] for row in GUARDS])
def test_a_request_passes_its_channels_checks_when_it_comes(what: str, config: Json, status: int) -> None:
    service = Service({"main": {"tasks": [PARSE]}}, {"main": {"config": config}})
    assert type(service.step(request("main/async", {"n": 7}))) is Perform
    refused = service.step(request("main/async", {"n": 8}))
    assert type(refused) is Respond
    assert refused.status == status


def test_what_only_answers_need_is_not_asked() -> None:
    config = {"backpressure": {"max_concurrent": 1}, "cache": {"enabled": True}}
    service = Service({"main": {"tasks": [PARSE]}}, {"main": {"config": config}})
    waiting = [service.step(request("main/async", {"n": 7})) for _ in range(3)]
    assert [type(step) for step in waiting] == [Perform] * 3


def test_a_key_gets_its_trace_again() -> None:
    config = {"deduplication": {"header": "idempotency-key", "on_duplicate": "replay"}}
    service = Service({"main": {"tasks": [PARSE]}}, {"main": {"config": config}})
    headers = {"content-type": "application/json", "idempotency-key": "k"}
    step = service.step(request("main/async", {"n": 7}, headers=headers))
    assert type(step) is Perform
    first = step.execution.resume((Done(None),), 0.1)  # type: ignore[attr-defined]
    again = service.step(request("main/async", {"n": 7}, headers=headers), 1.0)
    assert type(again) is Respond
    assert (again.status, again.body) == (202, first.body)
    other = service.step(request("main/async", {"n": 8}, headers=headers), 1.0)
    assert type(other) is Respond
    assert other.status == 422


def test_a_key_is_free_when_nothing_was_kept() -> None:
    config = {"deduplication": {"header": "idempotency-key"}}
    service = Service({"main": {"tasks": [PARSE]}}, {"main": {"config": config}})
    headers = {"content-type": "application/json", "idempotency-key": "k"}
    for _ in range(2):
        step = service.step(request("main/async", {"n": 7}, headers=headers))
        assert type(step) is Perform
        step.execution.resume((Failed("queue_full", "no", True, ""),), 0.1)  # type: ignore[attr-defined]


ROUTES = [
    ("a name", {"methods": None}, "main/async", "POST", Perform),
    ("every method of a route", {"methods": ["DELETE"], "route_pattern": "/a/{b}"}, "a/1/async", "DELETE", Perform),
    ("another method", {"methods": ["DELETE"], "route_pattern": "/a/{b}"}, "a/1/async", "POST", 405),
    ("nobody", {}, "other/async", "POST", 404),
    ("nothing before it", {}, "async", "POST", 404),
    ("nothing but white space", {}, "%20/async", "POST", 400),
    ("what stands before it only", {}, "main/async/x", "POST", 404),
]


@pytest.mark.parametrize(("what", "channel", "path", "method", "wanted"), ROUTES, ids=[row[0] for row in ROUTES])
def test_a_path_ends_in_async(what: str, channel: Json, path: str, method: str, wanted: object) -> None:
    step = Service({"main": {"tasks": [PARSE]}}, {"main": channel}).step(request(path, {}, method=method))
    assert (type(step) if wanted is Perform else step.status) == wanted  # type: ignore[union-attr]


def test_a_channel_may_keep_the_order() -> None:
    service = Service({"main": {"tasks": [PARSE]}}, {"main": {"config": {"ordering": "fifo"}}})
    assert submit(service).order_key == "main"


def test_who_leaves_while_it_is_made_safe_ends_it() -> None:
    step = one(PARSE).step(request("main/async", {}))
    assert type(step) is Perform
    last = step.execution.cancel("client_closed", 0.1)  # type: ignore[attr-defined]
    assert (last.status, last.after) == (499, ())


# --- being worked on ----------------------------------------------------------------------------------------------


def test_a_job_ends_in_its_trace() -> None:
    trace = ended(one(PARSE, put("temp_data.t", 1), put("data.n", {"var": "data.in.n"})), job({"n": 7}))
    assert (trace.status, trace.mode, trace.channel_version, trace.error_message) == ("completed", "async", 1, None)
    result = json.loads(trace.result_json)
    assert list(result) == ["id", "context", "audit_trail", "errors"]
    assert result["context"]["data"] == {"in": {"n": 7}, "n": 7}
    assert result["context"]["temp_data"] == {"t": 1}
    assert result["context"]["metadata"]["channel"] == "main"
    assert [entry["status"] for entry in result["audit_trail"]] == [200, 200, 200]
    assert trace.input_json == b'{"n": 7}'


def test_each_step_says_when_it_began_and_how_long_it_took() -> None:
    service = one(PARSE, put("data.no", 1, "no", condition=False), put("data.x", {"throw": "boom"}, "fail"))
    trace = ended(service, job({}))
    steps = json.loads(trace.steps_json)
    assert [(step["task_id"], step["result"]) for step in steps] == [
        ("parse", "executed"), ("no", "skipped"), ("fail", "failed"),
    ]  # fmt: skip
    assert steps[0]["duration_ms"] == 250.0
    assert steps[2]["started_at"] > steps[0]["started_at"]
    assert steps[2]["duration_ms"] == 0.0  # the clock is looked at when the world is asked, and it was not
    assert steps[2]["error"] == trace.error_message
    assert (trace.status, trace.result_json) == ("failed", None)


def test_no_more_than_a_thousand_steps_are_kept() -> None:
    service = Service(
        {f"w{n}": {"tasks": [put("data.x", 1, f"t{m}") for m in range(600)]} for n in range(2)},
        {"main": {"workflow_ids": ["w0", "w1"]}},
    )
    steps = json.loads(ended(service, job({})).steps_json)
    assert (len(steps), steps[-1]) == (1001, {"omitted_steps": 200})


GONE = [
    ("a channel that is gone", {"channel": "x", "channel_id": "x"}, "Channel 'x' is not active any more"),
    ("a payload that is no JSON", {"payload": b"{"}, "The payload cannot be read"),
    ("a payload that is no text", {"payload": b'"\xff"'}, "The payload cannot be read"),
    ("a payload nested too deep", {"payload": b"[" * 99 + b"]" * 99}, "The payload cannot be read"),
]


@pytest.mark.parametrize(("what", "members", "text"), GONE, ids=[row[0] for row in GONE])
def test_a_job_that_cannot_begin_fails(what: str, members: Json, text: str) -> None:
    trace = ended(one(PARSE), job({}, **members))
    assert trace.status == "failed"
    assert text in trace.error_message


def test_a_channel_is_found_by_its_id_when_it_was_renamed() -> None:
    assert ended(one(PARSE), job({}, channel="before")).status == "completed"


def test_time_is_up() -> None:
    service = one(PARSE, put("data.x", 1), put("data.y", 2))
    trace = run(service, job({}, deadline=0.5), took=0.3)
    assert type(trace) is StoreTrace
    assert (trace.status, trace.error_message) == ("failed", "Processing timed out after 500ms")


def test_a_job_that_finds_no_place_is_put_back() -> None:
    config = {"backpressure": {"max_concurrent": 1}}
    service = Service({"main": {"tasks": [PARSE]}}, {"main": {"config": config}})
    holds = service.engine.work(job({}), 0.0)
    assert type(holds) is Perform
    ending = run(service, job({}))
    assert type(ending) is PutBack
    assert (ending.reason, ending.seconds) == ("at_capacity", 0.1)
    holds.execution.cancel("", 1.0)  # type: ignore[attr-defined]
    assert type(run(service, job({}))) is StoreTrace


def test_a_record_of_a_topic_is_asked_for_rate_and_validation_too() -> None:
    config = {"rate_limit": {"requests_per_second": 1, "burst": 1}, "validation_logic": {"var": "data.ok"}}
    service = Service({"main": {"tasks": [PARSE]}}, {"main": {"config": config}})
    invalid = ended(service, job({"ok": False}, admitted=False))
    assert (invalid.status, invalid.error_message) == ("failed", "Input validation failed")
    limited = run(service, job({"ok": True}, admitted=False))
    assert type(limited) is PutBack
    assert limited.reason == "rate_limited"
    assert 0.9 < limited.seconds <= 1.0
    assert ended(service, job({"ok": False})).status == "completed"


# --- keys of effects ----------------------------------------------------------------------------------------------


def upstream() -> dict[str, Connector]:
    problems = Problems()
    connector = compile_connector("up", "http", {"url": "http://up.example"}, problems)
    assert connector is not None, problems.errors
    return {"up": connector}


def calling(method: str = "POST", **given: object) -> Json:
    return task("call", "http_call", {"connector": "up", "method": method, "body": {}, **given})


def keys_of(work: Job | None, *tasks: Json, channels: Json | None = None) -> list[str | None]:
    """The idempotency key of each call that the work makes, all of which are answered."""
    service = Service({"main": {"tasks": list(tasks)}, **(channels or {})}, connectors=upstream())
    step = service.engine.work(work, 0.0) if work else service.step(request("main", {}))
    keys: list[str | None] = []
    while type(step) is Perform:
        (action,) = step.actions
        answer: object = None
        if type(action) is HttpCall:
            keys.append(dict(action.headers).get("idempotency-key"))
            answer = HttpAnswer(200, {}, b"")
        step = step.execution.resume((Done(answer),), 0.0)  # type: ignore[attr-defined]
    return keys


def test_every_effect_of_a_job_has_a_key_that_stays() -> None:
    twice = {**calling(), "id": "again"}
    first = keys_of(job({}), calling(), twice)
    assert first == keys_of(job({}), calling(), twice)
    assert len({*first, None}) == 3
    assert all(key is not None and key.startswith(f'"{request().id}-') and key.endswith('"') for key in first)


def test_a_nested_channel_called_twice_has_two_keys() -> None:
    nested = {"inner": {"tasks": [calling()]}}
    calls = [task(name, "channel_call", {"channel": "inner"}) for name in ("one", "two")]
    assert len({*keys_of(job({}), *calls, channels=nested), None}) == 3


NO_KEYS = [
    ("a request that somebody waits for", None, calling(), None),
    ("what is safe", job({}), calling("GET", body=None), None),
    ("a task with a key of its own", job({}), calling(headers={"Idempotency-Key": "mine"}), "mine"),
]


@pytest.mark.parametrize(("what", "work", "call", "key"), NO_KEYS, ids=[row[0] for row in NO_KEYS])
def test_no_key_is_added_to(what: str, work: Job | None, call: Json, key: str | None) -> None:
    assert keys_of(work, call) == [key]
