"""What outlives a restart: definitions, traces, dead letters, the audit log. Knows no HTTP and no engine."""

from orion_io.storage.errors import (
    Conflict,
    DraftExists,
    IdTaken,
    NameTaken,
    NoActive,
    NoDraft,
    NotFound,
    StorageError,
    StorageUnavailable,
    StoreError,
    Unstorable,
)
from orion_io.storage.opening import open_store
from orion_io.storage.queries import (
    CHANNEL_SORTS,
    TRACE_SORTS,
    WORKFLOW_SORTS,
    AuditFilter,
    ChannelFilter,
    Page,
    Rows,
    Sort,
    TraceFilter,
    WorkflowFilter,
)
from orion_io.storage.records import (
    AuditRecord,
    ChannelRecord,
    ConnectorRecord,
    DeadLetterRecord,
    Status,
    TraceRecord,
    WorkflowRecord,
)
from orion_io.storage.store import Store, Transaction
from orion_io.storage.trace_writer import TraceWriter

__all__ = [
    "CHANNEL_SORTS",
    "TRACE_SORTS",
    "WORKFLOW_SORTS",
    "AuditFilter",
    "AuditRecord",
    "ChannelFilter",
    "ChannelRecord",
    "Conflict",
    "ConnectorRecord",
    "DeadLetterRecord",
    "DraftExists",
    "IdTaken",
    "NameTaken",
    "NoActive",
    "NoDraft",
    "NotFound",
    "Page",
    "Rows",
    "Sort",
    "Status",
    "StorageError",
    "StorageUnavailable",
    "Store",
    "StoreError",
    "TraceFilter",
    "TraceRecord",
    "TraceWriter",
    "Transaction",
    "Unstorable",
    "WorkflowFilter",
    "WorkflowRecord",
    "open_store",
]
