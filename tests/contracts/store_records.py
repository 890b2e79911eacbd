"""What a store records: traces, dead letters, audit entries, the generation."""

import pytest

from orion_io.storage import AuditFilter, IdTaken, Page, Sort, Store, TraceFilter
from tests.contracts.stored import (
    EVERYTHING,
    audit_entry,
    channel,
    connector,
    dead_letter,
    generation_of,
    trace,
    workflow,
)


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

    async def test_a_dead_letter_has_one_id(self, store: Store) -> None:
        async with store.write() as tx:
            await tx.dead_letters.append(dead_letter("d0"))
            with pytest.raises(IdTaken):
                await tx.dead_letters.append(dead_letter("d0"))
            assert [await tx.dead_letters.delete("d0"), await tx.dead_letters.delete("d0")] == [1, 0]

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
