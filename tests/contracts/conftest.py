"""What the contract suites share."""

from pathlib import Path

import anyio
import pytest

from orion_io.storage import open_store

PARTS = (
    "channels", "dead_letters", "documents", "instances", "records", "transactions", "workflow_lists", "workflows",
)  # fmt: skip
pytest.register_assert_rewrite(*(f"tests.contracts.store_{part}" for part in PARTS))


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with every migration applied and nothing in it, to be copied."""
    path = tmp_path_factory.mktemp("migrated") / "orion.db"

    async def migrate() -> None:
        store = open_store(f"sqlite:{path}")
        await store.open()
        await store.migrate()
        await store.close()

    anyio.run(migrate)
    return path
