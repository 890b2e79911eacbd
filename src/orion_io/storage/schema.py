"""The tables. Knows no driver: written to hold on SQLite, PostgreSQL and MySQL alike.

Keys have lengths, because MySQL wants them for an index; documents are JSON text; instants are microseconds
since the epoch, UTC, in 64 bits: they sort, compare and survive every database unchanged. Column keys are the
members of the records. Documents stand last in their tables, so that SQLite reads the other columns without
touching them. What only the database itself needs (collations, generated columns) is the migrations' to say.
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    text,
)

from orion_io.storage.columns import JsonTags, JsonText, RawJson, Recorded

metadata = MetaData()

ID = 128
NAME = 255
WORD = 64
ROUTE = 2048
INSTANT = BigInteger


def _instants(*names: str) -> list[Column[int]]:
    return [Column(name, INSTANT, nullable=False) for name in names]


workflows = Table(
    "workflows",
    metadata,
    Column("workflow_id", String(ID), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("name", String(NAME), nullable=False),
    Column("description", Text),
    Column("priority", BigInteger, nullable=False),
    Column("status", String(WORD), nullable=False),
    Column("rollout_percentage", Integer, nullable=False),
    Column("continue_on_error", Boolean, nullable=False),
    *_instants("created_at", "updated_at"),
    Column("tags_json", JsonTags(), key="tags", nullable=False),
    Column("condition_json", JsonText(), key="condition", nullable=False),
    Column("rollout_key_json", JsonText(none_is_null=True), key="rollout_key"),
    Column("tasks_json", JsonText(), key="tasks", nullable=False),
)

channels = Table(
    "channels",
    metadata,
    Column("channel_id", String(ID), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("name", String(NAME), nullable=False),
    Column("description", Text),
    Column("channel_type", String(WORD), nullable=False),
    Column("protocol", String(WORD), nullable=False),
    Column("methods_json", JsonText(none_is_null=True), key="methods"),
    Column("route_pattern", String(ROUTE)),
    Column("topic", String(NAME)),
    Column("consumer_group", String(NAME)),
    Column("workflow_id", String(ID)),
    Column("workflow_ids_json", JsonText(none_is_null=True), key="workflow_ids"),
    Column("status", String(WORD), nullable=False),
    Column("priority", BigInteger, nullable=False),
    *_instants("created_at", "updated_at"),
    Column("transport_config_json", JsonText(), key="transport_config", nullable=False),
    Column("config_json", JsonText(), key="config", nullable=False),
)

# One draft of a thing, one active version of a channel, one active channel of a name. These are partial
# indexes on SQLite and PostgreSQL; MySQL has none, and takes a generated column there that is NULL outside
# the status. Keyword arguments of Index differ by database, hence Any.
DRAFT: dict[str, Any] = {
    "sqlite_where": text("status = 'draft'"),
    "postgresql_where": text("status = 'draft'"),
}
ACTIVE: dict[str, Any] = {
    "sqlite_where": text("status = 'active'"),
    "postgresql_where": text("status = 'active'"),
}
Index("workflows_one_draft", workflows.c.workflow_id, unique=True, **DRAFT)
Index("workflows_status", workflows.c.status)
Index("channels_one_draft", channels.c.channel_id, unique=True, **DRAFT)
Index("channels_one_active", channels.c.channel_id, unique=True, **ACTIVE)
Index("channels_active_name", channels.c.name, unique=True, **ACTIVE)
Index("channels_status", channels.c.status)

connectors = Table(
    "connectors",
    metadata,
    Column("id", String(ID), primary_key=True),
    Column("name", String(NAME), nullable=False),
    Column("connector_type", String(WORD), nullable=False),
    Column("enabled", Boolean, nullable=False),
    *_instants("created_at", "updated_at"),
    Column("config_json", JsonText(), key="config", nullable=False),
)
Index("connectors_name", connectors.c.name, unique=True)

traces = Table(
    "traces",
    metadata,
    Column("id", String(ID), primary_key=True),
    Column("request_id", String(NAME), nullable=False),
    Column("channel", String(NAME), nullable=False),
    Column("channel_id", String(ID)),
    Column("channel_version", Integer),
    Column("mode", String(WORD), nullable=False),
    Column("status", String(WORD), nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("crashes", Integer, nullable=False, server_default="0"),
    Column("duration_ms", Float),
    Column("fence", BigInteger, nullable=False, server_default="0"),
    Column("lease_owner", String(NAME)),
    Column("lease_until", INSTANT),
    Column("not_before", INSTANT),
    Column("position", BigInteger),
    Column("size_bytes", BigInteger),
    Column("order_key", String(NAME)),
    Column("started_at", INSTANT),
    Column("completed_at", INSTANT),
    *_instants("created_at", "updated_at"),
    Column("error_message", Recorded()),
    Column("input_json", RawJson()),
    Column("metadata_json", RawJson()),
    Column("result_json", RawJson()),
    Column("steps_json", RawJson()),
    Column("attempts_json", RawJson()),
)
# A row is written for every request, so lists share one index that holds all they filter by. The others hold only what
# still waits or runs: the queue in its order, and each line whose order is kept.
WAITING: dict[str, Any] = {
    "sqlite_where": text("status IN ('pending', 'running')"),
    "postgresql_where": text("status IN ('pending', 'running')"),
}
Index("traces_listed", traces.c.created_at, traces.c.channel, traces.c.status, traces.c.mode)
Index("traces_queue", traces.c.status, traces.c.position, **WAITING)
Index("traces_lines", traces.c.order_key, traces.c.position, **WAITING)

trace_dlq = Table(
    "trace_dlq",
    metadata,
    Column("id", String(ID), primary_key=True),
    Column("trace_id", String(ID), nullable=False),
    Column("channel", String(NAME), nullable=False),
    Column("status", String(WORD), nullable=False),
    Column("retry_count", Integer, nullable=False),
    Column("max_retries", Integer, nullable=False),
    *_instants("next_retry_at", "created_at", "updated_at"),
    Column("error_message", Recorded(), nullable=False),
    Column("payload_json", RawJson(), nullable=False),
    Column("metadata_json", RawJson(), nullable=False),
)
Index("trace_dlq_retry", trace_dlq.c.status, trace_dlq.c.next_retry_at)
Index("trace_dlq_trace", trace_dlq.c.trace_id, unique=True)

audit_logs = Table(
    "audit_logs",
    metadata,
    Column("id", String(ID), primary_key=True),
    Column("principal", String(NAME), nullable=False),
    Column("action", String(WORD), nullable=False),
    Column("resource_type", String(WORD), nullable=False),
    Column("resource_id", String(NAME), nullable=False),
    Column("outcome", String(WORD), nullable=False),
    Column("request_id", String(NAME)),
    *_instants("created_at"),
    Column("details_json", JsonText(none_is_null=True), key="details"),
)
Index("audit_logs_created", audit_logs.c.created_at)
Index("audit_logs_resource", audit_logs.c.resource_type, audit_logs.c.resource_id)

# One row, whose number grows with every change to what the engine runs.
generation = Table(
    "generation",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("number", BigInteger, nullable=False),
)

# A row for each server, written anew every few seconds.
instances = Table(
    "instances",
    metadata,
    Column("id", String(ID), primary_key=True),
    Column("version", String(WORD), nullable=False),
    *_instants("started_at", "seen_at"),
    Column("generation", BigInteger, nullable=False),
)
