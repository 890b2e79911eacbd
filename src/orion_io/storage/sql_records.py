"""What is recorded rather than defined, in SQL: traces and the audit log. Knows no life cycle."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, delete, exists, select

from orion_io.storage.errors import IdTaken
from orion_io.storage.queries import TRACE_SORTS, AuditFilter, Mark, Page, Rows, Sort, TraceFilter
from orion_io.storage.records import AuditRecord, TraceRecord
from orion_io.storage.schema import audit_logs, trace_dlq, traces
from orion_io.storage.sql_rows import RecordTable, beyond
from orion_io.storage.statements import Statements

DOCUMENTS = ("input_json", "metadata_json", "result_json", "steps_json", "attempts_json")
ENDED = ("completed", "failed")
OLDEST_FIRST = Sort("created_at", descending=False)


class SqlTraces:
    """The `traces` table; see `orion_io.storage.parts.Traces` for what each call promises."""

    def __init__(self, db: Statements) -> None:
        self._db = db
        self._rows = RecordTable(db, traces, TraceRecord)

    async def get(self, trace_id: str) -> TraceRecord | None:
        """A trace with its documents, or None."""
        return await self._rows.one(self._rows.select().where(traces.c.id == trace_id))

    async def list(self, where: TraceFilter, sort: Sort, page: Page, *, documents: bool = False) -> Rows[TraceRecord]:
        """Traces, newest first unless sorted otherwise; with their documents only when asked for."""
        query = self._rows.select(leave_out=() if documents else DOCUMENTS)
        members = self._rows.equal(status=where.status, channel=where.channel, mode=where.mode)
        wanted = query.where(*members, *self._rows.within(where.since, where.until))
        return await self._rows.sorted_page(wanted, sort, TRACE_SORTS, page)

    async def insert(self, record: TraceRecord) -> None:
        """Keep a trace. Raises IdTaken."""
        if await self.get(record.id) is not None:
            raise IdTaken("trace", record.id)
        await self._rows.insert(record)

    async def expired(self, before: int, page: Page) -> Sequence[Mark]:
        """Those that ended and are older than `before`, oldest first; never one that has a dead letter."""
        query = _expired(before).add_columns(traces.c.created_at).limit(page.limit)
        if page.after is not None:
            query = query.where(beyond(traces.c.created_at, traces.c.id, OLDEST_FIRST, page.after))
        rows = await self._db.all(query.order_by(traces.c.created_at, traces.c.id))
        return [Mark(row.created_at, row.id) for row in rows]

    async def delete_expired(self, before: int, ids: Sequence[str]) -> int:
        """Remove those of them that are expired still. Returns how many there were."""
        query = _expired(before).where(traces.c.id.in_(ids)).with_for_update(skip_locked=True)
        expired = [row.id for row in await self._db.all(query)]
        return await self._db.change(delete(traces).where(traces.c.id.in_(expired))) if expired else 0


def _expired(before: int) -> Select[Any]:  # the column is a text
    return select(traces.c.id).where(
        traces.c.created_at < before,  # what the index knows
        traces.c.updated_at < before,  # what was retried counts from its end
        traces.c.status.in_(ENDED),
        ~exists().where(trace_dlq.c.trace_id == traces.c.id),
    )


class SqlAudit:
    """The `audit_logs` table; see `orion_io.storage.parts.Audit` for what each call promises."""

    def __init__(self, db: Statements) -> None:
        self._rows = RecordTable(db, audit_logs, AuditRecord)

    async def append(self, record: AuditRecord) -> None:
        """Keep an entry."""
        await self._rows.insert(record)

    async def list(self, where: AuditFilter, page: Page) -> Rows[AuditRecord]:
        """Entries, newest first."""
        members = self._rows.equal(
            action=where.action, resource_type=where.resource_type, resource_id=where.resource_id,
            principal=where.principal, outcome=where.outcome,
        )  # fmt: skip
        query = self._rows.select().where(*members, *self._rows.within(where.since, where.until))
        return await self._rows.page(query.order_by(audit_logs.c.created_at.desc(), audit_logs.c.id.desc()), page)
