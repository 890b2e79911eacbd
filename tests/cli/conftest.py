"""One server for the whole session, and a command line with a configuration of its own for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.running import Cli
from tests.http.servers import serving


@pytest.fixture(scope="session")
def server_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("server")) as server:
        yield server.url


@pytest.fixture
def cli(tmp_path: Path, server_url: str) -> Cli:
    return Cli(tmp_path, server_url)
