"""The inbox: a row for each effect that happens once, in the transaction of the effect. Knows no database's spelling.

The row's key is unique, so of two transactions with one key the second waits for the first to end, and then finds what
the first one gave. A transaction that fails takes its row along. What is too large to keep is kept without its rows.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from orion_core import decode, encode
from orion_core.calls import SqlResult, Statement
from orion_io.connectors.carrying import CallFailed
from orion_io.connectors.sql.rows import Rows
from orion_io.connectors.sql.sessions import MISSING, TAKEN, Inbox, Session

KEPT_BYTES = 65_536  # of results as JSON
DEPTH = 210  # of results as JSON: a column's 200, and what is around it
HOUR = 3_600_000_000  # microseconds


async def claim(
    session: Session, inbox: Inbox, key: str, begin: Callable[[], Awaitable[None]]
) -> tuple[SqlResult, ...] | None:
    """Put a key in the inbox, in the transaction that has begun; makes the table where there is none.

    Args:
        session: In a transaction.
        inbox: How its database spells this.
        key: Names the effect.
        begin: Begins the transaction anew, after the table was made outside of it.

    Returns:
        What the effect gave when it happened; None when it is to happen now.

    Raises:
        CallFailed: There is no table and none can be made, or it does not hold what it should.
    """
    try:
        return await _claim(session, inbox, key)
    except Exception as error:
        if inbox.news(error) != MISSING:
            raise
    await session.rollback()
    refused = await _create(session, inbox)
    await begin()
    try:
        return await _claim(session, inbox, key)
    except Exception as error:
        if inbox.news(error) != MISSING:
            raise
        text = "has no table 'orion_inbox' that its user may use, which 'once' needs, and the user may not make one"
        detail = f"to be run by an administrator: {'; '.join(inbox.create)}; ({refused or error})"
        raise CallFailed("connector_refused", text, retryable=False, detail=detail, happened=False) from error


async def keep(session: Session, inbox: Inbox, key: str, results: list[SqlResult]) -> None:
    """Keep what the statements gave, before the transaction ends."""
    text = encode(results)
    if len(text) > KEPT_BYTES:
        text = encode([SqlResult(None, each.affected, each.last_id) for each in results])
    await _run(session, inbox.keep, text.decode(), key)


async def _claim(session: Session, inbox: Inbox, key: str) -> tuple[SqlResult, ...] | None:
    try:
        if (await _run(session, inbox.claim, key)).affected:
            return None
    except Exception as error:
        if inbox.news(error) != TAKEN:
            raise
    rows = (await _run(session, inbox.recall, key)).rows
    if not rows:
        text = "has just forgotten an effect in 'orion_inbox'"
        raise CallFailed("connector_failed", text, retryable=True, happened=False)
    kept: Any = None if rows[0]["result"] is None else decode(rows[0]["result"].encode(), DEPTH)
    if not kept:
        text = "has an effect without its results in 'orion_inbox'"
        raise CallFailed("connector_refused", text, retryable=False, happened=False)
    return tuple(SqlResult(**each) for each in kept)


async def _create(session: Session, inbox: Inbox) -> Exception | None:
    """Make the table, unless somebody else just did; why not, when the database did not want that."""
    try:
        for text in inbox.create:
            await _run(session, text)
    except Exception as error:  # whether it matters shows when the table is used
        return error
    return None


async def _run(session: Session, text: str, *values: object) -> SqlResult:
    return await session.run(Statement(text, values), Rows(1, 4 * KEPT_BYTES), read_only=False)
