"""What the tests of the durable queue share."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
import pytest

from orion_io.storage import open_store
from orion_io.storage.raw import RawConnect

if TYPE_CHECKING:
    from tests.queue.queue_contract import Bench

pytest.register_assert_rewrite("tests.queue.queue_contract")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with every migration applied and nothing in it, to be copied."""
    path = tmp_path_factory.mktemp("migrated") / "orion.db"

    async def migrate() -> None:
        store = open_store(f"sqlite:{path}")
        await store.open()
        await store.migrate()
        await store.close()

    anyio.run(migrate)
    return path


@pytest.fixture
def database(migrated: Path, tmp_path: Path) -> Path:
    """A file of the test's own."""
    return Path(shutil.copy(migrated, tmp_path / "orion.db"))


@pytest.fixture
def bench(connect: RawConnect) -> "Iterator[Bench]":
    """A queue whose time the test tells, over the connections that a contract's subclass provides."""
    from tests.queue.queue_contract import Bench  # its assertions are rewritten first

    bench = Bench(connect)
    yield bench
    bench.raw.close()
