"""Workflows and channels through the API: created, changed, activated, archived, copied, deleted, validated."""

from typing import Any

import pytest

from orion_server.admin.examples import CHANNEL, CONNECTOR, WORKFLOW
from tests.admin.conftest import Admin

pytestmark = pytest.mark.anyio

ONE = "/workflows/order-processing"
HTTP_CALL = {"id": "call", "function": {"name": "http_call", "input": {"connector": "stock"}}}


async def serve(admin: Admin) -> None:
    """An active workflow and an active channel that names it."""
    await admin.data("POST", "/workflows", WORKFLOW)
    await admin.data("POST", "/channels", CHANNEL)
    await admin.data("PATCH", f"{ONE}/status", {"status": "active"})
    await admin.data("PATCH", "/channels/orders/status", {"status": "active"})


async def test_a_created_workflow_is_a_draft_with_its_tasks_as_written(admin: Admin) -> None:
    status, answer = await admin.ask("POST", "/workflows", WORKFLOW)
    created = answer["data"]
    assert status == 201
    assert (created["workflow_id"], created["version"], created["status"]) == ("order-processing", 1, "draft")
    assert created["tasks"] == WORKFLOW["tasks"]
    assert await admin.data("GET", ONE) == created


async def test_an_id_is_made_when_none_is_given(admin: Admin) -> None:
    document = {name: value for name, value in WORKFLOW.items() if name != "workflow_id"}
    first = await admin.data("POST", "/workflows", document)
    second = await admin.data("POST", "/workflows", {**document, "id": None})
    assert len(first["workflow_id"]) == 36
    assert first["workflow_id"] != second["workflow_id"]


CREATIONS: list[tuple[str, str, Any, int]] = [  # description, path, what differs, status
    ("an id under its other name", "/workflows", {"workflow_id": ..., "id": "w"}, 201),
    ("null for what is optional", "/workflows", {"description": None, "tags": None, "condition": None}, 201),
    ("a name of spaces", "/workflows", {"name": "  "}, 400),
    ("an id no path can hold", "/workflows", {"workflow_id": "a/b"}, 400),
    ("an id that is an endpoint", "/workflows", {"workflow_id": "export"}, 400),
    ("both spellings of the id", "/workflows", {"id": "w"}, 400),
    ("an unknown member", "/workflows", {"prioritty": 1}, 400),
    ("no tasks", "/workflows", {"tasks": []}, 400),
    ("an unknown function", "/workflows", {"tasks": [{"id": "a", "function": {"name": "mapp"}}]}, 400),
    ("a function that cannot run yet", "/workflows", {"tasks": [HTTP_CALL]}, 201),
    ("config as JSON text", "/channels", {"config": ..., "config_json": '{"timeout_ms": 1}'}, 201),
    ("config as broken JSON text", "/channels", {"config": ..., "config_json": "{"}, 400),
    ("an unknown protocol", "/channels", {"protocol": "smtp"}, 400),
    ("a rest channel without a route", "/channels", {"route_pattern": None}, 400),
    ("validation logic that is none", "/channels", {"config": {"validation_logic": {"no_such": 1}}}, 400),
]


@pytest.mark.parametrize(("description", "path", "differs", "status"), CREATIONS, ids=[row[0] for row in CREATIONS])
async def test_creation(admin: Admin, description: str, path: str, differs: Any, status: int) -> None:
    example = WORKFLOW if path == "/workflows" else CHANNEL
    document = {name: value for name, value in {**example, **differs}.items() if value is not ...}
    answered, answer = await admin.ask("POST", path, document)
    assert answered == status, answer
    if status == 400:
        assert answer["error"]["code"] == "BAD_REQUEST"
        assert answer["error"]["problems"]


async def test_a_second_workflow_of_an_id_is_a_conflict(admin: Admin) -> None:
    await admin.data("POST", "/workflows", WORKFLOW)
    status, answer = await admin.ask("POST", "/workflows", WORKFLOW)
    assert (status, answer["error"]["code"]) == (409, "CONFLICT")


async def test_an_update_keeps_what_is_left_out_and_null_clears_what_may_be_null(admin: Admin) -> None:
    await admin.data("POST", "/workflows", {**WORKFLOW, "description": "old", "condition": False, "priority": 3})
    changed = await admin.data("PUT", ONE, {"description": None, "condition": None, "tags": None, "name": "New"})
    assert (changed["description"], changed["condition"], changed["name"]) == (None, True, "New")
    assert (changed["priority"], changed["tags"], changed["tasks"]) == (3, ["orders"], WORKFLOW["tasks"])


async def test_what_was_read_can_be_sent_back(admin: Admin) -> None:
    await admin.data("POST", "/workflows", WORKFLOW)
    read = await admin.data("GET", ONE)
    assert (await admin.data("PUT", ONE, {**read, "name": "New"}))["name"] == "New"
    status, answer = await admin.ask("PUT", ONE, {**read, "status": "active"})
    assert status == 400
    assert answer["error"]["problems"][0]["pointer"] == "/status"


