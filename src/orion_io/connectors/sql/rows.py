"""Rows as JSON objects, no more of them than allowed. Knows no database.

What JSON has no type for becomes text: decimals and times by each database's converters, binary as base64 (RFC 4648
section 4), floats that are no number by their name.
"""

import math
from base64 import b64encode
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from orion_core import encode
from orion_io.connectors.carrying import CallFailed

SMALL = 8  # bytes that count for a number, a boolean or null


class Rows:
    """The rows of one action's statements.

    Args:
        max_rows: Of one statement.
        max_bytes: Of all.
    """

    def __init__(self, max_rows: int, max_bytes: int) -> None:
        self._max_rows = max_rows
        self._max_bytes = max_bytes
        self._bytes = 0
        self._names: tuple[str, ...] = ()
        self._rows: list[dict[str, Any]] = []

    def start(self, columns: Iterable[str]) -> list[dict[str, Any]]:
        """The rows of another statement, which `add` fills."""
        self._names = distinct(columns)
        self._rows = []
        return self._rows

    def add(self, values: Sequence[Any]) -> None:
        """Keep a row.

        Raises:
            CallFailed: That is more than allowed.
        """
        if len(self._rows) == self._max_rows:
            raise too_much(f"{self._max_rows} rows (max_rows)")
        row = {}
        size = 0
        for name, value in zip(self._names, values, strict=True):
            found = value if type(value) in (str, int, bool) or value is None else plain(value)
            size += size_of(found)
            row[name] = found
        self._bytes += size
        if self._bytes > self._max_bytes:
            raise too_much(f"{self._max_bytes} bytes (max_result_bytes)")
        self._rows.append(row)


def size_of(value: Any) -> int:
    """Bytes that count for a value, about."""
    if isinstance(value, str):
        return len(value)
    return len(encode(value)) if isinstance(value, list | dict) else SMALL


def too_much(what: str) -> CallFailed:
    """More than allowed; the transaction that gave it is rolled back."""
    return CallFailed("connector_refused", f"gave more than {what}", retryable=False, happened=False)


def distinct(columns: Iterable[str]) -> tuple[str, ...]:
    """Names of columns; a second `id` becomes `id_2`, so that none is lost."""
    names: dict[str, None] = {}
    for column in columns:
        name, number = column, 1
        while name in names:
            number += 1
            name = f"{column}_{number}"
        names[name] = None
    return tuple(names)


def plain(value: Any) -> Any:
    """A driver's value as a JSON value."""
    if isinstance(value, float):
        return value if math.isfinite(value) else {math.inf: "Infinity", -math.inf: "-Infinity"}.get(value, "NaN")
    if isinstance(value, bytes | bytearray | memoryview):
        return b64encode(value).decode()
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return format(value, "f") if isinstance(value, Decimal) else value
