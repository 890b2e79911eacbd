"""The one door: paths, methods, and no input that makes it fail."""

import dataclasses
import random
from collections.abc import Mapping

import pytest

from orion_server.admin import AdminApi
from orion_server.admin.endpoint import Asked
from orion_server.admin.examples import CHANNEL, CONNECTOR, SAMPLE, WORKFLOW
from orion_server.admin.routes import ENDPOINTS
from orion_server.exchange import Answer, Call
from tests.admin.conftest import Admin

pytestmark = pytest.mark.anyio


async def test_an_unknown_path_is_404_in_the_envelope(admin: Admin) -> None:
    status, answer = await admin.ask("GET", "/nowhere")
    assert (status, answer["error"]["code"], answer["error"]["request_id"]) == (404, "NOT_FOUND", "req")


async def test_a_wrong_method_names_the_right_ones(admin: Admin) -> None:
    answer = await admin.answer("PATCH", "/workflows")
    assert answer.status == 405
    assert dict(answer.headers)["allow"] == "GET, HEAD, POST"


async def test_head_is_answered_like_get(admin: Admin) -> None:
    assert (await admin.answer("HEAD", "/workflows")).status == 200


@pytest.mark.parametrize("path", ["/workflows/%zz", "/workflows/%ff", "/workflows/%00"])
async def test_a_path_nobody_can_read_is_400(admin: Admin, path: str) -> None:
    assert (await admin.answer("GET", path)).status == 400


async def test_a_fixed_segment_beats_an_id(admin: Admin) -> None:
    assert await admin.data("GET", "/workflows/export") == []


async def test_a_failure_of_our_own_shows_nothing_internal(admin: Admin, caplog: pytest.LogCaptureFixture) -> None:
    async def fail(_asked: Asked) -> Answer:
        raise ZeroDivisionError("the secret path")

    status = next(endpoint for endpoint in ENDPOINTS if endpoint.path.endswith("/engine/status"))
    api = AdminApi(admin.services, [dataclasses.replace(status, handler=fail)])
    answer = await api.answer(Call("GET", "/api/v1/admin/engine/status", "", {}, b"", "req", "tester", ""))
    assert answer.status == 500
    assert b"INTERNAL_ERROR" in answer.body
    assert b"secret" not in answer.body
    assert "ZeroDivisionError" in caplog.text


async def test_a_store_that_is_gone_is_503(admin: Admin) -> None:
    await admin.services.store.close()
    status, answer = await admin.ask("GET", "/workflows")
    assert (status, answer["error"]["reason"]) == (503, "storage_unavailable")


VALUES = (
    None, True, 0, -1, 10**30, 1.5, "", "a", "******", "\x00", "x" * 3000, [], [1], [[]], {}, {"a": 1}, {"type": []},
    "{}", "{bad", [None], [{}], {"var": [{}]}, {"headers": []}, {"url": "http://[x"}, {"auth": {"type": "basic"}},
)  # fmt: skip
MEMBERS = (
    "id", "name", "config_json", "config", "tasks", "condition", "rollout_key", "workflow_ids", "metadata", "version",
    "enabled", "methods", "transport_config", "status", "rollout_percentage", "data",
)  # fmt: skip
EXAMPLES: Mapping[str, Mapping[str, object]] = {"channels": CHANNEL, "connectors": CONNECTOR, "workflows": WORKFLOW}
IDS = ("order-processing", "orders", "payments", "nobody", "a%2Fb")
TEXTS = ("", "1", "true", "active", "abc", "2020-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "%ff")


@pytest.mark.parametrize("seed", range(6))
async def test_no_input_makes_it_fail(admin: Admin, seed: int) -> None:
    chance = random.Random(seed)
    for endpoint in ENDPOINTS:
        for _ in range(8):
            path = endpoint.path.replace("{id}", chance.choice(IDS)).replace("{key}", "k")
            query = "&".join(f"{each.name}={chance.choice(TEXTS)}" for each in endpoint.query if chance.random() < 0.2)
            document = hostile(endpoint.path, chance)
            status, answer = await admin.ask(endpoint.method, f"{path}?{query}", document)
            assert status < 500, (endpoint.path, query, document, answer)
            assert status < 400 or answer["error"]["code"], (endpoint.path, answer)


def hostile(path: str, chance: random.Random) -> object:
    """An example with some members replaced, or no object at all."""
    if chance.random() < 0.1:
        return chance.choice(VALUES)
    example = next((each for name, each in EXAMPLES.items() if name in path), WORKFLOW)
    document = dict(SAMPLE if path.endswith("/test") else example)
    for _ in range(chance.randint(0, 2)):
        document[chance.choice(MEMBERS)] = chance.choice(VALUES)
    return [document, chance.choice(VALUES)] if path.endswith("/import") else document
