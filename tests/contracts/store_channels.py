"""The life of channels and connectors in a store."""

import pytest

from orion_io.storage import (
    ChannelFilter,
    DraftExists,
    IdTaken,
    NameTaken,
    NoActive,
    NoDraft,
    NotFound,
    Page,
    Sort,
    Store,
)
from tests.contracts.stored import EVERYTHING, channel, connector


class ChannelContract:
    """The life of a channel, where it differs from a workflow's."""

    async def test_activation_archives_the_version_before(self, store: Store) -> None:
        async with store.write() as tx:
            await tx.channels.create(channel())
            await tx.channels.activate("orders", now=2)
            await tx.channels.new_version("orders", now=3)
            await tx.channels.activate("orders", now=4)
            versions = await tx.channels.versions("orders", EVERYTHING)
            active = await tx.channels.active()
        assert [(row.version, row.status) for row in versions.rows] == [(2, "active"), (1, "archived")]
        assert [row.version for row in active] == [2]

    async def test_two_active_channels_never_share_a_name(self, store: Store) -> None:
        async with store.write() as tx:
            await tx.channels.create(channel("first", name="orders"))
            await tx.channels.create(channel("second", name="orders"))
            await tx.channels.activate("first", now=2)
            with pytest.raises(NameTaken, match="'orders'"):
                await tx.channels.activate("second", now=3)
            with pytest.raises(NameTaken):
                await tx.channels.create(channel("third", name="orders", status="active"))
            await tx.channels.archive("first", now=4)
            await tx.channels.activate("second", now=5)

    async def test_an_id_is_taken_and_a_draft_is_alone(self, store: Store) -> None:
        async with store.write() as tx:
            await tx.channels.create(channel())
            with pytest.raises(IdTaken, match="Channel 'orders' already exists"):
                await tx.channels.create(channel())
            with pytest.raises(DraftExists, match="Channel 'orders' already has a draft version"):
                await tx.channels.new_version("orders", now=2)
            with pytest.raises(NoActive, match="No active version found for channel 'orders'"):
                await tx.channels.archive("orders", now=2)
            await tx.channels.activate("orders", now=3)
            with pytest.raises(NoDraft, match="No draft version found for channel 'orders'"):
                await tx.channels.activate("orders", now=4)
            with pytest.raises(NoDraft):
                await tx.channels.update_draft("orders", now=4, name="x")
            assert await tx.channels.delete("orders") == 1

    async def test_a_draft_is_edited_member_by_member(self, store: Store) -> None:
        async with store.write() as tx:
            await tx.channels.create(channel(methods=["GET"]))
            edited = await tx.channels.update_draft("orders", now=9, methods=None, config={"b": 1, "a": 2})
            assert await tx.channels.get("orders") == edited
        assert (edited.methods, list(edited.config), edited.updated_at) == (None, ["b", "a"], 9)

    async def test_channels_are_found_by_their_workflow(self, store: Store) -> None:
        async with store.write() as tx:
            for each in (
                channel("alone", workflow_id="w"),
                channel("among", workflow_ids=["v", "w"]),
                channel("other", workflow_id="v"),
            ):
                await tx.channels.create(each)
                await tx.channels.activate(each.channel_id, now=2)
            await tx.channels.create(channel("draft", workflow_id="w"))
            found = await tx.channels.by_workflow("w")
        assert [each.channel_id for each in found] == ["alone", "among"]

    async def test_a_list_is_filtered_by_what_the_listed_version_says(self, store: Store) -> None:
        async with store.write() as tx:
            await tx.channels.create(channel("a"))
            await tx.channels.create(channel("b", channel_type="async", protocol="kafka"))
            await tx.channels.activate("a", now=2)
            await tx.channels.new_version("a", now=3)
            totals = [
                (await tx.channels.list(where, Sort(), EVERYTHING)).total
                for where in (
                    ChannelFilter(),
                    ChannelFilter(status="active"),
                    ChannelFilter(status="draft"),
                    ChannelFilter(protocol="kafka"),
                    ChannelFilter(channel_type="sync", protocol="kafka"),
                )
            ]
        assert totals == [2, 1, 2, 1, 0]


class ConnectorContract:
    """The life of a connector."""

    async def test_ids_and_names_are_unique(self, store: Store) -> None:
        async with store.write() as tx:
            await tx.connectors.create(connector("a"))
            await tx.connectors.create(connector("b"))
            with pytest.raises(IdTaken):
                await tx.connectors.create(connector("a", name="c"))
            with pytest.raises(NameTaken, match="Connector with name 'a' already exists"):
                await tx.connectors.create(connector("c", name="a"))
            with pytest.raises(NameTaken):
                await tx.connectors.update("b", now=2, name="a")

    async def test_a_connector_is_changed_member_by_member(self, store: Store) -> None:
        async with store.write() as tx:
            await tx.connectors.create(connector("a", config={"url": "x"}))
            changed = await tx.connectors.update("a", now=2, name="a", enabled=False)
            assert await tx.connectors.get("a") == changed
            with pytest.raises(NotFound, match="Connector 'b' not found"):
                await tx.connectors.update("b", now=2, name="x")
        assert (changed.config, changed.enabled, changed.updated_at) == ({"url": "x"}, False, 2)

    async def test_lists_come_by_name(self, store: Store) -> None:
        async with store.write() as tx:
            await tx.connectors.create(connector("1", name="b"))
            await tx.connectors.create(connector("2", name="a"))
            await tx.connectors.create(connector("3", name="c", enabled=False))
            listed = await tx.connectors.list(Page(2, 1))
            enabled = await tx.connectors.enabled()
        assert ([row.name for row in listed.rows], listed.total) == (["b", "c"], 3)
        assert [row.name for row in enabled] == ["a", "b"]

    async def test_deleting_says_whether_it_was_there(self, store: Store) -> None:
        async with store.write() as tx:
            await tx.connectors.create(connector("a"))
            assert [await tx.connectors.delete("a"), await tx.connectors.delete("a")] == [1, 0]
