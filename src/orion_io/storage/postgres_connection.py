"""How a connection to PostgreSQL is set up, whoever opens it. Knows no table."""

from collections.abc import Iterator
from typing import Any

from psycopg import AsyncConnection, Connection

from orion_io.storage.targets import Limits, PostgresTarget

# What an address may say otherwise. A server that vanished without a word is noticed within a minute, both ways.
DEFAULTS = {
    "connect_timeout": "10", "application_name": "orion",
    "keepalives_idle": "30", "keepalives_interval": "10", "keepalives_count": "3", "tcp_user_timeout": "60000",
}  # fmt: skip
SESSION = (
    "SET client_encoding = 'UTF8'",
    # One that broke off must not keep the lock of all changes; the server waits for two hours by itself.
    "SET tcp_keepalives_idle = 30; SET tcp_keepalives_interval = 10; SET tcp_keepalives_count = 3",
    "SET idle_in_transaction_session_timeout = '60s'",
)


def connect(target: PostgresTarget, limits: Limits, *, durable: bool = True, **options: Any) -> Connection[Any]:
    """Open a connection that begins no transaction by itself.

    Args:
        target: The database.
        limits: How long a statement waits for a lock.
        durable: Commits wait for the disk as the server is told to; otherwise the last ones may be lost with it.
        options: Further arguments of the driver.

    Raises:
        psycopg.Error: It cannot be opened.
    """
    connection = Connection.connect(**{**DEFAULTS, **target.parameters}, autocommit=True, **options)  # type: ignore[arg-type] # libpq's are texts
    try:
        for statement in _session(limits, durable=durable):
            connection.execute(statement.encode())
    except BaseException:
        connection.close()
        raise
    return connection


async def connect_async(target: PostgresTarget, limits: Limits) -> AsyncConnection[Any]:
    """Open a connection for the event loop. As `connect`."""
    connection = await AsyncConnection.connect(**{**DEFAULTS, **target.parameters}, autocommit=True)  # type: ignore[arg-type] # as above
    try:
        for statement in _session(limits, durable=True):
            await connection.execute(statement.encode())
    except BaseException:
        await connection.close()
        raise
    return connection


def _session(limits: Limits, *, durable: bool) -> Iterator[str]:
    yield from SESSION
    yield f"SET lock_timeout = {limits.busy_timeout_ms}"
    if not durable:
        yield "SET synchronous_commit = off"
