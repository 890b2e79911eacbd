"""the durable queue: its order, what weighs on it, attempts and crashes

What waits is taken in the order of `position`; lines whose order is kept are looked up by their key.
"""

import sqlalchemy as sa

from orion_io.storage.migrations.ddl import LONG, add_column, create_index, drop_column, drop_index

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

WAITING = "status IN ('pending', 'running')"
COLUMNS = ("crashes", "position", "size_bytes", "attempts_json")


def upgrade() -> None:
    """Add what the queue needs of a trace, and index it as it is asked."""
    add_column("traces", sa.Column("crashes", sa.Integer, nullable=False, server_default="0"))
    add_column("traces", sa.Column("position", sa.BigInteger))
    add_column("traces", sa.Column("size_bytes", sa.BigInteger))
    add_column("traces", sa.Column("attempts_json", LONG))
    drop_index("traces_waiting", "traces")
    create_index("traces_queue", "traces", ["status", "position"], where=WAITING)
    create_index("traces_lines", "traces", ["order_key", "position"], where=WAITING)
    create_index("trace_dlq_trace", "trace_dlq", ["trace_id"], unique=True)


def downgrade() -> None:
    """Take it away again."""
    drop_index("trace_dlq_trace", "trace_dlq")
    drop_index("traces_lines", "traces")
    drop_index("traces_queue", "traces")
    create_index("traces_waiting", "traces", ["status", "not_before"], where=WAITING)
    for column in COLUMNS:
        drop_column("traces", column)
