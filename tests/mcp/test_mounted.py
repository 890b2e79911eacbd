"""`/mcp` of a real server: whom it lets in, whom the audit log names, and how it stops."""

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.http.api import PARSE, Api, task, unique
from tests.http.servers import Server, serving
from tests.mcp.conftest import ADMIN_KEY, KEYS, MOUNTED, ORIGIN, READING_KEY, over_http
from tests.mcp.test_conversations import call, classification, refusal
from tests.mcp.test_door import ACCEPT, initialize

PROGRAM = (str(Path(__file__).parent.parent / "http" / "waiting.py"),)
HEADER = "X-Orion-Key"


def post(url: str, document: object, **headers: str) -> httpx.Response:
    shown = {"authorization": f"Bearer {ADMIN_KEY}"}
    return httpx.post(f"{url}/mcp", json=document, headers={**ACCEPT, **shown, **headers}, timeout=20)


@pytest.fixture(scope="module")
def reading(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose assistants may only read, with keys in a header of their own; it has a task that waits."""
    settings = {"ORION_MCP__READ_ONLY": "true", "ORION_ADMIN_AUTH__HEADER": HEADER}
    with serving(tmp_path_factory.mktemp("reading"), PROGRAM, **MOUNTED, **settings) as server:
        yield server


@pytest.mark.parametrize(
    ("headers", "status", "reason"),
    [
        ({"authorization": ""}, 401, "unauthorized"),
        ({"authorization": "Bearer wrong"}, 401, "unauthorized"),
        ({"authorization": f"Basic {ADMIN_KEY}"}, 401, "unauthorized"),
        ({"origin": "https://evil.example"}, 403, "origin_not_allowed"),
        ({"origin": f"{ORIGIN}.evil.example"}, 403, "origin_not_allowed"),
        ({"origin": "null"}, 403, "origin_not_allowed"),
        ({"host": "evil.example"}, 421, "host_not_allowed"),
        ({"host": "127.0.0.1.evil.example"}, 421, "host_not_allowed"),
        ({"host": "orion.test"}, 421, "host_not_allowed"),
        ({"content-type": "text/plain"}, 415, "unsupported_media_type"),
    ],
)
def test_who_may_not_is_refused(orion: str, headers: dict[str, str], status: int, reason: str) -> None:
    answer = post(orion, initialize("2025-11-25"), **headers)
    assert (answer.status_code, answer.json()["error"]["reason"]) == (status, reason)


@pytest.mark.parametrize(
    "headers", [{"origin": ORIGIN}, {"host": "orion.example"}, {"host": "orion.example:1"}, {"host": "orion.test:8443"}]
)
def test_who_is_named_may(orion: str, headers: dict[str, str]) -> None:
    assert post(orion, initialize("2025-11-25"), **headers).status_code == 200


@pytest.mark.parametrize("revision", ["2025-06-18", "2025-11-25"])
def test_the_two_revisions_before_are_spoken(orion: str, revision: str) -> None:
    answer = post(orion, initialize(revision), **{"mcp-protocol-version": revision})
    assert answer.json()["result"]["protocolVersion"] == revision


@pytest.mark.parametrize("method", ["GET", "DELETE", "PUT"])
def test_there_is_nothing_to_listen_to_and_no_session_to_end(orion: str, method: str) -> None:
    answer = httpx.request(method, f"{orion}/mcp", headers={"authorization": f"Bearer {ADMIN_KEY}"})
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize(
    "body", ["no json", "[" * 5000, '{"jsonrpc": "2.0", "id": 1, "method": "\\ud800"}', "[]", "{}"]
)
def test_what_is_no_message_is_an_error_of_the_protocol(orion: str, body: str) -> None:
    accept = {**ACCEPT, "accept": f"application/problem+json, {ACCEPT['accept']};q=0.5"}
    headers = {**accept, "authorization": f"Bearer {ADMIN_KEY}"}
    answer = httpx.post(f"{orion}/mcp", content=body, headers=headers, timeout=20)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] < 0
    assert answer.headers["content-type"] == "application/json"


def test_more_than_a_request_may_hold_is_refused_unread(orion: str) -> None:
    answer = post(orion, "x" * 1_100_000)
    assert (answer.status_code, answer.json()["error"]["reason"]) == (413, "payload_too_large")


@pytest.mark.anyio
async def test_changes_are_audited_under_the_name_of_the_key(orion: str) -> None:
    workflow = unique("w")
    async with over_http(f"{orion}/mcp", key=ADMIN_KEY) as client:
        await call(client, "create_workflow", workflow=classification(workflow))
    async with over_http(f"{orion}/mcp", key=READING_KEY) as client:
        assert (await call(client, "get_workflow", workflow_id=workflow))["workflow"]["status"] == "draft"
        assert "may read only" in await refusal(client, "activate_workflow", workflow_id=workflow)
    with Api(orion, headers={"authorization": f"Bearer {ADMIN_KEY}"}) as api:
        logged = api.get("/api/v1/admin/audit-logs", params={"resource_id": workflow}).json()["data"]
    done = [(each["principal"], each["action"], each["outcome"]) for each in logged]
    assert done == [("key:looker", "activate", "refused"), ("key:assistant", "create", "done")]


@pytest.mark.anyio
async def test_who_may_only_read_sees_nothing_else(reading: Server) -> None:
    http = httpx.Client(base_url=reading.url, headers={HEADER: ADMIN_KEY, **ACCEPT})
    with http:
        tools = asked(http, "tools/list")["tools"]
        assert tools
        assert all(tool["annotations"]["readOnlyHint"] for tool in tools)
        assert asked(http, "tools/call", name="list_workflows", arguments={})["structuredContent"]["total"] == 0
        refused = http.post("/mcp", json=message("tools/call", name="reload_engine", arguments={}))
        assert "There is no tool" in refused.json()["error"]["message"]


def message(method: str, **parameters: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}


def asked(http: httpx.Client, method: str, **parameters: Any) -> Any:
    answer = http.post("/mcp", json=message(method, **parameters))
    assert answer.status_code == 200, answer.text
    return answer.json()["result"]


def test_a_call_under_way_is_answered_before_the_server_stops(reading: Server) -> None:
    """Last of its server: `test_workflow` waits as the workflow does."""
    shown = {HEADER: KEYS[0]["key"]}
    with Api(reading.url, headers={**shown, **ACCEPT}) as api:
        workflow = api.workflow([PARSE, task("wait", "wait", {"ms": 1000})], active=False)
        answers: list[Any] = []
        arguments = {"workflow_id": workflow, "data": {}}
        asking = threading.Thread(
            target=lambda: answers.append(asked(api, "tools/call", name="test_workflow", arguments=arguments))
        )
        asking.start()
        time.sleep(0.3)
        assert reading.stop() == 0, reading.log()
        asking.join()
    assert answers[0]["structuredContent"]["matched"] is True
    assert json.dumps(answers).count(ADMIN_KEY) == 0
    assert ADMIN_KEY not in reading.log()
