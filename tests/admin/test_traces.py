"""Reading traces: pages that stay where they are, and what a trace is shown with."""

from typing import Any
from urllib.parse import quote

import pytest

from tests.admin.conftest import Admin
from tests.contracts.stored import dead_letter, trace

pytestmark = pytest.mark.anyio
TRACES = "/api/v1/data/traces"
HOUR = 3_600_000_000  # microseconds


async def fill(admin: Admin, count: int, **members: Any) -> None:
    async with admin.services.store.write() as tx:
        for number in range(count):
            facts = {"channel": f"c{number % 2}", "status": ("completed", "failed")[number % 2], **members}
            await tx.traces.insert(trace(f"t{number}", created_at=number * HOUR, **facts))


async def page(
    admin: Admin, query: str = "", cursor: str | None = None
) -> tuple[list[str], str | None, dict[str, Any]]:
    where = f"{TRACES}?limit=3{query}" + ("" if cursor is None else f"&cursor={quote(cursor)}")
    status, answer = await admin.ask("GET", where)
    assert status == 200, answer
    return [row["id"] for row in answer["data"]], answer["next_cursor"], answer


async def test_cursors_lead_through_the_list_while_it_grows(admin: Admin) -> None:
    await fill(admin, 5)
    first, cursor, answer = await page(admin)
    assert (answer["total"], answer["limit"], answer["offset"]) == (5, 3, 0)
    async with admin.services.store.write() as tx:
        await tx.traces.insert(trace("new", created_at=9 * HOUR))
    second, end, answer = await page(admin, cursor=cursor)
    assert (first, second, end, answer["total"]) == (["t4", "t3", "t2"], ["t1", "t0"], None, 6)


@pytest.mark.parametrize("query", ["&sort_by=status", "&sort_by=channel&sort_order=asc", "&status=completed"])
async def test_cursors_keep_to_their_order_and_filters(admin: Admin, query: str) -> None:
    await fill(admin, 8)
    seen, cursor, answer = await page(admin, query)
    while cursor is not None:
        more, cursor, _ = await page(admin, query, cursor)
        seen += more
    whole = await admin.ask("GET", f"{TRACES}?{query[1:]}")
    assert seen == [row["id"] for row in whole[1]["data"]]
    assert len(seen) == answer["total"]


async def test_the_length_of_a_page_may_change(admin: Admin) -> None:
    await fill(admin, 6)
    _, cursor, _ = await page(admin)
    status, answer = await admin.ask("GET", f"{TRACES}?limit=1&documents=false&cursor={cursor}")
    assert (status, [row["id"] for row in answer["data"]]) == (200, ["t2"])


async def test_a_cursor_that_means_nothing_here_is_refused(admin: Admin) -> None:
    await fill(admin, 4)
    _, cursor, _ = await page(admin)
    assert cursor is not None
    wrong = [
        f"cursor={cursor}&status=failed", f"cursor={cursor}&sort_order=asc", f"cursor={cursor}&sort_by=status",
        f"cursor={cursor}&offset=3", f"cursor={cursor[:-4]}", f"cursor={cursor[:-2]}AA", "cursor=", "cursor=%C3%A9",
        "cursor=AAAA", "cursor=" + "A" * 5000, f"cursor={cursor}&since=2020-01-01T00:00:00Z",
    ]  # fmt: skip
    for query in wrong:
        status, answer = await admin.ask("GET", f"{TRACES}?limit=3&{query}")
        told = (status, answer["error"]["reason"], answer["error"]["problems"][0]["field"])
        assert told == (400, "invalid_query", "cursor"), query
    status, _ = await admin.ask("GET", f"/dlq?cursor={cursor}")
    assert status == 400


async def test_traces_are_found_by_when_they_came(admin: Admin) -> None:
    await fill(admin, 5)
    found, _, answer = await page(admin, "&since=1970-01-01T01:00:00Z&until=1970-01-01T03:00:00")
    assert (found, answer["total"]) == (["t2", "t1"], 2)


async def one(admin: Admin, query: str = "") -> dict[str, Any]:
    status, answer = await admin.ask("GET", f"{TRACES}/t{query}")
    assert status == 200, answer
    return dict(answer)


async def test_a_trace_is_shown_with_what_is_asked_for(admin: Admin) -> None:
    documents = {
        "input_json": b'{"a":1}', "metadata_json": b'{"m":2}', "steps_json": b'[{"task_id":"x"}]',
        "attempts_json": b'[{"number":1}]', "result_json": b'{"data":3}',
    }  # fmt: skip
    async with admin.services.store.write() as tx:
        await tx.traces.insert(trace("t", mode="async", status="completed", attempts=1, **documents))
    lean = await one(admin)
    assert (lean["attempts"], lean["message"]["data"]) == (1, 3)
    assert not {"steps", "attempt_log", "input", "metadata", "dead_letter", "not_before"} & set(lean)
    assert (await one(admin, "?include=steps"))["steps"] == [{"task_id": "x"}]
    full = await one(admin, "?include=input,metadata,%20attempts,steps")
    assert (full["input"], full["metadata"], full["attempt_log"]) == ({"a": 1}, {"m": 2}, [{"number": 1}])
    status, answer = await admin.ask("GET", f"{TRACES}/t?include=steps,atempts")
    problem = answer["error"]["problems"][0]
    assert (status, problem["field"]) == (400, "include")
    assert "attempts" in problem["hint"]


async def test_a_trace_says_what_becomes_of_its_failure(admin: Admin) -> None:
    async with admin.services.store.write() as tx:
        await tx.traces.insert(trace("t", mode="async", status="failed", attempts=2, error_message="no"))
        await tx.dead_letters.append(dead_letter("d", trace_id="t", retry_count=1, next_retry_at=HOUR))
    waiting = await one(admin)
    assert waiting["dead_letter"] == {
        "id": "d", "status": "waiting", "retry_count": 1, "max_retries": 5, "next_retry_at": "1970-01-01T01:00:00",
    }  # fmt: skip
    await admin.data("POST", "/dlq/d/retry")
    retried = await one(admin)
    assert (retried["status"], retried["error"]) == ("pending", "no")
    assert retried["dead_letter"] == {"id": "d", "status": "retrying", "retry_count": 1, "max_retries": 5}


async def test_a_trace_says_until_when_it_waits(admin: Admin) -> None:
    async with admin.services.store.write() as tx:
        await tx.traces.insert(trace("t", mode="async", not_before=HOUR))
    assert (await one(admin))["not_before"] == "1970-01-01T01:00:00"
