"""What every store promises. Subclass and provide `store`: open, migrated and empty."""

import anyio
import msgspec
import pytest
from stored import audit_entry, channel, connector, dead_letter, trace, workflow

from orion_io.storage import (
    AuditFilter,
    ChannelFilter,
    DraftExists,
    IdTaken,
    NameTaken,
    NoActive,
    NoDraft,
    NotFound,
    Page,
    Sort,
    StorageUnavailable,
    Store,
    StoreError,
    TraceFilter,
    Unstorable,
    WorkflowFilter,
)

EVERYTHING = Page(1000, 0)


async def versions_of(store: Store, workflow_id: str) -> list[tuple[int, str, int]]:
    async with store.read() as tx:
        rows = await tx.workflows.versions(workflow_id, EVERYTHING)
    return [(row.version, row.status, row.rollout_percentage) for row in rows.rows]


async def activate_versions(store: Store, shares: list[int | None], workflow_id: str = "order-flow") -> None:
    """Create a workflow and activate one version after the other with these shares."""
    for number, share in enumerate(shares):
        async with store.write() as tx:
            if number:
                await tx.workflows.new_version(workflow_id, now=10 + number)
            else:
                await tx.workflows.create(workflow(workflow_id))
            await tx.workflows.activate(workflow_id, share, now=20 + number)


async def generation_of(store: Store) -> int:
    async with store.read() as tx:
        return await tx.generation.current()


class DocumentContract:
    """What is put in comes out."""

    async def test_a_workflow_comes_back_as_it_was_given(self, store: Store) -> None:
        given = workflow(
            name="Größe \U0001f4e6 '; DROP TABLE workflows; -- \0 end",
            description="",
            priority=-3,
            condition={"zebra": 1, "ant": [None, True, 1.5, 10**40, -(2**63), "\0"]},
            tasks=[{"id": "b", "function": {"input": {"z": {}, "a": []}, "name": "map"}}],
            tags=["a_b", "100%"],
            continue_on_error=True,
            rollout_key={"var": "data.user"},
        )
        async with store.write() as tx:
            await tx.workflows.create(given)
        async with store.read() as tx:
            read = await tx.workflows.get("order-flow")
        assert read == given
        assert msgspec.json.encode(read) == msgspec.json.encode(given)

    async def test_a_condition_of_null_stays_null(self, store: Store) -> None:
        async with store.write() as tx:
            await tx.workflows.create(workflow(condition=None, tasks=None))
            read = await tx.workflows.get("order-flow")
        assert read is not None
        assert (read.condition, read.tasks, read.rollout_key) == (None, None, None)

    async def test_a_channel_comes_back_as_it_was_given(self, store: Store) -> None:
        given = channel(
            description="all orders",
            methods=["POST", "GET"],
            route_pattern="/orders/{id}",
            topic="orders",
            consumer_group="orion",
            transport_config={"b": 1, "a": 2},
            workflow_id="order-flow",
            workflow_ids=["order-flow", "audit-flow"],
            config={"timeout_ms": 100, "cors": {"allowed_origins": ["*"]}},
            priority=7,
        )
        async with store.write() as tx:
            await tx.channels.create(given)
        async with store.read() as tx:
            assert await tx.channels.get("orders") == given

    async def test_absent_methods_are_not_an_empty_list(self, store: Store) -> None:
        async with store.write() as tx:
            await tx.channels.create(channel("absent"))
            await tx.channels.create(channel("empty", methods=[]))
            absent, empty = await tx.channels.get("absent"), await tx.channels.get("empty")
        assert absent is not None
        assert absent.methods is None
        assert empty is not None
        assert empty.methods == []

    async def test_a_connector_comes_back_as_it_was_given(self, store: Store) -> None:
        given = connector(config={"url": "https://x", "auth": {"token": "s"}}, enabled=False)
        async with store.write() as tx:
            await tx.connectors.create(given)
            assert await tx.connectors.get("stock") == given
            assert await tx.connectors.by_name("stock") == given

    async def test_a_trace_comes_back_as_it_was_given(self, store: Store) -> None:
        given = trace(
            "t1", channel_id="c", channel_version=3, mode="async", status="running", error_message="é", attempts=2,
            duration_ms=1.25, fence=2**40, lease_owner="me", lease_until=5, not_before=6, order_key="k",
            started_at=1_760_000_000_123_456, completed_at=8, input_json=b'{"a": "\xc3\xa9"}', metadata_json=b"{}",
            result_json=b"[1]", steps_json=b"[]",
        )  # fmt: skip
        async with store.write() as tx:
            await tx.traces.insert(given)
            assert await tx.traces.get("t1") == given

    async def test_a_dead_letter_comes_back_as_it_was_given(self, store: Store) -> None:
        given = dead_letter("d1", payload_json=b'{"b":1,"a":2}', status="exhausted", retry_count=5)
        async with store.write() as tx:
            await tx.dead_letters.append(given)
            assert await tx.dead_letters.get("d1") == given

    @pytest.mark.parametrize(
        "members", [{"priority": 2**63}, {"name": "\ud800"}, {"condition": "\ud800"}, {"tasks": {1, object()}}]
    )
    async def test_what_cannot_be_stored_is_refused_by_name(self, store: Store, members: dict[str, object]) -> None:
        with pytest.raises(Unstorable):
            async with store.write() as tx:
                await tx.workflows.create(workflow(**members))
        assert await versions_of(store, "order-flow") == []

    async def test_what_is_not_there_is_none(self, store: Store) -> None:
        async with store.read() as tx:
            assert await tx.workflows.get("nobody") is None
            assert await tx.workflows.get("nobody", 1) is None
            assert await tx.channels.get("nobody") is None
            assert await tx.connectors.get("nobody") is None
            assert await tx.connectors.by_name("nobody") is None
            assert await tx.traces.get("nobody") is None
            assert await tx.dead_letters.get("nobody") is None


