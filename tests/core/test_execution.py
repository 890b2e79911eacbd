"""The interpreter: conditions, order, failures, nested calls, deadlines, shares and refusals."""

import json
from typing import Any

import pytest

from orion_core import Bounds
from orion_core.protocol import Done, Failed, Perform, ProtocolError, Respond, StoreTrace, UnmatchedNote
from tests.core.service import PARSE, Service, data_of, one, put, request, task

Json = dict[str, Any]


def call(channel: str, identity: str = "call", **given: object) -> Json:
    return task(identity, "channel_call", {"channel": channel, **given})


def ask(*names: str, output: str = "data.answers", **members: object) -> Json:
    timeout = members.pop("timeout_ms", 60_000)
    return task("ask", "ask", {"names": list(names), "output": output, "timeout_ms": timeout}, **members)


FAIL = put("data.x", {"throw": "boom"}, "fail")

CONDITIONS = [
    ("true", True, True),
    ("a truthy number", 1, True),
    ("a truthy text", "x", True),
    ("an empty object", {}, False),
    ("null", None, True),
    ("false", False, False),
    ("nought", 0, False),
    ("logic over data", {">": [{"var": "data.in.n"}, 5]}, True),
    ("logic over metadata", {"==": [{"var": "metadata.http_method"}, "GET"]}, False),
    ("logic over the payload, which it cannot see", {"var": "payload.n"}, False),
]


@pytest.mark.parametrize(("description", "condition", "runs"), CONDITIONS, ids=[row[0] for row in CONDITIONS])
def test_a_task_runs_when_its_condition_is(description: str, condition: object, runs: bool) -> None:
    found = data_of(PARSE, put("data.ran", True, condition=condition), body={"n": 7})
    assert ("ran" in found) is runs


def test_a_condition_that_fails_is_false_and_noted() -> None:
    status, answer = one(put("data.x", 1, "t", condition={"throw": "odd"})).ask()
    assert (status, answer["data"]) == (200, {})
    entry = answer["errors"][0]
    assert (entry["code"], entry["task_id"], entry["path"]) == ("CONDITION_ERROR", "t", None)


def test_a_workflow_condition_guards_all_tasks() -> None:
    service = one(put("data.x", 1), condition={"==": [{"var": "metadata.query.go"}, "1"]})
    assert service.ask(query="go=1")[1]["data"] == {"x": 1}
    step = service.step(request(query="go=2"))
    assert type(step) is Respond
    assert json.loads(step.body)["data"] == {}
    assert step.notes == (UnmatchedNote("main"),)


def test_workflows_of_a_channel_run_by_priority_on_one_message() -> None:
    def add(letter: str) -> list[Json]:
        return [put("data.order", {"cat": [{"var": "data.order"}, letter]})]

    workflows = {
        "late": {"tasks": add("c"), "priority": 9},
        "early": {"tasks": add("a"), "priority": -1},
        "middle": {"tasks": add("b")},
    }
    service = Service(workflows, {"main": {"workflow_ids": ["late", "early", "middle"]}})
    assert service.ask()[1]["data"] == {"order": "abc"}


def test_a_halted_workflow_leaves_the_next_one_running() -> None:
    gate = task("gate", "filter", {"condition": False})
    workflows = {"a": {"tasks": [gate, put("data.a", 1)]}, "b": {"tasks": [put("data.b", 1)]}}
    assert Service(workflows, {"main": {"workflow_ids": ["a", "b"]}}).ask()[1]["data"] == {"b": 1}


def test_a_failing_task_fails_the_request() -> None:
    status, answer = one(FAIL, put("data.after", 1)).ask()
    assert status == 500
    assert "data" not in answer
    error = answer["error"]
    assert (error["code"], error["task_id"], error["workflow_id"]) == ("INTERNAL_ERROR", "fail", "main")
    assert answer["errors"][0]["code"] == "TASK_ERROR"
    assert answer["errors"][0]["timestamp"].endswith("+00:00")


