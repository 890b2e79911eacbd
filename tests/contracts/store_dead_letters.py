"""What a store promises of dead letters, of lists that go on after a mark, and of traces that grow old."""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import pytest

from orion_io.storage import (
    DeadLetterFilter,
    Mark,
    NotFound,
    NotRetryable,
    Page,
    RetryUnderWay,
    Rows,
    Sort,
    Store,
    TraceFilter,
    Transaction,
)
from tests.contracts.stored import EVERYTHING, dead_letter, trace

NEWEST = Sort()
BY_ID = Sort("id", descending=False)
BY_DUE = Sort("next_retry_at", descending=False)
SORTS = [
    Sort("created_at"), Sort("created_at", False), Sort("status"), Sort("channel", False), Sort("mode"),
]  # fmt: skip


async def failed(tx: Transaction, letter_id: str, **members: Any) -> None:
    """A trace that failed, and its dead letter."""
    trace_id = f"t-{letter_id}"
    facts = {"mode": "async", "status": "failed", "fence": 3, "attempts": 2, "crashes": 1, "completed_at": 9}
    await tx.traces.insert(trace(trace_id, error_message="no", lease_owner="w", lease_until=5, not_before=6, **facts))
    given = {"payload_json": '{"é":1}'.encode(), **members}
    await tx.dead_letters.append(dead_letter(letter_id, trace_id=trace_id, **given))


async def walk(rows_of: Callable[[Page], Awaitable[Rows[Any]]], limit: int) -> list[list[str]]:
    """The ids of every page of a list, by its marks."""
    pages, after = [], None
    while True:
        rows = await rows_of(Page(limit, after=after))
        pages.append([row.id for row in rows.rows])
        after = rows.next
        if after is None:
            return pages