class WorkflowContract:
    """The life of a workflow."""

    async def test_an_id_is_taken_whatever_the_version(self, store: Store) -> None:
        await activate_versions(store, [None])
        with pytest.raises(IdTaken, match="Workflow 'order-flow' already exists"):
            async with store.write() as tx:
                await tx.workflows.create(workflow(version=9))

    async def test_ids_differ_by_case(self, store: Store) -> None:
        async with store.write() as tx:
            await tx.workflows.create(workflow("orders"))
            await tx.workflows.create(workflow("Orders"))

    async def test_get_gives_the_highest_version_or_the_one_asked_for(self, store: Store) -> None:
        await activate_versions(store, [None])
        async with store.write() as tx:
            await tx.workflows.new_version("order-flow", now=5)
            highest = await tx.workflows.get("order-flow")
            first = await tx.workflows.get("order-flow", 1)
            none = await tx.workflows.get("order-flow", 3)
        assert highest is not None
        assert first is not None
        assert (highest.version, highest.status, first.version, first.status) == (2, "draft", 1, "active")
        assert none is None

    async def test_a_draft_is_edited_member_by_member(self, store: Store) -> None:
        async with store.write() as tx:
            await tx.workflows.create(workflow(description="old", priority=1))
            edited = await tx.workflows.update_draft("order-flow", now=9, description=None, tags=["new"])
            assert await tx.workflows.get("order-flow") == edited
        assert (edited.description, edited.priority, edited.tags, edited.updated_at) == (None, 1, ["new"], 9)
        assert edited.created_at == 1

    async def test_an_active_version_is_not_edited(self, store: Store) -> None:
        await activate_versions(store, [None])
        for workflow_id in ("order-flow", "nobody"):
            with pytest.raises(NoDraft, match=f"No draft version found for workflow '{workflow_id}'"):
                async with store.write() as tx:
                    await tx.workflows.update_draft(workflow_id, now=9, name="x")

    @pytest.mark.parametrize("member", ["status", "version", "workflow_id", "rollout_percentage", "colour"])
    async def test_an_edit_never_reaches_what_the_life_cycle_owns(self, store: Store, member: str) -> None:
        async with store.write() as tx:
            await tx.workflows.create(workflow())
            with pytest.raises(TypeError, match=member):
                await tx.workflows.update_draft("order-flow", now=9, **{member: 1})

    async def test_a_new_version_copies_the_highest_even_when_archived(self, store: Store) -> None:
        async with store.write() as tx:
            await tx.workflows.create(workflow(tags=["kept"]))
            await tx.workflows.activate("order-flow", 10, now=2)
            await tx.workflows.archive("order-flow", now=3)
            copy = await tx.workflows.new_version("order-flow", now=4)
            assert await tx.workflows.get("order-flow") == copy
        assert copy == workflow(version=2, tags=["kept"], created_at=4, updated_at=4)

    async def test_there_is_one_draft_at_most(self, store: Store) -> None:
        async with store.write() as tx:
            await tx.workflows.create(workflow())
        with pytest.raises(DraftExists, match="Workflow 'order-flow' already has a draft version"):
            async with store.write() as tx:
                await tx.workflows.new_version("order-flow", now=2)

    async def test_a_new_version_needs_an_old_one(self, store: Store) -> None:
        with pytest.raises(NotFound, match="Workflow 'nobody' not found"):
            async with store.write() as tx:
                await tx.workflows.new_version("nobody", now=2)

    ACTIVATIONS = (  # description, shares given one after the other, (version, status, share) newest first
        ("alone", [None], [(1, "active", 100)]),
        ("alone, for a share", [10], [(1, "active", 10)]),
        ("the old one goes", [None, None], [(2, "active", 100), (1, "archived", 100)]),
        ("100 is the same", [None, 100], [(2, "active", 100), (1, "archived", 100)]),
        ("a canary beside the old one", [None, 10], [(2, "active", 10), (1, "active", 90)]),
        ("nothing yet for the new one", [None, 0], [(2, "active", 0), (1, "active", 100)]),
        ("only the highest stays", [None, 10, 30], [(3, "active", 30), (2, "active", 70), (1, "archived", 90)]),
        ("all go", [None, 10, None], [(3, "active", 100), (2, "archived", 10), (1, "archived", 90)]),
    )

    @pytest.mark.parametrize(("_description", "shares", "expected"), ACTIVATIONS)
    async def test_activation(
        self, store: Store, _description: str, shares: list[int | None], expected: list[tuple[int, str, int]]
    ) -> None:
        await activate_versions(store, shares)
        assert await versions_of(store, "order-flow") == expected

    async def test_activation_gives_the_version_that_became_active(self, store: Store) -> None:
        async with store.write() as tx:
            await tx.workflows.create(workflow())
            active = await tx.workflows.activate("order-flow", 25, now=7)
            assert await tx.workflows.get("order-flow") == active
        assert (active.status, active.rollout_percentage, active.updated_at) == ("active", 25, 7)

    async def test_activation_needs_a_draft(self, store: Store) -> None:
        await activate_versions(store, [None])
        for workflow_id in ("order-flow", "nobody"):
            with pytest.raises(NoDraft):
                async with store.write() as tx:
                    await tx.workflows.activate(workflow_id, now=3)

    @pytest.mark.parametrize("share", [-1, 101])
    async def test_a_share_is_a_percentage(self, store: Store, share: int) -> None:
        await activate_versions(store, [None])
        async with store.write() as tx:
            with pytest.raises(ValueError, match="between 0 and 100"):
                await tx.workflows.set_rollout("order-flow", share, now=3)
            with pytest.raises(ValueError, match="between 0 and 100"):
                await tx.workflows.activate("order-flow", share, now=3)

    async def test_archiving_takes_every_active_version(self, store: Store) -> None:
        await activate_versions(store, [None, 10])
        async with store.write() as tx:
            archived = await tx.workflows.archive("order-flow", now=5)
        assert (archived.version, archived.status, archived.updated_at) == (2, "archived", 5)
        assert await versions_of(store, "order-flow") == [(2, "archived", 10), (1, "archived", 90)]

    async def test_archiving_leaves_the_draft(self, store: Store) -> None:
        await activate_versions(store, [None])
        async with store.write() as tx:
            await tx.workflows.new_version("order-flow", now=4)
            await tx.workflows.archive("order-flow", now=5)
        assert await versions_of(store, "order-flow") == [(2, "draft", 100), (1, "archived", 100)]

    async def test_archiving_needs_an_active_version(self, store: Store) -> None:
        async with store.write() as tx:
            await tx.workflows.create(workflow())
        for workflow_id in ("order-flow", "nobody"):
            with pytest.raises(NoActive, match="No active version found for workflow"):
                async with store.write() as tx:
                    await tx.workflows.archive(workflow_id, now=3)

    ROLLOUTS = (  # description, shares activated, version, percentage, (version, status, share) newest first
        ("one alone", [None], None, 30, [(1, "active", 30)]),
        ("one alone, whole", [10], None, 100, [(1, "active", 100)]),
        ("the older fills the rest", [None, 10], None, 40, [(2, "active", 40), (1, "active", 60)]),
        ("down to nothing", [None, 10], None, 0, [(2, "active", 0), (1, "active", 100)]),
        ("whole archives the older", [None, 10], None, 100, [(2, "active", 100), (1, "archived", 90)]),
        ("the newer fills up the oldest", [None, 10], 1, 70, [(2, "active", 30), (1, "active", 70)]),
        ("a canary is called back", [None, 10], 1, 100, [(2, "active", 0), (1, "active", 100)]),
    )

    @pytest.mark.parametrize(("_description", "shares", "version", "percentage", "expected"), ROLLOUTS)
    async def test_rollout(
        self,
        store: Store,
        _description: str,
        shares: list[int | None],
        version: int | None,
        percentage: int,
        expected: list[tuple[int, str, int]],
    ) -> None:
        await activate_versions(store, shares)
        async with store.write() as tx:
            changed = await tx.workflows.set_rollout("order-flow", percentage, version, now=50)
            assert await tx.workflows.get("order-flow", changed.version) == changed
        assert (changed.version, changed.rollout_percentage) == (version or len(shares), percentage)
        assert await versions_of(store, "order-flow") == expected

    async def test_rollout_needs_an_active_version(self, store: Store) -> None:
        await activate_versions(store, [None, None])
        for workflow_id, version in (("nobody", None), ("order-flow", 1), ("order-flow", 3)):
            with pytest.raises(NoActive):
                async with store.write() as tx:
                    await tx.workflows.set_rollout(workflow_id, 5, version, now=3)

    async def test_deleting_takes_every_version(self, store: Store) -> None:
        await activate_versions(store, [None, 10])
        async with store.write() as tx:
            await tx.workflows.new_version("order-flow", now=9)
            assert await tx.workflows.delete("order-flow") == 3
            assert await tx.workflows.delete("order-flow") == 0
            await tx.workflows.create(workflow())

    async def test_active_ones_come_by_id_and_newest_first(self, store: Store) -> None:
        await activate_versions(store, [None, 10], "b")
        await activate_versions(store, [None], "a")
        async with store.write() as tx:
            await tx.workflows.create(workflow("draft"))
            active = await tx.workflows.active()
        assert [(each.workflow_id, each.version) for each in active] == [("a", 1), ("b", 2), ("b", 1)]


