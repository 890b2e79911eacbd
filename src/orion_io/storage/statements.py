"""Runs statements on one connection and names what goes wrong. Knows no table."""

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import msgspec
from sqlalchemy import Executable, Row, exc
from sqlalchemy.ext.asyncio import AsyncConnection

from orion_io.storage.errors import Conflict, StorageUnavailable, StoreError, Unstorable

UNSTORABLE = (OverflowError, UnicodeError, TypeError, ValueError)
TEXTS = (  # what the driver says, what a caller may read
    ("locked", "The storage is busy"),
    ("no such table", "The storage is not ready: its migrations have not been applied"),
    ("no such column", "The storage is not ready: its migrations have not been applied"),
    ("full", "The storage is full"),
    ("readonly", "The storage does not allow changes here"),
)


class Statements:
    """One connection inside one transaction; every failure leaves as a StoreError."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def all(self, statement: Executable) -> Sequence[Row[Any]]:  # a row's types depend on the statement
        """Every row of the result."""
        with named_failures():
            return (await self._connection.execute(statement)).all()

    async def first(self, statement: Executable) -> Row[Any] | None:  # as above
        """The first row of the result, or None."""
        with named_failures():
            return (await self._connection.execute(statement)).first()

    async def number(self, statement: Executable) -> int:
        """The only value of the result; 0 when there is none."""
        row = await self.first(statement)
        return 0 if row is None else int(row[0])

    async def change(self, statement: Executable) -> int:
        """Carry out a change. Returns how many rows it touched."""
        with named_failures():
            return (await self._connection.execute(statement)).rowcount

    async def change_each(self, statement: Executable, values: Sequence[Mapping[str, object]]) -> None:
        """Carry out a change once for each of these values, at least one."""
        with named_failures():
            await self._connection.execute(statement, [dict(each) for each in values])


@contextmanager
def named_failures() -> Generator[None]:
    """Turn what SQLAlchemy and the driver raise into errors of ours.

    The originals are cut off: SQL and values stay out of every log, what the driver said goes into `detail`.
    """
    try:
        yield
    except exc.TimeoutError:
        raise StorageUnavailable("The storage is busy", "no connection became free in time") from None
    except exc.IntegrityError as error:
        raise Conflict("The change contradicts what is stored", str(error.orig)) from None
    except exc.StatementError as error:
        raise _named(error.orig or error) from None
    except exc.SQLAlchemyError as error:
        raise StorageUnavailable("The storage is unavailable", type(error).__name__) from None
    except msgspec.DecodeError as error:
        raise StorageUnavailable("A stored document is damaged", str(error)) from None
    except UNSTORABLE as error:
        raise _named(error) from None


def _named(error: BaseException) -> StoreError:
    if isinstance(error, UNSTORABLE):
        return Unstorable("A value is too large, or holds characters that cannot be stored", type(error).__name__)
    said = str(error)
    for word, text in TEXTS:
        if word in said:
            return StorageUnavailable(text, said)
    return StorageUnavailable("The storage is unavailable", said)
