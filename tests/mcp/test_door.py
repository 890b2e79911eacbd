"""Who gets in over HTTP, and which revisions of the protocol are spoken."""

import json
import subprocess
from typing import Any

import httpx
import pytest

from orion_cli.mcp.resources import packaged
from orion_core.logic.catalogue import OPERATORS
from tests.cli.running import PROGRAM
from tests.mcp.conftest import ADMIN_KEY, MCP_KEY, ORIGIN

ACCEPT = {"accept": "application/json, text/event-stream", "content-type": "application/json"}


def initialize(revision: str) -> dict[str, Any]:
    about = {"protocolVersion": revision, "capabilities": {}, "clientInfo": {"name": "raw", "version": "1"}}
    return {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": about}


def post(url: str, document: object, **headers: str) -> httpx.Response:
    return httpx.post(
        url, json=document, headers={**ACCEPT, "authorization": f"Bearer {MCP_KEY}", **headers}, timeout=20
    )


@pytest.mark.parametrize("shown", ["", "Bearer wrong", MCP_KEY, f"Basic {MCP_KEY}", f"Bearer {MCP_KEY}x"])
def test_without_the_key_nobody_gets_in(http_url: str, shown: str) -> None:
    answer = post(http_url, initialize("2025-11-25"), authorization=shown)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "https://evil.example"}, 403),
        ({"host": "evil.example"}, 421),
        ({"content-type": "text/plain"}, 400),
    ],
    ids=["another origin", "another host", "another media type"],
)
def test_a_browser_of_somebody_else_is_refused(http_url: str, headers: dict[str, str], status: int) -> None:
    assert post(http_url, initialize("2025-11-25"), **headers).status_code == status


@pytest.mark.parametrize("mounted", [False, True], ids=["beside", "inside"])
@pytest.mark.parametrize(("origin", "told"), [(ORIGIN, ORIGIN), ("https://evil.example", None)])
def test_a_browser_is_told_what_it_may(http_url: str, orion: str, mounted: bool, origin: str, told: str | None) -> None:
    url, key = (f"{orion}/mcp", ADMIN_KEY) if mounted else (http_url, MCP_KEY)
    wish = {"access-control-request-method": "POST", "access-control-request-headers": "authorization, mcp-method"}
    asked = httpx.options(url, headers={"origin": origin, **wish})
    assert asked.headers.get("access-control-allow-origin") == told
    if told is not None:
        assert asked.is_success
        assert "mcp-method" in asked.headers["access-control-allow-headers"].lower()
    answer = post(url, initialize("2025-11-25"), origin=origin, authorization=f"Bearer {key}")
    assert answer.headers.get("access-control-allow-origin") == told
    assert answer.is_success == (told is not None)


@pytest.mark.parametrize("revision", ["2025-11-25", "2026-07-28"])
def test_there_is_nothing_to_listen_to(http_url: str, revision: str) -> None:
    headers = {"authorization": f"Bearer {MCP_KEY}", "accept": "text/event-stream", "mcp-protocol-version": revision}
    answer = httpx.get(http_url, headers=headers, timeout=20)
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize("revision", ["2025-06-18", "2025-11-25"])
def test_the_two_revisions_before_are_spoken_over_http(http_url: str, revision: str) -> None:
    answer = post(http_url, initialize(revision))
    assert answer.status_code == 200
    assert answer.json()["result"]["protocolVersion"] == revision


def test_the_newest_revision_is_discovered(http_url: str) -> None:
    meta = {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": {"name": "raw", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": {},
    }
    asked = {"jsonrpc": "2.0", "id": 1, "method": "server/discover", "params": {"_meta": meta}}
    answer = post(http_url, asked, **{"mcp-protocol-version": "2026-07-28", "mcp-method": "server/discover"})
    assert answer.status_code == 200, answer.text
    assert "2026-07-28" in answer.json()["result"]["supportedVersions"]


def test_standard_output_carries_the_protocol_and_nothing_else(environment: dict[str, str]) -> None:
    asked = "\n".join(json.dumps(each) for each in (
        initialize("2025-06-18"), {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": "health_check", "arguments": {}}},
    )) + "\n"  # fmt: skip
    with subprocess.Popen(
        [PROGRAM, "mcp", "serve"], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(asked)
        process.stdin.flush()
        first, second = (json.loads(process.stdout.readline()) for _ in range(2))
        process.stdin.close()
        assert process.stdout.read() == ""
        assert process.wait(20) == 0
    assert first["result"]["protocolVersion"] == "2025-06-18"
    assert second["result"]["structuredContent"]["status"] == "ok"


def test_http_without_a_key_of_its_own_does_not_begin(environment: dict[str, str]) -> None:
    done = subprocess.run(
        [PROGRAM, "mcp", "serve", "--http"],
        env={**environment, "ORION_MCP_KEY": "short"},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 2
    assert "ORION_MCP_KEY" in done.stderr


def test_a_port_that_is_taken_is_said(environment: dict[str, str], http_url: str) -> None:
    port = http_url.rsplit(":", 1)[1].split("/")[0]
    done = subprocess.run(
        [PROGRAM, "mcp", "serve", "--http", "--port", port],
        env=environment,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 2
    assert "cannot be listened at" in done.stderr


def test_the_operators_are_the_cores() -> None:
    text = packaged("operators.md")
    assert [name for name in OPERATORS if f"`{name}`" not in text] == []
