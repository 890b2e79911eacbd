"""Stores on database servers for tests: migrated once, emptied for each."""

from concurrent.futures import ThreadPoolExecutor

import anyio

from orion_io.storage import Store, open_store
from orion_io.storage.schema import metadata


def migrate(url: str) -> str:
    """Apply every migration. Returns the address."""

    async def apply() -> None:
        store = open_store(url)
        await store.open()
        await store.migrate()
        await store.close()

    with ThreadPoolExecutor(1) as elsewhere:  # a fixture may ask for it while an event loop runs
        elsewhere.submit(anyio.run, apply).result()
    return url


def empty(store: Store) -> None:
    """Remove everything from a store of a migrated database, which need not be open."""
    connection = store.raw(durable=False)()
    for table in metadata.sorted_tables:
        if table.name != "generation":
            connection.change(f"DELETE FROM {table.name}")
    connection.change("UPDATE generation SET number = 0")
    connection.close()
