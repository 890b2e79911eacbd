"""What the tests of the durable queue share."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from orion_io.storage.raw import RawConnect

if TYPE_CHECKING:
    from tests.queue.queue_contract import Bench

pytest.register_assert_rewrite("tests.queue.queue_contract")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


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
