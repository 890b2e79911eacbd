"""Records for the tests with as little said as each test needs, and short ways into a store."""

from typing import Any

from orion_io.storage import (
    AuditRecord,
    ChannelRecord,
    ConnectorRecord,
    DeadLetterRecord,
    Page,
    Store,
    TraceRecord,
    WorkflowRecord,
)

EVERYTHING = Page(1000, 0)
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
    given: dict[str, Any] = {"trace_id": letter_id, "channel": "orders", "payload_json": b"{}", "error_message": "no"}
    given |= {"max_retries": 5, "next_retry_at": 2, "created_at": 1, "updated_at": 1}
    return DeadLetterRecord(**{**given, **members}, id=letter_id)


async def versions_of(store: Store, workflow_id: str) -> list[tuple[int, str, int]]:
    async with store.read() as tx:
        rows = await tx.workflows.versions(workflow_id, EVERYTHING)
    return [(row.version, row.status, row.rollout_percentage) for row in rows.rows]


async def activate_versions(store: Store, shares: list[int | None], workflow_id: str = "order-flow") -> None:
    """Create a workflow and activate one version after the other with these shares."""
    for number, share in enumerate(shares):
        async with store.write() as tx:
            if number:
                await tx.workflows.new_version(workflow_id, now=10 + number)
            else:
                await tx.workflows.create(workflow(workflow_id))
            await tx.workflows.activate(workflow_id, share, now=20 + number)


async def generation_of(store: Store) -> int:
    async with store.read() as tx:
        return await tx.generation.current()
