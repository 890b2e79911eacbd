"""The store contract over SQLite in memory."""

from collections.abc import AsyncIterator

import pytest

from orion_io.storage import Store, open_store
from tests.contracts.store_contract import StoreContract


class TestSqliteMemory(StoreContract):
    @pytest.fixture
    async def store(self) -> AsyncIterator[Store]:
        store = open_store("sqlite::memory:")
        await store.open()
        await store.migrate()
        yield store
        await store.close()
