"""The words of a failed answer: the documented envelope, and the finer facts beside it. Knows no execution."""

from math import ceil

from orion_core.failures import DEFINITION_INVALID, WORKFLOW_INACTIVE, Failure
from orion_core.snapshot import Channel


def fault_of(channel: Channel) -> Failure:
    """Why a channel that was activated cannot run now."""
    if channel.fault == "inactive":
        return Failure(WORKFLOW_INACTIVE, f"Channel '{channel.name}' has no active workflow")
    return Failure(DEFINITION_INVALID, f"Channel '{channel.name}' cannot run: its definition is invalid")


def envelope(failure: Failure, request_id: str) -> dict[str, object]:
    """The documented error object, with the finer words beside it."""
    error: dict[str, object] = {
        "code": failure.kind.code, "message": failure.message, "reason": failure.kind.reason,
        "request_id": request_id, "retryable": failure.kind.retryable,
    }  # fmt: skip
    if failure.workflow_id is not None:
        error["workflow_id"] = failure.workflow_id
    if failure.task_id is not None:
        error["task_id"] = failure.task_id
    return error


def retry_headers(failure: Failure) -> tuple[tuple[str, str], ...]:
    """`Retry-After` where waiting may help (RFC 9110 section 10.2.3): in whole seconds, one at least."""
    if failure.kind.status != 503 and failure.retry_after <= 0:
        return ()
    return (("retry-after", str(max(1, ceil(failure.retry_after)))),)
