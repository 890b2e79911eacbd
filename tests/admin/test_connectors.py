"""Connectors through the API: their secrets go in and never come out."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orion_core import mask
from orion_server.admin.connector_documents import put_back
from orion_server.admin.examples import CHANNEL, CONNECTOR, WORKFLOW
from tests.admin.conftest import Admin

pytestmark = pytest.mark.anyio

ONE = "/connectors/payments"
SECRET = "a-secret-token"
CONFIG = {"url": "https://a.example", "auth": {"type": "bearer", "token": SECRET}}


async def stored(admin: Admin) -> dict[str, object]:
    async with admin.services.store.read() as tx:
        record = await tx.connectors.get("payments")
    assert record is not None
    return record.config


async def test_the_type_of_a_config_may_be_left_out(admin: Admin) -> None:
    created = await admin.data("POST", "/connectors", CONNECTOR)
    assert created["config"]["type"] == "http"
    assert json.loads(created["config_json"]) == created["config"]


async def test_no_answer_and_no_audit_entry_shows_a_secret(admin: Admin) -> None:
    await admin.data("POST", "/connectors", CONNECTOR)
    await admin.data("PUT", ONE, {"config": {"url": "https://b.example", "auth": {"type": "bearer", "token": "other"}}})
    for path in (ONE, "/connectors", "/audit-logs"):
        text = (await admin.answer("GET", path)).body.decode()
        assert SECRET not in text
        assert "other" not in text


async def test_a_masked_config_that_is_sent_back_keeps_its_secrets(admin: Admin) -> None:
    await admin.data("POST", "/connectors", {**CONNECTOR, "config": {**CONFIG, "url": "https://u:p@a.example"}})
    before = await stored(admin)
    read = await admin.data("GET", ONE)
    changed = await admin.data("PUT", ONE, {"config": read["config"], "enabled": False})
    assert changed["enabled"] is False
    assert await stored(admin) == before


async def test_validation_takes_masks_for_what_is_stored(admin: Admin) -> None:
    masked = {**CONNECTOR, "config": {"url": "https://a.example", "auth": {"type": "bearer", "token": "******"}}}
    _, report = await admin.ask("POST", "/connectors/validate", masked)
    assert [each["pointer"] for each in report["errors"]] == ["/config/auth/token"]
    await admin.data("POST", "/connectors", {**CONNECTOR, "config": CONFIG})
    _, report = await admin.ask("POST", "/connectors/validate", masked)
    assert report == {"valid": True, "errors": [], "warnings": []}


async def test_a_mask_that_stands_for_nothing_is_refused(admin: Admin) -> None:
    document = {**CONNECTOR, "config": {"url": "https://a.example", "auth": {"type": "bearer", "token": "******"}}}
    status, answer = await admin.ask("POST", "/connectors", document)
    assert status == 400
    assert answer["error"]["problems"][0]["pointer"] == "/config/auth/token"


REFUSED = [  # description, method, path, body, status
    ("a duplicate id", "POST", "/connectors", {**CONNECTOR, "name": "other"}, 409),
    ("a duplicate name", "POST", "/connectors", {**CONNECTOR, "id": "other"}, 409),
    ("an unknown type", "POST", "/connectors", {**CONNECTOR, "id": "b", "name": "b", "connector_type": "ftp"}, 400),
    ("a config of another type", "POST", "/connectors", {**CONNECTOR, "connector_type": "db"}, 400),
    ("a config that is no object", "POST", "/connectors", {**CONNECTOR, "config": [1]}, 400),
    ("an id that is an endpoint", "POST", "/connectors", {**CONNECTOR, "id": "reload"}, 400),
    ("another type for the config that is there", "PUT", ONE, {"connector_type": "cache"}, 400),
    ("another id", "PUT", ONE, {"id": "other"}, 400),
    ("an unknown member", "PUT", ONE, {"enable": True}, 400),
    ("nobody", "PUT", "/connectors/nobody", {"enabled": True}, 404),
    ("nobody to delete", "DELETE", "/connectors/nobody", None, 404),
    ("no breaker", "POST", "/connectors/circuit-breakers/a%3Ab", None, 404),
]


@pytest.mark.parametrize(("description", "method", "path", "body", "status"), REFUSED, ids=[row[0] for row in REFUSED])
async def test_refuses(admin: Admin, description: str, method: str, path: str, body: object, status: int) -> None:
    await admin.data("POST", "/connectors", CONNECTOR)
    answered, answer = await admin.ask(method, path, body)
    assert answered == status, answer
    assert answer["error"]["message"]


async def test_what_something_active_needs_stays(admin: Admin) -> None:
    cache = {"id": "memory", "name": "memory", "connector_type": "cache", "config": {"backend": "memory"}}
    await admin.data("POST", "/connectors", cache)
    await admin.data("POST", "/workflows", WORKFLOW)
    await admin.data("PATCH", "/workflows/order-processing/status", {"status": "active"})
    config = {"cache": {"enabled": True, "connector": "memory"}}
    await admin.data("POST", "/channels", {**CHANNEL, "config": config})
    await admin.data("PATCH", "/channels/orders/status", {"status": "active"})
    for method, body in (("DELETE", None), ("PUT", {"name": "other"}), ("PUT", {"enabled": False})):
        status, answer = await admin.ask(method, "/connectors/memory", body)
        assert (status, answer["error"]["reason"]) == (409, "in_use")
        assert "'orders'" in answer["error"]["message"]
    await admin.data("PATCH", "/channels/orders/status", {"status": "archived"})
    assert (await admin.ask("DELETE", "/connectors/memory"))[0] == 204


async def test_reload_and_breakers(admin: Admin) -> None:
    await admin.data("POST", "/connectors", CONNECTOR)
    assert await admin.ask("POST", "/connectors/reload") == (200, {"reloaded": True, "connectors_count": 1})
    assert await admin.ask("GET", "/connectors/circuit-breakers") == (200, {"enabled": False, "breakers": {}})


BACK = [  # description, given, stored, result
    ("a mask", {"token": "******"}, {"token": "a"}, {"token": "a"}),
    ("a new secret", {"token": "b"}, {"token": "a"}, {"token": "b"}),
    ("nothing to put back", {"token": "******"}, {}, {"token": "******"}),
    ("inside a URL", {"url": "http://******@h"}, {"url": "http://u:p@h"}, {"url": "http://u:p@h"}),
    ("in an array", ["http://******@h", "x"], ["http://u:p@h"], ["http://u:p@h", "x"]),
    ("a removed member", {}, {"token": "a"}, {}),
]


@pytest.mark.parametrize(("description", "given", "kept", "result"), BACK, ids=[row[0] for row in BACK])
async def test_put_back(description: str, given: object, kept: object, result: object) -> None:
    assert put_back(given, kept) == result


NAMES = st.sampled_from(["url", "headers", "token", "X-Api-Key", "connection_string", "options", "a"])
TEXTS = st.sampled_from(["", "******", "https://u:p@h/x?api_key=k&b=1", "${TOKEN}", "file:/run/secrets/x", "plain"])
CONFIGS = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(NAMES, CONFIGS, max_size=4))
def test_what_is_put_back_into_a_masked_config_is_all_that_was_taken_out(config: dict[str, object]) -> None:
    assert put_back(mask(config), config) == config
