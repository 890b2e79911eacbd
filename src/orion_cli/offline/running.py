"""Runs test cases on the core, with a clock that stands still but for pauses, and compares. Sends nothing."""

import difflib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from msgspec import UNSET

from orion_cli.applying.plan import same
from orion_cli.offline.cases import Case
from orion_cli.offline.compiled import Compiled
from orion_core import Bounds, Engine, encode
from orion_core.protocol import Done, Failed, Request, Respond, Sleep, Tick

MOST_STEPS = 100_000  # of one case; a workflow that asks for more does not end
IDENTITY = "00000000-0000-4000-8000-000000000000"


@dataclass(frozen=True)
class Result:
    """What became of a case.

    Args:
        case: Which.
        differences: How it differs from what was expected, in words; empty when it passed.
    """

    case: Case
    differences: Sequence[str] = field(default_factory=tuple)

    @property
    def passed(self) -> bool:
        """Whether everything is as expected."""
        return not self.differences


def run_case(case: Case, compiled: Compiled) -> Result:
    """Run a case and compare."""
    workflow = compiled.workflows.get(case.definition.workflow_id)
    if workflow is None:
        identity = case.definition.workflow_id
        known = any(each.identity == identity for each in compiled.checked if each.kind == "workflow")
        why = "is not sound" if known else "is not in these files"
        return Result(case, (f"workflow '{identity}' {why}",))
    try:
        report = rehearse(case, workflow.workflow, compiled)
    except RunFailed as failed:
        return Result(case, (str(failed),))
    return Result(case, tuple(compare(case, report)))


class RunFailed(Exception):
    """A case did not come to its end."""


def rehearse(case: Case, workflow: Any, compiled: Compiled) -> Mapping[str, Any]:
    """The report of a dry run, as a server would answer it.

    Raises:
        RunFailed: The workflow failed, or did not end.
    """
    engine = Engine(Bounds())
    if compiled.snapshot is not None:
        engine.install(compiled.snapshot, 0.0)
    payload = encode(case.definition.data.data)
    request = Request(IDENTITY, IDENTITY, "POST", "", "", {}, payload, "", case.now, 0)
    metadata = dict(case.definition.data.metadata or {})
    step: Any = engine.rehearse(workflow, request, metadata, 0.0, verbose=False, scripts=case.scripts)
    now = 0.0
    for _ in range(MOST_STEPS):
        if isinstance(step, Respond):
            return report_of(step)
        now = max([now, *(action.until for action in step.actions if isinstance(action, Sleep))])
        step = step.execution.resume(tuple(outcome_of(action) for action in step.actions), now)
    raise RunFailed(f"the workflow did not end within {MOST_STEPS} steps")


def outcome_of(action: object) -> Done | Failed:
    """Time passes; anything else there is none of without a server."""
    if isinstance(action, Tick | Sleep):
        return Done(None)
    return Failed("connector_failed", "There is no server here", False, type(action).__name__, False)


def report_of(step: Respond) -> Mapping[str, Any]:
    """The report, whether the run went well or not."""
    body = json.loads(step.body)
    if step.status == 200:
        report: Mapping[str, Any] = body
        return report
    error = body.get("error", {})
    why = {"code": error.get("reason") or error.get("code"), "message": error.get("message")}
    before = [each for each in body.get("errors", ()) if each.get("task_id") != error.get("task_id")]
    trace = body.get("trace") or {"steps": []}
    return {
        "matched": True,
        "trace": trace,
        "output": None,
        "errors": [*before, why],
        "failed": error,
    }


def compare(case: Case, report: Mapping[str, Any]) -> list[str]:
    """How a report differs from what is expected."""
    expected = case.definition
    failed = report.get("failed")
    if failed is not None and expected.expected_errors is UNSET:
        task = f"task '{failed['task_id']}': " if failed.get("task_id") else ""
        return [f"the workflow failed: {task}{failed.get('message')}"]
    found = []
    if not same(expected.expected_output, report["output"]) and not (failed and expected.expected_output is None):
        found.append("output is not as expected\n" + difference(expected.expected_output, report["output"]))
    if expected.expected_matched is not UNSET and expected.expected_matched != report["matched"]:
        found.append(f"matched is {str(report['matched']).lower()}")
    if expected.expected_steps is not UNSET:
        results = {step["task_id"]: step["result"] for step in report["trace"]["steps"]}
        found += [
            f"task '{task}' was {results.get(task, 'never reached')}, not {result}"
            for task, result in expected.expected_steps.items()
            if results.get(task) != result
        ]
    codes = [str(error.get("code")) for error in report["errors"]]
    wanted = [] if expected.expected_errors is UNSET else list(expected.expected_errors)
    if codes != wanted:
        texts = "; ".join(f"{error.get('code')}: {error.get('message')}" for error in report["errors"])
        found.append(f"errors are {texts or 'none'}, not {', '.join(wanted) or 'none'}")
    return found


def difference(expected: object, found: object) -> str:
    """Two JSON values as a unified diff."""
    mine, theirs = (json.dumps(each, indent=2, ensure_ascii=False, sort_keys=True) for each in (expected, found))
    lines = difflib.unified_diff(mine.splitlines(), theirs.splitlines(), "expected", "output", lineterm="")
    return "\n".join(lines)
