"""The record of an execution: which tasks ran, which were skipped, how long each took. Decides nothing."""

from typing import Any

from orion_core.message import Message
from orion_core.wall import rfc3339

MOST = 1000  # steps of a job that are kept; the rest is counted


class Steps:
    """Steps, in their order.

    Args:
        now: Monotonic instant at which it starts, seconds.
    """

    def __init__(self, now: float) -> None:
        self._now = now
        self._steps: list[dict[str, object]] = []
        self._open: dict[str, object] | None = None

    def skipped(self, workflow_id: str, task_id: str | None) -> None:
        """A condition did not hold; `task_id` is None for a workflow's own."""
        self.keep({"workflow_id": workflow_id, "task_id": task_id, "result": "skipped"})

    def ran(self, workflow_id: str, task_id: str, result: str, message: Message) -> None:
        """A task was executed, halted its workflow, or failed."""
        step: dict[str, object] = {"workflow_id": workflow_id, "task_id": task_id, "result": result}
        self.describe(step, message)
        self.keep(step)
        self._open = step

    def describe(self, step: dict[str, object], message: Message) -> None:
        """Add what else is to be known of a step that ran; `message` is as it left it."""

    def keep(self, step: dict[str, object]) -> None:
        """Add a step."""
        self._steps.append(step)

    def timed(self, now: float) -> None:
        """The driver came back: the step that ran last took until `now`."""
        if self._open is not None:
            self._open["duration_ms"] = round((now - self._now) * 1000, 3)
            self._open = None
        self._now = now

    def steps(self) -> list[dict[str, object]]:
        """The steps so far."""
        return self._steps


class JobSteps(Steps):
    """Steps of a job, each with the instant it began at, and why it failed.

    Args:
        now: Monotonic instant at which the work begins, seconds.
        wall: The same in Unix seconds.
    """

    def __init__(self, now: float, wall: float) -> None:
        super().__init__(now)
        self._offset = wall - now
        self._omitted = 0

    def describe(self, step: dict[str, object], message: Message) -> None:
        """Add when it began, and the failure."""
        step["started_at"] = rfc3339(self._now + self._offset)
        if step["result"] == "failed":
            step["error"] = message.errors[-1]["message"]

    def keep(self, step: dict[str, object]) -> None:
        """Add a step, or count it."""
        if len(self._steps) < MOST:
            super().keep(step)
        else:
            self._omitted += 1

    def steps(self) -> list[dict[str, object]]:
        """The steps so far; how many there were beyond those that are kept stands last."""
        return [*self._steps, {"omitted_steps": self._omitted}] if self._omitted else self._steps

    def audit_trail(self) -> list[dict[str, Any]]:
        """The tasks that ran, as traces of asynchronous requests show them (behaviour of the original, 3.8)."""
        statuses = {"executed": 200, "halted": 299, "failed": 500}
        return [
            {
                "workflow_id": step["workflow_id"], "task_id": step["task_id"], "timestamp": step["started_at"],
                "status": statuses[str(step["result"])],
            }
            for step in self._steps
            if step["result"] in statuses
        ]  # fmt: skip