@pytest.mark.parametrize("members", [{"continue_on_error": True}, {}])
def test_errors_are_collected_where_that_is_allowed(members: Json) -> None:
    failing = {**FAIL, "continue_on_error": not members}
    status, answer = one(failing, put("data.after", 1), **members).ask()
    assert (status, answer["status"], answer["data"]) == (200, "ok", {"after": 1})
    assert [entry["task_id"] for entry in answer["errors"]] == ["fail"]


def test_progress_and_server_facts_stand_in_metadata() -> None:
    found = data_of(put("data.a", 1, "first"), put("data.seen", {"var": "metadata"}, "second"), body={})["seen"]
    assert found["progress"] == {"workflow_id": "main", "task_id": "first", "status_code": 200}
    assert found["channel"] == "main"
    assert found["http_method"] == "POST"
    assert found["headers"]["content-type"] == "application/json"
    assert found["processed_at"].startswith("2026-09-21T")


def test_a_client_cannot_forge_what_the_server_states() -> None:
    body = {"data": {}, "metadata": {"params": {"id": "forged"}, "channel": "x", "query": 1, "mine": "kept"}}
    service = one(put("data.seen", {"var": "metadata"}))
    seen = service.ask(raw=json.dumps(body).encode())[1]["data"]["seen"]
    assert "params" not in seen
    assert "query" not in seen
    assert (seen["channel"], seen["mine"]) == ("main", "kept")


# --- nested calls -------------------------------------------------------------------------------------------------

CHILD = {"tasks": [PARSE, put("data.greeting", {"cat": ["Hello, ", {"var": "data.in.name"}]})]}

CALLS = [
    ("the payload it came with", {"response_path": "data.child"}, {"child": {"in": {"name": "W"}, "greeting": "Hello, W"}}),
    ("a literal", {"data": {"name": "L"}, "response_path": "data.child"},
     {"child": {"in": {"name": "L"}, "greeting": "Hello, L"}}),
    ("what logic gives", {"data_logic": {"name": {"var": "metadata.http_method"}}, "response_path": "data.child"},
     {"child": {"in": {"name": "POST"}, "greeting": "Hello, POST"}}),
    ("without a path, over all data", {"data": {"name": "R"}}, {"in": {"name": "R"}, "greeting": "Hello, R"}),
]  # fmt: skip


@pytest.mark.parametrize(("description", "given", "data"), CALLS, ids=[row[0] for row in CALLS])
def test_a_call_passes(description: str, given: Json, data: object) -> None:
    service = Service({"main": {"tasks": [call("child", **given)]}, "child": CHILD})
    assert service.ask({"name": "W"})[1]["data"] == data


def test_a_called_channel_may_be_named_by_logic() -> None:
    by_logic = call("unused", channel_logic={"cat": ["chi", "ld"]}, data={"name": "D"}, response_path="data.r")
    service = Service({"main": {"tasks": [by_logic]}, "child": CHILD})
    assert service.ask()[1]["data"]["r"]["greeting"] == "Hello, D"


def test_a_child_shares_nothing_with_its_caller() -> None:
    changing = {"tasks": [PARSE, put("data.in.x", 2, "change"), put("metadata.mine", 2, "meta")]}
    calling = call("child", data_logic={"var": "data.in"}, response_path="data.child")
    seen = put("data.seen", {"var": "metadata.mine"}, "seen")
    service = Service({"main": {"tasks": [PARSE, calling, seen]}, "child": changing})
    assert service.ask({"x": 1})[1]["data"] == {"in": {"x": 1}, "child": {"in": {"x": 2}}, "seen": None}


def chain(length: int) -> dict[str, Json]:
    links = {f"c{number}": {"tasks": [call(f"c{number + 1}")]} for number in range(length)}
    return {"main": {"tasks": [call("c0")]}, **links, f"c{length}": {"tasks": [put("data.end", True)]}}


