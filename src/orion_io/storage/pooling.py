"""SQLAlchemy's pool as the settings have it. Knows no database."""

from typing import Any

from sqlalchemy import URL
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from orion_io.storage.targets import Limits


def pooled(url: URL | str, limits: Limits, *, keep: int, most: int, **options: Any) -> AsyncEngine:
    """An engine with a bounded pool.

    Args:
        url: SQLAlchemy's name of the driver, and of the database where the driver opens it.
        limits: How long one waits for a connection, and when one is replaced.
        keep: So many connections stay open between uses.
        most: At most so many are open.
        options: Further arguments of `create_async_engine`.
    """
    return create_async_engine(
        url,
        poolclass=AsyncAdaptedQueuePool,
        pool_size=keep,
        max_overflow=most - keep,
        pool_timeout=limits.acquire_timeout_secs,
        pool_recycle=limits.idle_timeout_secs or -1,
        hide_parameters=True,
        **options,
    )
