"""A raw connection to PostgreSQL. Knows no table."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from psycopg import Connection, Error, RawCursor, pq
from psycopg.adapt import Loader

from orion_io.storage.columns import NUL, REPLACEMENT
from orion_io.storage.failures import UNSTORABLE
from orion_io.storage.postgres_connection import connect
from orion_io.storage.raw import RawDialect, RawUnavailable, raw_error
from orion_io.storage.raw_places import numbered
from orion_io.storage.targets import Limits, PostgresTarget


class SumLoader(Loader):
    """A sum of integers as an integer; the server has a type of its own for it."""

    def load(self, data: Any) -> int | float:
        """The number."""
        text = bytes(data).decode()
        return int(text) if text.lstrip("-").isdecimal() else float(text)


class RawPostgres:
    """See `orion_io.storage.raw.RawConnection` for what each call promises.

    A NUL character, which no text of PostgreSQL can hold, becomes U+FFFD: what is recorded is not lost over it.

    Args:
        connection: Begins no transaction by itself, and takes statements with numbered places.
    """

    dialect: RawDialect = "postgres"

    def __init__(self, connection: Connection[Any]) -> None:
        self._connection = connection

    def begin(self) -> None:
        """Begin; each statement sees what was committed before it."""
        with _explained():
            self._connection.execute(b"BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE")

    def rows(self, statement: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Every row of the result."""
        with _explained():
            return self._connection.execute(numbered(statement).encode(), _held(values)).fetchall()

    def change(self, statement: str, values: Sequence[object] = ()) -> int:
        """Carry out a change."""
        with _explained():
            return max(0, self._connection.execute(numbered(statement).encode(), _held(values)).rowcount)

    def many(self, statement: str, rows: Sequence[Sequence[object]]) -> None:
        """Carry out a change for each of the rows, with one wait for all of them."""
        with _explained(), self._connection.cursor() as cursor:
            cursor.executemany(numbered(statement).encode(), [_held(row) for row in rows])

    def commit(self) -> None:
        """Keep what was done; the server would answer a failed transaction's COMMIT with a ROLLBACK, and no error."""
        if self._connection.info.transaction_status == pq.TransactionStatus.INERROR:
            raise RawUnavailable("the transaction had failed")
        with _explained():
            self._connection.execute(b"COMMIT")

    def rollback(self) -> None:
        """Undo what was done."""
        with _explained():
            if self._connection.info.transaction_status != pq.TransactionStatus.IDLE:
                self._connection.execute(b"ROLLBACK")

    def close(self) -> None:
        """Let the connection go."""
        with suppress(Error):  # it is given up, in whatever state
            self._connection.close()


def connect_raw(target: PostgresTarget, limits: Limits, durable: bool) -> RawPostgres:
    """Open a raw connection.

    Raises:
        RawUnavailable: It cannot be opened.
    """
    with _explained():
        connection = connect(target, limits, durable=durable, cursor_factory=RawCursor)
    connection.adapters.register_loader("numeric", SumLoader)
    return RawPostgres(connection)


def _held(values: Sequence[object]) -> Sequence[object]:
    return [value.replace(NUL, REPLACEMENT) if isinstance(value, str) and NUL in value else value for value in values]


@contextmanager
def _explained() -> Generator[None]:
    try:
        yield
    except (Error, OSError, *UNSTORABLE) as error:
        raise raw_error(error) from None
