"""Lists of workflows: filters, order, pages."""

import msgspec
import pytest

from orion_io.storage import Page, Sort, Store, WorkflowFilter
from tests.contracts.stored import EVERYTHING, activate_versions, workflow


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
