"""Rows of one table as records, and back. Knows no transaction and no rule of the life cycle."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Generic, TypeVar

import msgspec
from sqlalchemy import Column, ColumnElement, Row, Select, Table, and_, delete, func, insert, or_, select

from orion_io.storage.queries import Mark, Page, Rows, Sort
from orion_io.storage.statements import Statements

R = TypeVar("R", bound=msgspec.Struct)
T = TypeVar("T")

AT_ONCE = 500  # rows or values of one statement: every database takes so many


class RecordTable(Generic[R]):
    """A table whose column keys are the members of a record.

    Args:
        db: Where its statements run.
        table: The table.
        record: The type of its rows.
    """

    def __init__(self, db: Statements, table: Table, record: type[R]) -> None:
        self.db = db
        self.table = table
        self.record = record

    def select(self, leave_out: Sequence[str] = ()) -> Select[Any]:  # a row's types depend on the record
        """A query for the columns of the record, but for those left out."""
        return select(
            *(self.table.c[name].label(name) for name in self.record.__struct_fields__ if name not in leave_out)
        )

    async def insert(self, record: R) -> None:
        """Add a row."""
        await self.db.change(insert(self.table).values(msgspec.structs.asdict(record)))

    async def insert_all(self, records: Sequence[R]) -> None:
        """Add rows."""
        for part in parts(records):
            await self.db.change_each(insert(self.table), [msgspec.structs.asdict(record) for record in part])

    async def remove(self, column: Column[Any], values: Collection[str]) -> None:  # of whatever type the column is
        """Remove every row whose column has one of these values."""
        for part in parts(values):
            await self.db.change(delete(self.table).where(column.in_(part)))

    async def present(self, column: Column[Any], values: Collection[str]) -> str | None:  # as above
        """One of these values that a row has, or None."""
        for part in parts(values):
            row = await self.db.first(select(column).where(column.in_(part)).limit(1))
            if row is not None:
                return str(row[0])
        return None

    async def one(self, query: Select[Any]) -> R | None:  # as above
        """The first row of a query, as a record."""
        row = await self.db.first(query)
        return None if row is None else self._record(row)

    async def many(self, query: Select[Any]) -> list[R]:  # as above
        """Every row of a query, as records."""
        return [self._record(row) for row in await self.db.all(query)]

    async def page(self, query: Select[Any], page: Page) -> Rows[R]:
        """A part of a query's rows, and how many it has in all."""
        total = await self._count(query)
        return Rows(await self.many(query.limit(page.limit).offset(page.offset)), total)

    async def sorted_page(self, query: Select[Any], sort: Sort, columns: Sequence[str], page: Page) -> Rows[R]:
        """A part of a query's rows in the order asked for, how many it has in all, and where it goes on."""
        total = await self._count(query)
        ordered = self.ordered(query, sort, columns, "id")
        if page.after is not None:
            ordered = ordered.where(beyond(self._sorted_by(sort, columns), self.table.c.id, sort, page.after))
        rows = await self.many(ordered.limit(page.limit + 1).offset(page.offset))
        shown = rows[: page.limit]
        return Rows(shown, total, self._mark(shown[-1], sort, columns) if len(rows) > page.limit else None)

    def ordered(self, query: Select[Any], sort: Sort, columns: Sequence[str], tie: str) -> Select[Any]:
        """The query in the order asked for; the first of `columns` stands in for an unknown name."""
        column = self._sorted_by(sort, columns)
        return query.order_by(column.desc() if sort.descending else column.asc(), self.table.c[tie])

    def equal(self, **wanted: object) -> list[ColumnElement[bool]]:
        """Conditions for the members that are wanted; None asks for nothing."""
        return [self.table.c[name] == value for name, value in wanted.items() if value is not None]

    def within(self, since: int | None, until: int | None) -> list[ColumnElement[bool]]:
        """Conditions for what was created from `since` on and before `until`; None asks for nothing."""
        created: Column[Any] = self.table.c.created_at
        return [
            *([created >= since] if since is not None else ()),
            *([created < until] if until is not None else ()),
        ]

    async def _count(self, query: Select[Any]) -> int:
        return await self.db.number(query.order_by(None).with_only_columns(func.count(), maintain_column_froms=True))

    def _sorted_by(self, sort: Sort, columns: Sequence[str]) -> Column[Any]:
        return self.table.c[sort.column if sort.column in columns else columns[0]]

    def _mark(self, record: R, sort: Sort, columns: Sequence[str]) -> Mark:
        return Mark(getattr(record, self._sorted_by(sort, columns).key), record.id)  # type: ignore[attr-defined]

    def _record(self, row: Row[Any]) -> R:  # as above
        return self.record(**row._mapping)


def beyond(column: Column[Any], tie: Column[Any], sort: Sort, mark: Mark) -> ColumnElement[bool]:
    """The condition for rows after a mark, in a list sorted by `column` and then upwards by `tie`.

    The first half says nothing new; it is what a database can look up in an index of the column.
    """
    reached = column <= mark.value if sort.descending else column >= mark.value
    further = column < mark.value if sort.descending else column > mark.value
    return and_(reached, or_(further, tie > mark.id))


def parts(items: Iterable[T]) -> Iterator[list[T]]:
    """The items in lists of bounded length."""
    rest = iter(items)
    while part := list(islice(rest, AT_ONCE)):
        yield part


def only(changes: Mapping[str, object], editable: Iterable[str]) -> None:
    """Check that a caller of ours changes only what may be changed.

    Raises:
        TypeError: It does not.
    """
    unknown = sorted(set(changes).difference(editable))
    if unknown:
        raise TypeError(f"these members cannot be changed: {', '.join(unknown)}")
