"""Backups and restores: everything goes out, and comes back exactly, or not at all."""

import json
from typing import Any

import pytest

from orion_server.admin.examples import CHANNEL, CONNECTOR, WORKFLOW
from orion_server.admin.transfer import restore
from tests.admin.conftest import Admin, another

pytestmark = pytest.mark.anyio

Json = dict[str, Any]
SECRET = "a-secret-token"
PASSPHRASE = "correct horse battery"
MAP = {"id": "a", "function": {"name": "map", "input": {"mappings": [{"path": "data.a", "logic": 1}]}}}


async def fill(admin: Admin) -> None:
    """A store with everything a store can hold: versions of every status, shares, drafts alone, a disabled connector."""
    await admin.data("POST", "/connectors", CONNECTOR)
    await admin.data("POST", "/connectors", {**CONNECTOR, "id": "off", "name": "off", "enabled": False})
    await admin.data("POST", "/connectors", {
        "id": "sql", "name": "sql", "connector_type": "db",
        "config": {"connection_string": "postgres://u:hidden@db.example/x?password=hidden"},
    })  # fmt: skip
    await admin.data("POST", "/workflows", WORKFLOW)
    await admin.data("PATCH", "/workflows/order-processing/status", {"status": "active"})
    for share in (None, 30):
        await admin.data("POST", "/workflows/order-processing/versions")
        await admin.data("PUT", "/workflows/order-processing", {"description": f"share {share}", "tasks": [MAP]})
        await admin.data("PATCH", "/workflows/order-processing/status",
                         {"status": "active", "rollout_percentage": share})  # fmt: skip
    await admin.data("POST", "/workflows/order-processing/versions")
    await admin.data("POST", "/workflows", {**WORKFLOW, "workflow_id": "alone", "priority": -3})
    await admin.data("POST", "/channels", CHANNEL)
    await admin.data("PATCH", "/channels/orders/status", {"status": "active"})
    await admin.data("POST", "/channels/orders/versions")
    await admin.data("PUT", "/channels/orders", {"route_pattern": "/orders/{id}", "config": {"timeout_ms": 7}})


async def backup(admin: Admin, **request: str) -> bytes:
    answer = await admin.answer("POST", "/backup", request or None)
    assert answer.status == 200, answer.body
    return answer.body


async def test_a_backup_that_is_sealed_comes_back_exactly(admin: Admin) -> None:
    await fill(admin)
    sealed = json.loads(await backup(admin, passphrase=PASSPHRASE))
    async with another() as there:
        status, report = await there.ask("POST", "/restore", {**sealed, "passphrase": PASSPHRASE})
        assert (status, report["restored"], report["mode"]) == (200, True, "replace"), report
        assert report["workflows"]["created"] == ["alone", "order-processing"]
        assert await backup(there) == await backup(admin)
        for read in ("/workflows/export", "/channels/export", "/connectors/export", "/export", "/engine/status"):
            if read != "/engine/status":
                assert (await there.answer("GET", read)).body == (await admin.answer("GET", read)).body
        assert (await there.ask("GET", "/engine/status"))[1]["channels"] == ["orders"]
        async with there.services.store.read() as tx, admin.services.store.read() as own:
            for parts in ("workflows", "channels", "connectors"):
                kept = sorted(map(repr, await getattr(tx, parts).every()))
                assert kept == sorted(map(repr, await getattr(own, parts).every()))


async def test_a_backup_shows_no_secret(admin: Admin) -> None:
    await fill(admin)
    for text in (await backup(admin), await backup(admin, passphrase=PASSPHRASE)):
        for secret in (SECRET, "hidden", PASSPHRASE):
            assert secret not in text.decode()
    audit = (await admin.answer("GET", "/audit-logs?limit=1000")).body.decode()
    assert PASSPHRASE not in audit
    assert ("backup", "backup", "", "done") in await admin.audited()


async def test_a_backup_is_the_same_until_something_changes(admin: Admin) -> None:
    await fill(admin)
    before = await backup(admin)
    assert await backup(admin) == before
    await admin.data("PUT", "/connectors/payments", {"enabled": False})
    after = await backup(admin)
    differing = [pair for pair in zip(before.splitlines(), after.splitlines(), strict=True) if pair[0] != pair[1]]
    assert len(differing) == 2  # enabled, updated_at


