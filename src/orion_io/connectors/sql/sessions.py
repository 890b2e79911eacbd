"""What the pool needs of a kind of database."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy.ext.asyncio import AsyncEngine

from orion_core.calls import SqlResult, Statement
from orion_io.connectors.carrying import CallFailed
from orion_io.connectors.sql.rows import Rows


class Session(Protocol):
    """A connection that is ours for one transaction."""

    async def begin(self, seconds: float, *, read_only: bool) -> None:
        """Begin a transaction that has `seconds` to end."""

    async def run(self, statement: Statement, rows: Rows, *, read_only: bool) -> SqlResult:
        """Run a statement."""

    async def commit(self) -> None:
        """Keep what was changed."""

    async def rollback(self) -> None:
        """Undo what was changed, so that the connection can be used again."""

    async def abandon(self) -> None:
        """Stop what runs on the server; the connection is not used again."""

    async def version(self) -> str:
        """Of the server, as it calls itself."""


def always(text: str) -> bool:
    """Every statement is undone."""
    return True


@dataclass(frozen=True)
class Database:
    """A kind of database, opened for one connector.

    Args:
        name: "postgres", "mysql" or "sqlite".
        readers: Connections for transactions that change nothing.
        writers: Connections for the others; the same ones where the database does not care.
        session: Makes a session of the driver's connection.
        explain: What an exception of the driver means; None for one that it does not know.
        safe: Whether what a statement changed is undone when its connection breaks.
    """

    name: str
    readers: AsyncEngine
    writers: AsyncEngine
    session: Callable[[Any], Session]
    explain: Callable[[Exception], CallFailed | None]
    safe: Callable[[str], bool]
