"""one index for lists of traces

A trace is written for every request, and each index costs it a quarter. Lists are read rarely, and count what they
match anyway: a single index that holds every column they filter by serves all of them without reading a row.
"""

from orion_io.storage.migrations.ddl import create_index, drop_index

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Put one index in the place of two."""
    drop_index("traces_created", "traces")
    drop_index("traces_channel_created", "traces")
    create_index("traces_listed", "traces", ["created_at", "channel", "status", "mode"])


def downgrade() -> None:
    """Put the two back."""
    drop_index("traces_listed", "traces")
    create_index("traces_created", "traces", ["created_at"])
    create_index("traces_channel_created", "traces", ["channel", "created_at"])