async def test_a_backup_without_secrets_comes_back_where_they_are_stored(admin: Admin) -> None:
    await fill(admin)
    document = json.loads(await backup(admin))
    await admin.data("PUT", "/connectors/payments", {"name": "renamed"})
    status, report = await admin.ask("POST", "/restore", document)
    assert (status, report["connectors"]["replaced"]) == (200, ["payments"])
    async with admin.services.store.read() as tx:
        record = await tx.connectors.get("payments")
    assert record is not None
    assert (record.name, record.config["auth"]) == ("payments-api", {"type": "bearer", "token": SECRET})


async def test_secrets_that_nobody_knows_are_refused_or_the_connector_is_disabled(admin: Admin) -> None:
    await fill(admin)
    document = json.loads(await backup(admin))
    async with another() as there:
        status, answer = await there.ask("POST", "/restore", document)
        assert status == 400
        pointers = {problem["pointer"] for problem in answer["error"]["problems"]}
        assert pointers == {
            "/connectors/0/config/auth/token",
            "/connectors/1/config/auth/token",
            "/connectors/2/config/connection_string",
        }
        status, report = await there.ask("POST", "/restore?missing_secrets=disable", document)
        assert status == 200, report
        assert {warning["pointer"] for warning in report["warnings"]} == pointers
        assert [each["enabled"] for each in await there.data("GET", "/connectors")] == [False, False, False]
        status, answer = await there.ask("PUT", "/connectors/payments", {"enabled": True})
        assert (status, answer["error"]["problems"][0]["pointer"]) == (400, "/config/auth/token")
        await there.data("PUT", "/connectors/payments", {"enabled": True, "config": CONNECTOR["config"]})


async def test_a_dry_run_says_what_would_change_and_changes_nothing(admin: Admin) -> None:
    await fill(admin)
    document = json.loads(await backup(admin))
    document["workflows"] = [each for each in document["workflows"] if each["workflow_id"] != "alone"]
    document["workflows"].append({**document["workflows"][0], "workflow_id": "new", "version": 1})
    document["channels"][0]["description"] = "changed"
    before = await backup(admin)
    generation = admin.services.reloader.engine.snapshot.generation
    for mode, removed in (("replace", ["alone"]), ("merge", [])):
        status, report = await admin.ask("POST", f"/restore?dry_run=true&mode={mode}", document)
        assert (status, report["restored"], report["dry_run"], report["mode"]) == (200, False, True, mode)
        assert report["workflows"] == {
            "created": ["new"], "replaced": [], "unchanged": ["order-processing"], "removed": removed,
        }  # fmt: skip
        assert report["channels"]["replaced"] == ["orders"]
        assert report["connectors"]["unchanged"] == ["off", "payments", "sql"]
    assert await backup(admin) == before
    assert admin.services.reloader.engine.snapshot.generation == generation
    assert ("restore", "backup", "", "done") not in await admin.audited()


async def test_what_is_not_in_the_backup_goes_unless_it_is_merged(admin: Admin) -> None:
    document = json.loads(await backup(admin))
    await fill(admin)
    kept = await backup(admin)
    assert (await admin.ask("POST", "/restore?mode=merge", document))[0] == 200
    assert await backup(admin) == kept
    status, report = await admin.ask("POST", "/restore", document)
    assert (status, report["channels"]["removed"]) == (200, ["orders"])
    assert json.loads(await backup(admin)) == document
    assert admin.services.reloader.engine.snapshot.channels == {}
    assert ("restore", "backup", "", "done") in await admin.audited()


async def test_names_may_have_changed_places(admin: Admin) -> None:
    for each in ("a", "b"):
        await admin.data("POST", "/connectors", {**CONNECTOR, "id": each, "name": each})
    document = json.loads(await backup(admin))
    first, second = document["connectors"]
    first["name"], second["name"] = second["name"], first["name"]
    status, report = await admin.ask("POST", "/restore", document)
    assert (status, report["connectors"]["replaced"]) == (200, ["a", "b"])


