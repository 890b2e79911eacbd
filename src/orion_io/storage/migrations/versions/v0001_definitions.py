"""definitions, traces, dead letters and the audit log

Written out rather than taken from the schema module, which will have moved on by the time somebody runs this.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

DRAFT = sa.text("status = 'draft'")
ACTIVE = sa.text("status = 'active'")
WAITING = sa.text("status IN ('pending', 'running')")


def upgrade() -> None:
    """Create every table."""
    _workflows()
    _channels()
    _connectors()
    _traces()
    _dead_letters()
    _audit_logs()
    _generation()


def downgrade() -> None:
    """Remove every table, and all that was kept."""
    for table in ("generation", "audit_logs", "trace_dlq", "traces", "connectors", "channels", "workflows"):
        op.drop_table(table)


def _workflows() -> None:
    op.create_table(
        "workflows",
        sa.Column("workflow_id", sa.String(128), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("description", sa.Text),
        sa.Column("priority", sa.BigInteger, nullable=False),
        sa.Column("status", sa.String(64), nullable=False),
        sa.Column("rollout_percentage", sa.Integer, nullable=False),
        sa.Column("continue_on_error", sa.Boolean, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
        sa.Column("tags_json", sa.Text, nullable=False),
        sa.Column("condition_json", sa.Text, nullable=False),
        sa.Column("rollout_key_json", sa.Text),
        sa.Column("tasks_json", sa.Text, nullable=False),
    )
    _unique("workflows_one_draft", "workflows", "workflow_id", DRAFT)
    op.create_index("workflows_status", "workflows", ["status"])


def _channels() -> None:
    op.create_table(
        "channels",
        sa.Column("channel_id", sa.String(128), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("description", sa.Text),
        sa.Column("channel_type", sa.String(64), nullable=False),
        sa.Column("protocol", sa.String(64), nullable=False),
        sa.Column("methods_json", sa.Text),
        sa.Column("route_pattern", sa.String(2048)),
        sa.Column("topic", sa.String(255)),
        sa.Column("consumer_group", sa.String(255)),
        sa.Column("workflow_id", sa.String(128)),
        sa.Column("workflow_ids_json", sa.Text),
        sa.Column("status", sa.String(64), nullable=False),
        sa.Column("priority", sa.BigInteger, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
        sa.Column("transport_config_json", sa.Text, nullable=False),
        sa.Column("config_json", sa.Text, nullable=False),
    )
    _unique("channels_one_draft", "channels", "channel_id", DRAFT)
    _unique("channels_one_active", "channels", "channel_id", ACTIVE)
    _unique("channels_active_name", "channels", "name", ACTIVE)
    op.create_index("channels_status", "channels", ["status"])


def _connectors() -> None:
    op.create_table(
        "connectors",
        sa.Column("id", sa.String(128), primary_key=True),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("connector_type", sa.String(64), nullable=False),
        sa.Column("enabled", sa.Boolean, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
        sa.Column("config_json", sa.Text, nullable=False),
    )
    op.create_index("connectors_name", "connectors", ["name"], unique=True)


def _traces() -> None:
    op.create_table(
        "traces",
        sa.Column("id", sa.String(128), primary_key=True),
        sa.Column("request_id", sa.String(255), nullable=False),
        sa.Column("channel", sa.String(255), nullable=False),
        sa.Column("channel_id", sa.String(128)),
        sa.Column("channel_version", sa.Integer),
        sa.Column("mode", sa.String(64), nullable=False),
        sa.Column("status", sa.String(64), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("duration_ms", sa.Float),
        sa.Column("fence", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("lease_owner", sa.String(255)),
        sa.Column("lease_until", sa.BigInteger),
        sa.Column("not_before", sa.BigInteger),
        sa.Column("order_key", sa.String(255)),
        sa.Column("started_at", sa.BigInteger),
        sa.Column("completed_at", sa.BigInteger),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
        sa.Column("error_message", sa.Text),
        sa.Column("input_json", sa.Text),
        sa.Column("metadata_json", sa.Text),
        sa.Column("result_json", sa.Text),
        sa.Column("steps_json", sa.Text),
    )
    op.create_index("traces_created", "traces", ["created_at"])
    op.create_index("traces_channel_created", "traces", ["channel", "created_at"])
    op.create_index(
        "traces_waiting", "traces", ["status", "not_before"], sqlite_where=WAITING, postgresql_where=WAITING
    )


def _dead_letters() -> None:
    op.create_table(
        "trace_dlq",
        sa.Column("id", sa.String(128), primary_key=True),
        sa.Column("trace_id", sa.String(128), nullable=False),
        sa.Column("channel", sa.String(255), nullable=False),
        sa.Column("status", sa.String(64), nullable=False),
        sa.Column("retry_count", sa.Integer, nullable=False),
        sa.Column("max_retries", sa.Integer, nullable=False),
        sa.Column("next_retry_at", sa.BigInteger, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
        sa.Column("error_message", sa.Text, nullable=False),
        sa.Column("payload_json", sa.Text, nullable=False),
        sa.Column("metadata_json", sa.Text, nullable=False),
    )
    op.create_index("trace_dlq_retry", "trace_dlq", ["status", "next_retry_at"])


def _audit_logs() -> None:
    op.create_table(
        "audit_logs",
        sa.Column("id", sa.String(128), primary_key=True),
        sa.Column("principal", sa.String(255), nullable=False),
        sa.Column("action", sa.String(64), nullable=False),
        sa.Column("resource_type", sa.String(64), nullable=False),
        sa.Column("resource_id", sa.String(255), nullable=False),
        sa.Column("outcome", sa.String(64), nullable=False),
        sa.Column("request_id", sa.String(255)),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("details_json", sa.Text),
    )
    op.create_index("audit_logs_created", "audit_logs", ["created_at"])
    op.create_index("audit_logs_resource", "audit_logs", ["resource_type", "resource_id"])


def _generation() -> None:
    table = op.create_table(
        "generation",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("number", sa.BigInteger, nullable=False),
    )
    op.bulk_insert(table, [{"id": 1, "number": 0}])


# Partial on SQLite and PostgreSQL. MySQL has no partial indexes: a generated column takes their place there.
def _unique(name: str, table: str, column: str, where: sa.TextClause) -> None:
    op.create_index(name, table, [column], unique=True, sqlite_where=where, postgresql_where=where)
