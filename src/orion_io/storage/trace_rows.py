"""What a trace is as a row, and the statement that stores some of them. Knows no connection.

A row is made where the trace ends, while all of it lies in the processor's cache; the thread that writes then does
next to nothing with it but hand it to the database, and holds the interpreter lock for a third of the time.
"""

from typing import Any

import cython

from orion_core.protocol import StoreTrace

MOST = 512  # rows of one statement at most, a power of two
ROW_BYTES = 1024  # what a row takes besides its documents

BOUND = (
    "id", "request_id", "channel", "channel_id", "channel_version", "mode", "status", "error_message",
    "duration_ms", "started_at", "completed_at", "input_json", "result_json",
)  # fmt: skip
COPIED = {"created_at": "started_at", "updated_at": "completed_at"}  # columns that repeat what is bound already
COLUMNS = (*BOUND, *COPIED)
REPEATED = tuple(BOUND.index(name) for name in COPIED.values())
# Bound as "" where there is nothing: the driver takes ten times as long to bind None.
EMPTY_IS_NULL = frozenset({"error_message", "input_json", "result_json"})
EMPTY_PLACES = tuple(BOUND.index(name) for name in sorted(EMPTY_IS_NULL))


@cython.ccall
def row_of(trace: StoreTrace, duration_ms: cython.double, completed_at: cython.longlong) -> tuple[Any, ...]:
    """The values of BOUND for a finished trace.

    Args:
        trace: What the core knows of it.
        duration_ms: How long the request took.
        completed_at: When it ended, microseconds since the epoch, UTC.
    """
    came, went = trace.input_json, trace.result_json
    return (
        trace.id, trace.request_id, trace.channel, trace.channel_id, trace.channel_version, trace.mode, trace.status,
        trace.error_message or "", duration_ms, int(trace.started_at * 1_000_000), completed_at,
        "" if came is None else str(came, "utf-8", "replace"), "" if went is None else str(went, "utf-8", "replace"),
    )  # fmt: skip


@cython.ccall
def weight(row: tuple[Any, ...]) -> cython.longlong:
    """Bytes of memory that a row takes, about."""
    came: str = row[11]
    went: str = row[12]
    return ROW_BYTES + len(came) * (1 if came.isascii() else 4) + len(went) * (1 if went.isascii() else 4)


def spelt(row: tuple[Any, ...]) -> list[Any]:
    """The values of COLUMNS for a row of BOUND, with None where there is nothing."""
    values = [*row, *(row[place] for place in REPEATED)]
    for place in EMPTY_PLACES:
        values[place] = values[place] or None
    return values


def _statement(rows: int) -> str:
    values = ", ".join(f"({', '.join(_value(name, len(BOUND) * row) for name in COLUMNS)})" for row in range(rows))
    return f"INSERT INTO traces ({', '.join(COLUMNS)}) VALUES {values} ON CONFLICT (id) DO NOTHING"  # noqa: S608


def _value(column: str, offset: int) -> str:
    bound = COPIED.get(column, column)
    place = f"?{offset + BOUND.index(bound) + 1}"
    return f"nullif({place}, '')" if bound in EMPTY_IS_NULL else place


def _plain(rows: int, ignoring: str) -> str:
    places = f"({', '.join('?' for _ in COLUMNS)})"
    return f"INSERT INTO traces ({', '.join(COLUMNS)}) VALUES {', '.join([places] * rows)} {ignoring}"  # noqa: S608


# By the number of their rows, powers of two; each is prepared once and then cached.
STATEMENTS = {1 << power: _statement(1 << power) for power in range(MOST.bit_length())}
# The same for PostgreSQL, which takes no value twice; 9 us of ours a row, where one row at a time takes 25.
POSTGRES = {count: _plain(count, "ON CONFLICT (id) DO NOTHING") for count in STATEMENTS}
# MySQL's driver makes one statement of many rows by itself.
MYSQL = _plain(1, "ON DUPLICATE KEY UPDATE id = id")
