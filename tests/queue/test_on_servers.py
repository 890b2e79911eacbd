"""The durable queue on PostgreSQL and MariaDB."""

import pytest

from orion_io.storage import Store, open_store
from orion_io.storage.queue_table import Places, QueueTable
from orion_io.storage.raw import RawConnect
from tests.database_servers import DatabaseServer
from tests.queue.queue_contract import Bench, QueueContract
from tests.queue.rows import terms
from tests.server_stores import empty, migrate


@pytest.fixture(scope="module", params=["postgres", "mysql"])
def server_store(request: pytest.FixtureRequest) -> Store:
    """A store that is not open: raw connections are its own."""
    server: DatabaseServer = request.getfixturevalue(f"{request.param}_server")
    return open_store(migrate(server.new_database()))


class TestOnServers(QueueContract):
    """Several connections write at a time."""

    @pytest.fixture
    def connect(self, server_store: Store) -> RawConnect:
        empty(server_store)
        return server_store.raw(durable=True)

    def test_what_another_is_claiming_is_left_out(self, bench: Bench) -> None:
        bench.accept("a", "b", "c")
        bench.accept("l1", "l2", order_key="line")
        other = bench.connect()
        try:
            other.begin()
            table = QueueTable(other, terms(owner="other"), Places(), lambda: 1)
            assert [claim.id for claim in table.claim(2, frozenset(), bench.at(0))] == ["a", "b"]
            assert [claim.id for claim in bench.claim(2)] == ["c", "l1"]
            other.commit()
            other.begin()
            assert table.claim(5, frozenset(), bench.at(0)) == []  # the line's first is being worked on
            other.commit()
        finally:
            other.close()
