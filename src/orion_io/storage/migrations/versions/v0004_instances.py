"""the servers that use the database

Each says every few seconds that it is there, and which generation it runs.
"""

import sqlalchemy as sa

from orion_io.storage.migrations.ddl import create_table, drop_table, short

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create their table."""
    create_table(
        "instances",
        sa.Column("id", short(128), primary_key=True),
        sa.Column("version", short(64), nullable=False),
        sa.Column("started_at", sa.BigInteger, nullable=False),
        sa.Column("seen_at", sa.BigInteger, nullable=False),
        sa.Column("generation", sa.BigInteger, nullable=False),
    )


def downgrade() -> None:
    """Remove it."""
    drop_table("instances")