class WorkflowListContract:
    """Lists of workflows."""

    async def test_one_row_for_each_workflow(self, store: Store) -> None:
        await activate_versions(store, [None])
        async with store.write() as tx:
            await tx.workflows.new_version("order-flow", now=3)
            listed = await tx.workflows.list(WorkflowFilter(), Sort(), EVERYTHING)
        assert [(row.version, row.status) for row in listed.rows] == [(2, "draft")]
        assert listed.total == 1

    @pytest.mark.parametrize(("status", "expected"), [("draft", [2]), ("active", [1]), ("archived", [])])
    async def test_an_active_version_is_not_hidden_by_a_draft(
        self, store: Store, status: str, expected: list[int]
    ) -> None:
        await activate_versions(store, [None])
        async with store.write() as tx:
            await tx.workflows.new_version("order-flow", now=3)
            where = msgspec.convert({"status": status}, WorkflowFilter)
            listed = await tx.workflows.list(where, Sort(), EVERYTHING)
        assert [row.version for row in listed.rows] == expected
        assert listed.total == len(expected)

    @pytest.mark.parametrize("tag", ["a_b", "100%", 'qu"ote', "back\\slash", "é", "Case"])
    async def test_a_tag_is_matched_exactly(self, store: Store, tag: str) -> None:
        async with store.write() as tx:
            await tx.workflows.create(workflow("with", tags=["other", tag]))
            for number, near in enumerate([tag.lower() + "x", "aXb", "1000", f"{tag}{tag}", tag.swapcase() + "!"]):
                await tx.workflows.create(workflow(f"near{number}", tags=[near]))
            listed = await tx.workflows.list(WorkflowFilter(tag=tag), Sort(), EVERYTHING)
        assert [row.workflow_id for row in listed.rows] == ["with"]
        assert listed.total == 1

    @pytest.mark.parametrize("tag", ["", "%", "_", "case", "' OR 1=1 --"])
    async def test_a_tag_nobody_has_finds_nothing(self, store: Store, tag: str) -> None:
        async with store.write() as tx:
            await tx.workflows.create(workflow(tags=["Case", "a"]))
            listed = await tx.workflows.list(WorkflowFilter(tag=tag), Sort(), EVERYTHING)
        assert listed.total == 0

    ORDERS = (
        ("by priority unless told otherwise", Sort(), ["c", "a", "b"]),
        ("by an unknown column as by the first", Sort("colour; --"), ["c", "a", "b"]),
        ("ascending", Sort("priority", descending=False), ["a", "b", "c"]),
        ("by name", Sort("name", descending=False), ["c", "b", "a"]),
        ("ties by id", Sort("status"), ["a", "b", "c"]),
    )

    @pytest.mark.parametrize(("_description", "sort", "expected"), ORDERS)
    async def test_order(self, store: Store, _description: str, sort: Sort, expected: list[str]) -> None:
        async with store.write() as tx:
            for workflow_id, priority, name in (("b", 1, "y"), ("a", 1, "z"), ("c", 2, "x")):
                await tx.workflows.create(workflow(workflow_id, priority=priority, name=name))
            listed = await tx.workflows.list(WorkflowFilter(), sort, EVERYTHING)
        assert [row.workflow_id for row in listed.rows] == expected

    async def test_pages_cover_the_list_once(self, store: Store) -> None:
        async with store.write() as tx:
            for number in range(7):
                await tx.workflows.create(workflow(f"w{number}"))
            pages = [await tx.workflows.list(WorkflowFilter(), Sort(), Page(3, at)) for at in (0, 3, 6, 9)]
        assert [len(page.rows) for page in pages] == [3, 3, 1, 0]
        assert {page.total for page in pages} == {7}
        assert [row.workflow_id for page in pages for row in page.rows] == [f"w{number}" for number in range(7)]

    async def test_versions_come_newest_first_and_in_pages(self, store: Store) -> None:
        await activate_versions(store, [None, None, None])
        async with store.read() as tx:
            page = await tx.workflows.versions("order-flow", Page(2, 1))
            nobody = await tx.workflows.versions("nobody", EVERYTHING)
        assert ([row.version for row in page.rows], page.total) == ([2, 1], 3)
        assert (nobody.rows, nobody.total) == ([], 0)


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


