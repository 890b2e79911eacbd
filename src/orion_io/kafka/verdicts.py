"""What came of a record, and what is kept of it. Pure: knows no store, no topic and no clock."""

from dataclasses import dataclass

from msgspec.structs import replace

from orion_core.protocol import StoreTrace
from orion_io.kafka.deliveries import Delivery
from orion_io.storage import TraceRecord
from orion_io.storage.attempts import attempts_with

FAILED = "processing_failed"
TOO_LARGE_RESULT = "result_too_large"
UNSTORABLE = "The result holds characters that cannot be stored, or is too large for the database"


@dataclass(frozen=True)
class Verdict:
    """What came of a record.

    Args:
        trace: What the core says.
        reason: A word; "" when all went well.
        mendable: Whether trying again could go better.
    """

    trace: StoreTrace
    reason: str
    mendable: bool

    @property
    def failed(self) -> bool:
        """Whether it failed."""
        return self.trace.status == "failed"

    @property
    def error(self) -> str:
        """Why it failed."""
        return self.trace.error_message or ""


def verdict_on(trace: StoreTrace, max_result: int) -> Verdict:
    """What came of the work on a record; a result that is too large to be kept is a failure no other try would mend.

    Args:
        trace: What the core says.
        max_result: Bytes of the largest result that is kept; 0 for any.
    """
    result = trace.result_json
    if result is not None and 0 < max_result < len(result):
        text = f"Result size {len(result)} bytes exceeds limit of {max_result} bytes"
        return Verdict(_failed(trace, text), TOO_LARGE_RESULT, mendable=False)
    return Verdict(trace, FAILED if trace.status == "failed" else "", mendable=True)


def _failed(trace: StoreTrace, error: str) -> StoreTrace:
    return StoreTrace(
        trace.id, trace.request_id, trace.channel, trace.channel_id, trace.channel_version, trace.mode, "failed",
        trace.input_json, None, error, trace.started_at, trace.steps_json,
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Circumstances:
    """Who worked on a record, and when.

    Args:
        owner: The process.
        taken_at: When it was taken up, microseconds since the epoch, UTC.
        ended_at: When it had its outcome, the same.
        duration_ms: How long that took.
        metadata_json: What was known of it.
    """

    owner: str
    taken_at: int
    ended_at: int
    duration_ms: float
    metadata_json: bytes


def record_of(verdict: Verdict, around: Circumstances) -> TraceRecord:
    """What is kept of a record."""
    trace, came = verdict.trace, verdict.trace.input_json
    attempts = attempts_with(
        None, number=1, owner=around.owner, started_at=around.taken_at, ended_at=around.ended_at,
        outcome=trace.status, error=trace.error_message,
    )  # fmt: skip
    return TraceRecord(
        id=trace.id, request_id=trace.request_id, channel=trace.channel, channel_id=trace.channel_id or None,
        channel_version=trace.channel_version, mode=trace.mode, status=trace.status,
        error_message=trace.error_message, attempts=1, duration_ms=round(around.duration_ms, 3),
        started_at=int(trace.started_at * 1_000_000), completed_at=around.ended_at, created_at=around.taken_at,
        updated_at=around.ended_at, input_json=None if came is None else bytes(came),
        metadata_json=around.metadata_json, result_json=trace.result_json, steps_json=trace.steps_json,
        attempts_json=attempts.encode(),
    )  # fmt: skip


def smaller(record: TraceRecord, delivery: Delivery) -> TraceRecord:
    """What is kept where the database cannot hold all: without the result; then without what came."""
    if record.result_json is not None or record.steps_json is not None:
        return replace(record, status="failed", error_message=UNSTORABLE, result_json=None, steps_json=None)
    place = f"{delivery.topic}/{delivery.partition}/{delivery.offset}"
    return replace(record, error_message=f"{UNSTORABLE}; it lies at {place}", input_json=None, metadata_json=None)
