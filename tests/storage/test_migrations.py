"""Migrations: one history, applied once, whoever asks and however many."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from orion_io.storage import StorageError, StorageUnavailable, open_store
from orion_io.storage.migrating import HEAD, REVISIONS, SCRIPTS, alembic_settings
from orion_io.storage.schema import metadata
from tests.storage.rows import TRACE
from tests.storage.ten_processes import migrate_ten_times

pytestmark = pytest.mark.anyio

START = """
import asyncio, sys
from orion_io.storage import open_store

async def main():
    store = open_store(sys.argv[1])
    await store.open()
    assert await store.pending_migrations() == []
    await store.migrate()
    await store.close()

asyncio.run(main())
print("alembic" in sys.modules)
"""


@pytest.fixture
def address(tmp_path: Path) -> str:
    return f"sqlite:{tmp_path}/orion.db"


async def migrated(address: str) -> None:
    store = open_store(address)
    await store.open()
    await store.migrate()
    await store.close()


def test_the_list_of_migrations_is_that_of_the_scripts() -> None:
    settings = Config()
    settings.set_main_option("script_location", str(SCRIPTS))
    settings.set_main_option("path_separator", "os")
    scripts = ScriptDirectory.from_config(settings)
    assert scripts.get_heads() == [HEAD]
    found = [(script.revision, script.doc) for script in scripts.walk_revisions()]
    assert list(REVISIONS) == found[::-1]


async def test_migrations_lead_to_the_schema(address: str) -> None:
    await migrated(address)
    engine = create_engine(address.replace("sqlite:", "sqlite:///"))
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        indexes = set(connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'index'"))
    engine.dispose()
    fresh = create_engine("sqlite://")
    with fresh.connect() as connection:
        metadata.create_all(connection)
        expected = set(connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'index'"))
    fresh.dispose()
    assert {row for row in indexes if "alembic" not in row[0]} == expected


@pytest.mark.parametrize("revision", [revision for revision, _ in REVISIONS[:-1]])
async def test_every_earlier_revision_is_brought_up_with_what_it_holds(address: str, revision: str) -> None:
    engine = create_engine(address.replace("sqlite:", "sqlite:///"))
    with engine.begin() as connection:
        command.upgrade(alembic_settings(connection), revision)
    engine.dispose()
    _execute(address, TRACE)
    store = open_store(address)
    await store.open()
    assert [pending for pending, _ in await store.migrate()] == [each for each, _ in REVISIONS if each > revision]
    async with store.read() as tx:
        trace = await tx.traces.get("t")
        assert await tx.generation.current() == 0
    await store.close()
    assert trace is not None
    assert (trace.status, trace.error_message, trace.crashes, trace.position) == ("pending", "é", 0, None)


async def test_a_dry_run_lists_and_applies_nothing(address: str) -> None:
    store = open_store(address)
    await store.open()
    assert await store.pending_migrations() == list(REVISIONS)
    assert await store.pending_migrations() == list(REVISIONS)
    with pytest.raises(StorageUnavailable, match="migrations have not been applied"):
        async with store.read() as tx:
            await tx.generation.current()
    await store.close()


async def test_migrating_twice_does_nothing_the_second_time(address: str) -> None:
    store = open_store(address)
    await store.open()
    assert await store.migrate() == list(REVISIONS)
    assert await store.migrate() == []
    assert await store.pending_migrations() == []
    await store.close()


async def test_a_start_with_nothing_to_do_imports_no_alembic(address: str) -> None:
    await migrated(address)
    done = subprocess.run([sys.executable, "-c", START, address], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "False"


async def test_a_newer_database_is_refused(address: str) -> None:
    await migrated(address)
    _execute(address, "UPDATE alembic_version SET version_num = '9999'")
    store = open_store(address)
    with pytest.raises(StorageError, match="newer version") as refused:
        await store.open()
    assert "9999" in refused.value.detail


async def test_a_migration_that_fails_leaves_the_database_as_it_was(address: str) -> None:
    _execute(address, "CREATE TABLE audit_logs (mine TEXT)")  # created after others, so that something is undone
    store = open_store(address)
    await store.open()
    with pytest.raises(StorageUnavailable):
        await store.migrate()
    assert await store.pending_migrations() == list(REVISIONS)
    await store.close()
    assert _tables(address) == ["audit_logs"]


def test_of_ten_processes_one_migrates(address: str) -> None:
    assert migrate_ten_times(address) == [0] * 9 + [len(REVISIONS)]


def _execute(address: str, statement: str) -> None:
    connection = sqlite3.connect(address.removeprefix("sqlite:"))
    with connection:
        connection.execute(statement)
    connection.close()


def _tables(address: str) -> list[str]:
    connection = sqlite3.connect(address.removeprefix("sqlite:"))
    tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    connection.close()
    return tables