class RecordContract:
    """Traces, dead letters and the audit log."""

    async def test_traces_are_listed_without_their_documents(self, store: Store) -> None:
        async with store.write() as tx:
            await tx.traces.insert(trace("a", created_at=1, input_json=b"{}", result_json=b"[]"))
            await tx.traces.insert(trace("b", created_at=2, channel="other", status="failed", mode="async"))
            lean = await tx.traces.list(TraceFilter(), Sort(), EVERYTHING)
            full = await tx.traces.list(TraceFilter(channel="orders"), Sort(), EVERYTHING, documents=True)
            failed = await tx.traces.list(TraceFilter(status="failed", mode="async"), Sort(), EVERYTHING)
        assert [(row.id, row.input_json) for row in lean.rows] == [("b", None), ("a", None)]
        assert [(row.id, row.input_json, row.result_json) for row in full.rows] == [("a", b"{}", b"[]")]
        assert ([row.id for row in failed.rows], failed.total) == (["b"], 1)

    async def test_a_trace_has_one_id(self, store: Store) -> None:
        async with store.write() as tx:
            await tx.traces.insert(trace("a"))
            with pytest.raises(IdTaken):
                await tx.traces.insert(trace("a"))

    async def test_dead_letters_come_newest_first(self, store: Store) -> None:
        async with store.write() as tx:
            for number in range(3):
                await tx.dead_letters.append(dead_letter(f"d{number}", created_at=number, channel=f"c{number % 2}"))
            with pytest.raises(IdTaken):
                await tx.dead_letters.append(dead_letter("d0"))
            everything = await tx.dead_letters.list(Page(2, 0))
            of_channel = await tx.dead_letters.list(EVERYTHING, channel="c0")
            assert [await tx.dead_letters.delete("d0"), await tx.dead_letters.delete("d0")] == [1, 0]
        assert ([row.id for row in everything.rows], everything.total) == (["d2", "d1"], 3)
        assert [row.id for row in of_channel.rows] == ["d2", "d0"]

    async def test_the_audit_log_is_filtered_and_newest_first(self, store: Store) -> None:
        async with store.write() as tx:
            await tx.audit.append(audit_entry("1", created_at=10, details={"z": 1, "a": [2]}))
            await tx.audit.append(audit_entry("2", created_at=20, action="delete", outcome="refused"))
            await tx.audit.append(audit_entry("3", created_at=20, principal="bob", resource_id="v"))
            found = {
                where: [row.id for row in (await tx.audit.list(where, EVERYTHING)).rows]
                for where in (
                    AuditFilter(),
                    AuditFilter(action="delete"),
                    AuditFilter(outcome="refused"),
                    AuditFilter(principal="bob", resource_type="workflow"),
                    AuditFilter(resource_id="w"),
                    AuditFilter(since=20),
                    AuditFilter(since=10, until=20),
                )
            }
            page = await tx.audit.list(AuditFilter(), Page(1, 2))
        assert list(found.values()) == [["3", "2", "1"], ["2"], ["2"], ["3"], ["2", "1"], ["3", "2"], ["1"]]
        assert (page.rows, page.total) == ([audit_entry("1", created_at=10, details={"z": 1, "a": [2]})], 3)


