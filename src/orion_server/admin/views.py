"""Records as the API shows them, declared once: what is encoded is what the API documents describe. Reads no store."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import UNSET, Meta, UnsetType

from orion_core import Problem, encode, mask
from orion_core.definitions import Status
from orion_io.storage import AuditRecord, ChannelRecord, ConnectorRecord, TraceRecord, WorkflowRecord

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
    duration_ms: float | None
    started_at: Instant | None
    completed_at: Instant | None
    created_at: Instant
    updated_at: Instant


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
    error: Annotated[str | None, Meta(description="Why it failed.")] = None
    steps: Annotated[Any, Meta(description="Which tasks ran, where that was recorded.")] = None
    started_at: Instant | None = None
    completed_at: Instant | None = None
    duration_ms: float | None = None


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


def trace_row(record: TraceRecord, *, documents: bool) -> TraceRow:
    """A trace as a list shows it."""
    input_json = _text(record.input_json) if documents else UNSET
    result_json = _text(record.result_json) if documents else UNSET
    return _view(record, TraceRow, input_json=input_json, result_json=result_json)


def trace_view(record: TraceRecord) -> TraceView:
    """A trace as it is shown alone: its result is the JSON it was."""
    return _view(
        record,
        TraceView,
        message=_raw(record.result_json) if record.status == "completed" else None,
        error=record.error_message if record.status == "failed" else None,
        steps=_raw(record.steps_json),
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


def _text(document: bytes | None) -> str | None:
    return None if document is None else document.decode("utf-8", "replace")


def _raw(document: bytes | None) -> msgspec.Raw | None:
    return None if document is None else msgspec.Raw(document)
