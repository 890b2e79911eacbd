"""A raw connection to MySQL or MariaDB. Knows no table."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from pymysql import Connection, Error
from pymysql.constants import FIELD_TYPE
from pymysql.converters import conversions

from orion_io.storage.failures import UNSTORABLE
from orion_io.storage.mysql_connection import connect
from orion_io.storage.raw import RawDialect, RawRefused, raw_error
from orion_io.storage.raw_places import formatted
from orion_io.storage.targets import Limits, MysqlTarget

ANSWER_SECONDS = 60  # for the answer to a statement, beyond what it may wait for a lock
STORED = (str, int, float, bytes, type(None))
WIDEST = 8  # bytes that a character may take in a statement, escaped


def _number(text: str) -> int | float:
    return int(text) if text.lstrip("-").isdecimal() else float(text)


# A sum of integers is an integer; the server has a type of its own for it.
CONVERSIONS = {**conversions, FIELD_TYPE.DECIMAL: _number, FIELD_TYPE.NEWDECIMAL: _number}


class RawMysql:
    """See `orion_io.storage.raw.RawConnection` for what each call promises.

    Args:
        connection: Commits by itself unless a transaction was begun, and counts the rows that a change matched.
        packet: Bytes of the largest statement that the server takes; it hangs up on a larger one.
    """

    dialect: RawDialect = "mysql"

    def __init__(self, connection: "Connection[Any]", packet: int) -> None:
        self._connection = connection
        self._packet = packet

    def begin(self) -> None:
        """Begin; each statement sees what was committed before it."""
        with _explained():
            self._connection.query("START TRANSACTION READ WRITE")

    def rows(self, statement: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Every row of the result."""
        with _explained(), self._connection.cursor() as cursor:
            self._fitting(values)
            cursor.execute(formatted(statement), tuple(values))
            return list(cursor.fetchall())

    def change(self, statement: str, values: Sequence[object] = ()) -> int:
        """Carry out a change."""
        with _explained(), self._connection.cursor() as cursor:
            self._fitting(values)
            return int(cursor.execute(formatted(statement), tuple(values)))

    def many(self, statement: str, rows: Sequence[Sequence[object]]) -> None:
        """Carry out a change for each of the rows; the driver makes one statement of many inserted rows."""
        with _explained(), self._connection.cursor() as cursor:
            for row in rows:
                self._fitting(row)
            cursor.executemany(formatted(statement), rows)

    def commit(self) -> None:
        """Keep what was done."""
        with _explained():
            self._connection.commit()

    def rollback(self) -> None:
        """Undo what was done."""
        with _explained():
            self._connection.rollback()

    def close(self) -> None:
        """Let the connection go."""
        with suppress(Error, OSError):  # it is given up, in whatever state
            self._connection.close()

    def _fitting(self, values: Sequence[object]) -> None:
        """Refuse what the driver would store in a spelling of its own, and what the server would hang up on."""
        if not all(isinstance(value, STORED) for value in values):
            raise TypeError
        characters = sum(len(value) for value in values if isinstance(value, str))
        if characters * WIDEST < self._packet:
            return
        if sum(len(value.encode()) for value in values if isinstance(value, str)) * 2 >= self._packet:
            raise RawRefused("larger than the server's max_allowed_packet allows")


def connect_raw(target: MysqlTarget, limits: Limits) -> RawMysql:
    """Open a raw connection.

    Raises:
        RawUnavailable: It cannot be opened.
    """
    with _explained():
        patience = ANSWER_SECONDS + limits.busy_timeout_ms // 1000
        connection = connect(
            target, limits, "READ COMMITTED", conv=CONVERSIONS, read_timeout=patience, write_timeout=patience
        )
        with connection.cursor() as cursor:
            cursor.execute("SELECT @@max_allowed_packet")
            ((packet,),) = cursor.fetchall()
        return RawMysql(connection, packet)


@contextmanager
def _explained() -> Generator[None]:
    try:
        yield
    except (
        Error,
        OSError,
        AttributeError,
        *UNSTORABLE,
    ) as error:  # it fails by AttributeError on a type it cannot spell
        raise raw_error(error) from None
