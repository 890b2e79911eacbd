"""the durable queue: its order, what weighs on it, attempts and crashes

What waits is taken in the order of `position`; lines whose order is kept are looked up by their key.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

WAITING = sa.text("status IN ('pending', 'running')")
COLUMNS = ("crashes", "position", "size_bytes", "attempts_json")


def upgrade() -> None:
    """Add what the queue needs of a trace, and index it as it is asked."""
    op.add_column("traces", sa.Column("crashes", sa.Integer, nullable=False, server_default="0"))
    op.add_column("traces", sa.Column("position", sa.BigInteger))
    op.add_column("traces", sa.Column("size_bytes", sa.BigInteger))
    op.add_column("traces", sa.Column("attempts_json", sa.Text))
    op.drop_index("traces_waiting", "traces")
    _waiting("traces_queue", ["status", "position"])
    _waiting("traces_lines", ["order_key", "position"])
    op.create_index("trace_dlq_trace", "trace_dlq", ["trace_id"], unique=True)


def downgrade() -> None:
    """Take it away again."""
    op.drop_index("trace_dlq_trace", "trace_dlq")
    op.drop_index("traces_lines", "traces")
    op.drop_index("traces_queue", "traces")
    _waiting("traces_waiting", ["status", "not_before"])
    for column in COLUMNS:
        op.drop_column("traces", column)


def _waiting(name: str, columns: list[str]) -> None:
    op.create_index(name, "traces", columns, sqlite_where=WAITING, postgresql_where=WAITING)
