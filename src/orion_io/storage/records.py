"""What the store keeps, as values. Knows no database.

Members that hold JSON are parsed values, with the order of object members and the size of integers kept;
members whose names end in `_json` are JSON text nobody looked into. Every instant is microseconds since the
epoch, UTC.
"""

from typing import Literal

import msgspec

Status = Literal["draft", "active", "archived"]


class WorkflowRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a workflow.

    `rollout_percentage` is its share of requests while it is active; `rollout_key` is the JSONLogic that
    makes the share sticky, None when chance decides.
    """

    workflow_id: str
    version: int = 1
    name: str
    description: str | None = None
    priority: int = 0
    status: Status = "draft"
    rollout_percentage: int = 100
    condition: object = True
    tasks: object
    tags: list[str] = []
    continue_on_error: bool = False
    rollout_key: object = None
    created_at: int
    updated_at: int


class ChannelRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a channel. `workflow_ids` names several workflows, None when `workflow_id` says all."""

    channel_id: str
    version: int = 1
    name: str
    description: str | None = None
    channel_type: str
    protocol: str
    methods: list[str] | None = None
    route_pattern: str | None = None
    topic: str | None = None
    consumer_group: str | None = None
    transport_config: dict[str, object] = {}
    workflow_id: str | None = None
    workflow_ids: list[str] | None = None
    config: dict[str, object] = {}
    status: Status = "draft"
    priority: int = 0
    created_at: int
    updated_at: int


class ConnectorRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A named way to an outside system. `config` holds secrets in the clear: mask it before it is shown."""

    id: str
    name: str
    connector_type: str
    config: dict[str, object] = {}
    enabled: bool = True
    created_at: int
    updated_at: int


class TraceRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one execution, or of one that waits its turn.

    The durable queue takes what waits by `position`, not before `not_before`, and one at a time of what shares an
    `order_key`. Whoever works on it holds it until `lease_until`; `fence` grows with each who does, so that one who
    lost it cannot end it. `attempts` counts them and `attempts_json` tells of them; `crashes` counts those that never
    said how they ended. `size_bytes` is what it weighs while it waits. `duration_ms` is in milliseconds.
    """

    id: str
    request_id: str
    channel: str
    channel_id: str | None = None
    channel_version: int | None = None
    mode: str = "sync"
    status: str = "pending"
    error_message: str | None = None
    attempts: int = 0
    crashes: int = 0
    duration_ms: float | None = None
    fence: int = 0
    lease_owner: str | None = None
    lease_until: int | None = None
    not_before: int | None = None
    position: int | None = None
    size_bytes: int | None = None
    order_key: str | None = None
    started_at: int | None = None
    completed_at: int | None = None
    created_at: int
    updated_at: int
    input_json: bytes | None = None
    metadata_json: bytes | None = None
    result_json: bytes | None = None
    steps_json: bytes | None = None
    attempts_json: bytes | None = None


class DeadLetterRecord(msgspec.Struct, frozen=True, kw_only=True):
    """An asynchronous request that failed: `waiting` for another attempt, `retrying`, or `exhausted` and kept.

    A waiting one is due at `next_retry_at`. What was asked stands here too, so that it outlives its trace; lists leave
    both documents out.
    """

    id: str
    trace_id: str
    channel: str
    payload_json: bytes = b""
    metadata_json: bytes = b"{}"
    error_message: str
    status: Literal["waiting", "retrying", "exhausted"] = "waiting"
    retry_count: int = 0
    max_retries: int
    next_retry_at: int
    created_at: int
    updated_at: int


class AuditRecord(msgspec.Struct, frozen=True, kw_only=True):
    """An admin's act, done or refused. `details` says what changed, with secrets masked by its writer."""

    id: str
    principal: str
    action: str
    resource_type: str
    resource_id: str
    outcome: Literal["done", "refused"] = "done"
    details: object = None
    request_id: str | None = None
    created_at: int


class InstanceRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A server that uses the store, and which generation it runs. Both instants are of its own clock."""

    id: str
    version: str
    started_at: int
    seen_at: int
    generation: int
