"""What the core asks of a store where servers count together, and what it makes of each answer, also of none."""

import json
from math import inf
from typing import Any

import pytest

from orion_core import (
    ActiveChannel,
    ActiveWorkflow,
    Bounds,
    BreakerTerms,
    ClusterTerms,
    Compiler,
    Connector,
    Engine,
    Governor,
    MemoryBounds,
    Problems,
    SnapshotBuilder,
    cluster_connector,
)
from orion_core.calls import UNASKED, BreakerAsk, BreakerTell, BreakerWord, RateTake, Taken
from orion_core.definitions import read_channel, read_workflow
from orion_core.protocol import BreakerNote, Done, Failed, Job, LapseNote, Perform, PutBack, Respond
from tests.core.service import PARSE, Json, request, task
from tests.simulator.functions import FUNCTIONS

STORE = cluster_connector("redis://:a-password@cluster/0", "", 0.5)
FAR = Connector("far", "cache", STORE.config, STORE.retry, "", ())
SILENT = Failed("connector_failed", "could not be reached", True, "ConnectionError")
AWAY = Failed(UNASKED, "is away", True, "", False)
LIMIT = {"rate_limit": {"requests_per_second": 1, "burst": 1}}
DIAL = {"connector": "far", "name": "call", "output": "data.call"}
CALL = task("call", "dial", {**DIAL, "retry": {"max_retries": 0}})


def engine(config: Json, *tasks: Json, unlimited: bool = True) -> Engine:
    problems = Problems()
    workflow = read_workflow({"name": "main", "tasks": list(tasks or (PARSE,))}, problems)
    document = {"name": "main", "channel_type": "sync", "protocol": "http", "workflow_id": "main", "config": config}
    channel = read_channel(document, problems)
    assert workflow is not None, problems.errors
    assert channel is not None, problems.errors
    terms = ClusterTerms(STORE, unlimited)
    made = Engine(Bounds(), Governor(MemoryBounds(), None, BreakerTerms(enabled=True, threshold=2, pause=10.0), terms))
    active = [ActiveWorkflow("main", 1, 100, workflow)]
    snapshot = (
        SnapshotBuilder(Compiler(FUNCTIONS))
        .build(active, [ActiveChannel("main", 1, channel)], 1, {"far": FAR})
        .snapshot
    )
    made.install(snapshot, 0.0)
    return made


def asked(step: object, kind: type) -> Any:
    """The one action that a step asks for."""
    assert type(step) is Perform, step
    (action,) = step.actions
    assert type(action) is kind
    assert action.connector is STORE
    return action


def resumed(step: object, outcome: object, now: float = 0.1) -> Any:
    assert type(step) is Perform
    return step.execution.resume((outcome,), now)


def status(step: object) -> int:
    assert type(step) is Respond, step
    return int(step.status)


def word(
    state: str = "closed", *, failures: int = 0, wait: float = 0.0, admitted: bool = True, turned: bool = False
) -> Done:
    return Done(BreakerWord(state, "an era", failures, wait, admitted, turned))


# --- rate limits --------------------------------------------------------------------------------------------------


def test_the_limit_is_asked_before_the_body_is_read() -> None:
    limited = engine(LIMIT)
    step = limited.handle(request(raw=b"{"), 0.0)
    action = asked(step, RateTake)
    assert (action.key[:16], action.rate, action.burst) == ("orion:rate:main:", 1.0, 1)
    assert status(resumed(step, Done(Taken(0.0, 0.0)))) == 400
    refused = resumed(limited.handle(request(raw=b"{"), 0.0), Done(Taken(2.5, 0.5)))
    assert status(refused) == 429
    headers = dict(refused.headers)
    assert (headers["retry-after"], headers["ratelimit"]) == ("3", '"main";r=0;t=3')


def test_whose_key_cannot_be_told_is_counted_by_address() -> None:
    config = {"rate_limit": {**LIMIT["rate_limit"], "key_logic": {"+": [{"var": "headers.x"}, "no number"]}}}
    limited = engine(config)
    one, other = (asked(limited.handle(request(client=client), 0.0), RateTake).key for client in ("1.1.1.1", "1.1.1.2"))
    assert one != other
    assert "1.1.1.1" not in one


@pytest.mark.parametrize(("outcome", "lapses"), [(SILENT, 1), (AWAY, 0)], ids=["silent", "known to be away"])
def test_without_the_store_this_process_counts_alone(outcome: Failed, lapses: int) -> None:
    limited = engine(LIMIT)
    first, second = (resumed(limited.handle(request(body=1), 0.0), outcome) for _ in range(2))
    assert (status(first), status(second)) == (200, 429)
    assert [type(note) for note in first.notes].count(LapseNote) == lapses


