"""The store on an SQL database: one connection that writes and several that read. Knows no database and no rule."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Protocol

import anyio
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from orion_io.storage import migrating
from orion_io.storage.errors import StorageUnavailable
from orion_io.storage.raw import RawConnect
from orion_io.storage.records import ChannelRecord, WorkflowRecord
from orion_io.storage.remembered import Remembered
from orion_io.storage.schema import channels, workflows
from orion_io.storage.sql_channels import SqlChannels
from orion_io.storage.sql_connectors import SqlConnectors
from orion_io.storage.sql_dead_letters import SqlDeadLetters
from orion_io.storage.sql_generation import SqlGeneration
from orion_io.storage.sql_instances import SqlInstances
from orion_io.storage.sql_records import SqlAudit, SqlTraces
from orion_io.storage.sql_workflows import SqlWorkflows
from orion_io.storage.statements import Statements, named_failures
from orion_io.storage.stopwatch import Stopwatch
from orion_io.storage.store import Connections
from orion_io.storage.targets import Limits
from orion_io.storage.trace_writer import TraceWriter

# Whoever changes definitions on a database server holds this row, so that no two do at once, in whatever process.
LOCK = "SELECT number FROM generation WHERE id = 1 FOR UPDATE"


class Database(Protocol):
    """How one kind of database is spoken to.

    `begin_read` and `begin_write` are what begins a transaction with a consistent view, and one that excludes every
    other that changes definitions; `sign` is asked for a sign of life.
    """

    begin_read: Sequence[str]
    begin_write: Sequence[str]
    sign: str

    def prepare(self) -> None:
        """Do what comes before the first connection.

        Raises:
            StorageError: The database cannot be used.
            StorageUnavailable: It cannot be used now.
        """
        ...

    def release(self) -> None:
        """Undo `prepare`. Doing it twice is fine."""
        ...

    def readers(self, *, keep: int, most: int) -> AsyncEngine:
        """The pool of connections that read."""
        ...

    def writers(self, *, keep: int, most: int) -> AsyncEngine:
        """The pool of connections that write."""
        ...

    async def examine(self, connection: AsyncConnection) -> None:
        """Look whether the database is one that will do, on a connection that writes.

        Raises:
            StorageError: It is not.
        """
        ...

    def upgrade(self) -> list[tuple[str, str]]:
        """Apply what is pending while nobody else does, and return it. Blocks; meant for a thread."""
        ...

    async def listen(self, heard: Callable[[], None]) -> None:
        """As `Store.listen`."""
        ...

    def raw(self, *, durable: bool) -> RawConnect:
        """As `Store.raw`."""
        ...


class Active:
    """What was active when it was last read; one for all transactions of a store."""

    def __init__(self) -> None:
        self.workflows = Remembered(workflows, WorkflowRecord)
        self.channels = Remembered(channels, ChannelRecord)


class SqlTransaction:
    """Every part of the store over one connection."""

    def __init__(self, db: Statements, active: Active) -> None:
        self.workflows = SqlWorkflows(db, active.workflows)
        self.channels = SqlChannels(db, active.channels)
        self.connectors = SqlConnectors(db)
        self.traces = SqlTraces(db)
        self.dead_letters = SqlDeadLetters(db)
        self.audit = SqlAudit(db)
        self.generation = SqlGeneration(db)
        self.instances = SqlInstances(db)

    def timed(self, stopwatch: Stopwatch) -> None:
        """Have every call of every part timed."""
        for name, part in vars(self).items():
            setattr(self, name, stopwatch.timing(part, name))


class SqlStore:
    """See `orion_io.storage.store.Store` for what each call promises.

    Args:
        database: What it is kept in.
        limits: How many connections, how long waits.
        stopwatch: Times what is asked; None when nobody wants to know.
    """

    def __init__(self, database: Database, limits: Limits, stopwatch: Stopwatch | None = None) -> None:
        self._database = database
        self._limits = limits
        self._stopwatch = stopwatch
        self._active = Active()
        self._writer: AsyncEngine | None = None
        self._reader: AsyncEngine | None = None

    async def open(self) -> None:
        """Connect and look at the version. Applies no migration."""
        if self._writer is not None:
            return
        try:
            self._database.prepare()
            self._writer = self._database.writers(keep=1, most=1)
            readers = max(1, self._limits.max_connections - 1)
            self._reader = self._database.readers(
                keep=min(readers, max(1, self._limits.min_connections - 1)), most=readers
            )
            async with self._connection(self._writer) as connection:
                with named_failures():
                    await self._database.examine(connection)
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
        self._database.release()

    async def ping(self) -> None:
        """Read something."""
        async with self._connection(self._reader) as connection:
            with named_failures():
                await connection.exec_driver_sql(self._database.sign)

    async def pending_migrations(self) -> list[tuple[str, str]]:
        """The migrations not applied yet, oldest first."""
        async with self._connection(self._reader) as connection:
            with named_failures():
                applied = await connection.run_sync(migrating.applied_revision)
        return migrating.pending_after(applied)

    async def migrate(self) -> list[tuple[str, str]]:
        """Apply what is pending, and return it."""
        if not await self.pending_migrations():
            return []  # Alembic takes long to import, and most starts have nothing to migrate
        return await asyncio.to_thread(self._database.upgrade)

    @asynccontextmanager
    async def read(self) -> AsyncGenerator[SqlTransaction]:
        """A consistent view."""
        async with self._transaction(self._reader, self._database.begin_read) as transaction:
            yield transaction

    @asynccontextmanager
    async def write(self) -> AsyncGenerator[SqlTransaction]:
        """The right to change."""
        async with self._transaction(self._writer, self._database.begin_write) as transaction:
            yield transaction

    def connections(self) -> Connections:
        """How many there are in both pools, and how many of them nobody uses."""
        pools = [engine.pool for engine in (self._writer, self._reader) if engine is not None]
        known = [pool for pool in pools if isinstance(pool, AsyncAdaptedQueuePool)]
        idle = sum(pool.checkedin() for pool in known)
        return Connections(size=idle + sum(pool.checkedout() for pool in known), idle=idle)

    async def listen(self, heard: Callable[[], None]) -> None:
        """Tell of raised generations where the database does."""
        await self._database.listen(heard)

    def raw(self, *, durable: bool) -> RawConnect:
        """What opens connections for a thread that writes by itself."""
        return self._database.raw(durable=durable)

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

    @asynccontextmanager
    async def _transaction(self, engine: AsyncEngine | None, begin: Sequence[str]) -> AsyncGenerator[SqlTransaction]:
        async with self._connection(engine) as connection:
            with named_failures():
                for statement in begin:
                    await connection.exec_driver_sql(statement)
            transaction = SqlTransaction(Statements(connection), self._active)
            if self._stopwatch is not None:
                transaction.timed(self._stopwatch)
            yield transaction
            await _to_the_end(_commit(connection))

    @asynccontextmanager
    async def _connection(self, engine: AsyncEngine | None) -> AsyncGenerator[AsyncConnection]:
        if engine is None:
            raise StorageUnavailable("The storage is not open")
        with named_failures():
            connection = await engine.connect()
        try:
            yield connection
        finally:
            await _to_the_end(_close(connection))


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