class GenerationContract:
    """The generation tells others that the engine is out of date."""

    async def test_changes_to_what_runs_raise_the_generation(self, store: Store) -> None:
        raised = []
        for change in (
            lambda tx: tx.workflows.create(workflow()),
            lambda tx: tx.workflows.update_draft("order-flow", now=2, name="x"),
            lambda tx: tx.workflows.activate("order-flow", now=2),
            lambda tx: tx.workflows.new_version("order-flow", now=2),
            lambda tx: tx.workflows.set_rollout("order-flow", 50, now=2),
            lambda tx: tx.workflows.archive("order-flow", now=2),
            lambda tx: tx.workflows.delete("order-flow"),
            lambda tx: tx.channels.create(channel()),
            lambda tx: tx.channels.activate("orders", now=2),
            lambda tx: tx.channels.delete("orders"),
            lambda tx: tx.channels.delete("orders"),
            lambda tx: tx.connectors.create(connector()),
            lambda tx: tx.connectors.update("stock", now=2, enabled=False),
            lambda tx: tx.connectors.delete("stock"),
        ):
            before = await generation_of(store)
            async with store.write() as tx:
                await change(tx)
            raised.append(await generation_of(store) > before)
        expected = [False, False, True, False, True, True, False, False, True, True, False, True, True, True]
        assert raised == expected

    async def test_it_can_be_raised_by_hand(self, store: Store) -> None:
        async with store.write() as tx:
            assert await tx.generation.bump() == 1
        assert await generation_of(store) == 1


