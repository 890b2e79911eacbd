"""Records as the API shows them, declared once: what is encoded is what the API documents describe. Reads no store."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, TypeVar
from urllib.parse import quote

import msgspec
from msgspec import UNSET, Meta, UnsetType

from orion_core import Problem, encode, mask
from orion_core.definitions import Status
from orion_io.storage import (
    AuditRecord,
    ChannelRecord,
    ConnectorRecord,
    DeadLetterRecord,
    InstanceRecord,
    TraceRecord,
    WorkflowRecord,
)

TRACE_PARTS = ("steps", "attempts", "input", "metadata")  # what a trace is shown with when it is asked for
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Instant = Annotated[str, Meta(description="UTC without an offset; a fraction only when there is one.")]


class View(msgspec.Struct, frozen=True, kw_only=True):
    """Base of everything shown; members stand in the order of their declaration."""


V = TypeVar("V", bound=View)


class WorkflowView(View, frozen=True, kw_only=True):
    """One version of a workflow."""

    workflow_id: str
    version: int
    name: str
    description: str | None
    priority: int
    status: Status
    rollout_percentage: Annotated[int, Meta(description="Its share of a hundred requests while it is active.")]
    condition: Any
    tasks: list[dict[str, Any]]
    tags: list[str]
    continue_on_error: bool
    rollout_key: Any
    created_at: Instant
    updated_at: Instant


class ChannelView(View, frozen=True, kw_only=True):
    """One version of a channel; `config` holds what was given."""

    channel_id: str
    version: int
    name: str
    description: str | None
    channel_type: str
    protocol: str
    methods: list[str] | None
    route_pattern: str | None
    topic: str | None
    consumer_group: str | None
    transport_config: dict[str, Any]
    workflow_id: str | None
    workflow_ids: list[str] | None
    config: dict[str, Any]
    status: Status
    priority: int
    created_at: Instant
    updated_at: Instant


class ConnectorView(View, frozen=True, kw_only=True):
    """A connector, its secrets masked."""

    id: str
    name: str
    connector_type: str
    config: Annotated[dict[str, Any], Meta(description="Secrets are `******`; sent back, they stay as they are.")]
    config_json: Annotated[str, Meta(description="The same as JSON text, for older clients.")]
    enabled: bool
    created_at: Instant
    updated_at: Instant


class ConnectorCopy(View, frozen=True, kw_only=True):
    """A connector in an export or a backup, its secrets masked."""

    id: str
    name: str
    connector_type: str
    config: Annotated[dict[str, Any], Meta(description="Secrets are `******`.")]
    enabled: bool
    created_at: Instant
    updated_at: Instant


class TraceRow(View, frozen=True, kw_only=True):
    """A trace in a list; its documents stand there in short lists only."""

    id: str
    request_id: str
    channel: str
    channel_id: str | None
    mode: str
    status: str
    input_json: str | UnsetType | None = UNSET
    result_json: str | UnsetType | None = UNSET
    error_message: str | None
    attempts: Annotated[int, Meta(description="How often it was worked on; 0 for what is never tried again.")]
    duration_ms: float | None
    started_at: Instant | None
    completed_at: Instant | None
    created_at: Instant
    updated_at: Instant


class DeadLetterState(View, frozen=True, kw_only=True, omit_defaults=True):
    """What becomes of a trace that failed."""

    id: str
    status: Annotated[str, Meta(description="`waiting`, `retrying` or `exhausted`.")]
    retry_count: int
    max_retries: int
    next_retry_at: Annotated[Instant | None, Meta(description="When it is tried again, while it waits for that.")] = (
        None
    )


class TraceView(View, frozen=True, kw_only=True, omit_defaults=True):
    """One trace; members it has no value for are left out."""

    id: str
    request_id: str
    channel: str
    channel_id: str | None = None
    channel_version: int | None = None
    status: str
    mode: str
    created_at: Instant
    message: Annotated[Any, Meta(description="What came of it, once it is completed.")] = None
    error: Annotated[str | None, Meta(description="Why it failed, or did the last time it was tried.")] = None
    attempts: Annotated[int, Meta(description="How often it was worked on.")] = 0
    attempt_log: Annotated[Any, Meta(description="With `include=attempts`: how each of the last ended.")] = None
    not_before: Annotated[Instant | None, Meta(description="It waits until then.")] = None
    dead_letter: DeadLetterState | None = None
    steps: Annotated[Any, Meta(description="With `include=steps`: which tasks ran, where that was recorded.")] = None
    input: Annotated[Any, Meta(description="With `include=input`: what was asked.")] = None
    metadata: Annotated[Any, Meta(description="With `include=metadata`: what was known of the request.")] = None
    started_at: Instant | None = None
    completed_at: Instant | None = None
    duration_ms: float | None = None


class DeadLetterRow(View, frozen=True, kw_only=True):
    """An asynchronous request that failed."""

    id: str
    trace_id: str
    channel: str
    status: Annotated[str, Meta(description="`waiting` for a retry, `retrying`, or `exhausted` and kept.")]
    error_message: str
    retry_count: int
    max_retries: int
    next_retry_at: Annotated[Instant | None, Meta(description="When it is tried again, while it waits for that.")]
    created_at: Instant
    updated_at: Instant


class DeadLetterView(DeadLetterRow, frozen=True, kw_only=True):
    """One of them, with what was asked and the attempts at it."""

    trace: Annotated[str | None, Meta(description="Where its trace is; null when that is gone.")]
    attempts: int | None
    attempt_log: Any
    payload: Any
    metadata: Any


class AuditView(View, frozen=True, kw_only=True):
    """An admin's act, done or refused."""

    id: str
    principal: str
    action: str
    resource_type: str
    resource_id: str
    outcome: Annotated[str, Meta(description="`done` or `refused`.")]
    details: Any
    request_id: str | None
    created_at: Instant


