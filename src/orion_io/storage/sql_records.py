"""What is recorded rather than defined, in SQL: traces, dead letters, the audit log. Knows no life cycle."""

from sqlalchemy import delete

from orion_io.storage.errors import IdTaken
from orion_io.storage.queries import TRACE_SORTS, AuditFilter, Page, Rows, Sort, TraceFilter
from orion_io.storage.records import AuditRecord, DeadLetterRecord, TraceRecord
from orion_io.storage.schema import audit_logs, trace_dlq, traces
from orion_io.storage.sql_rows import RecordTable
from orion_io.storage.statements import Statements

DOCUMENTS = ("input_json", "metadata_json", "result_json", "steps_json", "attempts_json")


class SqlTraces:
    """The `traces` table; see `orion_io.storage.parts.Traces` for what each call promises."""

    def __init__(self, db: Statements) -> None:
        self._rows = RecordTable(db, traces, TraceRecord)

    async def get(self, trace_id: str) -> TraceRecord | None:
        """A trace with its documents, or None."""
        return await self._rows.one(self._rows.select().where(traces.c.id == trace_id))

    async def list(self, where: TraceFilter, sort: Sort, page: Page, *, documents: bool = False) -> Rows[TraceRecord]:
        """Traces, newest first unless sorted otherwise; with their documents only when asked for."""
        query = self._rows.select(leave_out=() if documents else DOCUMENTS)
        members = self._rows.equal(status=where.status, channel=where.channel, mode=where.mode)
        ordered = self._rows.ordered(query.where(*members), sort, TRACE_SORTS, "id")
        return await self._rows.page(ordered, page)

    async def insert(self, record: TraceRecord) -> None:
        """Keep a trace. Raises IdTaken."""
        if await self.get(record.id) is not None:
            raise IdTaken("trace", record.id)
        await self._rows.insert(record)


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

    async def list(self, page: Page, channel: str | None = None) -> Rows[DeadLetterRecord]:
        """Dead letters, newest first."""
        query = self._rows.select().where(*self._rows.equal(channel=channel))
        return await self._rows.page(query.order_by(trace_dlq.c.created_at.desc(), trace_dlq.c.id.desc()), page)

    async def delete(self, dead_letter_id: str) -> int:
        """Remove a dead letter. Returns 1, or 0 when there was none."""
        return await self._db.change(delete(trace_dlq).where(trace_dlq.c.id == dead_letter_id))


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
        query = self._rows.select().where(*members)
        if where.since is not None:
            query = query.where(audit_logs.c.created_at >= where.since)
        if where.until is not None:
            query = query.where(audit_logs.c.created_at < where.until)
        return await self._rows.page(query.order_by(audit_logs.c.created_at.desc(), audit_logs.c.id.desc()), page)