def test_calls_may_be_nested_up_to_the_limit() -> None:
    assert Service(chain(9)).ask()[1]["data"] == {"end": True}
    status, answer = Service(chain(10)).ask()
    assert status == 500
    assert "max call depth 10 exceeded" in answer["error"]["message"]
    assert answer["error"]["task_id"] == "call"


@pytest.mark.parametrize("circle", [{"main": "main"}, {"main": "a", "a": "b", "b": "a"}])
def test_a_cycle_of_calls_is_refused(circle: dict[str, str]) -> None:
    status, answer = Service({name: {"tasks": [call(to)]} for name, to in circle.items()}).ask()
    assert status == 500
    assert "cycle detected" in answer["error"]["message"]


def test_a_call_to_nobody_is_refused() -> None:
    status, answer = one(call("zzz", channel_logic={"cat": ["zz"]})).ask()
    assert (status, answer["error"]["message"]) == (400, "channel_call: no active channel 'zz'")


def test_a_failing_child_is_a_failing_task_of_its_caller() -> None:
    workflows = {
        "main": {"tasks": [{**call("child"), "continue_on_error": True}, put("data.after", 1)]},
        "child": {"tasks": [FAIL]},
    }
    status, answer = Service(workflows).ask()
    assert (status, answer["data"]) == (200, {"after": 1})
    assert answer["errors"][-1]["task_id"] == "call"


def test_errors_a_child_went_on_after_are_passed_up() -> None:
    child = {"tasks": [FAIL], "continue_on_error": True}
    _, answer = Service({"main": {"tasks": [call("child")]}, "child": child}).ask()
    assert [(entry["channel"], entry["task_id"]) for entry in answer["errors"]] == [("child", "fail")]


# --- waiting ------------------------------------------------------------------------------------------------------


def test_actions_come_with_the_nearest_deadline() -> None:
    service = Service({"main": {"tasks": [call("child", timeout_ms=500)]}, "child": {"tasks": [ask("a")]}},
                      {"main": {"config": {"timeout_ms": 2000}}, "child": {"config": {"timeout_ms": 900}}})  # fmt: skip
    step = service.step(request(), 10.0)
    assert type(step) is Perform
    assert [action.deadline for action in step.actions] == [10.5]  # type: ignore[attr-defined]


def test_outcomes_are_taken_in_order() -> None:
    step = one(ask("a", "b")).step(request())
    assert type(step) is Perform
    last = step.execution.resume((Done(1), Done(2)), 0.1)  # type: ignore[attr-defined]
    assert json.loads(last.body)["data"] == {"answers": [1, 2]}


def test_a_failed_action_fails_its_task() -> None:
    step = one(ask("a")).step(request())
    assert type(step) is Perform
    failed = Failed("unavailable", "The stock service did not answer", True, "connection refused to 10.0.0.7")
    last = step.execution.resume((failed,), 0.1)  # type: ignore[attr-defined]
    assert last.status == 503
    assert ("retry-after", "1") in last.headers
    assert b"10.0.0.7" not in last.body


def test_a_channel_that_takes_too_long_is_a_timeout() -> None:
    service = Service({"main": {"tasks": [ask("a"), put("data.x", 1)]}}, {"main": {"config": {"timeout_ms": 50}}})
    step = service.step(request(), 1.0)
    assert type(step) is Perform
    last = step.execution.resume((Done(1),), 1.05)  # type: ignore[attr-defined]
    answer = json.loads(last.body)
    assert (last.status, answer["error"]["code"]) == (504, "TIMEOUT")
    assert answer["error"]["message"] == "Workflow execution on channel 'main' exceeded 50ms timeout"


def test_a_call_that_takes_too_long_fails_its_task_alone() -> None:
    patient = {**call("child", timeout_ms=100), "continue_on_error": True}
    service = Service({"main": {"tasks": [patient, put("data.after", 1)]}, "child": {"tasks": [ask("a")]}})
    step = service.step(request())
    assert type(step) is Perform
    last = step.execution.resume((Failed("timeout", "late", True, ""),), 0.1)  # type: ignore[attr-defined]
    answer = json.loads(last.body)
    assert (last.status, answer["data"]) == (200, {"after": 1})
    assert "channel_call to 'child' timed out after 100ms" in answer["errors"][-1]["message"]


