"""The store contract over PostgreSQL and MariaDB."""

from collections.abc import AsyncIterator

import anyio
import pytest

from orion_io.storage import StorageUnavailable, Store, StoreError, Unstorable, open_store
from tests.contracts.store_contract import StoreContract
from tests.contracts.stored import connector, trace, workflow
from tests.database_servers import DatabaseServer
from tests.server_stores import empty


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"  # one event loop for all, so that a store stays open from test to test


@pytest.fixture(scope="module")
async def stores(anyio_backend: str) -> AsyncIterator[dict[str, Store]]:
    """Stores by their address, closed at the end."""
    stores: dict[str, Store] = {}
    yield stores
    for store in stores.values():
        await store.close()


class ServerContract(StoreContract):
    """What databases promise that several servers share. Subclass and provide `url`: of a migrated database."""

    @pytest.fixture
    async def store(self, stores: dict[str, Store], url: str) -> Store:
        store = stores.setdefault(url, open_store(url))
        empty(store)
        await store.open()
        return store

    async def test_of_two_servers_one_changes_at_a_time(self, store: Store, url: str) -> None:
        other = open_store(url)
        await other.open()
        order: list[str] = []

        async def follow() -> None:
            async with other.write() as tx:
                order.append("second")
                assert await tx.workflows.get("first") is not None
                await tx.workflows.create(workflow("second"))

        async with anyio.create_task_group() as group, store.write() as tx:
            group.start_soon(follow)
            await tx.workflows.create(workflow("first"))
            await anyio.sleep(0.1)
            order.append("first")
        await other.close()
        assert order == ["first", "second"]

    async def test_of_two_servers_one_activates_a_draft(self, store: Store, url: str) -> None:
        other = open_store(url)
        await other.open()
        async with store.write() as tx:
            await tx.workflows.create(workflow())
        results: list[str] = []

        async def contend(one: Store) -> None:
            try:
                async with one.write() as tx:
                    await tx.workflows.activate("order-flow", now=5)
                results.append("won")
            except StoreError as error:
                results.append(type(error).__name__)

        async with anyio.create_task_group() as group:
            for number in range(10):
                group.start_soon(contend, (store, other)[number % 2])
        await other.close()
        assert sorted(results) == ["NoDraft"] * 9 + ["won"]

    async def test_names_that_differ_by_blanks_marks_or_case_are_different(self, store: Store) -> None:
        names = ["a", "a ", "A", "á", "a\u0301", "ß", "ss"]
        async with store.write() as tx:
            for name in names:
                await tx.connectors.create(connector(f"id {name}", name=name))
            listed = [each.name for each in await tx.connectors.enabled()]
            assert await tx.connectors.by_name("SS") is None
        assert listed == sorted(names, key=str.encode)

    async def test_what_is_too_long_is_refused_and_the_rest_of_the_change_stays(self, store: Store) -> None:
        async with store.write() as tx:
            await tx.workflows.create(workflow("a"))
            with pytest.raises(Unstorable):
                await tx.workflows.create(workflow("b", name="x" * 300))
            await tx.workflows.create(workflow("c", tasks=["x" * 1_000_000]))
        async with store.read() as tx:
            assert [await tx.workflows.get(name) is not None for name in "abc"] == [True, False, True]


class TestPostgres(ServerContract):
    nul = ""
    tells = True

    @pytest.fixture
    def url(self, postgres_url: str) -> str:
        return postgres_url

    @pytest.mark.parametrize("members", [{"name": "a\0"}, {"tags": ["a\0"]}, {"workflow_id": "a\0"}])
    async def test_a_definition_with_nul_is_refused(self, store: Store, members: dict[str, object]) -> None:
        with pytest.raises(Unstorable):
            async with store.write() as tx:
                await tx.workflows.create(workflow(**members))  # type: ignore[arg-type] # one of them is the id

    async def test_a_trace_with_nul_is_kept_without_it(self, store: Store) -> None:
        async with store.write() as tx:
            await tx.traces.insert(trace("t", error_message="a\0b", input_json=b"\0", steps_json=b'"\\u0000"'))
            kept = await tx.traces.get("t")
        assert kept is not None
        assert (kept.error_message, kept.input_json, kept.steps_json) == ("a\ufffdb", b"\xef\xbf\xbd", b'"\\u0000"')

    async def test_who_listens_is_told_when_the_connection_breaks_off(
        self, store: Store, url: str, postgres_server: DatabaseServer
    ) -> None:
        listening = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN %'"
        with anyio.fail_after(10), pytest.raises(StorageUnavailable) as lost:
            await store.listen(lambda: postgres_server.execute(listening) and None)
        assert "terminat" in lost.value.detail
        wrong = open_store(url.replace("the%20", "no%20"))
        with pytest.raises(StorageUnavailable) as refused:
            await wrong.listen(lambda: None)
        assert "database's own" not in refused.value.detail


class TestMariadb(ServerContract):
    @pytest.fixture
    def url(self, mysql_url: str) -> str:
        return mysql_url
