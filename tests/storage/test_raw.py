"""Raw connections: transactions, places, and what is worth another attempt."""

import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from orion_io.storage import RawConnection, RawRefused, RawUnavailable, Store, open_store
from tests.server_stores import empty

pytestmark = pytest.mark.anyio

INSERT = "INSERT INTO audit_logs (id, principal, action, resource_type, resource_id, outcome, created_at) VALUES (?, ?, 'a%s', '?', 'r', 'done', ?)"


class RawContract:
    """What every raw connection promises. Subclass and provide `store`: open, migrated and empty."""

    @pytest.fixture(params=[True, False], ids=["durable", "fast"])
    def connection(self, store: Store, request: pytest.FixtureRequest) -> Iterator[RawConnection]:
        connection = store.raw(durable=request.param)()
        yield connection
        connection.close()

    async def test_what_is_committed_is_there(self, store: Store, connection: RawConnection) -> None:
        connection.begin()
        assert connection.change(INSERT, ("1", "it's \\ é \U0001f4e6 % ? \"", 2**62)) == 1
        connection.many(INSERT, [("2", "b", 2), ("3", "c", 3)])
        connection.commit()
        rows = connection.rows("SELECT principal, action, resource_type, created_at FROM audit_logs ORDER BY id")
        assert rows[0] == ("it's \\ é \U0001f4e6 % ? \"", "a%s", "?", 2**62)
        assert [row[0] for row in rows[1:]] == ["b", "c"]
        other = store.raw(durable=True)()
        assert other.rows("SELECT count(*) FROM audit_logs WHERE id > ? AND principal = ?", ("0", "b")) == [(1,)]
        other.close()

    async def test_what_is_rolled_back_is_not(self, connection: RawConnection) -> None:
        connection.rollback()
        connection.begin()
        connection.change(INSERT, ("1", "a", 1))
        connection.rollback()
        connection.begin()
        assert connection.rows("SELECT id FROM audit_logs") == []
        connection.commit()

    async def test_a_change_counts_what_it_matched(self, connection: RawConnection) -> None:
        connection.many(INSERT, [("1", "a", 1), ("2", "b", 2)])
        same = "UPDATE audit_logs SET principal = ? WHERE created_at < ?"
        assert [connection.change(same, ("a", 9)), connection.change(same, ("a", 9))] == [2, 2]
        assert connection.change("DELETE FROM audit_logs WHERE id = ?", ("nobody",)) == 0

    @pytest.mark.parametrize(
        "row", [("1", "a", 1), ("2", None, 1), ("2", "\ud800", 1), ("2", "a", 2**70), ("2", object(), 1)]
    )
    async def test_a_row_that_never_fits_is_refused(self, connection: RawConnection, row: tuple[object, ...]) -> None:
        connection.change(INSERT, ("1", "secret", 1))
        connection.begin()
        with pytest.raises(RawRefused) as refused:
            connection.change(INSERT, row)
        assert "secret" not in refused.value.detail
        connection.rollback()
        with pytest.raises(RawRefused):
            connection.many(INSERT, [("3", "c", 3), row])

    async def test_a_table_that_is_not_there_may_come(self, connection: RawConnection) -> None:
        with pytest.raises(RawUnavailable):
            connection.rows("SELECT 1 FROM nowhere")


class TestRawServers(RawContract):
    @pytest.fixture
    async def store(self, server_url: str) -> Store:
        store = open_store(server_url, busy_timeout_ms=1000)
        empty(store)
        return store

    async def test_a_sum_of_integers_is_an_integer(self, connection: RawConnection) -> None:
        connection.many(INSERT, [("1", "a", 2**60), ("2", "b", 5)])
        assert connection.rows("SELECT sum(created_at), sum(-created_at), avg(5), max(id) FROM audit_logs") == [
            (2**60 + 5, -(2**60) - 5, 5, "2")
        ]

    async def test_a_lock_is_worth_another_attempt_and_a_failed_transaction_is_not_kept(
        self, store: Store, connection: RawConnection
    ) -> None:
        other = store.raw(durable=True)()
        other.begin()
        connection.begin()
        for each in (other, connection):
            each.change(INSERT, (str(id(each)), "a", 1))
        lock = "UPDATE generation SET number = number + 1"
        other.change(lock)
        with pytest.raises(RawUnavailable):
            connection.change(lock)
        if connection.dialect == "postgres":
            with pytest.raises(RawUnavailable, match="had failed"):
                connection.commit()
        connection.rollback()
        other.commit()
        assert connection.rows("SELECT id FROM audit_logs") == [(str(id(other)),)]
        other.close()

    async def test_what_the_server_would_hang_up_on_is_refused(self, mysql_url: str) -> None:
        connection = open_store(mysql_url).raw(durable=True)()
        ((packet,),) = connection.rows("SELECT @@max_allowed_packet")
        for many in (False, True):
            row = ("1", "\\" * (packet // 2), 1)
            with pytest.raises(RawRefused, match="max_allowed_packet"):
                connection.many(INSERT, [row]) if many else connection.change(INSERT, row)
        assert connection.rows("SELECT length(?)", ("x" * 1_000_000,)) == [(1_000_000,)]
        connection.close()

    async def test_a_server_that_is_not_there_may_come(self, store: Store) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        for scheme in ("postgres", "mysql"):
            connect = open_store(f"{scheme}://ann:secret@127.0.0.1:{port}/orion").raw(durable=True)
            with pytest.raises(RawUnavailable) as refused:
                connect()
            assert "secret" not in refused.value.detail


class TestRawSqlite(RawContract):
    @pytest.fixture
    async def store(self, tmp_path: Path) -> AsyncIterator[Store]:
        store = open_store(f"sqlite:{tmp_path}/orion.db", busy_timeout_ms=20)
        await store.open()
        await store.migrate()
        yield store
        await store.close()

    async def test_a_lock_is_worth_another_attempt(self, store: Store, connection: RawConnection) -> None:
        async with store.write():
            with pytest.raises(RawUnavailable, match="locked"):
                connection.begin()
