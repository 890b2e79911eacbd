"""A blocking connection for a thread that writes by itself, whatever the database. Knows no driver and no table.

Statements are spelt with `?` where a value goes; each implementation turns them into its driver's own spelling once.
Every statement runs at once unless `begin` came before it.
"""

from collections.abc import Callable, Sequence
from typing import Any, Literal, Protocol

from orion_io.storage.failures import failure_of

RawDialect = Literal["sqlite", "postgres", "mysql"]


class RawError(Exception):
    """Base of what a raw connection raises. The transaction it happened in is to be given up.

    Args:
        detail: What the driver said, for the operator's log; holds no value that was to be stored.
    """

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class RawUnavailable(RawError):
    """Worth another attempt on a new connection: locked, full, gone, not there yet, chosen to end a deadlock."""


class RawRefused(RawError):
    """The database will never take this row or statement."""


class RawConnection(Protocol):
    """One connection. For one thread at a time."""

    dialect: RawDialect

    def begin(self) -> None:
        """Begin a transaction that may write; on SQLite this takes the write lock.

        Raises:
            RawUnavailable: It cannot begin.
        """
        ...

    def rows(self, statement: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Every row of the statement's result.

        Raises:
            RawUnavailable: The database did not carry it out, but may another time.
            RawRefused: It never will.
        """
        ...

    def change(self, statement: str, values: Sequence[object] = ()) -> int:
        """Carry out a change. Returns how many rows it matched, whether they were different before or not.

        Raises:
            RawUnavailable: As `rows`.
            RawRefused: As `rows`.
        """
        ...

    def many(self, statement: str, rows: Sequence[Sequence[object]]) -> None:
        """Carry out a change for each of the rows.

        Raises:
            RawUnavailable: As `rows`.
            RawRefused: As `rows`; one of the rows is to blame.
        """
        ...

    def commit(self) -> None:
        """Keep what was done since `begin`.

        Raises:
            RawUnavailable: It is not known whether it is kept.
        """
        ...

    def rollback(self) -> None:
        """Undo what was done since `begin`; nothing happens when nothing began.

        Raises:
            RawUnavailable: The connection is gone, and with it what was done.
        """
        ...

    def close(self) -> None:
        """Let the connection go, and an open transaction with it. Raises nothing."""
        ...


RawConnect = Callable[[], RawConnection]
"""Opens a connection. Raises RawUnavailable."""


def raw_error(error: BaseException) -> RawError:
    """What an error of a driver is for a thread that writes by itself."""
    failure = failure_of(error)
    never = failure.kind in ("conflict", "unstorable", "refused")
    return RawRefused(failure.detail) if never else RawUnavailable(failure.detail)
