"""SQLite on aiosqlite: several connections that read, one that writes, each in a thread of its own."""

import sqlite3
from functools import partial
from pathlib import Path
from typing import Any, Literal

import aiosqlite
from aiosqlite import Connection

from orion_core import DbConnector
from orion_core.calls import SqlResult, Statement
from orion_io.connectors.carrying import CallFailed
from orion_io.connectors.sql.engines import CONNECT_SECONDS, CONNECTIONS, pooled
from orion_io.connectors.sql.rows import Rows
from orion_io.connectors.sql.sessions import MISSING, Database, Inbox, always
from orion_io.storage.opening import files_of, sqlite_target
from orion_io.storage.targets import SqliteTarget

BUSY_SECONDS = 5.0  # how long a statement waits for another process's lock
CHUNK = 100  # rows read at once
_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_ABSENT = (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR)


class Bounded(sqlite3.Connection):
    """A connection to one file: no statement opens another."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)


class SqliteSession:
    """One connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def begin(self, seconds: float, *, read_only: bool) -> None:
        """Begin; who writes takes the lock at once, for one that reads first may be told "busy" in the middle."""
        await self._connection.execute("BEGIN" if read_only else "BEGIN IMMEDIATE")

    async def run(self, statement: Statement, rows: Rows, *, read_only: bool) -> SqlResult:
        """Run a statement."""
        cursor = await self._connection.execute(statement.text, statement.values)
        try:
            if cursor.description is None:
                changed = max(0, cursor.rowcount)
                return SqlResult(None, changed, cursor.lastrowid if changed and is_insert(statement.text) else None)
            found = rows.start(column[0] for column in cursor.description)
            while pieces := await cursor.fetchmany(CHUNK):
                for row in pieces:
                    rows.add(row)
            return SqlResult(found, len(found) if read_only else max(0, cursor.rowcount))
        finally:
            await cursor.close()

    async def commit(self) -> None:
        """Keep what was changed."""
        await self._connection.commit()

    async def rollback(self) -> None:
        """Undo what was changed."""
        await self._connection.rollback()

    async def abandon(self) -> None:
        """Interrupt what runs, and wait until the connection's thread has ended."""
        await self._connection.interrupt()
        await self._connection.close()

    async def version(self) -> str:
        """Of the library, once the file could be read."""
        await self._connection.execute_fetchall("SELECT 1 FROM sqlite_master LIMIT 1")
        return sqlite3.sqlite_version


def open_sqlite(config: DbConnector) -> Database:
    """The connections of a connector: `sqlite:file.db`, `sqlite:///abs/file.db?mode=rwc`, `sqlite::memory:`.

    A file that is not there is a mistake in the address, unless `mode=rwc` says that it is to be made.
    """
    name = name_of(sqlite_target(config.connection_string))
    seconds = CONNECT_SECONDS if config.connect_timeout_ms is None else config.connect_timeout_ms / 1000

    async def connect(*, read_only: bool) -> Connection:
        # The driver leaves a thread behind when it cannot open a file, so the likeliest reason is looked for here.
        if name.endswith("mode=rw") and not any(path.exists() for path in files(config)):
            text = "cannot be opened: there is no such file"
            raise CallFailed("connector_failed", text, retryable=True, happened=False)
        connection = await aiosqlite.connect(
            name, uri=True, isolation_level=None, timeout=BUSY_SECONDS, factory=Bounded, cached_statements=256
        )
        await connection.execute("PRAGMA foreign_keys = ON")
        if read_only:
            await connection.execute("PRAGMA query_only = ON")
        return connection

    url = "sqlite+aiosqlite://"
    most = config.max_connections or CONNECTIONS
    readers = pooled(url, partial(connect, read_only=True), is_dead, most, seconds)
    writers = pooled(url, partial(connect, read_only=False), is_dead, 1, seconds)
    return Database("sqlite", readers, writers, SqliteSession, explain, always, INBOX)


def inbox_news(error: Exception) -> Literal["missing"] | None:
    """What an error says of the inbox; a key that is there is none."""
    return MISSING if isinstance(error, sqlite3.OperationalError) and "no such table" in str(error) else None


INBOX = Inbox(
    create=(
        "CREATE TABLE IF NOT EXISTS orion_inbox"
        " (effect_key VARCHAR(255) NOT NULL PRIMARY KEY, result TEXT, created_at BIGINT NOT NULL)",
        "CREATE INDEX IF NOT EXISTS orion_inbox_created_at ON orion_inbox (created_at)",
    ),
    claim="INSERT INTO orion_inbox (effect_key, created_at)"
    " VALUES (?, CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)) ON CONFLICT DO NOTHING",
    recall="SELECT result FROM orion_inbox WHERE effect_key = ?",
    keep="UPDATE orion_inbox SET result = ? WHERE effect_key = ?",
    forget="DELETE FROM orion_inbox WHERE effect_key IN (SELECT effect_key FROM orion_inbox"
    " WHERE created_at < CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER) - ?"
    " ORDER BY created_at LIMIT ?)",
    news=inbox_news,
)


def files(config: DbConnector) -> frozenset[Path]:
    """The files a connector leads to."""
    return files_of(config.connection_string)


def name_of(target: SqliteTarget) -> str:
    """The address as SQLite's own URI, which creates no file unless it says so."""
    name = target.name if target.uri else Path(target.name).absolute().as_uri()
    if target.in_memory or "mode=" in name:
        return name
    return f"{name}{'&' if '?' in name else '?'}mode=rw"


def is_insert(text: str) -> bool:
    """Whether a statement leaves the id of a row."""
    return text.lstrip()[:7].upper().startswith(("INSERT", "REPLACE", "WITH"))


def is_dead(connection: Connection) -> bool:
    """A file does not hang up."""
    return False


def explain(error: Exception) -> CallFailed | None:
    """What the driver's exceptions mean, by SQLite's result codes."""
    if not isinstance(error, sqlite3.Error):
        return None
    detail = f"{type(error).__name__}: {error}"
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in _BUSY:
        text = "is locked by somebody else"
        return CallFailed("connector_failed", text, retryable=True, detail=detail, happened=False)
    if code in _ABSENT:
        text = "cannot be opened"
        return CallFailed("connector_failed", text, retryable=True, detail=detail)
    if code == sqlite3.SQLITE_INTERRUPT:
        return CallFailed("timeout", "took too long", retryable=True, detail=detail, happened=False)
    word = getattr(error, "sqlite_errorname", type(error).__name__)
    text = "db_read may change nothing" if code == sqlite3.SQLITE_READONLY else f"refused the statement ({word})"
    return CallFailed("connector_refused", text, retryable=False, detail=detail, happened=False)
