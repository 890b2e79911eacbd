"""The pool settings of the control plane's database, each in force on each database."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import anyio
import pytest

from orion_io.storage import StorageUnavailable, Store, open_store
from tests.database_servers import DatabaseServer

pytestmark = pytest.mark.anyio

Opening = Callable[..., Store]
CONNECTED = {
    "postgres": "SELECT pid FROM pg_stat_activity WHERE datname = '{}'",
    "mysql": "SELECT id FROM information_schema.processlist WHERE db = '{}'",
}


@pytest.fixture(params=["sqlite", "postgres", "mysql"])
async def opening(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Opening]:
    """Opens stores of one migrated database with the settings it is given."""
    sqlite = request.param == "sqlite"
    url = f"sqlite:{tmp_path}/orion.db" if sqlite else str(request.getfixturevalue(f"{request.param}_url"))
    stores: list[Store] = []

    def opened(**settings: Any) -> Store:
        stores.append(open_store(url, **settings))
        return stores[-1]

    first = opened()
    await first.open()
    await first.migrate()
    yield opened
    for store in stores:
        await store.close()


async def test_so_many_at_once_and_the_next_waits_so_long(opening: Opening) -> None:
    store = opening(max_connections=4, min_connections=2, acquire_timeout_secs=0.1)
    await store.open()
    async with AsyncExitStack() as stack:
        for _ in range(3):  # the fourth is the one that writes
            await (await stack.enter_async_context(store.read())).generation.current()
        with pytest.raises(StorageUnavailable, match="busy"):
            await stack.enter_async_context(store.read())
        async with store.write() as tx:
            await tx.generation.current()
            assert (store.connections().size, store.connections().idle) == (4, 0)
    assert store.connections().idle == store.connections().size == 2  # as many as stay open between uses


@pytest.mark.parametrize("kind", CONNECTED)
@pytest.mark.parametrize(("idle", "replaced"), [(0, False), (1, True)], ids=["never", "after a second"])
async def test_older_connections_are_replaced_at_their_next_use(
    kind: str, idle: int, replaced: bool, request: pytest.FixtureRequest
) -> None:
    server: DatabaseServer = request.getfixturevalue(f"{kind}_server")
    url = server.migrated_database()
    store = open_store(url, max_connections=2, min_connections=2, idle_timeout_secs=idle)
    await store.open()

    async def connection() -> set[object]:
        """Those that are open once one was used for reading."""
        async with store.read() as tx:
            await tx.generation.current()
        return {number for (number,) in server.execute(CONNECTED[kind].format(url.rpartition("/")[2]))}

    before = await connection()
    await anyio.sleep(1.2)
    after = await connection()
    await store.close()
    assert (len(before), len(after), before == after) == (2, 2, not replaced)
