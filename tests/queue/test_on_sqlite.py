"""The durable queue on SQLite."""

from pathlib import Path

import pytest

from orion_io.storage import open_store
from orion_io.storage.raw import RawConnect
from tests.queue.queue_contract import QueueContract


class TestOnSqlite(QueueContract):
    """One connection writes at a time."""

    @pytest.fixture
    def connect(self, database: Path) -> RawConnect:
        return open_store(f"sqlite:{database}").raw(durable=True)