class MarkContract:
    """Lists that go on after a mark."""

    @pytest.mark.parametrize("sort", SORTS, ids=lambda sort: f"{sort.column} {sort.descending}")
    async def test_marks_lead_through_a_list_whatever_it_is_sorted_by(self, store: Store, sort: Sort) -> None:
        async with store.write() as tx:
            for number in range(7):
                members = {"channel": f"c{number % 3}", "mode": ("sync", "async")[number % 2]}
                status = ("failed", "pending")[number % 2]
                await tx.traces.insert(trace(f"t{number}", created_at=number // 2, status=status, **members))
            whole = [row.id for row in (await tx.traces.list(TraceFilter(), sort, EVERYTHING)).rows]
            pages = await walk(lambda page: tx.traces.list(TraceFilter(), sort, page), 3)
        assert [len(page) for page in pages] == [3, 3, 1]
        assert [each for page in pages for each in page] == whole

    async def test_a_mark_stays_where_it_is_while_rows_come_and_go(self, store: Store) -> None:
        async with store.write() as tx:
            for number in range(4):
                await tx.traces.insert(trace(f"t{number}", created_at=number, updated_at=number, status="completed"))
            first = await tx.traces.list(TraceFilter(), NEWEST, Page(2))
            await tx.traces.insert(trace("new", created_at=9))
            await tx.traces.delete_expired(5, ["t2"])  # the row that the mark was made of
            second = await tx.traces.list(TraceFilter(), NEWEST, Page(2, after=first.next))
        assert ([row.id for row in first.rows], first.next) == (["t3", "t2"], Mark(2, "t2"))
        assert ([row.id for row in second.rows], second.next, second.total) == (["t1", "t0"], None, 4)

    async def test_a_full_last_page_has_no_mark(self, store: Store) -> None:
        async with store.write() as tx:
            await tx.traces.insert(trace("a"))
            assert (await tx.traces.list(TraceFilter(), NEWEST, Page(1))).next is None

    async def test_traces_and_dead_letters_are_found_by_when_they_came(self, store: Store) -> None:
        async with store.write() as tx:
            for number in range(4):
                await tx.traces.insert(trace(f"t{number}", created_at=number))
                await tx.dead_letters.append(dead_letter(f"t{number}", created_at=number))
            traces = await tx.traces.list(TraceFilter(since=1, until=3), NEWEST, EVERYTHING)
            letters = await tx.dead_letters.list(DeadLetterFilter(since=1, until=3), NEWEST, EVERYTHING)
        assert [row.id for row in traces.rows] == [row.id for row in letters.rows] == ["t2", "t1"]
        assert (traces.total, letters.total) == (2, 2)


class DeadLetterContract:
    """Dead letters and their retries."""

    async def test_they_are_listed_without_their_documents(self, store: Store) -> None:
        async with store.write() as tx:
            for number in range(3):
                status = "exhausted" if number else "waiting"
                members = {"created_at": number, "channel": f"c{number % 2}", "status": status}
                await tx.dead_letters.append(dead_letter(f"d{number}", **members))
            found = {
                where: [row.id for row in (await tx.dead_letters.list(where, NEWEST, EVERYTHING)).rows]
                for where in (
                    DeadLetterFilter(),
                    DeadLetterFilter(channel="c0"),
                    DeadLetterFilter(status="exhausted"),
                    DeadLetterFilter(trace_id="d1"),
                    DeadLetterFilter(ids=("d0", "d2", "x")),
                    DeadLetterFilter(due=1),
                )
            }
            row = (await tx.dead_letters.list(DeadLetterFilter(), NEWEST, Page(1))).rows[0]
            assert await tx.dead_letters.get("d2") == msgspec.structs.replace(row, payload_json=b"{}")
            assert await tx.dead_letters.of_trace("d2") == row
            assert await tx.dead_letters.of_trace("x") is None
        assert list(found.values()) == [["d2", "d1", "d0"], ["d2", "d0"], ["d2", "d1"], ["d1"], ["d2", "d0"], []]
        assert row.payload_json == b""

    async def test_a_retry_queues_the_same_trace_again(self, store: Store) -> None:
        async with store.write() as tx:
            await failed(tx, "d", next_retry_at=50)
            answered = await tx.dead_letters.retry("d", now=70)
            letter, after = await tx.dead_letters.get("d"), await tx.traces.get("t-d")
        assert answered == letter == dead_letter(
            "d", trace_id="t-d", payload_json='{"é":1}'.encode(), status="retrying", next_retry_at=50, updated_at=70
        )  # fmt: skip
        assert after == trace(
            "t-d", mode="async", status="pending", fence=4, attempts=2, crashes=0, error_message="no", updated_at=70,
            position=70_000, size_bytes=9,
        )  # fmt: skip

    @pytest.mark.parametrize("operation", ["retry", "discard"])
    async def test_what_is_under_way_is_left_alone(self, store: Store, operation: str) -> None:
        async with store.write() as tx:
            await failed(tx, "d")
            await tx.dead_letters.retry("d", now=70)
            before = await tx.traces.get("t-d")
        given = {"now": 80} if operation == "retry" else {}
        async with store.write() as tx:
            with pytest.raises(RetryUnderWay):
                await getattr(tx.dead_letters, operation)("d", **given)
            with pytest.raises(NotFound):
                await getattr(tx.dead_letters, operation)("nobody", **given)
            batch = await getattr(tx.dead_letters, f"{operation}_some")(DeadLetterFilter(), BY_ID, EVERYTHING, **given)
            assert (batch.ids, batch.seen) == ([], 0)
            assert await tx.traces.get("t-d") == before

    async def test_a_trace_that_has_not_failed_is_not_run_again(self, store: Store) -> None:
        async with store.write() as tx:
            await tx.traces.insert(trace("t", status="completed"))
            await tx.dead_letters.append(dead_letter("d", trace_id="t"))
            with pytest.raises(NotRetryable, match="completed"):
                await tx.dead_letters.retry("d", now=70)
            batch = await tx.dead_letters.retry_some(DeadLetterFilter(), BY_ID, EVERYTHING, now=70)
            letter = await tx.dead_letters.get("d")
        assert (batch.ids, batch.seen, letter) == ([], 1, dead_letter("d", trace_id="t"))

    async def test_a_trace_that_is_gone_is_made_anew(self, store: Store) -> None:
        async with store.write() as tx:
            documents = {"payload_json": b'{"a":1}', "metadata_json": b'{"m":2}'}
            await tx.dead_letters.append(dead_letter("d", trace_id="t", retry_count=2, created_at=7, **documents))
            await tx.dead_letters.retry("d", now=70)
            made = await tx.traces.get("t")
        assert made == trace(
            "t", request_id="t", mode="async", attempts=3, error_message="no", position=70_000, size_bytes=14,
            created_at=7, updated_at=70, input_json=b'{"a":1}', metadata_json=b'{"m":2}',
        )  # fmt: skip

    async def test_batches_go_through_all_and_keep_the_order(self, store: Store) -> None:
        async with store.write() as tx:
            for number in range(5):
                await failed(tx, f"d{number}", next_retry_at=10 - number, status="waiting" if number else "exhausted")
            first = await tx.dead_letters.retry_some(DeadLetterFilter(due=10), BY_DUE, Page(2), now=70)
            rest = await tx.dead_letters.retry_some(DeadLetterFilter(), BY_ID, Page(2), now=71)
            last = await tx.dead_letters.retry_some(DeadLetterFilter(), BY_ID, Page(2, after=rest.next), now=72)
            places = [(await tx.traces.get(f"t-d{number}")).position for number in (4, 3, 0, 1, 2)]
        assert [first.ids, rest.ids, last.ids] == [["d4", "d3"], ["d0", "d1"], ["d2"]]
        assert (first.next, rest.next, last.next) == (Mark(7, "d3"), Mark("d1", "d1"), None)
        assert places == [70_000, 70_001, 71_000, 71_001, 72_000]

    async def test_only_what_is_due_and_waits_is_retried_then(self, store: Store) -> None:
        async with store.write() as tx:
            await failed(tx, "due", next_retry_at=50)
            await failed(tx, "early", next_retry_at=51)
            await failed(tx, "given-up", next_retry_at=1, status="exhausted")
            where = DeadLetterFilter(status="waiting", due=50)
            assert (await tx.dead_letters.retry_some(where, BY_DUE, EVERYTHING, now=60)).ids == ["due"]

    async def test_a_discarded_one_leaves_its_trace_failed(self, store: Store) -> None:
        async with store.write() as tx:
            for letter_id in ("a", "b", "c"):
                await failed(tx, letter_id)
            one = await tx.dead_letters.discard("a")
            some = await tx.dead_letters.discard_some(DeadLetterFilter(ids=("c", "x")), BY_ID, EVERYTHING)
            left = await tx.dead_letters.list(DeadLetterFilter(), NEWEST, EVERYTHING)
            status = (await tx.traces.get("t-a")).status
        assert (one.id, some.ids, [row.id for row in left.rows], status) == ("a", ["c"], ["b"], "failed")


class RetentionContract:
    """Traces grow old."""

    async def test_what_ended_long_ago_expires(self, store: Store) -> None:
        async with store.write() as tx:
            for name, members in (
                ("old", {"status": "completed"}),
                ("failed", {"status": "failed"}),
                ("waits", {"status": "pending"}),
                ("runs", {"status": "running"}),
                ("retried", {"status": "completed", "updated_at": 10}),
                ("new", {"status": "completed", "created_at": 10, "updated_at": 10}),
            ):
                await tx.traces.insert(trace(name, **members))
            await failed(tx, "kept")
            expired = await tx.traces.expired(10, EVERYTHING)
            more = await tx.traces.expired(10, Page(5, after=Mark(1, "failed")))
            every = ["old", "failed", "waits", "runs", "retried", "new", "t-kept", "nobody"]
            removed = await tx.traces.delete_expired(10, every)
            left = await tx.traces.list(TraceFilter(), NEWEST, EVERYTHING)
        assert (expired, more, removed) == ([Mark(1, "failed"), Mark(1, "old")], [Mark(1, "old")], 2)
        assert {row.id for row in left.rows} == {"waits", "runs", "retried", "new", "t-kept"}

    async def test_nothing_to_remove_is_no_change(self, store: Store) -> None:
        async with store.write() as tx:
            assert (await tx.traces.expired(10, EVERYTHING), await tx.traces.delete_expired(10, ["x"])) == ([], 0)