async def test_an_update_is_validated_like_a_creation(admin: Admin) -> None:
    await admin.data("POST", "/channels", CHANNEL)
    status, answer = await admin.ask("PUT", "/channels/orders", {"methods": ["FETCH"], "protocol": "kafka"})
    assert status == 400
    assert [problem["field"] for problem in answer["error"]["problems"]] == ["topic", "methods[0]"]


async def test_only_a_draft_can_be_changed(admin: Admin) -> None:
    await serve(admin)
    status, answer = await admin.ask("PUT", ONE, {"name": "New"})
    assert (status, answer["error"]["reason"]) == (400, "no_draft")


async def test_an_active_channel_is_installed_and_an_archived_one_is_not(admin: Admin) -> None:
    await serve(admin)
    assert (await admin.ask("GET", "/engine/status"))[1]["channels"] == ["orders"]
    await admin.data("PATCH", "/channels/orders/status", {"status": "archived"})
    assert (await admin.ask("GET", "/engine/status"))[1]["channels"] == []


async def test_what_cannot_run_is_not_activated(admin: Admin) -> None:
    task = {"id": "read", "function": {"name": "db_read", "input": {"connector": "gone", "query": "SELECT 1"}}}
    await admin.data("POST", "/workflows", {**WORKFLOW, "tasks": [task]})
    status, answer = await admin.ask("PATCH", f"{ONE}/status", {"status": "active"})
    assert status == 400
    assert answer["error"]["problems"][0]["pointer"] == "/tasks/0/function/input/connector"
    assert (await admin.data("GET", ONE))["status"] == "draft"


async def test_a_channel_waits_for_its_workflow(admin: Admin) -> None:
    await admin.data("POST", "/channels", CHANNEL)
    status, answer = await admin.ask("PATCH", "/channels/orders/status", {"status": "active"})
    assert status == 400
    assert answer["error"]["problems"][0]["pointer"] == "/workflow_id"


async def test_archiving_a_workflow_that_serves_is_done_with_a_warning(admin: Admin) -> None:
    await serve(admin)
    status, answer = await admin.ask("PATCH", f"{ONE}/status", {"status": "archived"})
    assert (status, answer["data"]["status"]) == (200, "archived")
    assert "'orders'" in answer["warnings"][0]["message"]


TRANSITIONS = [  # description, body, status
    ("back to draft", {"status": "draft"}, 400),
    ("to nowhere", {"status": "paused"}, 400),
    ("no status", {}, 400),
    ("archive a draft", {"status": "archived"}, 400),
    ("a share of nothing", {"status": "archived", "rollout_percentage": 5}, 400),
    ("more than everything", {"status": "active", "rollout_percentage": 101}, 400),
    ("a share of the first version", {"status": "active", "rollout_percentage": 10}, 200),
]


@pytest.mark.parametrize(("description", "body", "status"), TRANSITIONS, ids=[row[0] for row in TRANSITIONS])
async def test_transitions_of_a_draft(admin: Admin, description: str, body: object, status: int) -> None:
    await admin.data("POST", "/workflows", WORKFLOW)
    assert (await admin.ask("PATCH", f"{ONE}/status", body))[0] == status


async def test_a_canary_takes_its_share_and_then_everything(admin: Admin) -> None:
    await serve(admin)
    assert (await admin.data("POST", f"{ONE}/versions"))["version"] == 2
    await admin.data("PATCH", f"{ONE}/status", {"status": "active", "rollout_percentage": 10})
    await admin.data("PATCH", f"{ONE}/rollout", {"rollout_percentage": 40})
    versions = await admin.data("GET", f"{ONE}/versions")
    assert [(each["version"], each["rollout_percentage"]) for each in versions] == [(2, 40), (1, 60)]
    await admin.data("PATCH", f"{ONE}/rollout", {"rollout_percentage": 100})
    versions = await admin.data("GET", f"{ONE}/versions")
    assert [(each["version"], each["status"]) for each in versions] == [(2, "active"), (1, "archived")]


async def test_a_second_draft_is_a_conflict(admin: Admin) -> None:
    await admin.data("POST", "/workflows", WORKFLOW)
    assert (await admin.ask("POST", f"{ONE}/versions"))[0] == 409
    assert (await admin.ask("POST", "/workflows/nobody/versions"))[0] == 404


async def test_one_version_can_be_asked_for(admin: Admin) -> None:
    await serve(admin)
    await admin.data("POST", f"{ONE}/versions")
    assert (await admin.data("GET", ONE))["version"] == 2
    assert (await admin.data("GET", f"{ONE}?version=1"))["status"] == "active"
    assert (await admin.ask("GET", f"{ONE}?version=3"))[0] == 404


async def test_delete_removes_every_version(admin: Admin) -> None:
    await admin.data("POST", "/workflows", WORKFLOW)
    assert await admin.ask("DELETE", ONE) == (204, None)
    assert (await admin.ask("GET", ONE))[0] == 404
    assert (await admin.ask("DELETE", ONE))[0] == 404


