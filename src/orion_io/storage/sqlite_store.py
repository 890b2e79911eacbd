"""The store on SQLite: one connection that writes and several that read. Knows no rule about definitions."""

import asyncio
import os
import sqlite3
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
from functools import partial

import anyio
from sqlalchemy import URL, event, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from orion_io.storage import migrating
from orion_io.storage.errors import StorageError, StorageUnavailable
from orion_io.storage.raw import RawConnect
from orion_io.storage.raw_sqlite import connect_raw
from orion_io.storage.sql_channels import SqlChannels
from orion_io.storage.sql_connectors import SqlConnectors
from orion_io.storage.sql_dead_letters import SqlDeadLetters
from orion_io.storage.sql_generation import SqlGeneration
from orion_io.storage.sql_records import SqlAudit, SqlTraces
from orion_io.storage.sql_workflows import SqlWorkflows
from orion_io.storage.sqlite_connection import Use, connect, pragmas
from orion_io.storage.statements import Statements, named_failures
from orion_io.storage.targets import Limits, SqliteTarget
from orion_io.storage.trace_writer import TraceWriter

OLDEST_SQLITE = (3, 37)  # the in-memory file system shared by connections, and what the schema relies on
OWNER_ONLY = 0o600  # connectors hold secrets


class SqlTransaction:
    """Every part of the store over one connection."""

    def __init__(self, db: Statements) -> None:
        self.workflows = SqlWorkflows(db)
        self.channels = SqlChannels(db)
        self.connectors = SqlConnectors(db)
        self.traces = SqlTraces(db)
        self.dead_letters = SqlDeadLetters(db)
        self.audit = SqlAudit(db)
        self.generation = SqlGeneration(db)


