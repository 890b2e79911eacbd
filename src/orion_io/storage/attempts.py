"""What is told of the attempts at a request: a bounded JSON array, the latest last. Knows no queue."""

from datetime import UTC, datetime

import msgspec

MOST = 20  # attempts that are told of
LONGEST = 500  # characters of an error


def attempts_with(
    before: str | None,
    *,
    number: int,
    owner: str | None,
    started_at: int | None,
    ended_at: int,
    outcome: str,
    error: str | None = None,
) -> str:
    """The attempts with one more.

    Args:
        before: The array so far, JSON; None for none.
        number: Of this attempt, from 1.
        owner: Who worked.
        started_at: Microseconds since the epoch, UTC.
        ended_at: The same.
        outcome: "completed", "failed", "interrupted" (the server stopped), "lost" (nobody knows), or "crashed".
        error: Why.
    """
    attempts: list[dict[str, object]] = msgspec.json.decode(before) if before else []
    entry: dict[str, object] = {
        "number": number, "owner": owner, "started_at": None if started_at is None else _instant(started_at),
        "ended_at": _instant(ended_at), "outcome": outcome,
    }  # fmt: skip
    if error is not None:
        entry["error"] = error[:LONGEST]
    return msgspec.json.encode([*attempts[1 - MOST :], entry]).decode()


def _instant(microseconds: int) -> str:
    """An instant as the API writes them: UTC without an offset."""
    seconds, fraction = divmod(microseconds, 1_000_000)
    text = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{text}.{fraction:06d}".rstrip("0") if fraction else text
