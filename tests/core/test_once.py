"""`db_write` that happens once: what it asks for, and when it is asked for again. What databases make of it is theirs."""

from math import inf
from typing import Any

import pytest

from orion_core import Connector, Problems, compile_connector
from orion_core.calls import SqlCall, SqlResult
from orion_core.protocol import Done, Failed, Job, Perform, Respond, Sleep, Tick
from tests.core.service import Json, Service, one, request, task

LOST = Failed("connector_failed", "broke off", True, "", happened=True)


def shop(**config: object) -> tuple[Connector | None, Problems]:
    problems = Problems()
    return compile_connector("shop", "db", {"connection_string": "sqlite:shop.db", **config}, problems), problems


def writing(once: bool, *tasks: Json) -> Service:
    connector, problems = shop(retry={"max_retries": 1, "retry_delay_ms": 1})
    assert connector is not None, problems.errors
    given = {
        "connector": "shop",
        "query": "DELETE FROM orders",
        "output": "data.out",
        **({"once": True} if once else {}),
    }
    return Service({"main": {"tasks": [task("write", "db_write", given), *tasks]}}, connectors={"shop": connector})


def job() -> Job:
    return Job(request("", id="a-job"), "main", "main", b"{}", {"http_method": "POST"}, True, inf)


def first_call(step: Any) -> SqlCall:
    while type(step.actions[0]) is Tick:
        step = step.execution.resume((Done(None),), 0.0)
    (action,) = step.actions
    assert type(action) is SqlCall
    return action


def test_a_write_that_happens_once_has_a_key_whoever_asks() -> None:
    service = writing(True)
    keys = [first_call(service.engine.work(job(), 0.0)).once for _ in range(2)]
    assert keys[0] == keys[1]
    assert keys[0].startswith("a-job-")
    asked = [first_call(service.step(request(id=identity))).once for identity in ("one", "two")]
    assert [each[:4] for each in asked] == ["one-", "two-"]


def test_any_other_write_has_none() -> None:
    service = writing(False)
    assert first_call(service.engine.work(job(), 0.0)).once == ""
    assert first_call(service.step(request())).once == ""


def test_only_a_write_that_happens_once_is_repeated_when_nobody_knows_what_became_of_it() -> None:
    refused = writing(False).step(request()).execution.resume((LOST,), 0.0)  # type: ignore[union-attr]
    assert (type(refused), refused.status) == (Respond, 500)
    step = writing(True).step(request())
    first = first_call(step)
    step = step.execution.resume((LOST,), 0.0)  # type: ignore[union-attr]
    assert type(step) is Perform
    assert type(step.actions[0]) is Sleep
    again = first_call(step.execution.resume((Done(None),), 0.1))  # type: ignore[attr-defined]
    assert again.once == first.once
    done = step.execution.resume((Done((SqlResult(None, 1),)),), 0.2)  # type: ignore[attr-defined]
    assert done.body.endswith(b'"data":{"out":{"rows_affected":1}},"errors":[]}')


def test_reading_knows_no_once() -> None:
    given = {"connector": "shop", "query": "SELECT 1", "once": True}
    fault = one(task("read", "db_read", given)).compilation.faults[0]
    assert [problem.pointer for problem in fault.problems] == ["/tasks/0/function/input/once"]


@pytest.mark.parametrize(("hours", "sound"), [(24, True), (87_600, True), (23, False), (87_601, False), (0, False)])
def test_how_long_it_is_remembered_has_bounds(hours: int, sound: bool) -> None:
    connector, problems = shop(once_retention_hours=hours)
    assert (connector is not None) is sound
    assert [each.pointer for each in problems.errors] == ([] if sound else ["/config/once_retention_hours"])