class TransactionContract:
    """All or nothing, one after the other."""

    async def test_an_exception_undoes_everything(self, store: Store) -> None:
        with pytest.raises(LookupError):
            async with store.write() as tx:
                await tx.workflows.create(workflow())
                await tx.audit.append(audit_entry("1"))
                raise LookupError
        async with store.read() as tx:
            assert await tx.workflows.get("order-flow") is None
            assert (await tx.audit.list(AuditFilter(), EVERYTHING)).total == 0

    async def test_a_cancellation_undoes_everything_and_the_store_serves_the_next(self, store: Store) -> None:
        for step in range(6):
            with anyio.CancelScope() as scope:
                async with store.write() as tx:
                    await tx.workflows.create(workflow(f"w{step}"))
                    scope.cancel()
                    await anyio.lowlevel.checkpoint()
        async with store.write() as tx:
            assert (await tx.workflows.list(WorkflowFilter(), Sort(), EVERYTHING)).total == 0
            await tx.workflows.create(workflow())
        assert await versions_of(store, "order-flow") == [(1, "draft", 100)]

    async def test_a_cancellation_at_any_moment_leaves_all_or_nothing(self, store: Store) -> None:
        async def write_pair(number: int) -> None:
            async with store.write() as tx:
                await tx.workflows.create(workflow(f"w{number}"))
                await tx.channels.create(channel(f"w{number}"))

        for number in range(40):
            async with anyio.create_task_group() as group:
                group.start_soon(write_pair, number)
                for _ in range(number):
                    await anyio.lowlevel.checkpoint()
                group.cancel_scope.cancel()
        async with store.read() as tx:
            workflows = await tx.workflows.list(WorkflowFilter(), Sort(), EVERYTHING)
            channels = await tx.channels.list(ChannelFilter(), Sort(), EVERYTHING)
        assert [row.workflow_id for row in workflows.rows] == [row.channel_id for row in channels.rows]

    async def test_a_refused_change_leaves_the_transaction_usable(self, store: Store) -> None:
        async with store.write() as tx:
            await tx.workflows.create(workflow())
            with pytest.raises(IdTaken):
                await tx.workflows.create(workflow())
            await tx.workflows.create(workflow("other"))
        assert await versions_of(store, "other") == [(1, "draft", 100)]

    async def test_a_reading_transaction_refuses_changes(self, store: Store) -> None:
        with pytest.raises(StorageUnavailable, match="does not allow changes"):
            async with store.read() as tx:
                await tx.workflows.create(workflow())

    RACES = (
        ("create", lambda tx: tx.workflows.create(workflow("new")), IdTaken),
        ("new version", lambda tx: tx.workflows.new_version("order-flow", now=5), DraftExists),
        ("activate", lambda tx: tx.workflows.activate("drafted", now=5), NoDraft),
        ("archive", lambda tx: tx.workflows.archive("order-flow", now=5), NoActive),
        ("connector", lambda tx: tx.connectors.create(connector()), IdTaken),
    )

    @pytest.mark.parametrize(("_what", "change", "refusal"), RACES)
    async def test_of_ten_at_once_one_wins(self, store: Store, _what: str, change, refusal) -> None:
        await activate_versions(store, [None])
        async with store.write() as tx:
            await tx.workflows.create(workflow("drafted"))
        results: list[str] = []

        async def contend() -> None:
            try:
                async with store.write() as tx:
                    await change(tx)
                results.append("won")
            except StoreError as error:
                results.append(type(error).__name__)

        async with anyio.create_task_group() as group:
            for _ in range(10):
                group.start_soon(contend)
        assert sorted(results) == sorted(["won"] + [refusal.__name__] * 9)

    async def test_a_store_that_is_closed_says_so(self, store: Store) -> None:
        await store.close()
        await store.close()
        with pytest.raises(StorageUnavailable, match="not open"):
            await store.ping()
        with pytest.raises(StorageUnavailable, match="not open"):
            async with store.write():
                pass

    async def test_it_answers_a_ping(self, store: Store) -> None:
        await store.ping()

    async def test_nothing_is_pending_once_migrated(self, store: Store) -> None:
        assert await store.pending_migrations() == []
        assert await store.migrate() == []


class StoreContract(
    DocumentContract,
    WorkflowContract,
    WorkflowListContract,
    ChannelContract,
    ConnectorContract,
    RecordContract,
    GenerationContract,
    TransactionContract,
):
    """Everything a store promises."""

    pytestmark = pytest.mark.anyio