PASSPHRASES: list[tuple[str, Json, str]] = [  # description, what is changed, reason or pointer
    ("a wrong one", {"passphrase": "correct horse batterz"}, "wrong_passphrase"),
    ("none", {"passphrase": None}, "/passphrase"),
    ("one for nothing", {"sealed": None, "passphrase": PASSPHRASE}, "/passphrase"),
    ("another algorithm", {"algorithm": "rot13"}, "/sealed/algorithm"),
    ("a changed connector", {"url": "https://thief.example"}, "/connectors/0/config"),
]


@pytest.mark.parametrize(("description", "changes", "expected"), PASSPHRASES, ids=[row[0] for row in PASSPHRASES])
async def test_sealed_secrets_go_nowhere_else(admin: Admin, description: str, changes: Json, expected: str) -> None:
    await admin.data("POST", "/connectors", CONNECTOR)
    document = json.loads(await backup(admin, passphrase=PASSPHRASE))
    document["passphrase"] = PASSPHRASE
    if "algorithm" in changes:
        document["sealed"] |= changes
    elif "url" in changes:
        document["connectors"][0]["config"] |= changes
    else:
        document |= changes
    status, answer = await admin.ask("POST", "/restore", document)
    assert status == 400, answer
    error = answer["error"]
    assert expected in (error["reason"], error.get("problems", [{"pointer": ""}])[0]["pointer"])
    assert PASSPHRASE not in json.dumps(answer)
    assert PASSPHRASE not in (await admin.answer("GET", "/audit-logs")).body.decode()


@pytest.mark.parametrize("passphrase", ["short", "", 12, ["correct horse battery"]])
async def test_a_passphrase_is_a_text_of_some_length(admin: Admin, passphrase: object) -> None:
    status, answer = await admin.ask("POST", "/backup", {"passphrase": passphrase})
    assert (status, answer["error"]["problems"][0]["pointer"]) == (400, "/passphrase")


BROKEN: dict[str, tuple[tuple[str | int, ...], object, str]] = {  # what: place, what stands there, first problem
    "no channels": (("channels",), ..., "/channels"),
    "another format": (("format",), "orion-bundle", "/format"),
    "the future": (("version",), 2, "/version"),
    "a member nobody knows": (("workflows", 0, "prioritty"), 1, "/workflows/0/prioritty"),
    "no instant": (("workflows", 0, "created_at"), "yesterday", "/workflows/0/created_at"),
    "a status nobody knows": (("workflows", 0, "status"), "ready", "/workflows/0/status"),
    "version zero": (("workflows", 0, "version"), 0, "/workflows/0/version"),
    "a version twice": (("workflows", 2, "version"), 1, "/workflows/2/version"),
    "a draft below another version": (("workflows", 2, "status"), "draft", "/workflows/2/status"),
    "shares beyond the whole": (("workflows", 2, "rollout_percentage"), 90, "/workflows/3/rollout_percentage"),
    "an id no path can hold": (("workflows", 0, "workflow_id"), "a/b", "/workflows/0/workflow_id"),
    "an unknown function": (
        ("workflows", 3, "tasks", 0, "function", "name"), "mapp", "/workflows/3/tasks/0/function/name",
    ),
    "two active versions of a channel": (("channels", 1, "status"), "active", "/channels/1/status"),
    "a route twice": (("channels", 1), {"channel_id": "z", "name": "z"}, "/channels/0/route_pattern"),
    "a name twice": (("channels", 1), {"channel_id": "z", "route_pattern": "/z"}, "/channels/0/name"),
    "a connector's name twice": (("connectors", 1, "name"), "off", "/connectors/1/name"),
    "a connector of no type": (("connectors", 0, "connector_type"), "smoke", "/connectors/0/connector_type"),
    "a reference to nothing": (
        ("connectors", 1, "config", "auth", "token"), "${NOT_SET}", "/connectors/1/config/auth/token",
    ),
    "a cache nobody has": (
        ("channels", 0, "config", "cache"), {"enabled": True, "connector": "nowhere"},
        "/channels/0/config/cache/connector",
    ),
}  # fmt: skip


