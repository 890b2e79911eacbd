"""Brings a database to the schema of this version. Knows no store.

The list of migrations stands here as well as in `migrations/versions`, so that a start with nothing to do
costs one query and does not import Alembic; a test holds the two together.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, NullPool, create_engine, inspect, text

from orion_io.storage.errors import StorageError
from orion_io.storage.statements import named_failures

if TYPE_CHECKING:
    from alembic.config import Config

REVISIONS = (
    ("0001", "definitions, traces, dead letters and the audit log"),
    ("0002", "one index for lists of traces"),
    ("0003", "the durable queue: its order, what weighs on it, attempts and crashes"),
    ("0004", "the servers that use the database"),
)
HEAD = REVISIONS[-1][0]
PATIENCE_MS = 60_000  # how long a process waits for another one that migrates
SCRIPTS = Path(__file__).parent / "migrations"


def applied_revision(connection: Connection) -> str | None:
    """The revision the database is at, None when nothing was ever applied."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def pending_after(applied: str | None) -> list[tuple[str, str]]:
    """What has to be applied to a database at that revision, oldest first.

    Raises:
        StorageError: This version does not know the revision.
    """
    if applied is None:
        return list(REVISIONS)
    known = [revision for revision, _ in REVISIONS]
    if applied not in known:
        raise StorageError(
            "The database was migrated by a newer version of this software, and cannot be used by this one",
            f"database at revision {applied!r}, this version knows up to {HEAD!r}",
        )
    return list(REVISIONS[known.index(applied) + 1 :])


def upgrade(url: str, connect: Callable[[], Any], lock: Callable[[Connection], None]) -> list[tuple[str, str]]:
    """Apply what is pending, and return it. Blocks; meant for a thread.

    A lock is taken first: of several processes one migrates and the others find nothing to do. All migrations are one
    transaction where the database can undo definitions; MySQL cannot, and continues where it stopped.

    Args:
        url: SQLAlchemy's name of the driver.
        connect: Opens a connection of that driver which commits each statement by itself.
        lock: Begins the transaction, where there can be one, and waits until nobody else migrates.

    Raises:
        StorageUnavailable: A migration failed.
        StorageError: The database is newer, or has a table of ours that is not ours.
    """
    engine = create_engine(url, creator=connect, poolclass=NullPool, hide_parameters=True)
    try:
        with named_failures(), engine.connect() as connection:
            lock(connection)
            pending = pending_after(applied_revision(connection))
            if pending:
                _apply(connection)
            connection.commit()
            return pending
    finally:
        engine.dispose()


def alembic_settings(connection: Connection) -> "Config":
    """What Alembic needs to know to migrate by a connection."""
    from alembic.config import Config  # a quarter of a second to import, and most starts have nothing to migrate

    settings = Config(attributes={"connection": connection})
    settings.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    settings.set_main_option("path_separator", "os")
    return settings


def _apply(connection: Connection) -> None:
    from alembic import command  # as above

    command.upgrade(alembic_settings(connection), "head")
