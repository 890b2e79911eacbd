"""The durable queue on SQLite."""

from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest

from orion_io.storage import open_store
from orion_io.storage.raw import RawConnect
from tests.queue.queue_contract import QueueContract


class TestOnSqlite(QueueContract):
    """One connection writes at a time."""

    @pytest.fixture
    def connect(self, database: Path) -> Iterator[RawConnect]:
        store = open_store(f"sqlite:{database}")
        anyio.run(store.open)
        yield store.raw(durable=True)
        anyio.run(store.close)
