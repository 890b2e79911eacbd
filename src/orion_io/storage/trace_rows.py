"""What a trace is as a row, and the statement that stores some of them. Knows no connection.

A row is made where the trace ends, while all of it lies in the processor's cache; the thread that writes then does
next to nothing with it but hand it to the database, and holds the interpreter lock for a third of the time.
"""

from collections.abc import Sequence
from itertools import chain
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
# Bound as "" where there is nothing: the driver takes ten times as long to bind None.
EMPTY_IS_NULL = frozenset({"error_message", "input_json", "result_json"})


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


def bindings(rows: Sequence[tuple[Any, ...]], size: int) -> list[Any]:
    """What is bound for a statement of `size` rows: these, then rows of NULL."""
    values = list(chain.from_iterable(rows))
    if len(rows) < size:
        values += [None] * (len(BOUND) * (size - len(rows)))
    return values


def _statement(rows: int) -> str:
    row = f"({', '.join('?' * len(BOUND))})"
    columns = [_selected(name) for name in (*BOUND, *COPIED.values())]
    return (
        f"INSERT INTO traces ({', '.join((*BOUND, *COPIED))}) SELECT {', '.join(columns)} "  # noqa: S608
        f"FROM (VALUES {', '.join([row] * rows)}) WHERE column1 IS NOT NULL ON CONFLICT (id) DO NOTHING"
    )


def _selected(name: str) -> str:
    column = f"column{BOUND.index(name) + 1}"
    return f"nullif({column}, '')" if name in EMPTY_IS_NULL else column


# One statement for any number of rows: it is filled up to the next power of two with rows of NULL, which are
# skipped. Each of these is prepared once and then cached.
STATEMENTS = tuple((1 << power, _statement(1 << power)) for power in range(MOST.bit_length()))
