"""Imports and exports of every kind, and bundles of all three."""

import json
from typing import Any

import pytest

from orion_server.admin.examples import BUNDLE, CHANNEL, CONNECTOR, WORKFLOW
from tests.admin.conftest import Admin, another

pytestmark = pytest.mark.anyio

SECRET = "a-secret-token"
KINDS = [("workflows", "workflow_id", WORKFLOW), ("channels", "channel_id", CHANNEL), ("connectors", "id", CONNECTOR)]
SERVER = ("version", "status", "rollout_percentage", "created_at", "updated_at", "config_json")
OPEN_CONNECTOR = {**CONNECTOR, "config": {"url": "https://api.example.com", "auth": None, "headers": {}}}


async def fill(admin: Admin) -> None:
    """All three kinds, the workflow and the channel active."""
    await admin.data("POST", "/connectors", CONNECTOR)
    await admin.data("POST", "/workflows", WORKFLOW)
    await admin.data("POST", "/channels", CHANNEL)
    await admin.data("PATCH", "/workflows/order-processing/status", {"status": "active"})
    await admin.data("PATCH", "/channels/orders/status", {"status": "active"})


@pytest.mark.parametrize(("kind", "identity", "example"), KINDS, ids=[kind for kind, _, _ in KINDS])
async def test_what_is_exported_elsewhere_comes_in_whole(
    admin: Admin, kind: str, identity: str, example: dict[str, Any]
) -> None:
    if kind == "connectors":
        example = OPEN_CONNECTOR
    await admin.data("POST", f"/{kind}", example)
    exported = await admin.data("GET", f"/{kind}/export")
    async with another() as there:
        assert await there.ask("POST", f"/{kind}/import", {"data": exported}) == (
            200, {"imported": 1, "failed": 0, "errors": []},
        )  # fmt: skip
        again = await there.data("GET", f"/{kind}/export")
    own = [{name: value for name, value in item.items() if name not in SERVER} for item in exported]
    assert [{name: value for name, value in item.items() if name not in SERVER} for item in again] == own


@pytest.mark.parametrize(("kind", "identity", "example"), KINDS, ids=[kind for kind, _, _ in KINDS])
async def test_what_a_server_answers_can_be_imported_there_again_once_it_is_gone(
    admin: Admin, kind: str, identity: str, example: dict[str, Any]
) -> None:
    example = OPEN_CONNECTOR if kind == "connectors" else example
    created = await admin.data("POST", f"/{kind}", example)
    assert (await admin.ask("DELETE", f"/{kind}/{created[identity]}"))[0] == 204
    assert (await admin.ask("POST", f"/{kind}/import", [created]))[1]["imported"] == 1


@pytest.mark.parametrize(("kind", "identity", "example"), KINDS, ids=[kind for kind, _, _ in KINDS])
async def test_an_id_that_is_there_is_refused_unless_it_may_be_changed(
    admin: Admin, kind: str, identity: str, example: dict[str, Any]
) -> None:
    await admin.data("POST", f"/{kind}", example)
    status, answer = await admin.ask("POST", f"/{kind}/import", [example])
    assert (status, answer["error"]["reason"]) == (409, "import_refused")
    same = await admin.ask("POST", f"/{kind}/import?existing=update", [example])
    assert same == (200, {"imported": 0, "failed": 0, "errors": [], "unchanged": 1})
    changed = await admin.ask("POST", f"/{kind}/import?existing=update", [{**example, "name": "Another name"}])
    assert changed == (200, {"imported": 1, "failed": 0, "errors": [], "unchanged": 0})
    assert (await admin.data("GET", f"/{kind}/{example[identity]}"))["name"] == "Another name"


async def test_what_runs_gets_a_draft_beside_it(admin: Admin) -> None:
    await fill(admin)
    answer = await admin.ask("POST", "/workflows/import?existing=update", [{**WORKFLOW, "name": "New"}])
    assert answer[1]["imported"] == 1
    versions = await admin.data("GET", "/workflows/order-processing/versions")
    assert [(each["version"], each["status"], each["name"]) for each in versions] == [
        (2, "draft", "New"), (1, "active", "Order processing"),
    ]  # fmt: skip
    assert ("import", "workflow", "order-processing", "done") in await admin.audited()


REFUSED: list[tuple[str, str, object, str]] = [  # description, path, body, pointer of the first problem
    ("no array", "/channels/import", {"channels": []}, ""),
    ("no object", "/channels/import", [CHANNEL, 7], "/1"),
    ("a member nobody knows", "/channels/import", {"data": [{**CHANNEL, "nmae": "x"}]}, "/data/0/nmae"),
    ("a workflow that cannot run", "/workflows/import",
     [{**WORKFLOW, "tasks": [{"id": "a", "function": {"name": "mapp"}}]}], "/0/tasks/0/function/name"),
    ("an id that is an endpoint", "/channels/import", [{**CHANNEL, "channel_id": "export"}], "/0/channel_id"),
    ("a connector's id that is an endpoint", "/connectors/import", [{**CONNECTOR, "id": "import"}], "/0/id"),
    ("a secret that is nowhere", "/connectors/import", [
        {**CONNECTOR, "config": {"url": "https://a.example", "auth": {"type": "bearer", "token": "******"}}},
    ], "/0/config/auth/token"),
    ("a reference to nothing", "/connectors/import", [
        {**CONNECTOR, "config": {"url": "https://a.example", "auth": {"type": "bearer", "token": "${NOT_SET}"}}},
    ], "/0/config/auth/token"),
    ("an unknown member of a bundle", "/import", {"workflow": []}, "/workflow"),
    ("a backup", "/import", {"format": "orion-backup"}, "/format"),
    ("a bundle of the future", "/import", {"version": 2}, "/version"),
    ("a mistake deep in a bundle", "/import", {"channels": [{**CHANNEL, "priority": "x"}]}, "/channels/0/priority"),
]  # fmt: skip


