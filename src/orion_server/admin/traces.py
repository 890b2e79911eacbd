"""`/api/v1/data/traces`: records of executions, read only. Knows no execution."""

import msgspec

from orion_io.storage import NotFound, TraceFilter
from orion_server.admin.answering import list_answer, page_of, sort_of
from orion_server.admin.endpoint import Asked
from orion_server.admin.views import trace_row, trace_view
from orion_server.exchange import Answer, json_answer

MAX_WITH_DOCUMENTS = 100  # rows: each may bring a megabyte, so longer lists leave them out


async def entries(asked: Asked) -> Answer:
    """Traces, by default the newest first."""
    wanted = {name: asked.query[name] for name in ("status", "channel", "mode")}
    page = page_of(asked.query)
    documents: bool = asked.query["documents"] and page.limit <= MAX_WITH_DOCUMENTS
    where = msgspec.convert(wanted, TraceFilter)
    async with asked.services.store.read() as tx:
        rows = await tx.traces.list(where, sort_of(asked.query), page, documents=documents)
    return list_answer([trace_row(record, documents=documents) for record in rows.rows], rows.total, page)


async def entry(asked: Asked) -> Answer:
    """One trace with its result."""
    async with asked.services.store.read() as tx:
        record = await tx.traces.get(asked.id)
    if record is None:
        raise NotFound("trace", asked.id)
    return json_answer(trace_view(record))
