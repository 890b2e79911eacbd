"""Brings a database to the schema of this version. Knows no store.

The list of migrations stands here as well as in `migrations/versions`, so that a start with nothing to do
costs one query and does not import Alembic; a test holds the two together.
"""

import sqlite3
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Connection, NullPool, create_engine, inspect, text

from orion_io.storage.errors import StorageError
from orion_io.storage.statements import named_failures

REVISIONS = (
    ("0001", "definitions, traces, dead letters and the audit log"),
    ("0002", "one index for lists of traces"),
    ("0003", "the durable queue: its order, what weighs on it, attempts and crashes"),
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


def upgrade(connect: Callable[[], sqlite3.Connection]) -> list[tuple[str, str]]:
    """Apply what is pending in one transaction, and return it. Blocks; meant for a thread.

    The write lock is taken first: of several processes one migrates and the others find nothing to do.

    Raises:
        StorageUnavailable: A migration failed; the database is as it was.
        StorageError: The database is newer.
    """
    engine = create_engine("sqlite://", creator=connect, poolclass=NullPool, hide_parameters=True)
    try:
        with named_failures(), engine.connect() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            pending = pending_after(applied_revision(connection))
            if pending:
                _apply(connection)
            connection.commit()
            return pending
    finally:
        engine.dispose()


def _apply(connection: Connection) -> None:
    from alembic import command  # a quarter of a second to import, and most starts have nothing to migrate
    from alembic.config import Config

    settings = Config(attributes={"connection": connection})
    settings.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    settings.set_main_option("path_separator", "os")
    command.upgrade(settings, "head")
