"""Stores on database servers for tests: migrated once, emptied for each."""

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

    anyio.run(apply)
    return url


def empty(store: Store) -> None:
    """Remove everything from a store of a migrated database, which need not be open."""
    connection = store.raw(durable=False)()
    for table in metadata.sorted_tables:
        if table.name != "generation":
            connection.change(f"DELETE FROM {table.name}")
    connection.change("UPDATE generation SET number = 0")
    connection.close()
