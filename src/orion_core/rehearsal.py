"""The record of a dry run: which tasks ran, which were skipped, how long each took, what would have been sent.

A dry run touches nothing: each action on a connector gets the outcome that its script says, or none at all.
"""

from collections.abc import Mapping
from typing import Any

from orion_core.documents import Allowance
from orion_core.failures import CONNECTOR_FAILED, KINDS
from orion_core.message import Message
from orion_core.problems import Problems, at
from orion_core.protocol import Done, Failed
from orion_core.snapshot import Task
from orion_core.steps import Steps


class Script:
    """What becomes of one attempt.

    Args:
        value: What the system gives, in the form the function's documentation has.
        failed: The failure instead.
    """

    def __init__(self, value: object, failed: Failed | None = None) -> None:
        self.value = value
        self.failed = failed


def read_scripts(given: Mapping[str, object], problems: Problems, pointer: str) -> dict[str, list[Script]]:
    """Read the outcomes of a dry run: for each task a value, `{"error": …}`, or `{"attempts": [...]}` of these."""
    scripts: dict[str, list[Script]] = {}
    for name, outcome in given.items():
        if isinstance(outcome, Mapping) and set(outcome) == {"attempts"} and isinstance(outcome["attempts"], list):
            where = at(pointer, name, "attempts")
            scripts[name] = [_script(each, problems, at(where, i)) for i, each in enumerate(outcome["attempts"])]
        else:
            scripts[name] = [_script(outcome, problems, at(pointer, name))]
    return scripts


def _script(outcome: object, problems: Problems, pointer: str) -> Script:
    if not isinstance(outcome, Mapping) or len(outcome) != 1 or not set(outcome) <= {"value", "error"}:
        problems.error(pointer, "not the outcome of an attempt", expected='{"value": …} or {"error": {…}}')
        return Script(None)
    if "value" in outcome:
        return Script(outcome["value"])
    error = outcome["error"]
    code = error.get("code", CONNECTOR_FAILED.reason) if isinstance(error, Mapping) else None
    if not isinstance(error, Mapping) or not isinstance(code, str) or code not in KINDS:
        problems.error(at(pointer, "error"), "not an error", expected='{"code": a reason of docs/errors.md, "message"}')
        return Script(None)
    text = str(error.get("message", "The dry run's script says so"))
    retryable = KINDS[code].retryable
    happened = bool(error.get("happened", True))
    return Script(None, Failed(code, text, retryable, "scripted", happened, float(error.get("retry_after_secs", 0))))


class Rehearsal(Steps):
    """Steps of one dry run.

    Args:
        now: Monotonic instant at which it starts, seconds.
        verbose: Whether to keep the message after each step.
        max_bytes: How much may be kept of messages in all.
        scripts: Outcomes of connector tasks, by `task_id` or `workflow_id/task_id`, one for each attempt; the last one
            holds for all that follow.
    """

    def __init__(
        self, now: float, *, verbose: bool, max_bytes: int, scripts: Mapping[str, list[Script]] | None = None
    ) -> None:
        super().__init__(now)
        self._verbose = verbose
        self._allowance = Allowance(max_bytes)
        self._scripts = scripts or {}
        self._calls: list[dict[str, object]] = []

    def describe(self, step: dict[str, object], message: Message) -> None:
        """Add what would have been sent, and the message where it is asked for."""
        if self._calls:
            step["calls"], self._calls = self._calls, []
        if self._verbose:
            seen: Mapping[str, object] = {"context": message.context, "errors": message.errors}
            step["message"] = self._allowance.copy(seen)

    def call(self, task: Task, action: Any, tried: int) -> Done | Failed:
        """Note what would be sent, and say what came of it.

        Args:
            task: Whose function asked for it.
            action: What it asked for.
            tried: Retries there were before.
        """
        function: Any = task.function
        sent = {"connector": action.connector.name, "action": type(action).__name__, **function.outline(action)}
        self._calls.append(sent)
        scripts = self._scripts.get(f"{task.workflow_id}/{task.id}") or self._scripts.get(task.id)
        if not scripts:
            return Done(function.scripted(None))
        script = scripts[min(tried, len(scripts) - 1)]
        sent["scripted"] = True
        if script.failed is not None:
            return script.failed
        return Done(function.scripted(script.value))

    def report(self, matched: bool, message: Message) -> dict[str, object]:
        """The documented answer of a dry run."""
        return {
            "matched": matched,
            "trace": {"steps": self.steps()},
            "output": message.context["data"],
            "errors": message.errors,
        }
