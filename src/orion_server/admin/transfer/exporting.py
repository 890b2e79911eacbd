"""Exports: what is asked for of one kind, or a bundle of all three. Shows no secret."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from orion_core import mask
from orion_core.connector_definitions import ConnectorDefinition
from orion_core.definitions import ChannelDefinition, WorkflowDefinition
from orion_io.storage import ChannelFilter, ChannelRecord, Page, Rows, Sort, Transaction, WorkflowFilter, WorkflowRecord
from orion_server.admin.channels import CHANNELS
from orion_server.admin.channels import filter_of as channels_asked
from orion_server.admin.connector_documents import edited
from orion_server.admin.endpoint import Asked
from orion_server.admin.transfer.documents import file_answer
from orion_server.admin.transfer.importing import Bundle
from orion_server.admin.transfer.kinds import written
from orion_server.admin.views import channel_view, copy_of, workflow_view
from orion_server.admin.workflows import WORKFLOWS
from orion_server.admin.workflows import filter_of as workflows_asked
from orion_server.exchange import Answer

PAGE = 1000
T = TypeVar("T")


async def export_workflows(asked: Asked) -> Answer:
    """Every workflow that is asked for, the highest priority first, then by name."""
    async with asked.services.store.read() as tx:
        records = await _workflows(tx, workflows_asked(asked.query))
    records.sort(key=lambda record: (-record.priority, record.name, record.workflow_id))
    return file_answer({"data": [workflow_view(record) for record in records]})


async def export_channels(asked: Asked) -> Answer:
    """Every channel that is asked for, the highest priority first, then by name."""
    async with asked.services.store.read() as tx:
        records = await _channels(tx, channels_asked(asked.query))
    records.sort(key=lambda record: (-record.priority, record.name, record.channel_id))
    return file_answer({"data": [channel_view(record) for record in records]})


async def export_connectors(asked: Asked) -> Answer:
    """Every connector by name, secrets masked."""
    async with asked.services.store.read() as tx:
        records = sorted(await tx.connectors.every(), key=lambda record: record.name)
    return file_answer({"data": [copy_of(record) for record in records]})


async def export_bundle(asked: Asked) -> Answer:
    """Every definition as an admin would write it, by id: without what a server decides, and without secrets."""
    status = asked.query["status"]
    async with asked.services.store.read() as tx:
        workflows = await _workflows(tx, WorkflowFilter(status=status))
        channels = await _channels(tx, ChannelFilter(status=status))
        connectors = list(await tx.connectors.every())
    bundle = Bundle(
        workflows=[
            written("workflow_id", each.workflow_id, WORKFLOWS.edited(each), WorkflowDefinition)
            for each in sorted(workflows, key=lambda each: each.workflow_id)
        ],
        channels=[
            written("channel_id", each.channel_id, CHANNELS.edited(each), ChannelDefinition)
            for each in sorted(channels, key=lambda each: each.channel_id)
        ],
        connectors=[
            written("id", each.id, {**edited(each), "config": mask(each.config)}, ConnectorDefinition)
            for each in sorted(connectors, key=lambda each: each.id)
        ],
    )
    return file_answer(bundle, "orion-bundle.json")


async def _workflows(tx: Transaction, where: WorkflowFilter) -> list[WorkflowRecord]:
    return await _all(lambda page: tx.workflows.list(where, Sort(), page))


async def _channels(tx: Transaction, where: ChannelFilter) -> list[ChannelRecord]:
    return await _all(lambda page: tx.channels.list(where, Sort(), page))


async def _all(ask: Callable[[Page], Awaitable[Rows[T]]]) -> list[T]:
    """Every row of a list, page by page."""
    found: list[T] = []
    while True:
        rows: Sequence[T] = (await ask(Page(PAGE, len(found)))).rows
        found.extend(rows)
        if len(rows) < PAGE:
            return found
