"""MySQL and MariaDB as a store's database. Knows no table but the one whose row is the lock of all changes."""

import re
from collections.abc import Callable, Sequence
from functools import partial

from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from orion_io.storage import migrating
from orion_io.storage.errors import StorageError, StorageUnavailable
from orion_io.storage.mysql_connection import Isolation, connect, connect_async
from orion_io.storage.pooling import pooled
from orion_io.storage.raw import RawConnect
from orion_io.storage.raw_mysql import connect_raw
from orion_io.storage.sql_store import LOCK
from orion_io.storage.targets import Limits, MysqlTarget

OLDEST = {"MySQL": (8, 0), "MariaDB": (10, 6)}
# The server's named locks are the same for all its databases.
MIGRATING = "CONCAT('orion-', MD5(DATABASE()))"


class Mysql:
    """See `orion_io.storage.sql_store.Database` for what each call promises.

    Args:
        target: The database.
        limits: How many connections, how long waits.
    """

    begin_read: Sequence[str] = ("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",)
    begin_write: Sequence[str] = ("START TRANSACTION READ WRITE", LOCK)
    sign = "SELECT 1"

    def __init__(self, target: MysqlTarget, limits: Limits) -> None:
        self._target = target
        self._limits = limits

    def prepare(self) -> None:
        """Nothing comes before the first connection."""

    def release(self) -> None:
        """Nothing was prepared."""

    def readers(self, *, keep: int, most: int) -> AsyncEngine:
        """Connections whose transactions have one view."""
        return self._engine("REPEATABLE READ", keep=keep, most=most)

    def writers(self, *, keep: int, most: int) -> AsyncEngine:
        """Connections whose statements see what was committed before them."""
        return self._engine("READ COMMITTED", keep=keep, most=most)

    async def examine(self, connection: AsyncConnection) -> None:
        """Check its version."""
        said = str((await connection.exec_driver_sql("SELECT VERSION()")).scalar_one())
        name = "MariaDB" if "mariadb" in said.lower() else "MySQL"
        found = re.match(r"(?:5\.5\.5-)?(\d+)\.(\d+)", said)  # MariaDB may stand behind a number for old clients
        version = (int(found[1]), int(found[2])) if found is not None else (0, 0)
        if version < OLDEST[name]:
            oldest = ".".join(map(str, OLDEST[name]))
            raise StorageError(f"{name} {'.'.join(map(str, version))} is too old; {oldest} or later is needed")

    def upgrade(self) -> list[tuple[str, str]]:
        """Apply what is pending under a named lock, which ends with the connection."""
        opened = partial(connect, self._target, Limits(busy_timeout_ms=migrating.PATIENCE_MS), "READ COMMITTED")
        return migrating.upgrade("mysql+pymysql://", opened, _lock)

    async def listen(self, heard: Callable[[], None]) -> None:
        """It tells nobody."""

    def raw(self, *, durable: bool) -> RawConnect:
        """Opens connections of the driver's own; when a commit reaches the disk is the server's to say."""
        return partial(connect_raw, self._target, self._limits)

    def _engine(self, isolation: Isolation, *, keep: int, most: int) -> AsyncEngine:
        return pooled(
            "mysql+aiomysql://", self._limits, keep=keep, most=most, pool_pre_ping=True,
            async_creator=partial(connect_async, self._target, self._limits, isolation),
        )  # fmt: skip


def _lock(connection: Connection) -> None:
    seconds = migrating.PATIENCE_MS // 1000
    if connection.exec_driver_sql(f"SELECT GET_LOCK({MIGRATING}, {seconds})").scalar() != 1:
        raise StorageUnavailable("The storage is busy", "another process has been migrating for too long")
