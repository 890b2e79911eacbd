"""definitions, traces, dead letters and the audit log

Written out rather than taken from the schema module, which will have moved on by the time somebody runs this.
"""

import sqlalchemy as sa
from alembic import op

from orion_io.storage.migrations.ddl import DOUBLE, LONG, create_index, create_table, create_unique, drop_table, short

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

WAITING = "status IN ('pending', 'running')"


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
        drop_table(table)


def _workflows() -> None:
    create_table(
        "workflows",
        sa.Column("workflow_id", short(128), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("name", short(255), nullable=False),
        sa.Column("description", LONG),
        sa.Column("priority", sa.BigInteger, nullable=False),
        sa.Column("status", short(64), nullable=False),
        sa.Column("rollout_percentage", sa.Integer, nullable=False),
        sa.Column("continue_on_error", sa.Boolean, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
        sa.Column("tags_json", LONG, nullable=False),
        sa.Column("condition_json", LONG, nullable=False),
        sa.Column("rollout_key_json", LONG),
        sa.Column("tasks_json", LONG, nullable=False),
    )
    create_unique("workflows_one_draft", "workflows", "workflow_id", 128, "draft")
    create_index("workflows_status", "workflows", ["status"])


def _channels() -> None:
    create_table(
        "channels",
        sa.Column("channel_id", short(128), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("name", short(255), nullable=False),
        sa.Column("description", LONG),
        sa.Column("channel_type", short(64), nullable=False),
        sa.Column("protocol", short(64), nullable=False),
        sa.Column("methods_json", LONG),
        sa.Column("route_pattern", short(2048)),
        sa.Column("topic", short(255)),
        sa.Column("consumer_group", short(255)),
        sa.Column("workflow_id", short(128)),
        sa.Column("workflow_ids_json", LONG),
        sa.Column("status", short(64), nullable=False),
        sa.Column("priority", sa.BigInteger, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
        sa.Column("transport_config_json", LONG, nullable=False),
        sa.Column("config_json", LONG, nullable=False),
    )
    create_unique("channels_one_draft", "channels", "channel_id", 128, "draft")
    create_unique("channels_one_active", "channels", "channel_id", 128, "active")
    create_unique("channels_active_name", "channels", "name", 255, "active")
    create_index("channels_status", "channels", ["status"])


def _connectors() -> None:
    create_table(
        "connectors",
        sa.Column("id", short(128), primary_key=True),
        sa.Column("name", short(255), nullable=False),
        sa.Column("connector_type", short(64), nullable=False),
        sa.Column("enabled", sa.Boolean, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
        sa.Column("config_json", LONG, nullable=False),
    )
    create_index("connectors_name", "connectors", ["name"], unique=True)


def _traces() -> None:
    create_table(
        "traces",
        sa.Column("id", short(128), primary_key=True),
        sa.Column("request_id", short(255), nullable=False),
        sa.Column("channel", short(255), nullable=False),
        sa.Column("channel_id", short(128)),
        sa.Column("channel_version", sa.Integer),
        sa.Column("mode", short(64), nullable=False),
        sa.Column("status", short(64), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("duration_ms", DOUBLE),
        sa.Column("fence", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("lease_owner", short(255)),
        sa.Column("lease_until", sa.BigInteger),
        sa.Column("not_before", sa.BigInteger),
        sa.Column("order_key", short(255)),
        sa.Column("started_at", sa.BigInteger),
        sa.Column("completed_at", sa.BigInteger),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
        sa.Column("error_message", LONG),
        sa.Column("input_json", LONG),
        sa.Column("metadata_json", LONG),
        sa.Column("result_json", LONG),
        sa.Column("steps_json", LONG),
    )
    create_index("traces_created", "traces", ["created_at"])
    create_index("traces_channel_created", "traces", ["channel", "created_at"])
    create_index("traces_waiting", "traces", ["status", "not_before"], where=WAITING)


def _dead_letters() -> None:
    create_table(
        "trace_dlq",
        sa.Column("id", short(128), primary_key=True),
        sa.Column("trace_id", short(128), nullable=False),
        sa.Column("channel", short(255), nullable=False),
        sa.Column("status", short(64), nullable=False),
        sa.Column("retry_count", sa.Integer, nullable=False),
        sa.Column("max_retries", sa.Integer, nullable=False),
        sa.Column("next_retry_at", sa.BigInteger, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
        sa.Column("error_message", LONG, nullable=False),
        sa.Column("payload_json", LONG, nullable=False),
        sa.Column("metadata_json", LONG, nullable=False),
    )
    create_index("trace_dlq_retry", "trace_dlq", ["status", "next_retry_at"])


def _audit_logs() -> None:
    create_table(
        "audit_logs",
        sa.Column("id", short(128), primary_key=True),
        sa.Column("principal", short(255), nullable=False),
        sa.Column("action", short(64), nullable=False),
        sa.Column("resource_type", short(64), nullable=False),
        sa.Column("resource_id", short(255), nullable=False),
        sa.Column("outcome", short(64), nullable=False),
        sa.Column("request_id", short(255)),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("details_json", LONG),
    )
    create_index("audit_logs_created", "audit_logs", ["created_at"])
    create_index("audit_logs_resource", "audit_logs", ["resource_type", "resource_id"])


def _generation() -> None:
    create_table(
        "generation",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("number", sa.BigInteger, nullable=False),
    )
    # Spelt so that all databases know it, and that it can be asked twice.
    op.execute(
        "INSERT INTO generation (id, number) SELECT 1, 0 "
        "FROM (SELECT count(*) AS present FROM generation) AS counted WHERE present = 0"
    )
