"""The record of a dry run: which tasks ran, which were skipped, how long each took. Decides nothing."""

from collections.abc import Mapping

from orion_core.documents import Allowance
from orion_core.message import Message


class Rehearsal:
    """Steps of one dry run.

    Args:
        now: Monotonic instant at which it starts, seconds.
        verbose: Whether to keep the message after each step.
        max_bytes: How much may be kept of messages in all.
    """

    def __init__(self, now: float, *, verbose: bool, max_bytes: int) -> None:
        self._now = now
        self._verbose = verbose
        self._allowance = Allowance(max_bytes)
        self._steps: list[dict[str, object]] = []
        self._open: dict[str, object] | None = None

    def skipped(self, workflow_id: str, task_id: str | None) -> None:
        """A condition did not hold; `task_id` is None for a workflow's own."""
        self._steps.append({"workflow_id": workflow_id, "task_id": task_id, "result": "skipped"})

    def ran(self, workflow_id: str, task_id: str, result: str, message: Message) -> None:
        """A task was executed, halted its workflow, or failed."""
        step: dict[str, object] = {"workflow_id": workflow_id, "task_id": task_id, "result": result}
        if self._verbose:
            seen: Mapping[str, object] = {"context": message.context, "errors": message.errors}
            step["message"] = self._allowance.copy(seen)
        self._steps.append(step)
        self._open = step

    def timed(self, now: float) -> None:
        """The driver came back: the step that ran last took until `now`."""
        if self._open is not None:
            self._open["duration_ms"] = round((now - self._now) * 1000, 3)
            self._open = None
        self._now = now

    def steps(self) -> list[dict[str, object]]:
        """The steps so far."""
        return self._steps

    def report(self, matched: bool, message: Message) -> dict[str, object]:
        """The documented answer of a dry run."""
        return {
            "matched": matched,
            "trace": {"steps": self._steps},
            "output": message.context["data"],
            "errors": message.errors,
        }
