"""Hears of raised generations from PostgreSQL itself, on a connection that does nothing else. Knows no table."""

from collections.abc import Callable
from contextlib import aclosing

from psycopg import Error

from orion_io.storage.errors import StorageUnavailable
from orion_io.storage.failures import failure_of
from orion_io.storage.postgres_connection import connect_async
from orion_io.storage.sql_generation import RAISED
from orion_io.storage.targets import Limits, PostgresTarget


async def listen(target: PostgresTarget, limits: Limits, heard: Callable[[], None]) -> None:
    """Tell `heard` once the connection listens, for what came before, and then of every notification.

    Raises:
        StorageUnavailable: The connection could not be opened, or broke off.
    """
    try:
        connection = await connect_async(target, limits)
        try:
            await connection.execute(f"LISTEN {RAISED}".encode())
            heard()
            async with aclosing(connection.notifies()) as notifications:
                async for _ in notifications:
                    heard()
        finally:
            await connection.close()
    except (Error, OSError) as error:
        raise StorageUnavailable("The storage is unavailable", failure_of(error).detail) from None