class InstanceView(View, frozen=True, kw_only=True):
    """A server that uses the database."""

    id: str
    version: str
    started_at: Instant
    seen_at: Annotated[Instant, Meta(description="Its last sign of life; this and its start are of its own clock.")]
    generation: Annotated[int, Meta(description="What it runs, or ran when it gave that sign.")]


class ProblemView(View, frozen=True, kw_only=True, omit_defaults=True):
    """One thing wrong with a document, or doubtful about it."""

    field: Annotated[str, Meta(description="The place, such as `tasks[0].function.name`.")]
    message: str
    pointer: Annotated[str, Meta(description="The place as a JSON pointer (RFC 6901).")]
    expected: str | None = None
    hint: str | None = None


def instant(microseconds: int) -> str:
    """Microseconds since the epoch as UTC text without an offset; a fraction only when there is one."""
    moment = EPOCH + timedelta(microseconds=microseconds)
    text = moment.strftime("%Y-%m-%dT%H:%M:%S")
    return f"{text}.{moment.microsecond:06d}".rstrip("0") if moment.microsecond else text


def workflow_view(record: WorkflowRecord) -> WorkflowView:
    """A workflow version as it is shown, and exported."""
    return _view(record, WorkflowView)


def channel_view(record: ChannelRecord) -> ChannelView:
    """A channel version as it is shown."""
    return _view(record, ChannelView)


def connector_view(record: ConnectorRecord) -> ConnectorView:
    """A connector as it is shown: without its secrets."""
    masked = mask(record.config)
    return _view(record, ConnectorView, config=masked, config_json=encode(masked).decode())


def copy_of(record: ConnectorRecord) -> ConnectorCopy:
    """A connector as it leaves the server: without its secrets."""
    return _view(record, ConnectorCopy, config=mask(record.config))


def audit_view(record: AuditRecord) -> AuditView:
    """An audit entry as it is shown."""
    return _view(record, AuditView)


def instance_view(record: InstanceRecord) -> InstanceView:
    """A server as it is shown."""
    return _view(record, InstanceView)


def trace_row(record: TraceRecord, *, documents: bool) -> TraceRow:
    """A trace as a list shows it."""
    input_json = _text(record.input_json) if documents else UNSET
    result_json = _text(record.result_json) if documents else UNSET
    return _view(record, TraceRow, input_json=input_json, result_json=result_json)


def trace_view(record: TraceRecord, letter: DeadLetterRecord | None = None, parts: Collection[str] = ()) -> TraceView:
    """A trace as it is shown alone: its result is the JSON it was.

    Args:
        record: The trace.
        letter: Its dead letter.
        parts: Which of TRACE_PARTS to show.
    """
    waits = record.status == "pending" and record.not_before is not None
    return _view(
        record,
        TraceView,
        message=_message(record) if record.status == "completed" else None,
        error=None if record.status == "completed" else record.error_message,
        attempt_log=_raw(record.attempts_json) if "attempts" in parts else None,
        not_before=instant(record.not_before or 0) if waits else None,
        dead_letter=None if letter is None else _view(letter, DeadLetterState, next_retry_at=_due(letter)),
        steps=_raw(record.steps_json) if "steps" in parts else None,
        input=_raw(record.input_json) if "input" in parts else None,
        metadata=_raw(record.metadata_json) if "metadata" in parts else None,
    )


def _message(record: TraceRecord) -> Any:
    """What came of a request: the answer as it was given, or the whole message of one that was worked on later.

    The message's payload is kept once, as what was asked.
    """
    if record.mode != "async" or record.result_json is None:
        return _raw(record.result_json)
    members = msgspec.json.decode(record.result_json, type=dict[str, msgspec.Raw])
    return {"id": record.id, "payload": _raw(record.input_json), **members}


def dead_letter_row(record: DeadLetterRecord) -> DeadLetterRow:
    """A dead letter as a list shows it."""
    return _view(record, DeadLetterRow, next_retry_at=_due(record))


def dead_letter_view(record: DeadLetterRecord, trace: TraceRecord | None) -> DeadLetterView:
    """A dead letter as it is shown alone."""
    return _view(
        record,
        DeadLetterView,
        next_retry_at=_due(record),
        trace=None if trace is None else f"/api/v1/data/traces/{quote(trace.id, safe='')}",
        attempts=None if trace is None else trace.attempts,
        attempt_log=None if trace is None else _raw(trace.attempts_json),
        payload=_raw(record.payload_json),
        metadata=_raw(record.metadata_json),
    )


def problem_view(problem: Problem) -> ProblemView:
    """A problem as reports show it."""
    return _view(problem, ProblemView)


def _view(record: object, kind: type[V], **own: object) -> V:
    """The view of a record: members of the same names, instants as text, and what is its own."""
    members: dict[str, object] = {}
    for name in kind.__struct_fields__:
        value = own[name] if name in own else getattr(record, name)
        members[name] = instant(value) if name.endswith("_at") and isinstance(value, int) else value
    return kind(**members)


def _due(record: DeadLetterRecord) -> str | None:
    """When it is tried again; what is under way or given up has no such instant."""
    return instant(record.next_retry_at) if record.status == "waiting" else None


def _text(document: bytes | None) -> str | None:
    return None if document is None else document.decode("utf-8", "replace")


def _raw(document: bytes | None) -> msgspec.Raw | None:
    return None if document is None else msgspec.Raw(document)
