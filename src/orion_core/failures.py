"""The table of failures: word, status, documented code, and whether a retry may help. Knows nothing that fails.

`code` is one of the documented error codes; `reason` is the finer word beside it (docs/errors.md lists both).
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Kind:
    """A row of the table."""

    reason: str
    status: int
    code: str
    retryable: bool


@dataclass(frozen=True)
class Failure:
    """One failure: its kind, what the caller may read, what only the operator may, and when trying again may help."""

    kind: Kind
    message: str
    detail: str = ""
    task_id: str | None = None
    workflow_id: str | None = None
    retry_after: float = 0.0  # seconds


INVALID_JSON: Final = Kind("invalid_json", 400, "BAD_REQUEST", retryable=False)
INVALID_PATH: Final = Kind("invalid_path", 400, "BAD_REQUEST", retryable=False)
INVALID_DATA: Final = Kind("invalid_data", 400, "BAD_REQUEST", retryable=False)
VALIDATION_FAILED: Final = Kind("validation_failed", 400, "BAD_REQUEST", retryable=False)
INVALID_KEY: Final = Kind("invalid_idempotency_key", 400, "BAD_REQUEST", retryable=False)
ORIGIN_REFUSED: Final = Kind("origin_not_allowed", 403, "FORBIDDEN", retryable=False)
NO_ROUTE: Final = Kind("no_route", 404, "NOT_FOUND", retryable=False)
METHOD_NOT_ALLOWED: Final = Kind("method_not_allowed", 405, "METHOD_NOT_ALLOWED", retryable=False)
DUPLICATE: Final = Kind("duplicate_request", 409, "CONFLICT", retryable=False)
IN_FLIGHT: Final = Kind("request_in_flight", 409, "CONFLICT", retryable=True)
PAYLOAD_TOO_LARGE: Final = Kind("payload_too_large", 413, "PAYLOAD_TOO_LARGE", retryable=False)
UNSUPPORTED_MEDIA_TYPE: Final = Kind("unsupported_media_type", 415, "UNSUPPORTED_MEDIA_TYPE", retryable=False)
KEY_REUSED: Final = Kind("idempotency_key_reused", 422, "UNPROCESSABLE_CONTENT", retryable=False)
RATE_LIMITED: Final = Kind("rate_limited", 429, "RATE_LIMITED", retryable=True)
CANCELLED: Final = Kind("client_closed", 499, "CLIENT_CLOSED_REQUEST", retryable=True)
TASK_FAILED: Final = Kind("task_failed", 500, "INTERNAL_ERROR", retryable=False)
CONNECTOR_MISSING: Final = Kind("connector_missing", 500, "INTERNAL_ERROR", retryable=False)
CONNECTOR_FAILED: Final = Kind("connector_failed", 500, "INTERNAL_ERROR", retryable=True)
CONNECTOR_REFUSED: Final = Kind("connector_refused", 500, "INTERNAL_ERROR", retryable=False)
ADDRESS_REFUSED: Final = Kind("address_refused", 500, "INTERNAL_ERROR", retryable=False)
LOGIC_FAILED: Final = Kind("logic_failed", 500, "INTERNAL_ERROR", retryable=False)
LIMIT_EXCEEDED: Final = Kind("limit_exceeded", 500, "INTERNAL_ERROR", retryable=False)
CALL_REFUSED: Final = Kind("channel_call_refused", 500, "INTERNAL_ERROR", retryable=False)
INTERNAL: Final = Kind("internal", 500, "INTERNAL_ERROR", retryable=False)
UNAVAILABLE: Final = Kind("unavailable", 503, "SERVICE_UNAVAILABLE", retryable=True)
AT_CAPACITY: Final = Kind("at_capacity", 503, "SERVICE_UNAVAILABLE", retryable=True)
QUEUE_FULL: Final = Kind("queue_full", 503, "SERVICE_UNAVAILABLE", retryable=True)
STORAGE_UNAVAILABLE: Final = Kind("storage_unavailable", 503, "SERVICE_UNAVAILABLE", retryable=True)
CIRCUIT_OPEN: Final = Kind("circuit_open", 503, "SERVICE_UNAVAILABLE", retryable=True)
DEDUPLICATION_UNAVAILABLE: Final = Kind("deduplication_unavailable", 503, "DEDUP_UNAVAILABLE", retryable=True)
LIMITER_UNAVAILABLE: Final = Kind("limiter_unavailable", 503, "SERVICE_UNAVAILABLE", retryable=True)
WORKFLOW_INACTIVE: Final = Kind("workflow_inactive", 503, "SERVICE_UNAVAILABLE", retryable=True)
DEFINITION_INVALID: Final = Kind("definition_invalid", 503, "SERVICE_UNAVAILABLE", retryable=False)
TIMEOUT: Final = Kind("timeout", 504, "TIMEOUT", retryable=True)

KINDS: Final = {
    kind.reason: kind
    for kind in (
        INVALID_JSON, INVALID_PATH, INVALID_DATA, INVALID_KEY, VALIDATION_FAILED, ORIGIN_REFUSED, NO_ROUTE,
        METHOD_NOT_ALLOWED, DUPLICATE, IN_FLIGHT, PAYLOAD_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE, KEY_REUSED, RATE_LIMITED,
        CANCELLED, TASK_FAILED, CONNECTOR_MISSING, CONNECTOR_FAILED,
        CONNECTOR_REFUSED, ADDRESS_REFUSED, LOGIC_FAILED, LIMIT_EXCEEDED, CALL_REFUSED, INTERNAL, UNAVAILABLE,
        AT_CAPACITY, QUEUE_FULL, STORAGE_UNAVAILABLE, CIRCUIT_OPEN, DEDUPLICATION_UNAVAILABLE,
        LIMITER_UNAVAILABLE, WORKFLOW_INACTIVE, DEFINITION_INVALID, TIMEOUT,
    )
}  # fmt: skip


def kind_of(reason: str) -> Kind:
    """The row for a `Failed.code` that a driver reported; unknown words are a failed task."""
    return KINDS.get(reason, TASK_FAILED)
