"""Rows that were read before: one that has not changed is the record it was, and is not read again. Knows no table.

What is active is read whole at every change of it, and nearly all of it is as it was. A row is known by all of its
columns, documents as the texts they are, so that nothing is taken for unchanged that is not.
"""

from collections.abc import Iterable
from typing import Any, Generic, TypeVar

import msgspec
from sqlalchemy import Row, Select, Table, Text, select, type_coerce

from orion_io.storage.columns import JsonText
from orion_io.storage.statements import named_failures

R = TypeVar("R", bound=msgspec.Struct)


class Remembered(Generic[R]):
    """The records of one query.

    Args:
        table: The table; its column keys are the members of the record.
        record: The type of its rows.
    """

    def __init__(self, table: Table, record: type[R]) -> None:
        self._table = table
        self._record = record
        self._documents = frozenset(column.key for column in table.c if isinstance(column.type, JsonText))
        self._known: dict[tuple[Any, ...], R] = {}

    def select(self) -> Select[Any]:  # a row's types depend on the record
        """A query for the columns of the record, documents unread."""
        return select(*(self._column(name).label(name) for name in self._record.__struct_fields__))

    def _column(self, name: str) -> Any:  # as above
        column = self._table.c[name]
        return type_coerce(column, Text()) if name in self._documents else column

    def records(self, rows: Iterable[Row[Any]]) -> list[R]:
        """The records of every row of the query, in its order; those of other rows are forgotten."""
        known = self._known
        with named_failures():
            self._known = {row: known.get(row) or self._read(row) for row in map(tuple, rows)}
        return list(self._known.values())

    def _read(self, row: tuple[Any, ...]) -> R:
        members = zip(self._record.__struct_fields__, row, strict=True)
        return self._record(**{
            name: msgspec.json.decode(value) if name in self._documents and value is not None else value
            for name, value in members
        })  # fmt: skip
