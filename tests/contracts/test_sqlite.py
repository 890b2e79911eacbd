"""The store contract over SQLite on disk."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from orion_io.storage import Store, open_store
from tests.contracts.store_contract import StoreContract


class TestSqlite(StoreContract):
    @pytest.fixture
    async def store(self, migrated: Path, tmp_path: Path) -> AsyncIterator[Store]:
        shutil.copy(migrated, tmp_path)
        store = open_store(f"sqlite:{tmp_path}/orion.db")
        await store.open()
        yield store
        await store.close()
