"""Dead letters: read, retried, discarded, one or many."""

from typing import Any

import pytest

from orion_server.admin import dead_letters
from orion_server.admin.services import nobody
from tests.admin.conftest import Admin
from tests.contracts.stored import dead_letter, trace

pytestmark = pytest.mark.anyio


async def fill(admin: Admin, *ids: str, **members: Any) -> None:
    async with admin.services.store.write() as tx:
        for each in ids:
            facts = {"mode": "async", "status": "failed", "attempts": 2, "attempts_json": b'[{"number":2}]'}
            await tx.traces.insert(trace(each, **facts))
            await tx.dead_letters.append(dead_letter(each, **{"payload_json": b'{"a":1}', **members}))


async def listed(admin: Admin, query: str = "") -> list[str]:
    return [row["id"] for row in await admin.data("GET", f"/dlq?sort_order=asc{query}")]


async def statuses(admin: Admin) -> list[str]:
    rows = await admin.data("GET", "/dlq?sort_order=asc")
    return [row["status"] for row in rows]


async def test_they_are_listed_and_found(admin: Admin) -> None:
    await fill(admin, "a", "b")
    await fill(admin, "c", channel="other", status="exhausted", created_at=3_600_000_000)
    assert await listed(admin) == ["a", "b", "c"]
    for query, expected in (
        ("channel=other", ["c"]), ("status=waiting", ["a", "b"]), ("trace_id=b", ["b"]), ("channel=x", []),
        ("since=1970-01-01T01:00:00Z", ["c"]), ("until=1970-01-01T01:00:00Z", ["a", "b"]),
    ):  # fmt: skip
        assert await listed(admin, f"&{query}") == expected, query
    row = (await admin.data("GET", "/dlq?status=exhausted"))[0]
    assert (row["next_retry_at"], row["error_message"], "payload" in row) == (None, "no", False)


async def test_the_list_goes_on_by_cursor(admin: Admin) -> None:
    await fill(admin, "a", "b", "c")
    _, first = await admin.ask("GET", "/dlq?limit=2")
    _, second = await admin.ask("GET", f"/dlq?limit=2&cursor={first['next_cursor']}")
    assert [row["id"] for row in (*first["data"], *second["data"])] == ["a", "b", "c"]
    assert (second["next_cursor"], second["total"]) == (None, 3)


async def test_one_is_shown_with_what_was_asked_and_its_trace(admin: Admin) -> None:
    await fill(admin, "a")
    shown = await admin.data("GET", "/dlq/a")
    assert (shown["payload"], shown["metadata"], shown["attempts"]) == ({"a": 1}, {}, 2)
    assert (shown["trace"], shown["attempt_log"]) == ("/api/v1/data/traces/a", [{"number": 2}])
    async with admin.services.store.write() as tx:
        await tx.dead_letters.append(dead_letter("alone"))
    alone = await admin.data("GET", "/dlq/alone")
    assert (alone["trace"], alone["attempts"], alone["attempt_log"]) == (None, None, None)
    assert (await admin.ask("GET", "/dlq/nobody"))[0] == 404


async def test_a_retry_wakes_those_who_work(admin: Admin) -> None:
    await fill(admin, "a")
    answered = await admin.data("POST", "/dlq/a/retry")
    assert (answered["status"], answered["next_retry_at"], admin.woken) == ("retrying", None, [1])
    _, after = await admin.ask("GET", "/api/v1/data/traces/a")
    assert (after["status"], after["attempts"]) == ("pending", 2)
    for method, path in (("POST", "/dlq/a/retry"), ("DELETE", "/dlq/a")):
        status, answer = await admin.ask(method, path)
        assert (status, answer["error"]["reason"]) == (409, "retry_under_way")
    assert admin.woken == [1]
    assert nobody() is None  # type: ignore[func-returns-value] # where no queue is wired, nobody is woken


async def test_what_has_not_failed_is_not_retried(admin: Admin) -> None:
    async with admin.services.store.write() as tx:
        await tx.traces.insert(trace("t", status="completed"))
        await tx.dead_letters.append(dead_letter("d", trace_id="t"))
    status, answer = await admin.ask("POST", "/dlq/d/retry")
    assert (status, answer["error"]["reason"]) == (409, "not_retryable")
    assert "completed" in answer["error"]["message"]