def test_resuming_what_does_not_wait_is_a_mistake_of_the_driver() -> None:
    step = one(ask("a")).step(request())
    assert type(step) is Perform
    step.execution.resume((Done(1),), 0.1)  # type: ignore[attr-defined]
    with pytest.raises(ProtocolError):
        step.execution.resume((Done(1),), 0.2)  # type: ignore[attr-defined]


def test_cancelling_twice_is_cancelling_once() -> None:
    step = one(ask("a")).step(request())
    assert type(step) is Perform
    first = step.execution.cancel("client_closed", 0.1)  # type: ignore[attr-defined]
    assert step.execution.cancel("client_closed", 0.2) is first  # type: ignore[attr-defined]
    assert (first.status, [trace.status for trace in first.after]) == (499, ["failed"])


# --- shares -------------------------------------------------------------------------------------------------------


def versions(*percentages: int, **members: object) -> Service:
    made = [
        {"percentage": percentage, "tasks": [put("data.version", number)], **members}
        for number, percentage in enumerate(percentages, 1)
    ]
    return Service({"main": {"versions": made}})


def test_shares_are_honoured_exactly() -> None:
    service = versions(70, 30)
    seen = [service.ask(entropy=entropy)[1]["data"].get("version") for entropy in range(100)]
    assert (seen.count(2), seen.count(1)) == (30, 70)


def test_a_request_in_nobodys_share_gets_an_empty_answer() -> None:
    service = versions(10)
    assert [service.ask(entropy=entropy)[1]["data"] for entropy in (9, 10)] == [{"version": 1}, {}]


def test_a_rollout_key_makes_a_share_sticky() -> None:
    service = versions(50, 50, rollout_key={"var": "data.user"})
    seen = {
        user: {service.ask({"user": user}, entropy=e)[1]["data"]["version"] for e in (0, 60, 99)} for user in "abcdefgh"
    }
    assert all(len(each) == 1 for each in seen.values())
    assert {version for each in seen.values() for version in each} == {1, 2}


# --- refusals -----------------------------------------------------------------------------------------------------

REFUSALS = [
    ("an unknown channel", {"path": "zzz"}, 404, "no_route"),
    ("no channel at all", {"path": ""}, 400, "invalid_path"),
    ("a blank channel", {"path": "%20"}, 400, "invalid_path"),
    ("another media type", {"raw": b"{}", "headers": {"content-type": "text/plain"}}, 415, "unsupported_media_type"),
    ("a body without a media type", {"raw": b"{}", "headers": {}}, 415, "unsupported_media_type"),
    ("a body that is no JSON", {"raw": b"{"}, 400, "invalid_json"),
    ("a body without data", {"raw": b"{}"}, 400, "invalid_data"),
    ("a body that is no object", {"raw": b"[1]"}, 400, "invalid_data"),
    ("NaN", {"raw": b'{"data": NaN}'}, 400, "invalid_json"),
    ("a number beyond a double", {"raw": b'{"data": 1e999}'}, 400, "invalid_json"),
    ("a lone surrogate", {"raw": rb'{"data": "\ud800"}'}, 400, "invalid_json"),
    ("invalid UTF-8", {"raw": b'{"data": "\xff"}'}, 400, "invalid_json"),
    ("100,000 brackets", {"raw": b'{"data": ' + b"[" * 100_000}, 400, "invalid_json"),
    ("deep metadata", {"raw": b'{"data": 1, "metadata": {"a":' + b"[" * 65 + b"]" * 65 + b"}}"}, 400, "invalid_json"),
    ("a bad query", {"query": "a=%ff"}, 400, "invalid_path"),
    ("too many query fields", {"query": "&".join(f"a{i}=1" for i in range(1001))}, 400, "invalid_path"),
    ("10,000 segments", {"path": "a/" * 10_000}, 400, "invalid_path"),
]


