"""The installed MCP server before a real Orion, reached by the official SDK's own client."""

import json
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client

from tests.cli.running import PROGRAM, Cli
from tests.http.servers import serving

READING_KEY = "a-key-that-only-reads"
ADMIN_KEY = "an-admin-key-nobody-may-see"
MCP_KEY = "a-key-for-assistants"


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


KEYS = [{"name": "assistant", "key": ADMIN_KEY}, {"name": "looker", "key": READING_KEY, "role": "read"}]
MOUNTED = {
    "ORION_ADMIN_AUTH__ENABLED": "true",
    "ORION_ADMIN_AUTH__KEYS": json.dumps(KEYS),
    "ORION_MCP__ENABLED": "true",
}
ORIGIN = "https://desk.example"


@pytest.fixture(scope="session")
def orion(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    allowed = {"ORION_MCP__ALLOWED_ORIGINS": ORIGIN, "ORION_MCP__ALLOWED_HOSTS": "orion.example, orion.test:8443"}
    with serving(tmp_path_factory.mktemp("orion"), **MOUNTED, **allowed) as server:
        yield server.url


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory, orion: str) -> dict[str, str]:
    return Cli(tmp_path_factory.mktemp("cli"), orion, ORION_API_KEY=ADMIN_KEY, ORION_MCP_KEY=MCP_KEY).environment


@pytest.fixture(scope="session")
def http_url(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The MCP server over HTTP, on a port of its own."""
    log = tmp_path_factory.mktemp("mcp") / "log"
    with log.open("wb") as opened:
        process = subprocess.Popen(
            [PROGRAM, "mcp", "serve", "--http", "--port", "0", "--allow-origin", ORIGIN], env=environment, stderr=opened
        )
    try:
        yield address(process, log)
    finally:
        process.terminate()
        process.wait(20)


def address(process: subprocess.Popen[bytes], log: Path) -> str:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        said = log.read_text()
        if said.endswith("/mcp\n"):
            return said.split()[-1]
        assert process.poll() is None, said
        time.sleep(0.02)
    raise AssertionError(log.read_text())


@asynccontextmanager
async def over_stdio(environment: dict[str, str], *options: str, mode: str = "auto") -> AsyncIterator[Client]:
    parameters = StdioServerParameters(command=PROGRAM, args=["mcp", "serve", *options], env=environment)
    async with Client(parameters, mode=mode) as client:
        yield client


@asynccontextmanager
async def over_http(url: str, mode: str = "auto", key: str = MCP_KEY) -> AsyncIterator[Client]:
    async with (
        httpx2.AsyncClient(headers={"authorization": f"Bearer {key}"}) as http,
        Client(streamable_http_client(url, http_client=http), mode=mode) as client,
    ):
        yield client