def test_or_refuses() -> None:
    step = resumed(engine(LIMIT, unlimited=False).handle(request(body=1), 0.0), SILENT)
    assert status(step) == 503
    assert json.loads(step.body)["error"]["reason"] == "limiter_unavailable"


def test_who_leaves_before_the_store_answers_gets_no_further() -> None:
    step = engine(LIMIT).handle(request(body=1), 0.0)
    assert type(step) is Perform
    assert status(step.execution.cancel("client_closed", 0.05)) == 499


@pytest.mark.parametrize(
    ("outcome", "unlimited", "reason"),
    [
        (Done(Taken(0.0, 0.0)), True, None),
        (Done(Taken(4.0, 0.2)), True, "rate_limited"),
        (SILENT, False, "limiter_unavailable"),
    ],
)
def test_a_record_of_a_topic_waits_for_its_turn(outcome: object, unlimited: bool, reason: str | None) -> None:
    job = Job(request(), "main", "main", b"1", {}, False, inf)
    step = engine(LIMIT, unlimited=unlimited).work(job, 0.0)
    asked(step, RateTake)
    last = resumed(step, outcome)
    while type(last) is Perform:  # each task of a job is timed
        last = resumed(last, Done(None))
    (after,) = last.after
    assert getattr(after, "reason", None) == reason
    if reason:
        assert type(after) is PutBack
        assert after.seconds == (4.0 if reason == "rate_limited" else pytest.approx(0.1))


# --- breakers -----------------------------------------------------------------------------------------------------


def called(limited: Engine, answer: object) -> Any:
    """The step in which the connector itself is called, after the breaker has said its word."""
    step = limited.handle(request(body=1), 0.0)
    action = asked(step, BreakerAsk)
    assert (action.key, action.pause) == ("main:far", 10.0)
    return resumed(step, answer)


def test_a_call_that_succeeds_has_nothing_to_tell() -> None:
    step = called(engine({}, CALL), word())
    assert status(resumed(step, Done({"ok": True}))) == 200


def test_a_failure_is_told_before_the_request_goes_on() -> None:
    step = called(engine({}, CALL), word(failures=1))
    telling = resumed(step, SILENT)
    action = asked(telling, BreakerTell)
    assert (action.key, action.era, action.end, action.threshold, action.pause) == (
        "main:far",
        "an era",
        "failed",
        2,
        10.0,
    )
    last = resumed(telling, word("open", failures=2, wait=10.0, admitted=False, turned=True))
    assert status(last) == 500
    assert BreakerNote("main:far", "open") in last.notes


def test_what_the_cluster_refuses_is_not_called() -> None:
    limited = engine({}, CALL)
    last = called(limited, word("open", failures=2, wait=7.0, admitted=False))
    assert status(last) == 503
    assert dict(last.headers)["retry-after"] == "7"
    assert limited.governor.breakers.counts() == {("main", "far"): (0, 1)}


def test_without_the_store_the_breaker_stands_as_it_did() -> None:
    limited = engine({}, CALL)
    called(limited, word("open", failures=2, wait=7.0, admitted=False))
    assert status(called(limited, SILENT)) == 503
    late = limited.handle(request(body=1), 8.0)
    probe = resumed(late, AWAY, 8.1)
    assert type(probe) is Perform
    assert status(resumed(probe, Done({"ok": True}), 8.2)) == 200
    assert limited.governor.breakers.states() == {"main:far": "closed"}


def test_a_probe_that_nobody_waits_for_is_given_back() -> None:
    step = called(engine({}, CALL), word("half_open", failures=2))
    last = step.execution.cancel("client_closed", 0.2)
    (telling,) = (action for action in last.after if type(action) is BreakerTell)
    assert (telling.end, telling.era) == ("abandoned", "an era")


def test_a_probe_is_one_try() -> None:
    telling = resumed(called(engine({}, task("call", "dial", DIAL)), word("half_open", failures=2)), SILENT)
    assert asked(telling, BreakerTell).end == "failed"


def test_the_deadline_holds_while_the_breaker_is_asked() -> None:
    limited = engine({"timeout_ms": 1000}, CALL)
    step = limited.handle(request(body=1), 0.0)
    asked(step, BreakerAsk)
    last = resumed(step, word("half_open"), 1.5)
    assert status(last) == 504
    assert [action.end for action in last.after if type(action) is BreakerTell] == ["abandoned"]


def test_the_store_has_no_text_form_that_tells_its_password() -> None:
    step = engine(LIMIT).handle(request(body=1), 0.0)
    assert "a-password" not in repr(asked(step, RateTake)) + repr(STORE) + STORE.redact("redis://:a-password@cluster")
