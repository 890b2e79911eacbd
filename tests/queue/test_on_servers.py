"""The durable queue on PostgreSQL and MariaDB, which several servers may share."""

import pytest

from orion_io.storage import open_store
from orion_io.storage.raw import RawConnect
from tests.queue.queue_contract import QueueContract, bench  # noqa: F401 - a fixture
from tests.server_stores import empty


class TestOnServers(QueueContract):
    """Several connections write at once."""

    @pytest.fixture
    def connect(self, server_url: str) -> RawConnect:
        store = open_store(server_url, busy_timeout_ms=1000)
        empty(store)
        return store.raw(durable=True)
