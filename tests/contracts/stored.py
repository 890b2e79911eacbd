"""Records for the tests, with as little said as each test needs."""

from typing import Any

from orion_io.storage import (
    AuditRecord,
    ChannelRecord,
    ConnectorRecord,
    DeadLetterRecord,
    TraceRecord,
    WorkflowRecord,
)

TASKS = [{"id": "t1", "function": {"name": "log", "input": {"message": "hi"}}}]


def workflow(workflow_id: str = "order-flow", **members: Any) -> WorkflowRecord:
    return WorkflowRecord(
        **{"name": workflow_id, "tasks": TASKS, "created_at": 1, "updated_at": 1, **members},
        workflow_id=workflow_id,
    )


def channel(channel_id: str = "orders", **members: Any) -> ChannelRecord:
    given = {"name": channel_id, "channel_type": "sync", "protocol": "rest", "created_at": 1, "updated_at": 1}
    return ChannelRecord(**{**given, **members}, channel_id=channel_id)


def connector(connector_id: str = "stock", **members: Any) -> ConnectorRecord:
    given = {"name": connector_id, "connector_type": "http", "created_at": 1, "updated_at": 1}
    return ConnectorRecord(**{**given, **members}, id=connector_id)


def trace(trace_id: str, **members: Any) -> TraceRecord:
    given = {"request_id": trace_id, "channel": "orders", "created_at": 1, "updated_at": 1}
    return TraceRecord(**{**given, **members}, id=trace_id)


def audit_entry(entry_id: str, **members: Any) -> AuditRecord:
    given = {"principal": "ann", "action": "create", "resource_type": "workflow", "resource_id": "w"}
    return AuditRecord(**{**given, "created_at": 1, **members}, id=entry_id)


def dead_letter(letter_id: str, **members: Any) -> DeadLetterRecord:
    given: dict[str, Any] = {"trace_id": "t", "channel": "orders", "payload_json": b"{}", "error_message": "no"}
    given |= {"max_retries": 5, "next_retry_at": 2, "created_at": 1, "updated_at": 1}
    return DeadLetterRecord(**{**given, **members}, id=letter_id)
