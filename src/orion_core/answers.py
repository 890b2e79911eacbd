"""The words of a failed answer: the documented envelope, and the finer facts beside it. Knows no execution."""

from orion_core.failures import DEFINITION_INVALID, WORKFLOW_INACTIVE, Failure
from orion_core.snapshot import Channel


def fault_of(channel: Channel) -> Failure:
    """Why a channel that was activated cannot run now."""
    if channel.fault == "inactive":
        return Failure(WORKFLOW_INACTIVE, f"Channel '{channel.name}' has no active workflow")
    return Failure(DEFINITION_INVALID, f"Channel '{channel.name}' cannot run: its definition is invalid")


def envelope(failure: Failure) -> dict[str, object]:
    """The documented error object, with the finer words beside it."""
    error: dict[str, object] = {
        "code": failure.kind.code, "message": failure.message, "reason": failure.kind.reason,
        "retryable": failure.kind.retryable,
    }  # fmt: skip
    if failure.workflow_id is not None:
        error["workflow_id"] = failure.workflow_id
    if failure.task_id is not None:
        error["task_id"] = failure.task_id
    return error


def retry_headers(failure: Failure) -> tuple[tuple[str, str], ...]:
    """`Retry-After` on a 503 (RFC 9110 section 10.2.3)."""
    return (("retry-after", "1"),) if failure.kind.status == 503 else ()
