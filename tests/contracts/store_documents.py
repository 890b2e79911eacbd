"""What is put into a store comes out again."""

import msgspec
import pytest

from orion_io.storage import Store, Unstorable
from tests.contracts.stored import channel, connector, dead_letter, trace, versions_of, workflow


class DocumentContract:
    """What is put in comes out."""

    nul = "\0"  # "" where a text cannot hold it

    async def test_a_workflow_comes_back_as_it_was_given(self, store: Store) -> None:
        given = workflow(
            name="Größe \U0001f4e6 '; DROP TABLE workflows; -- \\' %s " + self.nul,
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
        "members",
        [
            {"priority": 2**63},
            {"name": "\ud800"},
            {"name": "a\udc80"},
            {"condition": "\ud800"},
            {"tasks": {1, object()}},
        ],
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
