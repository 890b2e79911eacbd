"""`/api/v1/data/traces`: records of executions, read only. Knows no execution."""

import msgspec

from orion_io.storage import NotFound, TraceFilter
from orion_server.admin.answering import pages_answer, sort_of
from orion_server.admin.cursors import cursor_of, page_asked
from orion_server.admin.endpoint import Asked
from orion_server.admin.views import trace_row, trace_view
from orion_server.exchange import Answer, json_answer

MAX_WITH_DOCUMENTS = 100  # rows: each may bring a megabyte, so longer lists leave them out
FILTERS = ("status", "channel", "mode", "since", "until")


async def entries(asked: Asked) -> Answer:
    """Traces, by default the newest first."""
    page = page_asked(asked)
    documents: bool = asked.query["documents"] and page.limit <= MAX_WITH_DOCUMENTS
    where = msgspec.convert({name: asked.query[name] for name in FILTERS}, TraceFilter)
    async with asked.services.store.read() as tx:
        rows = await tx.traces.list(where, sort_of(asked.query), page, documents=documents)
    views = [trace_row(record, documents=documents) for record in rows.rows]
    return pages_answer(views, rows.total, page, cursor_of(asked, rows.next))


async def entry(asked: Asked) -> Answer:
    """One trace with its result, with what is asked for beside it, and with what becomes of it if it failed."""
    async with asked.services.store.read() as tx:
        record = await tx.traces.get(asked.id)
        if record is None:
            raise NotFound("trace", asked.id)
        letter = await tx.dead_letters.of_trace(asked.id)
    return json_answer(trace_view(record, letter, asked.query["include"]))
