"""Dead letters in SQL, and putting their traces back into the queue. Knows no worker and no schedule.

A retry runs the same trace again. The dead letter stays while it does, as `retrying`: whoever ends the trace removes it
or lets it wait again, in the same transaction.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Row, Select, bindparam, delete, select, update
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from orion_io.storage.errors import IdTaken, NotFound, NotRetryable, RetryUnderWay
from orion_io.storage.queries import DEAD_LETTER_SORTS, Batch, DeadLetterFilter, Mark, Page, Rows, Sort
from orion_io.storage.records import DeadLetterRecord, TraceRecord
from orion_io.storage.schema import trace_dlq, traces
from orion_io.storage.sql_rows import RecordTable, beyond
from orion_io.storage.statements import Statements

DOCUMENTS = ("payload_json", "metadata_json")
PLACES = 1000  # positions in the queue that one microsecond has; no batch is larger
BATCH_SORTS = ("id", "next_retry_at")
NOT_UNDER_WAY = trace_dlq.c.status != "retrying"
PUT_BACK = (
    update(traces)
    .where(traces.c.id == bindparam("trace"))
    .values(
        status="pending",
        lease_owner=None,
        lease_until=None,
        fence=traces.c.fence + 1,
        not_before=None,
        crashes=0,
        completed_at=None,
        duration_ms=None,
        position=bindparam("place"),
        size_bytes=bindparam("size"),
        updated_at=bindparam("now"),
    )
)


class Characters(FunctionElement[int]):
    """How many characters a text has."""

    type = BigInteger()
    name = "characters"
    inherit_cache = True


@compiles(Characters)
def _characters(element: Characters, compiler: SQLCompiler, **options: Any) -> str:  # SQLAlchemy's own signature
    # The standard's word is unknown to SQLite; the other counts bytes on MySQL.
    function = "length" if compiler.dialect.name == "sqlite" else "char_length"
    return f"{function}({compiler.process(element.clauses, **options)})"


class SqlDeadLetters:
    """The `trace_dlq` table; see `orion_io.storage.parts.DeadLetters` for what each call promises."""

    def __init__(self, db: Statements) -> None:
        self._db = db
        self._rows = RecordTable(db, trace_dlq, DeadLetterRecord)

    async def append(self, record: DeadLetterRecord) -> None:
        """Keep a dead letter. Raises IdTaken."""
        if await self.get(record.id) is not None:
            raise IdTaken("dead letter", record.id)
        await self._rows.insert(record)

    async def get(self, dead_letter_id: str) -> DeadLetterRecord | None:
        """The dead letter with that id, or None."""
        return await self._rows.one(self._rows.select().where(trace_dlq.c.id == dead_letter_id))

    async def of_trace(self, trace_id: str) -> DeadLetterRecord | None:
        """The dead letter of that trace without its documents, or None."""
        return await self._rows.one(self._rows.select(DOCUMENTS).where(trace_dlq.c.trace_id == trace_id))

    async def list(self, where: DeadLetterFilter, sort: Sort, page: Page) -> Rows[DeadLetterRecord]:
        """Dead letters without their documents, newest first unless sorted otherwise."""
        query = self._rows.select(DOCUMENTS).where(*self._conditions(where))
        return await self._rows.sorted_page(query, sort, DEAD_LETTER_SORTS, page)

    async def delete(self, dead_letter_id: str) -> int:
        """Remove a dead letter. Returns 1, or 0 when there was none."""
        return await self._db.change(delete(trace_dlq).where(trace_dlq.c.id == dead_letter_id))

    async def retry(self, dead_letter_id: str, *, now: int) -> DeadLetterRecord:
        """Put its trace back into the queue. Raises NotFound, RetryUnderWay, NotRetryable."""
        rows = await self._at_rest(dead_letter_id)
        if not await self._put_back(rows, now):
            raise NotRetryable(dead_letter_id, await self._status(rows[0].trace_id))
        return await self._found(dead_letter_id)

    async def discard(self, dead_letter_id: str) -> DeadLetterRecord:
        """Remove a dead letter, and return it. Raises NotFound, RetryUnderWay."""
        await self._at_rest(dead_letter_id)
        record = await self._found(dead_letter_id)
        await self.delete(dead_letter_id)
        return record

    async def retry_some(self, where: DeadLetterFilter, sort: Sort, page: Page, *, now: int) -> Batch:
        """Put the traces of some back into the queue."""
        rows = await self._some(where, sort, page)
        return self._batch(rows, await self._put_back(rows, now), page)

    async def discard_some(self, where: DeadLetterFilter, sort: Sort, page: Page) -> Batch:
        """Remove some."""
        rows = await self._some(where, sort, page)
        ids = [row.id for row in rows]
        if ids:
            await self._db.change(delete(trace_dlq).where(trace_dlq.c.id.in_(ids)))
        return self._batch(rows, ids, page)

    async def _found(self, dead_letter_id: str) -> DeadLetterRecord:
        record = await self.get(dead_letter_id)
        if record is None:
            raise NotFound("dead letter", dead_letter_id)
        return record

    async def _at_rest(self, dead_letter_id: str) -> Sequence[Row[Any]]:  # the columns of _weighed
        """The row of one dead letter, held for this transaction."""
        rows = await self._db.all(_weighed().where(trace_dlq.c.id == dead_letter_id).with_for_update())
        if not rows:
            raise NotFound("dead letter", dead_letter_id)
        if rows[0].status == "retrying":
            raise RetryUnderWay(dead_letter_id)
        return rows

    async def _some(self, where: DeadLetterFilter, sort: Sort, page: Page) -> Sequence[Row[Any]]:  # as above
        """The rows of a batch, held for this transaction; those that somebody else holds are left to them."""
        column = trace_dlq.c[sort.column if sort.column in BATCH_SORTS else BATCH_SORTS[0]]
        query = _weighed().add_columns(column.label("sorted_by")).where(NOT_UNDER_WAY, *self._conditions(where))
        if page.after is not None:
            query = query.where(beyond(column, trace_dlq.c.id, sort, page.after))
        query = self._rows.ordered(query, sort, BATCH_SORTS, "id").limit(min(page.limit, PLACES))
        return await self._db.all(query.with_for_update(skip_locked=True))

    def _batch(self, rows: Sequence[Row[Any]], ids: Sequence[str], page: Page) -> Batch:
        full = len(rows) == min(page.limit, PLACES) and rows
        return Batch(ids, len(rows), Mark(rows[-1].sorted_by, rows[-1].id) if full else None)

    async def _put_back(self, rows: Sequence[Row[Any]], now: int) -> Sequence[str]:
        """Queue the traces again that failed, or are gone; the ids of their dead letters."""
        query = select(traces.c.id, traces.c.status).where(traces.c.id.in_([row.trace_id for row in rows]))
        there = {row.id: row.status for row in await self._db.all(query.with_for_update())} if rows else {}
        taken = [row for row in rows if there.get(row.trace_id, "failed") == "failed"]
        ids = [row.id for row in taken]
        if not ids:
            return ids
        under_way = update(trace_dlq).where(trace_dlq.c.id.in_(ids)).values(status="retrying", updated_at=now)
        await self._db.change(under_way)
        places = [
            {"trace": row.trace_id, "place": now * PLACES + number, "size": row.size, "now": now}
            for number, row in enumerate(taken)
        ]
        known = [place for place in places if place["trace"] in there]
        if known:
            await self._db.change_each(PUT_BACK, known)
        for row, place in zip(taken, places, strict=True):
            if row.trace_id not in there:
                await self._make_anew(row.id, place["place"], row.size)
        return ids

    async def _make_anew(self, dead_letter_id: str, position: int, size: int) -> None:
        """A trace in place of one that is gone, with what was asked; its own request's id is not known any more."""
        letter = await self._found(dead_letter_id)
        record = TraceRecord(
            id=letter.trace_id,
            request_id=letter.trace_id,
            channel=letter.channel,
            mode="async",
            error_message=letter.error_message,
            attempts=letter.retry_count + 1,
            position=position,
            size_bytes=size,
            created_at=letter.created_at,
            updated_at=letter.updated_at,
            input_json=letter.payload_json,
            metadata_json=letter.metadata_json,
        )
        await RecordTable(self._db, traces, TraceRecord).insert(record)

    async def _status(self, trace_id: str) -> str:
        row = await self._db.first(select(traces.c.status).where(traces.c.id == trace_id))
        return "gone" if row is None else str(row.status)

    def _conditions(self, where: DeadLetterFilter) -> Sequence[ColumnElement[bool]]:
        conditions = [
            *self._rows.equal(status=where.status, channel=where.channel, trace_id=where.trace_id),
            *self._rows.within(where.since, where.until),
        ]
        if where.due is not None:
            conditions.append(trace_dlq.c.next_retry_at <= where.due)
        if where.ids is not None:
            conditions.append(trace_dlq.c.id.in_(where.ids))
        return conditions


def _weighed() -> Select[Any]:  # a row's types are the columns'
    """Which trace each dead letter is of, and what it weighs while it waits: its documents, in characters."""
    size = Characters(trace_dlq.c.payload_json) + Characters(trace_dlq.c.metadata_json)
    return select(trace_dlq.c.id, trace_dlq.c.trace_id, trace_dlq.c.status, size.label("size"))