class SqliteStore:
    """See `orion_io.storage.store.Store` for what each call promises.

    Args:
        target: The database.
        limits: How many connections, how long waits.
    """

    def __init__(self, target: SqliteTarget, limits: Limits) -> None:
        self._target = target
        self._limits = limits
        self._writer: AsyncEngine | None = None
        self._reader: AsyncEngine | None = None
        self._anchor: sqlite3.Connection | None = None  # an in-memory database lives as long as its last connection

    async def open(self) -> None:
        """Connect and look at the version. Applies no migration."""
        if sqlite3.sqlite_version_info < OLDEST_SQLITE:
            raise StorageError(f"SQLite {sqlite3.sqlite_version} is too old; 3.37 or later is needed")
        if self._writer is not None:
            return
        try:
            self._create()
            self._writer = self._engine("definitions", keep=1, most=1)
            readers = max(1, self._limits.max_connections - 1)
            keep = min(readers, max(1, self._limits.min_connections - 1))
            self._reader = self._engine("reading", keep=keep, most=readers)
            async with self.write():
                pass  # sets write-ahead logging, and fails here rather than at the first change
            await self.pending_migrations()
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Let every connection go."""
        engines, self._writer, self._reader = (self._writer, self._reader), None, None
        for engine in engines:
            if engine is not None:
                await _to_the_end(engine.dispose())
        if self._anchor is not None:
            self._anchor.close()
            self._anchor = None

    async def ping(self) -> None:
        """Read something."""
        async with self._transaction(self._reader, "BEGIN") as connection:
            await Statements(connection).number(text("SELECT count(*) FROM sqlite_master"))

    async def pending_migrations(self) -> list[tuple[str, str]]:
        """The migrations not applied yet, oldest first."""
        async with self._transaction(self._reader, "BEGIN") as connection:
            with named_failures():
                applied = await connection.run_sync(migrating.applied_revision)
        return migrating.pending_after(applied)

    async def migrate(self) -> list[tuple[str, str]]:
        """Apply what is pending, and return it."""
        if not await self.pending_migrations():
            return []  # Alembic takes long to import, and most starts have nothing to migrate
        return await asyncio.to_thread(migrating.upgrade, self._raw("definitions", migrating.PATIENCE_MS))

    @asynccontextmanager
    async def read(self) -> AsyncGenerator[SqlTransaction]:
        """A consistent view."""
        async with self._transaction(self._reader, "BEGIN") as connection:
            yield SqlTransaction(Statements(connection))

    @asynccontextmanager
    async def write(self) -> AsyncGenerator[SqlTransaction]:
        """The right to change."""
        async with self._transaction(self._writer, "BEGIN IMMEDIATE") as connection:
            yield SqlTransaction(Statements(connection))

    def raw(self, *, durable: bool) -> RawConnect:
        """What opens connections for a thread that writes by itself."""
        return partial(connect_raw, self._target, self._limits.busy_timeout_ms, "definitions" if durable else "traces")

    def trace_writer(
        self,
        *,
        monotonic: Callable[[], float],
        capacity_rows: int,
        capacity_bytes: int,
        report: Callable[[int], None],
    ) -> TraceWriter:
        """Start a writer of traces on a connection of its own."""
        writer = TraceWriter(
            self.raw(durable=False),
            monotonic=monotonic,
            capacity_rows=capacity_rows,
            capacity_bytes=capacity_bytes,
            report=report,
        )
        writer.start()
        return writer

    def _create(self) -> None:
        try:
            if self._target.in_memory:
                self._anchor = self._raw("definitions", self._limits.busy_timeout_ms)()
            elif not self._target.uri:
                os.close(os.open(self._target.name, os.O_RDWR | os.O_CREAT, OWNER_ONLY))
        except (OSError, ValueError, sqlite3.Error) as error:
            raise StorageUnavailable("The database file cannot be opened", str(error)) from None

    def _raw(self, use: Use, busy_timeout_ms: int) -> Callable[[], sqlite3.Connection]:
        return partial(connect, self._target, busy_timeout_ms, use)

    def _engine(self, use: Use, *, keep: int, most: int) -> AsyncEngine:
        url = URL.create(
            "sqlite+aiosqlite",
            database=self._target.name,
            query={"uri": "true"} if self._target.uri else {},
        )
        engine = create_async_engine(
            url,
            connect_args={"timeout": self._limits.busy_timeout_ms / 1000, "isolation_level": None},
            poolclass=AsyncAdaptedQueuePool,
            pool_size=keep,
            max_overflow=most - keep,
            pool_timeout=self._limits.acquire_timeout_secs,
            pool_recycle=self._limits.idle_timeout_secs or -1,
            hide_parameters=True,
        )
        event.listen(engine.sync_engine, "connect", partial(_set_up, use))
        return engine

    @asynccontextmanager
    async def _transaction(self, engine: AsyncEngine | None, begin: str) -> AsyncGenerator[AsyncConnection]:
        if engine is None:
            raise StorageUnavailable("The storage is not open")
        with named_failures():
            connection = await engine.connect()
        try:
            with named_failures():
                await connection.exec_driver_sql(begin)
            yield connection
            await _to_the_end(_commit(connection))
        finally:
            await _to_the_end(_close(connection))


def _set_up(use: Use, connection: DBAPIConnection, _record: object) -> None:
    cursor = connection.cursor()
    for pragma in pragmas(use):
        cursor.execute(pragma)
    cursor.close()


async def _commit(connection: AsyncConnection) -> None:
    with named_failures():
        await connection.commit()


async def _close(connection: AsyncConnection) -> None:
    """Give the connection back; what it did not commit is rolled back."""
    with named_failures():
        await connection.close()


async def _to_the_end(work: Coroutine[object, object, None]) -> None:
    """Await work that must not stop half-way; a cancellation that comes meanwhile is raised afterwards."""
    with anyio.CancelScope(shield=True):
        task = asyncio.ensure_future(work)
        cancelled: asyncio.CancelledError | None = None
        while not task.done():
            try:
                await asyncio.wait([task])
            except asyncio.CancelledError as error:
                cancelled = error
        task.result()
        if cancelled is not None:
            raise cancelled
