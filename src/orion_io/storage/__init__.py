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
from orion_io.storage.file_copies import FileCopies, Uncopyable
from orion_io.storage.opening import files_of, open_store
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
from orion_io.storage.raw import RawConnect, RawConnection, RawError, RawRefused, RawUnavailable
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
    "FileCopies",
    "IdTaken",
    "NameTaken",
    "NoActive",
    "NoDraft",
    "NotFound",
    "Page",
    "RawConnect",
    "RawConnection",
    "RawError",
    "RawRefused",
    "RawUnavailable",
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
    "Uncopyable",
    "Unstorable",
    "WorkflowFilter",
    "WorkflowRecord",
    "files_of",
    "open_store",
]
