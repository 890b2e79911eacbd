"""SQLite as a store's database. Knows no table but SQLite's own."""

import os
import sqlite3
from collections.abc import Callable, Sequence
from functools import partial

from sqlalchemy import URL, Connection, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from orion_io.storage import migrating
from orion_io.storage.errors import StorageError, StorageUnavailable
from orion_io.storage.pooling import pooled
from orion_io.storage.raw import RawConnect
from orion_io.storage.raw_sqlite import connect_raw
from orion_io.storage.sqlite_connection import Use, connect, pragmas
from orion_io.storage.targets import Limits, SqliteTarget

OLDEST = (3, 37)  # the in-memory file system shared by connections, and what the schema relies on
OWNER_ONLY = 0o600  # connectors hold secrets


class Sqlite:
    """See `orion_io.storage.sql_store.Database` for what each call promises.

    Args:
        target: The database.
        limits: How many connections, how long waits.
    """

    begin_read: Sequence[str] = ("BEGIN",)
    begin_write: Sequence[str] = ("BEGIN IMMEDIATE",)
    sign = "SELECT count(*) FROM sqlite_master"

    def __init__(self, target: SqliteTarget, limits: Limits) -> None:
        self._target = target
        self._limits = limits
        self._anchor: sqlite3.Connection | None = None  # an in-memory database lives as long as its last connection

    def prepare(self) -> None:
        """Make the file."""
        if sqlite3.sqlite_version_info < OLDEST:
            raise StorageError(f"SQLite {sqlite3.sqlite_version} is too old; 3.37 or later is needed")
        try:
            if self._target.in_memory:
                self._anchor = connect(self._target, self._limits.busy_timeout_ms, "definitions")
            elif not self._target.uri:
                os.close(os.open(self._target.name, os.O_RDWR | os.O_CREAT, OWNER_ONLY))
        except (OSError, ValueError, sqlite3.Error) as error:
            raise StorageUnavailable("The database file cannot be opened", str(error)) from None

    def release(self) -> None:
        """Let a database in memory go."""
        if self._anchor is not None:
            self._anchor.close()
            self._anchor = None

    def readers(self, *, keep: int, most: int) -> AsyncEngine:
        """Connections that may change nothing."""
        return self._engine("reading", keep=keep, most=most)

    def writers(self, *, keep: int, most: int) -> AsyncEngine:
        """Connections that write definitions."""
        return self._engine("definitions", keep=keep, most=most)

    async def examine(self, connection: AsyncConnection) -> None:
        """Set write-ahead logging, and fail here rather than at the first change."""
        await connection.exec_driver_sql("BEGIN IMMEDIATE")
        await connection.commit()

    def upgrade(self) -> list[tuple[str, str]]:
        """Apply what is pending under the write lock."""
        opened = partial(connect, self._target, migrating.PATIENCE_MS, "definitions")
        return migrating.upgrade("sqlite://", opened, _lock)

    async def listen(self, heard: Callable[[], None]) -> None:
        """It tells nobody."""

    def raw(self, *, durable: bool) -> RawConnect:
        """Opens connections of the driver's own."""
        return partial(connect_raw, self._target, self._limits.busy_timeout_ms, "definitions" if durable else "traces")

    def _engine(self, use: Use, *, keep: int, most: int) -> AsyncEngine:
        url = URL.create(
            "sqlite+aiosqlite",
            database=self._target.name,
            query={"uri": "true"} if self._target.uri else {},
        )
        arguments = {"timeout": self._limits.busy_timeout_ms / 1000, "isolation_level": None}
        engine = pooled(url, self._limits, keep=keep, most=most, connect_args=arguments)
        event.listen(engine.sync_engine, "connect", partial(_set_up, use))
        return engine


def _set_up(use: Use, connection: DBAPIConnection, _record: object) -> None:
    cursor = connection.cursor()
    for pragma in pragmas(use):
        cursor.execute(pragma)
    cursor.close()


def _lock(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
