"""The statement that stores a batch of traces, and the values bound to it. Knows no connection."""

from collections.abc import Sequence
from typing import Protocol

BATCH = 512  # rows of one statement at most, a power of two

BOUND = (
    "id", "request_id", "channel", "channel_id", "channel_version", "mode", "status", "error_message",
    "duration_ms", "started_at", "completed_at", "input_json", "result_json",
)  # fmt: skip
COPIED = {"created_at": "started_at", "updated_at": "completed_at"}  # columns that repeat what is bound already


class WritableTrace(Protocol):
    """What the writer reads of a trace; instants are microseconds since the epoch, UTC."""

    id: str
    request_id: str
    channel: str
    channel_id: str
    channel_version: int
    mode: str
    status: str
    input_json: bytes | None
    result_json: bytes | None
    error_message: str | None
    duration_ms: float
    started_at: int
    completed_at: int


def _statement(rows: int) -> str:
    row = f"({', '.join('?' * len(BOUND))})"
    bound = [f"column{place}" for place in range(1, len(BOUND) + 1)]
    again = [bound[BOUND.index(column)] for column in COPIED.values()]
    return (
        f"INSERT INTO traces ({', '.join((*BOUND, *COPIED))}) SELECT {', '.join(bound + again)} "  # noqa: S608
        f"FROM (VALUES {', '.join([row] * rows)}) WHERE column1 IS NOT NULL ON CONFLICT (id) DO NOTHING"
    )


# One statement, and so one commit, for a batch of any size: it is filled up to the next power of two with rows of
# NULL, which are skipped. Each of these is prepared once and then cached.
STATEMENTS = tuple((1 << power, _statement(1 << power)) for power in range(BATCH.bit_length()))


def row_values(traces: Sequence[WritableTrace]) -> list[object]:
    """What is bound for these traces: the values of BOUND, row after row."""
    values: list[object] = []
    for trace in traces:
        body, answer = trace.input_json, trace.result_json
        values += (
            trace.id, trace.request_id, trace.channel, trace.channel_id, trace.channel_version, trace.mode,
            trace.status, trace.error_message, trace.duration_ms, trace.started_at, trace.completed_at,
            None if body is None else body.decode("utf-8", "replace"),
            None if answer is None else answer.decode("utf-8", "replace"),
        )  # fmt: skip
    return values
