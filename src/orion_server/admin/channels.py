"""Channels: what the lifecycle does not say of them. Knows workflows only as names."""

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from orion_core import Problem, Problems
from orion_core.definitions import ChannelDefinition, Document, config_as_object, read_channel
from orion_io.storage import ChannelFilter, ChannelRecord, Page, Rows, Sort, Transaction
from orion_server.admin.lifecycle import Lifecycle
from orion_server.admin.references import workflows_naming
from orion_server.admin.services import Services
from orion_server.admin.versioned import Repository
from orion_server.admin.views import ChannelView, channel_view

EDITABLE = (
    "name", "description", "channel_type", "protocol", "methods", "route_pattern", "topic", "consumer_group",
    "transport_config", "workflow_id", "workflow_ids", "config", "priority",
)  # fmt: skip


class ChannelStatus(Document, frozen=True, kw_only=True):
    """Asks for another status of a channel."""

    status: Literal["active", "archived", "draft"]


class Channels(Lifecycle[ChannelRecord]):
    """The endpoints of channels."""

    kind = "channel"
    definition = ChannelDefinition
    status_change = ChannelStatus
    editable = EDITABLE
    reserved = frozenset(("import", "export", "validate"))

    def repository(self, tx: Transaction) -> Repository[ChannelRecord]:
        """Where channels are kept."""
        return tx.channels

    def proper(self, document: Mapping[str, object], problems: Problems) -> dict[str, object]:
        """The document under proper names; a config that came as JSON text is the object it spells."""
        read = config_as_object(document, problems, "")
        return super().proper(read if isinstance(read, Mapping) else document, problems)

    def read(self, services: Services, document: Mapping[str, object], version: int, problems: Problems) -> None:
        """Read a channel and compile its own logic."""
        definition = read_channel(document, problems)
        if definition is not None:
            services.reloader.compiler.guard(definition, "", problems)

    def record(self, document: Mapping[str, object], identifier: str, now: int) -> ChannelRecord:
        """A draft with the config as it was written."""
        members = {name: document[name] for name in EDITABLE if name in document}
        facts = {"channel_id": identifier, "created_at": now, "updated_at": now}
        return msgspec.convert({**members, **facts}, ChannelRecord)

    def view(self, record: ChannelRecord) -> ChannelView:
        """A version as it is shown."""
        return channel_view(record)

    async def rows(self, tx: Transaction, query: Mapping[str, object], sort: Sort, page: Page) -> Rows[ChannelRecord]:
        """One page of the list."""
        return await tx.channels.list(filter_of(query), sort, page)

    async def check(self, services: Services, tx: Transaction, record: ChannelRecord) -> Problems:
        """Everything that must hold before a version may become active."""
        return await services.reloader.check_channel(tx, record)

    async def prospects(self, services: Services, tx: Transaction, record: ChannelRecord) -> Sequence[Problem]:
        """What it names and nobody has, and whose place it would take."""
        problems = await services.reloader.check_channel(tx, record)
        return [*problems.errors, *problems.warnings]

    async def activate(self, tx: Transaction, identifier: str, change: ChannelStatus, now: int) -> ChannelRecord:
        """Make the draft active in place of the version that was."""
        return await tx.channels.activate(identifier, now=now)

    async def left_behind(self, services: Services, tx: Transaction, record: ChannelRecord) -> Sequence[Problem]:
        """The active workflows whose tasks call the channel."""
        callers = await workflows_naming(services, tx, "channel", record.name)
        text = "a task of active workflow '{}' calls this channel; it fails until the channel is active again"
        return [Problem("", text.format(workflow_id)) for workflow_id in callers]


def filter_of(query: Mapping[str, object]) -> ChannelFilter:
    """Which channels a list or an export is asked for."""
    wanted = {name: query[name] for name in ("status", "channel_type", "protocol")}
    return msgspec.convert(wanted, ChannelFilter)


CHANNELS = Channels()
