"""Channels in SQL: one active version each, and no two active ones of a name. Knows no routes."""

from collections.abc import Collection, Sequence

import msgspec
from sqlalchemy import select

from orion_io.storage.errors import NameTaken
from orion_io.storage.queries import CHANNEL_SORTS, ChannelFilter, Page, Rows, Sort
from orion_io.storage.records import ChannelRecord
from orion_io.storage.remembered import Remembered
from orion_io.storage.schema import channels
from orion_io.storage.sql_versions import VersionedTable
from orion_io.storage.statements import Statements

FIXED = frozenset(("channel_id", "version", "status", "created_at", "updated_at"))


class SqlChannels(VersionedTable[ChannelRecord]):
    """The `channels` table; see `orion_io.storage.parts.Channels` for what each call promises."""

    def __init__(self, db: Statements, remembered: Remembered[ChannelRecord]) -> None:
        super().__init__(db, channels, ChannelRecord, "channel", FIXED, remembered)

    async def create(self, record: ChannelRecord) -> None:
        """Keep a new channel as it is given. Raises IdTaken, or NameTaken for one that comes in active."""
        if record.status == "active":
            await self._refuse_taken_name(record)
        await super().create(record)

    async def replace(self, gone: Collection[str], kept: Sequence[ChannelRecord]) -> None:
        """Remove every version of some ids, then keep versions as they are given. Raises IdTaken, or NameTaken."""
        await super().replace(gone, ())
        coming = {record.name for record in kept if record.status == "active"}
        for record in await self.active():
            if record.name in coming:
                raise NameTaken("Active channel", record.name)
        await super().replace((), kept)

    async def list(self, where: ChannelFilter, sort: Sort, page: Page) -> Rows[ChannelRecord]:
        """One row for each channel: its highest version, or the highest that has the status asked for."""
        members = self._rows.equal(channel_type=where.channel_type, protocol=where.protocol)
        query = self._latest(where.status).where(*members)
        return await self._rows.page(self._rows.ordered(query, sort, CHANNEL_SORTS, "channel_id"), page)

    async def activate(self, channel_id: str, *, now: int) -> ChannelRecord:
        """Make the draft active and archive the version that was. Raises NoDraft, or NameTaken."""
        draft = await self._draft(channel_id)
        await self._refuse_taken_name(draft)
        for before in await self._active(channel_id):
            await self._set(channel_id, before.version, now, status="archived")
        await self._set(channel_id, draft.version, now, status="active")
        await self._generation.bump()
        return msgspec.structs.replace(draft, status="active", updated_at=now)

    async def by_workflow(self, workflow_id: str) -> Sequence[ChannelRecord]:
        """The active channels that name this workflow, alone or among several."""
        return [
            channel
            for channel in await self.active()
            if channel.workflow_id == workflow_id or workflow_id in (channel.workflow_ids or ())
        ]

    async def _refuse_taken_name(self, record: ChannelRecord) -> None:
        same_name = (channels.c.name == record.name) & (channels.c.status == "active")
        other = select(channels.c.channel_id).where(same_name, channels.c.channel_id != record.channel_id)
        if await self._db.first(other.limit(1)) is not None:
            raise NameTaken("Active channel", record.name)
