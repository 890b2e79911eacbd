"""The server the suite talks to, and a client that knows its API."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.http.api import Api
from tests.http.servers import Server, serving


@pytest.fixture(scope="session")
def base_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    given = os.environ.get("ORION_URL")
    if given:
        yield given.rstrip("/")
        return
    with serving(tmp_path_factory.mktemp("server")) as server:
        yield server.url
        assert server.stop() == 0, server.log()


@pytest.fixture
def api(base_url: str) -> Iterator[Api]:
    with Api(base_url) as api:
        yield api


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Server]:
    """A server of the test's own, to be stopped, killed and started again."""
    if os.environ.get("ORION_URL"):
        pytest.skip("needs a server it may stop; ORION_URL names somebody else's")
    with serving(tmp_path) as server:
        yield server
