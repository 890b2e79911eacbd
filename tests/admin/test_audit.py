"""The audit log: every change and every refused attempt, together with what it speaks of."""

import pytest

from orion_server.admin.auditing import attempt_of
from orion_server.admin.examples import CHANNEL, CONNECTOR, WORKFLOW
from orion_server.admin.routes import ENDPOINTS
from tests.admin.conftest import Admin

pytestmark = pytest.mark.anyio

ONE = "/workflows/order-processing"


async def test_every_change_is_recorded(admin: Admin) -> None:
    await admin.data("POST", "/workflows", WORKFLOW)
    await admin.data("PUT", ONE, {"name": "New"})
    await admin.data("PATCH", f"{ONE}/status", {"status": "active"})
    await admin.data("PATCH", f"{ONE}/rollout", {"rollout_percentage": 50})
    await admin.data("POST", f"{ONE}/versions")
    await admin.ask("POST", "/workflows/import", [{**WORKFLOW, "workflow_id": "b"}])
    await admin.data("PATCH", f"{ONE}/status", {"status": "archived"})
    await admin.ask("DELETE", ONE)
    await admin.data("POST", "/connectors", CONNECTOR)
    await admin.ask("POST", "/engine/reload")
    assert await admin.audited() == [
        ("create", "workflow", "order-processing", "done"),
        ("update", "workflow", "order-processing", "done"),
        ("activate", "workflow", "order-processing", "done"),
        ("rollout", "workflow", "order-processing", "done"),
        ("create_version", "workflow", "order-processing", "done"),
        ("import", "workflow", "b", "done"),
        ("archive", "workflow", "order-processing", "done"),
        ("delete", "workflow", "order-processing", "done"),
        ("create", "connector", "payments", "done"),
        ("reload", "engine", "engine", "done"),
    ]


async def test_refused_attempts_are_recorded_with_their_reason(admin: Admin) -> None:
    await admin.ask("POST", "/workflows", {**WORKFLOW, "tasks": []})
    await admin.ask("POST", "/workflows", b"{", content_type="application/json")
    await admin.ask("POST", "/workflows?nonsense=1", WORKFLOW)
    await admin.ask("PATCH", f"{ONE}/status", {"status": "active"})
    await admin.ask("DELETE", ONE)
    assert await admin.audited("&outcome=refused") == [
        ("create", "workflow", "order-processing", "refused"),
        ("create", "workflow", "", "refused"),
        ("create", "workflow", "order-processing", "refused"),
        ("activate", "workflow", "order-processing", "refused"),
        ("delete", "workflow", "order-processing", "refused"),
    ]
    newest = (await admin.data("GET", "/audit-logs"))[0]
    assert newest["details"] == {"reason": "not_found", "message": "Workflow 'order-processing' not found"}
    assert (newest["principal"], newest["request_id"]) == ("tester", "req")


async def test_what_only_reads_is_not_recorded(admin: Admin) -> None:
    for path in ("/workflows", "/workflows/nobody", "/engine/status", "/nowhere", "/workflows?bad=1"):
        await admin.ask("GET", path)
    await admin.ask("POST", "/workflows/validate", WORKFLOW)
    await admin.ask("PATCH", "/workflows", WORKFLOW)
    assert await admin.audited() == []


async def test_an_activation_that_is_rolled_back_leaves_only_the_refusal(admin: Admin) -> None:
    await admin.data("POST", "/channels", CHANNEL)
    await admin.ask("PATCH", "/channels/orders/status", {"status": "active"})
    assert await admin.audited("&action=activate") == [("activate", "channel", "orders", "refused")]


async def test_an_update_says_what_changed(admin: Admin) -> None:
    await admin.data("POST", "/workflows", WORKFLOW)
    await admin.data("PUT", ONE, {"name": "New", "tags": ["orders", "eu"]})
    newest = (await admin.data("GET", "/audit-logs"))[0]
    assert newest["details"]["changes"] == [
        {"path": "/name", "from": "Order processing", "to": "New"},
        {"path": "/tags/1", "to": "eu"},
    ]


FILTERS = [  # query, how many of the four entries
    ("action=create", 2),
    ("action=activate", 1),
    ("action=status_active", 1),
    ("resource_type=connector", 2),
    ("resource_type=workflow&action=create", 1),
    ("resource_id=payments", 1),
    ("principal=tester", 4),
    ("principal=nobody", 0),
    ("outcome=refused", 1),
    ("since=2000-01-01T00:00:00Z", 4),
    ("until=2000-01-01T00:00:00Z", 0),
    ("limit=1", 4),
]


@pytest.mark.parametrize(("query", "count"), FILTERS)
async def test_filters(admin: Admin, query: str, count: int) -> None:
    await admin.data("POST", "/workflows", WORKFLOW)
    await admin.data("PATCH", f"{ONE}/status", {"status": "active"})
    await admin.data("POST", "/connectors", CONNECTOR)
    await admin.ask("DELETE", "/connectors/nobody")
    _, answer = await admin.ask("GET", f"/audit-logs?{query}")
    assert answer["pagination"]["total"] == count


ATTEMPTS = [  # description, document, parameters, action, resource id
    ("a status that is asked for", {"status": "archived"}, {"id": "w"}, "archive", "w"),
    ("a status that does not exist", {"status": "x"}, {"id": "w"}, "update", "w"),
    ("a status that is no text", {"status": []}, {"id": "w"}, "update", "w"),
    ("no document", None, {"id": "w"}, "update", "w"),
    ("an id that is too long", None, {"id": "w" * 500}, "update", "w" * 128),
    ("an id in the document", {"status": "active", "id": "x"}, {}, "activate", "x"),
]


@pytest.mark.parametrize(
    ("description", "document", "parameters", "action", "resource_id"), ATTEMPTS, ids=[row[0] for row in ATTEMPTS]
)
async def test_attempts(
    description: str, document: object, parameters: dict[str, str], action: str, resource_id: str
) -> None:
    endpoint = next(each for each in ENDPOINTS if each.action == "status")
    attempt = attempt_of(endpoint, parameters, document)
    assert (attempt.action, attempt.resource_id) == (action, resource_id)


async def test_every_endpoint_that_changes_something_is_recorded() -> None:
    harmless = {"/validate", "/test"}
    for endpoint in ENDPOINTS:
        changes = endpoint.method != "GET" and not any(endpoint.path.endswith(each) for each in harmless)
        assert bool(endpoint.action and endpoint.resource) == changes, endpoint.path
