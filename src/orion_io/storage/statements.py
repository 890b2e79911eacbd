"""Runs statements on one connection and names what goes wrong. Knows no table."""

from collections.abc import Generator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager, nullcontext
from typing import Any

import msgspec
from sqlalchemy import Executable, Row, exc
from sqlalchemy.ext.asyncio import AsyncConnection

from orion_io.storage.errors import Conflict, StorageUnavailable, StoreError, Unstorable
from orion_io.storage.failures import UNSTORABLE, Kind, failure_of

TEXTS: dict[Kind, str] = {  # what a caller may read
    "busy": "The storage is busy",
    "not_ready": "The storage is not ready: its migrations have not been applied",
    "full": "The storage is full",
    "read_only": "The storage does not allow changes here",
}


class Statements:
    """One connection inside one transaction; every failure leaves as a StoreError."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self.dialect = connection.dialect.name

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
            async with self._undone_alone():
                return (await self._connection.execute(statement)).rowcount

    async def change_each(self, statement: Executable, values: Sequence[Mapping[str, object]]) -> None:
        """Carry out a change once for each of these values, at least one."""
        with named_failures():
            async with self._undone_alone():
                await self._connection.execute(statement, [dict(each) for each in values])

    def _undone_alone(self) -> AbstractAsyncContextManager[object]:
        """So that a change that is refused leaves the others; PostgreSQL would give up the whole transaction."""
        return self._connection.begin_nested() if self.dialect == "postgresql" else nullcontext()


@contextmanager
def named_failures() -> Generator[None]:
    """Turn what SQLAlchemy and the driver raise into errors of ours.

    The originals are cut off: SQL and values stay out of every log, what the driver said goes into `detail`.
    """
    try:
        yield
    except exc.TimeoutError:
        raise StorageUnavailable("The storage is busy", "no connection became free in time") from None
    except exc.StatementError as error:
        raise _named(error.orig or error) from None
    except exc.SQLAlchemyError as error:
        raise StorageUnavailable("The storage is unavailable", type(error).__name__) from None
    except msgspec.DecodeError as error:
        raise StorageUnavailable("A stored document is damaged", str(error)) from None
    except (OSError, *UNSTORABLE) as error:
        raise _named(error) from None


def _named(error: BaseException) -> StoreError:
    failure = failure_of(error)
    if failure.kind == "conflict":
        return Conflict("The change contradicts what is stored", failure.detail)
    if failure.kind == "unstorable":
        return Unstorable("A value is too large, or holds characters that cannot be stored", failure.detail)
    return StorageUnavailable(TEXTS.get(failure.kind, "The storage is unavailable"), failure.detail)