async def test_a_discarded_one_leaves_its_trace(admin: Admin) -> None:
    await fill(admin, "a")
    assert (await admin.ask("DELETE", "/dlq/a"))[0] == 204
    assert (await admin.ask("DELETE", "/dlq/a"))[0] == 404
    _, after = await admin.ask("GET", "/api/v1/data/traces/a")
    assert (after["status"], "dead_letter" in after) == ("failed", False)


async def test_some_are_retried_by_id(admin: Admin) -> None:
    await fill(admin, "a", "b", "c")
    await admin.data("POST", "/dlq/b/retry")
    assert await admin.data("POST", "/dlq/retry", {"ids": ["a", "b", "x", "a"]}) == {"retried": 1, "skipped": 2}
    assert await statuses(admin) == ["retrying", "retrying", "waiting"]


@pytest.mark.parametrize("verb", ["retry", "discard"])
async def test_many_are_changed_in_small_transactions(admin: Admin, verb: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dead_letters, "BATCH", 2)
    await fill(admin, *"abcde")
    await fill(admin, "f", channel="other")
    await fill(admin, "g", status="exhausted")
    done = "retried" if verb == "retry" else "discarded"
    selection = {"all": True, "channel": "orders", "status": "waiting"}
    assert await admin.data("POST", f"/dlq/{verb}", selection) == {done: 5, "skipped": 0}
    left = await admin.data("GET", "/dlq?sort_order=asc")
    assert [row["id"] for row in left if row["status"] != "retrying"] == ["f", "g"]
    audited = (verb, "dead_letter", "*", "done")
    assert await admin.audited() == [audited] * 3
    entries = await admin.data("GET", f"/audit-logs?action={verb}")
    assert sorted(each for entry in entries for each in entry["details"]["ids"]) == list("abcde")
    assert await admin.data("POST", f"/dlq/{verb}", {"all": True}) == {done: 2, "skipped": 0}
    assert len(admin.woken) == (4 if verb == "retry" else 0)


async def test_what_cannot_be_retried_is_counted(admin: Admin) -> None:
    await fill(admin, "a")
    async with admin.services.store.write() as tx:
        await tx.traces.insert(trace("t", status="running"))
        await tx.dead_letters.append(dead_letter("d", trace_id="t"))
    assert await admin.data("POST", "/dlq/retry", {"all": True}) == {"retried": 1, "skipped": 1}


REFUSED: list[tuple[Any, str]] = [
    ({}, "(root)"), ({"all": False}, "(root)"), ({"channel": "orders"}, "(root)"), ({"ids": []}, "ids"), ({"ids": ["a"] * 1001}, "ids"),
    ({"ids": ["a"], "all": True}, "all"), ({"ids": ["a"], "channel": "c"}, "channel"), ({"ids": [1]}, "ids[0]"),
    ({"all": True, "status": "retrying"}, "status"), ({"al": True}, "al"), ([], "(root)"),
]  # fmt: skip


@pytest.mark.parametrize(("selection", "field"), REFUSED)
async def test_a_selection_says_exactly_what_is_meant(admin: Admin, selection: object, field: str) -> None:
    await fill(admin, "a")
    for verb in ("retry", "discard"):
        status, answer = await admin.ask("POST", f"/dlq/{verb}", selection)
        assert (status, answer["error"]["problems"][0]["field"]) == (400, field)
    assert await statuses(admin) == ["waiting"]


async def test_every_change_is_audited(admin: Admin) -> None:
    await fill(admin, "a", "b", "c", "d")
    await admin.data("POST", "/dlq/a/retry")
    await admin.ask("POST", "/dlq/a/retry")
    await admin.ask("DELETE", "/dlq/b")
    await admin.data("POST", "/dlq/discard", {"ids": ["c", "d"]})
    assert await admin.audited("&resource_type=dead_letter") == [
        ("retry", "dead_letter", "a", "done"),
        ("retry", "dead_letter", "a", "refused"),
        ("discard", "dead_letter", "b", "done"),
        ("discard", "dead_letter", "c", "done"),
        ("discard", "dead_letter", "d", "done"),
    ]
