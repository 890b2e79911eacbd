"""Drivers, asked directly."""

from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from orion_core import Connector
from orion_io.clock import Clock
from orion_io.connectors.connectors import Connectors
from tests.connectors.shops import KINDS, connector
from tests.database_servers import SERVERS, DatabaseServer


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def drivers() -> AsyncIterator[Connectors]:
    made = Connectors(Clock())
    yield made
    await made.close()


@pytest.fixture(scope="session")
def servers(request: pytest.FixtureRequest) -> Iterator[dict[str, DatabaseServer]]:
    with ExitStack() as stack:
        running = {}
        for kind, make in SERVERS.items():
            running[kind] = stack.enter_context(make(request.config))
            stack.enter_context(running[kind].running())
        yield running


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    """A kind of SQL database."""
    return str(request.param)


@pytest.fixture
def shop(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Connector:
    """A connector to such a database."""
    if kind == "sqlite":
        return connector(f"sqlite:{tmp_path}/shop.db?mode=rwc", max_connections=3)
    servers: dict[str, DatabaseServer] = request.getfixturevalue("servers")
    return connector(servers[kind].url, max_connections=3)
