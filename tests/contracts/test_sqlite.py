"""The store contract over SQLite on disk."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from store_contract import StoreContract

from orion_io.storage import Store, open_store


class TestSqlite(StoreContract):
    @pytest.fixture
    async def store(self, tmp_path: Path) -> AsyncIterator[Store]:
        store = open_store(f"sqlite:{tmp_path}/orion.db")
        await store.open()
        await store.migrate()
        yield store
        await store.close()