def broken(document: Any, what: str) -> None:
    """Break one thing of a backup; an object where a channel stands is put over the one before it."""
    (*way, last), value, _ = BROKEN[what]
    for step in way:
        document = document[step]
    if value is ...:
        del document[last]
    elif isinstance(last, int):
        document[last] = {**document[last - 1], **value}
    else:
        document[last] = value


@pytest.mark.parametrize("what", BROKEN)
async def test_what_is_not_sound_changes_nothing(admin: Admin, what: str) -> None:
    await fill(admin)
    before = await backup(admin)
    document = json.loads(before)
    broken(document, what)
    for query in ("", "?dry_run=true"):
        status, answer = await admin.ask("POST", f"/restore{query}", document)
        assert status == 400, answer
        assert answer["error"]["problems"][0]["pointer"] == BROKEN[what][2], answer
    assert await backup(admin) == before
    assert ("restore", "backup", "", "refused") in await admin.audited()


async def test_all_problems_are_told_at_once(admin: Admin) -> None:
    await fill(admin)
    document = json.loads(await backup(admin))
    for what in ("version zero", "an unknown function", "two active versions of a channel", "a reference to nothing"):
        broken(document, what)
    _, answer = await admin.ask("POST", "/restore", document)
    assert len(answer["error"]["problems"]) == 4


async def test_an_archived_version_that_would_not_compile_any_more_is_kept(admin: Admin) -> None:
    await fill(admin)
    document = json.loads(await backup(admin))
    archived = next(each for each in document["workflows"] if each["status"] == "archived")
    archived["tasks"][0]["function"]["name"] = "gone_since"
    status, report = await admin.ask("POST", "/restore", document)
    assert status == 200, report
    assert report["warnings"][0]["message"] == "Unknown function 'gone_since'"


async def test_what_waits_for_others_is_worth_a_warning(admin: Admin) -> None:
    await fill(admin)
    document = json.loads(await backup(admin))
    for each in document["workflows"]:
        each["status"] = "archived" if each["status"] == "active" else each["status"]
    status, report = await admin.ask("POST", "/restore", document)
    assert status == 200, report
    assert [warning["pointer"] for warning in report["warnings"]] == ["/channels/0"]


async def test_a_name_that_stays_stored_is_in_the_way_of_a_merge(admin: Admin) -> None:
    await fill(admin)
    document = json.loads(await backup(admin))
    document["connectors"] = [{**document["connectors"][0], "id": "other"}]
    document["channels"] = [{**document["channels"][0], "channel_id": "other"}]
    status, answer = await admin.ask("POST", "/restore?mode=merge&missing_secrets=disable", document)
    assert (status, answer["error"]["problems"][0]["pointer"]) == (400, "/connectors/0/name")
    document["connectors"] = []
    status, answer = await admin.ask("POST", "/restore?mode=merge", document)
    assert {problem["pointer"] for problem in answer["error"]["problems"]} == {
        "/channels/0/name",
        "/channels/0/route_pattern",
    }


async def test_an_audit_entry_stays_small(admin: Admin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(restore, "MAX_LISTED", 1)
    await fill(admin)
    document = json.loads(await backup(admin))
    await admin.ask("POST", "/restore", {**document, "workflows": [], "channels": []})
    entry = (await admin.data("GET", "/audit-logs?action=restore"))[0]
    assert entry["details"]["workflows"] == {"removed": {"omitted_ids": 2}, "unchanged": 0}
    assert entry["details"]["channels"] == {"removed": ["orders"], "unchanged": 0}


@pytest.mark.parametrize("path", ["/backup", "/restore", "/import"])
async def test_a_key_that_may_read_only_moves_nothing(admin: Admin, path: str) -> None:
    from orion_server.exchange import Call

    headers = {"content-type": "application/json"}
    call = Call("POST", f"/api/v1/admin{path}", "", headers, b"{}", "req", "reader", "192.0.2.1", may_write=False)
    assert (await admin.api.answer(call)).status == 403