@pytest.mark.parametrize(("description", "path", "body", "pointer"), REFUSED, ids=[row[0] for row in REFUSED])
async def test_a_refused_import_says_where(
    admin: Admin, description: str, path: str, body: object, pointer: str
) -> None:
    status, answer = await admin.ask("POST", path, body)
    assert status == 400, answer
    assert answer["error"]["problems"][0]["pointer"].startswith(pointer)
    for kind in ("workflows", "channels", "connectors"):
        assert await admin.data("GET", f"/{kind}") == []


async def test_a_bundle_comes_in_whole_and_goes_out_as_it_came(admin: Admin) -> None:
    await fill(admin)
    await admin.data("PUT", "/connectors/payments", {"config": {"url": "https://api.example.com"}})
    exported = (await admin.answer("GET", "/export")).body
    async with another() as there:
        status, answer = await there.ask("POST", "/import", exported)
        assert (status, answer["imported"]) == (200, 3)
        assert (await there.answer("GET", "/export")).body == exported
        again = await there.ask("POST", "/import?existing=update", exported)
        assert again == (200, {"imported": 0, "failed": 0, "errors": [], "unchanged": 3})
        assert ("import", "connector", "payments", "done") in await there.audited()


async def test_a_bundle_shows_what_an_admin_wrote_and_no_secret(admin: Admin) -> None:
    await fill(admin)
    answer = await admin.answer("GET", "/export")
    assert SECRET not in answer.body.decode()
    bundle = json.loads(answer.body)
    assert list(bundle) == ["format", "version", "workflows", "channels", "connectors"]
    assert bundle["workflows"][0]["tasks"] == WORKFLOW["tasks"]
    assert not set(bundle["channels"][0]) & {"status", "version", "created_at", "topic"}
    assert bundle["connectors"][0]["config"]["auth"]["token"] == "******"
    assert answer.body.count(b"\n") > 50  # a member a line: differences are small


async def test_a_bundle_over_its_own_server_keeps_the_secrets_there(admin: Admin) -> None:
    await fill(admin)
    bundle = json.loads((await admin.answer("GET", "/export")).body)
    bundle["connectors"][0]["config"]["url"] = "https://b.example"
    answer = await admin.ask("POST", "/import?existing=update", bundle)
    assert answer[1]["imported"] == 1
    async with admin.services.store.read() as tx:
        record = await tx.connectors.get("payments")
    assert record is not None
    assert record.config["url"] == "https://b.example"
    assert record.config["auth"] == {"type": "bearer", "token": SECRET}


async def test_a_bundle_is_all_or_nothing_unless_a_part_is_asked_for(admin: Admin) -> None:
    bundle = {**BUNDLE, "channels": [CHANNEL, {**CHANNEL, "protocol": "smtp"}]}
    status, answer = await admin.ask("POST", "/import", bundle)
    assert (status, answer["imported"], answer["failed"]) == (400, 0, 1)
    assert answer["errors"][0]["kind"] == "channel"
    assert answer["errors"][0]["index"] == 1
    assert await admin.data("GET", "/connectors") == []
    status, answer = await admin.ask("POST", "/import?partial=true", bundle)
    assert (status, answer["imported"], answer["failed"]) == (200, 3, 1)


async def test_an_export_can_be_filtered(admin: Admin) -> None:
    await fill(admin)
    await admin.data("POST", "/channels", {**CHANNEL, "channel_id": "draft", "name": "draft"})
    assert len(await admin.data("GET", "/channels/export")) == 2
    assert [each["name"] for each in await admin.data("GET", "/channels/export?status=active")] == ["orders"]
    assert await admin.data("GET", "/channels/export?channel_type=async") == []
    active = json.loads((await admin.answer("GET", "/export?status=active")).body)
    assert [each["channel_id"] for each in active["channels"]] == ["orders"]


async def test_a_connector_in_use_is_not_renamed_by_an_import(admin: Admin) -> None:
    call = {"id": "call", "function": {"name": "http_call", "input": {"connector": "payments-api"}}}
    await admin.data("POST", "/connectors", CONNECTOR)
    await admin.data("POST", "/workflows", {**WORKFLOW, "tasks": [call]})
    await admin.data("PATCH", "/workflows/order-processing/status", {"status": "active"})
    status, answer = await admin.ask("POST", "/connectors/import?existing=update", [{**CONNECTOR, "name": "other"}])
    assert status == 409
    assert "cannot be renamed" in answer["error"]["problems"][0]["message"]


async def test_a_definition_as_deep_as_a_body_may_be_is_as_deep_in_a_bundle(admin: Admin) -> None:
    deep: object = 1
    for _ in range(64 - 8):
        deep = [deep]
    workflow = {**WORKFLOW, "tasks": [{"id": "a", "function": {"name": "map", "input": {
        "mappings": [{"path": "data.a", "logic": {"preserve": deep}}]}}}]}  # fmt: skip
    await admin.data("POST", "/workflows", workflow)
    exported = (await admin.answer("GET", "/export")).body
    async with another() as there:
        assert (await there.ask("POST", "/import", exported))[0] == 200