@pytest.mark.parametrize(("description", "members", "status", "reason"), REFUSALS, ids=[row[0] for row in REFUSALS])
def test_a_request_is_refused_for(description: str, members: Json, status: int, reason: str) -> None:
    path = members.pop("path", "main")
    found, answer = one(put("data.x", 1)).ask(path=path, **members)
    members["path"] = path
    assert (found, answer["error"]["reason"]) == (status, reason)


@pytest.mark.parametrize(
    "media_type", ["application/json; charset=utf-8", "APPLICATION/JSON", "application/vnd.x+json"]
)
def test_json_goes_by_several_media_types(media_type: str) -> None:
    assert one(PARSE).ask(1, headers={"content-type": media_type})[0] == 200


METHODS = [("GET", 200), ("HEAD", 200), ("PUT", 405), ("OPTIONS", 204)]


@pytest.mark.parametrize(("method", "status"), METHODS)
def test_a_channel_answers_its_methods(method: str, status: int) -> None:
    service = Service({"main": {"tasks": [put("data.x", 1)]}}, {"main": {"methods": ["get"], "route_pattern": "/r"}})
    for path in ("main", "r"):
        step = service.step(request(path, method=method))
        assert type(step) is Respond
        assert step.status == status
        assert ("allow" in dict(step.headers)) is (status != 200)


@pytest.mark.parametrize("channel", [{"workflow_id": "gone"}, {"workflow_ids": ["main", "gone"]}])
def test_a_channel_without_its_workflow_answers_503(channel: Json) -> None:
    service = Service({"main": {"tasks": [put("data.x", 1)]}}, {"broken": channel})
    status, answer = service.ask(path="broken")
    assert (status, answer["error"]["reason"]) == (503, "workflow_inactive")


def test_what_does_not_compile_is_a_fault_and_nothing_else_suffers() -> None:
    broken = {"tasks": [task("t", "db_read", {"connector": "x"})]}
    service = Service({"main": {"tasks": [put("data.x", 1)]}, "broken": broken})
    assert service.ask()[0] == 200
    status, answer = service.ask(path="broken")
    assert (status, answer["error"]["reason"]) == (503, "definition_invalid")
    assert {(fault.kind, fault.id) for fault in service.compilation.faults} == {
        ("workflow", "broken"),
        ("channel", "broken"),
    }


# --- bounds and traces --------------------------------------------------------------------------------------------


def test_work_is_bounded_for_the_whole_request() -> None:
    loop = {"reduce": [{"var": "data.in"}, {"+": [{"var": "accumulator"}, 1]}, 0]}
    tasks = [PARSE, *(put(f"data.n{number}", loop, f"t{number}") for number in range(50))]
    service = Service({"main": {"tasks": tasks}}, bounds=Bounds(max_nodes=10_000))
    status, answer = service.ask([0] * 100)
    assert (status, answer["error"]["reason"]) == (500, "limit_exceeded")


def test_an_execution_leaves_one_trace_with_what_came_and_went() -> None:
    step = one(PARSE).step(request(body={"a": 1}))
    assert type(step) is Respond
    [trace] = step.after
    assert type(trace) is StoreTrace
    assert (trace.channel, trace.status, trace.mode, bytes(trace.input_json)) == (
        "main",
        "completed",
        "sync",
        b'{"a": 1}',
    )
    assert trace.result_json == step.body


def test_an_execution_keeps_the_snapshot_it_began_with() -> None:
    service = one(ask("a"), put("data.version", 1))
    step = service.step(request())
    assert type(step) is Perform
    service.engine.install(one(put("data.version", 2)).engine.snapshot, 0.0)
    last = step.execution.resume((Done(0),), 0.1)  # type: ignore[attr-defined]
    assert json.loads(last.body)["data"]["version"] == 1
    assert service.ask()[1]["data"] == {"version": 2}
