"""What the pool needs of a kind of database."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, Protocol

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


MISSING: Literal["missing"] = "missing"
TAKEN: Literal["taken"] = "taken"


@dataclass(frozen=True)
class Inbox:
    """How a kind of database spells the statements on the table `orion_inbox`.

    Args:
        create: Make it, where it is not there.
        claim: Insert a key; one that is there changes no row, or is an error.
        recall: The result of a key that somebody else has committed, whatever this transaction saw before.
        keep: Set a result, by its key.
        forget: Remove what is older than so many microseconds, the oldest rows first, at most so many.
        news: What an error of these says: the table is MISSING or not ours to use, a key is TAKEN, or nothing of it.
    """

    create: tuple[str, ...]
    claim: str
    recall: str
    keep: str
    forget: str
    news: Callable[[Exception], Literal["missing", "taken"] | None]


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
        inbox: Where effects are noted that happen once.
    """

    name: str
    readers: AsyncEngine
    writers: AsyncEngine
    session: Callable[[Any], Session]
    explain: Callable[[Exception], CallFailed | None]
    safe: Callable[[str], bool]
    inbox: Inbox
