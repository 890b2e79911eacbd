"""What every run of the suite says and asks for."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
import pytest

if TYPE_CHECKING:
    from tests.database_servers import DatabaseServer


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("orion")
    group.addoption("--require-services", action="store_true", help="a service that is missing is an error, not a skip")
    group.addoption(
        "--every-form", action="store_true", help="run here what is otherwise run in the compiled form only"
    )
    group.addoption(
        "--endurance", action="store_true", help="as many kills and activations as are promised; else a quarter of them"
    )
    group.addoption(
        "--storage", default="sqlite", choices=["sqlite", "postgres", "mysql"],
        help="where the servers that are started keep their data (docs/decisions/0045)",
    )  # fmt: skip
    group.addoption(
        "--transport", choices=("granian", "direct"), help="what the servers speak HTTP with that tests start"
    )
    group.addoption("--compiled", action="store_true", help="fail unless the core that is tested is compiled")


# What only interpreted modules decide, together with real servers: either form says the same (docs/decisions/0028). Of the
# direct transport, what is read is asked in both forms (tests/server/test_reader.py).
ONE_FORM = (
    "tests/kafka/", "tests/connectors/", "tests/contracts/test_server_databases.py", "tests/storage/", "tests/queue/",
    "tests/http/test_on_server_databases.py", "tests/http/test_instances.py", "tests/cli/", "tests/mcp/", "tests/deploy/",
    "tests/http/test_backup.py", "tests/http/test_cluster.py", "tests/http/test_dead_letters.py", "tests/http/test_every_connector.py",
    "tests/http/test_outages.py", "tests/http/test_process.py", "tests/http/test_selection.py",
    "tests/http/test_shared_stores.py", "tests/http/test_shutdown.py", "tests/http/test_supervision.py",
    "tests/http/test_tls.py", "tests/http/test_secrets.py", "tests/http/test_abuse.py",
)  # fmt: skip


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "sqlite(reason): about a SQLite file; skipped where data are kept elsewhere")
    transport = config.getoption("--transport")
    if transport is not None:  # every server that a test starts is given the environment
        os.environ["ORION_SERVER__TRANSPORT"] = transport
    config.addinivalue_line("markers", "endurance: minutes of processes killed under load; in the compiled form only")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Ask once, in the form that users have, what the form of the core makes no difference to.

    What takes minutes comes first: it mostly waits, and with several workers nothing then waits for it at the end.
    """
    slow = {item.path for item in items if item.get_closest_marker("endurance") is not None}
    items.sort(key=lambda item: item.path not in slow)
    if config.getoption("--storage") != "sqlite":
        for item in items:
            if (about_a_file := item.get_closest_marker("sqlite")) is not None:
                item.add_marker(pytest.mark.skip(reason=f"about SQLite: {about_a_file.args[0]}"))
    if config.getoption("--compiled") or config.getoption("--every-form"):
        return
    skip = pytest.mark.skip(reason="runs in the compiled form (make test-compiled), or with --every-form")
    for item in items:
        if item.get_closest_marker("endurance") is not None or item.nodeid.startswith(ONE_FORM):
            item.add_marker(skip)


def pytest_report_header(config: pytest.Config) -> str:
    from orion_core import COMPILED

    form = "compiled" if COMPILED else "interpreted"
    asked = os.environ.get("ORION_URL", f"own servers on {config.getoption('--storage')}")
    return f"orion core: {form}; black-box tests: {asked}"


def pytest_sessionstart(session: pytest.Session) -> None:
    from orion_core import COMPILED

    if session.config.getoption("--compiled") and not COMPILED:
        raise pytest.UsageError("the core that is tested is not compiled")


@pytest.fixture(scope="session")
def repeats(request: pytest.FixtureRequest) -> Callable[[int], int]:
    """How often to do what is promised for that many times: a run that is not about endurance has not the hours."""
    whole = request.config.getoption("--endurance")
    return lambda times: times if whole else times // 4


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with every migration applied and nothing in it, to be copied."""
    from orion_io.storage import open_store  # its database drivers are not for every test

    path = tmp_path_factory.mktemp("migrated") / "orion.db"

    async def migrate() -> None:
        store = open_store(f"sqlite:{path}")
        await store.open()
        await store.migrate()
        await store.close()

    anyio.run(migrate)
    return path


@pytest.fixture(scope="session", autouse=True)
def kept(request: pytest.FixtureRequest) -> Iterator[None]:
    """Servers that are started keep their data where `--storage` says."""
    kind = request.config.getoption("--storage")
    if kind == "sqlite":
        yield
        return
    from tests.storages import storages

    with storages.on(request.getfixturevalue(f"{kind}_server")):
        yield


@pytest.fixture(scope="session")
def postgres_server(request: pytest.FixtureRequest) -> "Iterator[DatabaseServer]":
    """A PostgreSQL for the whole run; whoever stops a server starts one of their own."""
    yield from _running("postgres", request.config)


@pytest.fixture(scope="session")
def mysql_server(request: pytest.FixtureRequest) -> "Iterator[DatabaseServer]":
    """A MariaDB for the whole run."""
    yield from _running("mysql", request.config)


@pytest.fixture(scope="session")
def postgres_url(postgres_server: "DatabaseServer") -> str:
    """A database with every migration applied; what is in it belongs to the test before."""
    return postgres_server.migrated_database()


@pytest.fixture(scope="session")
def mysql_url(mysql_server: "DatabaseServer") -> str:
    """The same of MariaDB."""
    return mysql_server.migrated_database()


@pytest.fixture(params=["postgres", "mysql"])
def server_url(request: pytest.FixtureRequest) -> str:
    """Each of them."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


def _running(kind: str, config: pytest.Config) -> "Iterator[DatabaseServer]":
    from tests.database_servers import SERVERS  # its drivers are not for every test

    with SERVERS[kind](config) as server, server.running() as process:
        yield server
        server.kill(process)  # its data go with it
