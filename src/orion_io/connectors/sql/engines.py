"""SQLAlchemy's pool around connections that a driver opens: bounded, and none that has died is given out."""

import select
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import anyio
from sqlalchemy import AsyncAdaptedQueuePool, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

CONNECT_SECONDS = 10.0  # for a connector that does not say
CONNECTIONS = 10


def pooled(
    url: str,
    connect: Callable[[], Awaitable[Any]],
    is_dead: Callable[[Any], bool],
    connections: int,
    seconds: float,
    **options: object,
) -> AsyncEngine:
    """An engine whose pool is used, and nothing else of it.

    Args:
        url: SQLAlchemy's name of the driver.
        connect: Opens one of the driver's connections.
        is_dead: Whether one that lay idle was closed by the other side.
        connections: At most so many.
        seconds: By when one must be open.
    """

    async def opened() -> Any:
        with anyio.fail_after(seconds):
            return await connect()

    engine = create_async_engine(
        url, async_creator=opened, poolclass=AsyncAdaptedQueuePool, pool_size=connections, max_overflow=0,
        pool_timeout=86_400, pool_use_lifo=True, pool_reset_on_return=None, **options,
    )  # fmt: skip # an action's deadline ends its wait

    @event.listens_for(engine.sync_engine, "checkout")
    def check(connection: Any, record: object, proxy: object) -> None:
        if is_dead(connection.driver_connection):
            raise DisconnectionError

    return engine


def has_news(descriptor: int) -> bool:
    """Whether a socket that should be silent has something to read: most likely its end."""
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(0))


async def leave(connection: Any) -> None:
    """Close a connection of the pool that may be in any state."""
    with anyio.CancelScope(shield=True), suppress(Exception):
        await connection.invalidate()
