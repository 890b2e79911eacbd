"""A raw connection to SQLite, whose driver spells places as they are spelt here. Knows no table."""

import sqlite3
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from orion_io.storage.failures import UNSTORABLE
from orion_io.storage.raw import RawDialect, raw_error
from orion_io.storage.sqlite_connection import Use, connect
from orion_io.storage.targets import SqliteTarget


class RawSqlite:
    """See `orion_io.storage.raw.RawConnection` for what each call promises.

    Args:
        connection: Begins no transaction by itself.
    """

    dialect: RawDialect = "sqlite"

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def begin(self) -> None:
        """Take the write lock."""
        with _explained():
            self._connection.execute("BEGIN IMMEDIATE")

    def rows(self, statement: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Every row of the result."""
        with _explained():
            return self._connection.execute(statement, values).fetchall()

    def change(self, statement: str, values: Sequence[object] = ()) -> int:
        """Carry out a change."""
        with _explained():
            return self._connection.execute(statement, values).rowcount

    def many(self, statement: str, rows: Sequence[Sequence[object]]) -> None:
        """Carry out a change for each of the rows."""
        with _explained():
            self._connection.executemany(statement, rows)

    def commit(self) -> None:
        """Keep what was done."""
        with _explained():
            self._connection.execute("COMMIT")

    def rollback(self) -> None:
        """Undo what was done."""
        with _explained():
            self._connection.rollback()

    def close(self) -> None:
        """Let the connection go."""
        with suppress(sqlite3.Error):  # it is given up, in whatever state
            self._connection.close()


def connect_raw(target: SqliteTarget, busy_timeout_ms: int, use: Use) -> RawSqlite:
    """Open a raw connection.

    Raises:
        RawUnavailable: It cannot be opened.
    """
    with _explained():
        return RawSqlite(connect(target, busy_timeout_ms, use))


@contextmanager
def _explained() -> Generator[None]:
    try:
        yield
    except (sqlite3.Error, *UNSTORABLE) as error:
        raise raw_error(error) from None
