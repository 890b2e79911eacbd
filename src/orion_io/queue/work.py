"""From a claim to a job, and from what came of it to an ending. Knows neither ledger nor driver."""

from dataclasses import dataclass, replace
from typing import Any

import msgspec

from orion_core.protocol import Job, Request, StoreTrace
from orion_io.storage.attempts import attempts_with
from orion_io.storage.queue_rows import Claim, Ending

ENTROPY_DIGITS = 8  # hexadecimal, of a trace's id: drawn by chance, so that every attempt meets the same versions


@dataclass(frozen=True)
class Work:
    """What was done.

    Args:
        claim: On which request.
        owner: By whom.
        took_ms: How long it took.
        ended_at: Microseconds since the epoch, UTC.
    """

    claim: Claim
    owner: str
    took_ms: float
    ended_at: int


def job_of(claim: Claim, deadline: float, wall: float) -> Job:
    """The job of a claim.

    Args:
        claim: What is to be worked on.
        deadline: Monotonic instant by which it must be done, seconds.
        wall: The instant at which the work begins, Unix seconds.
    """
    metadata: dict[str, Any] = msgspec.json.decode(claim.metadata_json)
    method = str(metadata.get("http_method", ""))
    entropy = int(claim.id[-ENTROPY_DIGITS:], 16) if _is_hexadecimal(claim.id) else 0
    request = Request(claim.id, claim.request_id, method, "", "", {}, b"", "", wall, entropy)
    return Job(request, claim.channel, claim.channel_id, claim.input_json.encode(), metadata, True, deadline)


def ending_of(work: Work, trace: StoreTrace, max_result: int) -> Ending:
    """How an attempt ended; a result that is too large to be kept is a failure that no other try would mend."""
    result, error, dead_letter = trace.result_json, trace.error_message, trace.status == "failed"
    status = trace.status
    if result is not None and 0 < max_result < len(result):
        error = f"Result size {len(result)} bytes exceeds limit of {max_result} bytes"
        status, result, dead_letter = "failed", None, False
    return Ending(
        claim=work.claim,
        status=status,
        channel_version=trace.channel_version,
        result_json=None if result is None else result.decode(),
        error_message=error,
        steps_json=None if trace.steps_json is None else trace.steps_json.decode(),
        attempts_json=_attempts(work.claim, work.owner, work.ended_at, status, error),
        duration_ms=round(work.took_ms, 3),
        completed_at=work.ended_at,
        dead_letter=dead_letter,
    )


def failed_trace(job: Job, error: str) -> StoreTrace:
    """What is to be kept of work that came to no end of its own."""
    request = job.request
    return StoreTrace(
        request.id, request.request_id, job.channel, job.channel_id, None, "async", "failed", job.payload, None, error,
        request.received_at,
    )  # fmt: skip


def unstorable(ending: Ending) -> Ending:
    """The ending of work whose outcome no database column can hold."""
    return replace(
        ending, status="failed", result_json=None, steps_json=None, dead_letter=False,
        error_message="The result holds characters that cannot be stored, or is too large for the database",
    )  # fmt: skip


def interrupted_attempts(claim: Claim, owner: str, ended_at: int) -> str:
    """The attempts, of which the last was cut short."""
    return _attempts(claim, owner, ended_at, "interrupted", None)


def _attempts(claim: Claim, owner: str, ended_at: int, outcome: str, error: str | None) -> str:
    return attempts_with(
        claim.attempts_json, number=claim.attempt, owner=owner, started_at=claim.started_at, ended_at=ended_at,
        outcome=outcome, error=error,
    )  # fmt: skip


def _is_hexadecimal(identity: str) -> bool:
    return all(digit in "0123456789abcdef" for digit in identity[-ENTROPY_DIGITS:])