async def test_a_dry_run_shows_every_step_and_stores_nothing(admin: Admin) -> None:
    await admin.data("POST", "/workflows", WORKFLOW)
    status, report = await admin.ask("POST", f"{ONE}/test", {"data": {"total": 1}})
    assert (status, report["matched"]) == (200, True)
    assert [step["result"] for step in report["trace"]["steps"]] == ["executed", "skipped"]
    assert report["output"] == {"order": {"total": 1}}
    assert "message" in (await admin.ask("POST", f"{ONE}/test?verbose=true", {"data": {}}))[1]["trace"]["steps"][0]
    assert (await admin.ask("POST", f"{ONE}/test", {}))[0] == 400
    assert (await admin.ask("POST", "/workflows/nobody/test", {"data": 1}))[0] == 404


VALIDATIONS: list[tuple[str, str, Any, bool, list[str], list[str]]] = [
    # description, path, document, valid, fields of errors, fields of warnings
    ("a sound workflow", "/workflows", WORKFLOW, True, [], []),
    ("no object", "/workflows", [1], False, ["(root)"], []),
    ("nothing in it", "/workflows", {}, False, ["name", "tasks"], []),
    (
        "an unknown connector",
        "/workflows",
        {**WORKFLOW, "tasks": [HTTP_CALL]},
        True,
        [],
        ["tasks[0].function.input.connector"],
    ),
    ("a channel before its workflow", "/channels", CHANNEL, True, [], ["workflow_id"]),
    ("a connector", "/connectors", CONNECTOR, True, [], []),
    ("a connector of no kind", "/connectors", {**CONNECTOR, "connector_type": "htpt"}, False, ["connector_type"], []),
    ("no object", "/connectors", [], False, ["(root)"], []),
]


@pytest.mark.parametrize(
    ("description", "path", "document", "valid", "errors", "warnings"), VALIDATIONS, ids=[row[0] for row in VALIDATIONS]
)
async def test_validation_keeps_nothing_and_answers_200(
    admin: Admin, description: str, path: str, document: Any, valid: bool, errors: list[str], warnings: list[str]
) -> None:
    status, report = await admin.ask("POST", f"{path}/validate", document)
    assert (status, report["valid"]) == (200, valid)
    assert [problem["field"] for problem in report["errors"]] == errors
    assert [problem["field"] for problem in report["warnings"]] == warnings
    assert (await admin.ask("GET", path))[1]["total"] == 0


async def test_lists_show_what_is_in_effect(admin: Admin) -> None:
    for name in ("a", "b", "c"):
        await admin.data("POST", "/workflows", {**WORKFLOW, "workflow_id": name, "name": name, "tags": [name]})
    _, answer = await admin.ask("GET", "/workflows?limit=2&offset=-1&sort_by=name&sort_order=asc")
    assert ([each["name"] for each in answer["data"]], answer["total"]) == (["a", "b"], 3)
    assert (answer["limit"], answer["offset"]) == (2, 0)
    assert (await admin.ask("GET", "/workflows?tag=c"))[1]["total"] == 1
    assert (await admin.ask("GET", "/workflows?tag=%27%20OR%201=1"))[1]["total"] == 0


async def test_an_export_can_be_imported_whole(admin: Admin) -> None:
    await admin.data("POST", "/workflows", {**WORKFLOW, "rollout_key": {"var": "data.id"}, "description": "d"})
    await admin.data("PATCH", f"{ONE}/status", {"status": "active"})
    exported = await admin.data("GET", "/workflows/export")
    assert (await admin.ask("DELETE", ONE))[0] == 204
    assert (await admin.ask("POST", "/workflows/import", {"data": exported}))[1]["imported"] == 1
    imported = await admin.data("GET", ONE)
    server = ("status", "created_at", "updated_at")
    assert {name: imported[name] for name in imported if name not in server} == {
        name: exported[0][name] for name in imported if name not in server
    }
    assert imported["status"] == "draft"


async def test_an_import_is_all_or_nothing_unless_part_of_it_is_asked_for(admin: Admin) -> None:
    items = [WORKFLOW, {**WORKFLOW, "workflow_id": "b", "tasks": 1}, 5]
    status, answer = await admin.ask("POST", "/workflows/import", items)
    assert (status, answer["imported"], answer["failed"]) == (400, 0, 2)
    assert [error["index"] for error in answer["errors"]] == [1, 2]
    assert answer["error"]["problems"][0]["pointer"] == "/1/tasks"
    assert (await admin.ask("GET", "/workflows"))[1]["total"] == 0
    status, answer = await admin.ask("POST", "/workflows/import?partial=true", items)
    assert (status, answer["imported"], answer["failed"]) == (200, 1, 2)


@pytest.mark.parametrize("body", [{"workflows": []}, {"data": {}}, 5, "x"])
async def test_an_import_is_an_array(admin: Admin, body: object) -> None:
    assert (await admin.ask("POST", "/workflows/import", body))[0] == 400
