"""`/api/v1/admin/dlq`: asynchronous requests that failed; read, retried, discarded. Knows no worker.

A retry runs the same trace again. Many are changed in small transactions, each with its entry in the audit log, so that
a hundred thousand of them keep nobody from the storage.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from orion_core import DefinitionProblems, Problem
from orion_core.definitions import Document
from orion_io.storage import Batch, DeadLetterFilter, DeadLetterRecord, Mark, NotFound, Page, Sort, Transaction
from orion_server.admin.answering import data_answer, pages_answer, sort_of
from orion_server.admin.auditing import Act, carry_out
from orion_server.admin.cursors import cursor_of, page_asked
from orion_server.admin.endpoint import Asked
from orion_server.admin.reports import Discarded, Retried
from orion_server.admin.requests import read_as
from orion_server.admin.views import dead_letter_row, dead_letter_view
from orion_server.exchange import Answer

FILTERS = ("channel", "status", "trace_id", "since", "until")
BATCH = 500  # dead letters of one transaction
PAUSE = 0.02  # seconds between transactions, so that others get the write lock in between
MOST_IDS = 1000
BY_ID = Sort("id", descending=False)  # ids begin with the instant at which the request came

Change = Callable[[Transaction, DeadLetterFilter, Page], Awaitable[Batch]]


class Selection(Document, frozen=True, kw_only=True):
    """Which dead letters: these ids, or all that have these members. Those that are being retried are left out."""

    ids: Annotated[list[str], Meta(min_length=1, max_length=MOST_IDS)] | None = None
    all: Annotated[bool, Meta(description="True for all that `channel` and `status` leave.")] = False
    channel: str | None = None
    status: Literal["waiting", "exhausted"] | None = None


# --- reading ------------------------------------------------------------------------------------------------------


async def entries(asked: Asked) -> Answer:
    """Dead letters, by default the newest first."""
    page = page_asked(asked)
    where = msgspec.convert({name: asked.query[name] for name in FILTERS}, DeadLetterFilter)
    async with asked.services.store.read() as tx:
        rows = await tx.dead_letters.list(where, sort_of(asked.query), page)
    views = [dead_letter_row(record) for record in rows.rows]
    return pages_answer(views, rows.total, page, cursor_of(asked, rows.next))


async def get(asked: Asked) -> Answer:
    """One dead letter with what was asked, and the attempts at it."""
    async with asked.services.store.read() as tx:
        record = await tx.dead_letters.get(asked.id)
        if record is None:
            raise NotFound("dead letter", asked.id)
        trace = await tx.traces.get(record.trace_id)
    return data_answer(dead_letter_view(record, trace))


# --- one ----------------------------------------------------------------------------------------------------------


async def retry(asked: Asked) -> Answer:
    """Put the trace of a dead letter back into the queue."""

    async def mutate(tx: Transaction) -> tuple[DeadLetterRecord, Sequence[Act]]:
        record = await tx.dead_letters.retry(asked.id, now=asked.services.clock.wall_us())
        return record, (Act(asked.id, _facts(record)),)

    record = await carry_out(asked, mutate, live=False)
    asked.services.wake()
    return data_answer(dead_letter_row(record))


async def discard(asked: Asked) -> Answer:
    """Remove a dead letter; its trace stays failed."""

    async def mutate(tx: Transaction) -> tuple[None, Sequence[Act]]:
        record = await tx.dead_letters.discard(asked.id)
        return None, (Act(asked.id, _facts(record)),)

    await carry_out(asked, mutate, live=False)
    return Answer(204)


def _facts(record: DeadLetterRecord) -> dict[str, object]:
    return {"trace_id": record.trace_id, "channel": record.channel, "retry_count": record.retry_count}


# --- many ---------------------------------------------------------------------------------------------------------


async def retry_many(asked: Asked) -> Answer:
    """Put the traces of many dead letters back into the queue."""

    async def change(tx: Transaction, where: DeadLetterFilter, page: Page) -> Batch:
        return await tx.dead_letters.retry_some(where, BY_ID, page, now=asked.services.clock.wall_us())

    done, skipped = await _change_many(asked, change, asked.services.wake)
    return data_answer(Retried(retried=done, skipped=skipped))


async def discard_many(asked: Asked) -> Answer:
    """Remove many dead letters."""

    async def change(tx: Transaction, where: DeadLetterFilter, page: Page) -> Batch:
        return await tx.dead_letters.discard_some(where, BY_ID, page)

    done, skipped = await _change_many(asked, change, lambda: None)
    return data_answer(Discarded(discarded=done, skipped=skipped))


async def _change_many(asked: Asked, change: Change, after_each: Callable[[], None]) -> tuple[int, int]:
    """Change all that are selected; how many were changed, and how many of them were not."""
    selection = read_as(asked.document, Selection)
    where = _selected(selection, asked.services.clock.wall_us())
    done = seen = 0
    after: Mark | None = None
    while True:
        batch = await _change_batch(asked, change, where, Page(BATCH, after=after))
        done, seen, after = done + len(batch.ids), seen + batch.seen, batch.next
        if batch.ids:
            after_each()
        if after is None:
            break
        await asyncio.sleep(PAUSE)
    return done, (seen if selection.ids is None else len(set(selection.ids))) - done


async def _change_batch(asked: Asked, change: Change, where: DeadLetterFilter, page: Page) -> Batch:
    async def mutate(tx: Transaction) -> tuple[Batch, Sequence[Act]]:
        batch = await change(tx, where, page)
        if where.ids is not None:
            return batch, [Act(each) for each in batch.ids]
        return batch, (Act("*", {"ids": list(batch.ids)}),) if batch.ids else ()

    return await carry_out(asked, mutate, live=False)


def _selected(selection: Selection, now: int) -> DeadLetterFilter:
    """Which dead letters are meant; what fails while they are changed is not among them.

    Raises:
        DefinitionProblems: Nothing says which, or two things do.
    """
    if selection.ids is None and not selection.all:
        text = "say which dead letters: their 'ids', or 'all': true"
        raise DefinitionProblems([Problem("", text, "ids or all")])
    if selection.ids is not None:
        for name in ("all", "channel", "status"):
            if getattr(selection, name):
                text = f"'ids' says which dead letters; leave '{name}' out"
                raise DefinitionProblems([Problem(f"/{name}", text)])
        return DeadLetterFilter(ids=tuple(selection.ids))
    return DeadLetterFilter(channel=selection.channel, status=selection.status, until=now)
