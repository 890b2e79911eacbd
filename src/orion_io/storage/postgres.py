"""PostgreSQL as a store's database. Knows no table but the one whose row is the lock of all changes."""

from collections.abc import Callable, Sequence
from functools import partial

from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from orion_io.storage import migrating
from orion_io.storage.errors import StorageError
from orion_io.storage.pooling import pooled
from orion_io.storage.postgres_connection import connect, connect_async
from orion_io.storage.postgres_listening import listen
from orion_io.storage.raw import RawConnect
from orion_io.storage.raw_postgres import connect_raw
from orion_io.storage.sql_store import LOCK
from orion_io.storage.targets import Limits, PostgresTarget

OLDEST = (13,)
MIGRATING = 0x4F72696F6E  # the advisory lock of whoever migrates


class Postgres:
    """See `orion_io.storage.sql_store.Database` for what each call promises.

    Args:
        target: The database.
        limits: How many connections, how long waits.
    """

    begin_read: Sequence[str] = ("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",)
    begin_write: Sequence[str] = ("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE", LOCK)
    sign = "SELECT 1"

    def __init__(self, target: PostgresTarget, limits: Limits) -> None:
        self._target = target
        self._limits = limits

    def prepare(self) -> None:
        """Nothing comes before the first connection."""

    def release(self) -> None:
        """Nothing was prepared."""

    def readers(self, *, keep: int, most: int) -> AsyncEngine:
        """Connections of either kind are alike."""
        return pooled(
            "postgresql+psycopg://", self._limits, keep=keep, most=most, pool_pre_ping=True, use_native_hstore=False,
            async_creator=partial(connect_async, self._target, self._limits),
        )  # fmt: skip

    def writers(self, *, keep: int, most: int) -> AsyncEngine:
        """Connections of either kind are alike."""
        return self.readers(keep=keep, most=most)

    async def examine(self, connection: AsyncConnection) -> None:
        """Check its version and encoding."""
        version = connection.dialect.server_version_info or ()
        if version < OLDEST:
            found, oldest = ".".join(map(str, version)), ".".join(map(str, OLDEST))
            raise StorageError(f"PostgreSQL {found} is too old; {oldest} or later is needed")
        encoding = (await connection.exec_driver_sql("SHOW server_encoding")).scalar_one()
        if encoding != "UTF8":
            raise StorageError(f"The database is encoded in {encoding}; UTF8 is needed")

    def upgrade(self) -> list[tuple[str, str]]:
        """Apply what is pending under an advisory lock."""
        opened = partial(connect, self._target, Limits(busy_timeout_ms=migrating.PATIENCE_MS))
        return migrating.upgrade("postgresql+psycopg://", opened, _lock)

    async def listen(self, heard: Callable[[], None]) -> None:
        """The server notifies whoever listens once a change is committed."""
        await listen(self._target, self._limits, heard)

    def raw(self, *, durable: bool) -> RawConnect:
        """Opens connections of the driver's own."""
        return partial(connect_raw, self._target, self._limits, durable)


def _lock(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE")
    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({MIGRATING})")
