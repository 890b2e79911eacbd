"""Migrations on PostgreSQL and MariaDB: from nothing and from every earlier revision, once, whoever asks."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, NullPool, create_engine, inspect

from orion_io.storage import StorageError, StorageUnavailable, open_store
from orion_io.storage import mysql_connection as mysql
from orion_io.storage import postgres_connection as postgres
from orion_io.storage.migrating import REVISIONS, alembic_settings
from orion_io.storage.opening import target_of
from orion_io.storage.schema import metadata
from orion_io.storage.targets import Limits, MysqlTarget, PostgresTarget
from tests.database_servers import DatabaseServer
from tests.storage.rows import TRACE
from tests.storage.ten_processes import migrate_ten_times

pytestmark = pytest.mark.anyio

UNIQUE = ("workflows_one_draft", "channels_one_draft", "channels_one_active", "channels_active_name")


@pytest.fixture(params=["postgres", "mysql"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def server_url(kind: str, request: pytest.FixtureRequest) -> str:
    """A database that was migrated once."""
    return str(request.getfixturevalue(f"{kind}_url"))


@pytest.fixture
def address(kind: str, request: pytest.FixtureRequest) -> str:
    """An empty database."""
    server: DatabaseServer = request.getfixturevalue(f"{kind}_server")
    return server.new_database()


@contextmanager
def connected(address: str) -> Iterator[Connection]:
    """A connection that commits each statement by itself."""
    target = target_of(address)
    connect: Any
    if isinstance(target, PostgresTarget):
        url, connect = "postgresql+psycopg://", partial(postgres.connect, target, Limits())
    else:
        assert isinstance(target, MysqlTarget)
        url, connect = "mysql+pymysql://", partial(mysql.connect, target, Limits(), "READ COMMITTED")
    engine = create_engine(url, creator=connect, poolclass=NullPool)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def move(address: str, revision: str) -> None:
    """Bring a database to a revision, forwards or backwards."""
    with connected(address) as connection:
        settings = alembic_settings(connection)
        (command.downgrade if revision.startswith("-") or revision == "base" else command.upgrade)(settings, revision)


def execute(address: str, statement: str) -> list[Any]:
    with connected(address) as connection:
        done = connection.exec_driver_sql(statement)
        return list(done) if done.returns_rows else []


async def migrated(address: str) -> list[tuple[str, str]]:
    store = open_store(address)
    await store.open()
    try:
        return await store.migrate()
    finally:
        await store.close()


def shape(address: str) -> dict[str, Any]:
    """Every table's columns and indexes."""
    with connected(address) as connection:
        inspector = inspect(connection)
        return {
            table: json.loads(json.dumps(
                [inspector.get_columns(table), sorted(inspector.get_indexes(table), key=lambda each: str(each["name"]))],
                default=repr,
            ))
            for table in inspector.get_table_names()
        }  # fmt: skip


async def test_migrations_lead_to_the_schema(address: str) -> None:
    assert await migrated(address) == list(REVISIONS)
    assert await migrated(address) == []
    with connected(address) as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)
    assert [difference for difference in differences if not is_mysql_spelling(difference)] == []


def is_mysql_spelling(difference: Any) -> bool:
    """MySQL's wider types, and its stand-ins for partial indexes, which the schema does not name."""
    if isinstance(difference, list):
        return [(each[0], str(each[5])) for each in difference] in (
            [("modify_type", "LONGTEXT")],
            [("modify_type", "DOUBLE")],
        )
    what, *_, thing = difference
    return str(thing.name).removesuffix("_key") in UNIQUE and what in ("remove_index", "add_index", "remove_column")


@pytest.mark.parametrize("revision", [revision for revision, _ in REVISIONS[:-1]])
async def test_every_earlier_revision_is_brought_up_with_what_it_holds(
    server_url: str, address: str, revision: str
) -> None:
    move(address, revision)
    execute(address, TRACE)
    store = open_store(address)
    await store.open()
    assert [pending for pending, _ in await store.migrate()] == [each for each, _ in REVISIONS if each > revision]
    async with store.read() as tx:
        trace = await tx.traces.get("t")
        assert await tx.generation.current() == 0
    await store.close()
    assert trace is not None
    assert (trace.status, trace.error_message, trace.crashes, trace.position) == ("pending", "é", 0, None)
    assert shape(address) == shape(server_url)


async def test_what_was_migrated_can_be_taken_back_and_migrated_again(address: str) -> None:
    await migrated(address)
    whole = shape(address)
    for _ in REVISIONS:
        move(address, "-1")
    assert [table for table in shape(address) if table != "alembic_version"] == []
    await migrated(address)
    assert shape(address) == whole


async def test_a_dry_run_lists_and_applies_nothing(address: str) -> None:
    store = open_store(address)
    await store.open()
    assert await store.pending_migrations() == list(REVISIONS)
    assert shape(address) == {}
    with pytest.raises(StorageUnavailable, match="migrations have not been applied"):
        async with store.read() as tx:
            await tx.generation.current()
    with pytest.raises(StorageUnavailable, match="migrations have not been applied"):
        async with store.write():
            pass
    await store.close()


async def test_a_database_that_is_too_old_is_refused(kind: str, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orion_io.storage.postgres.OLDEST", (99,))
    monkeypatch.setattr("orion_io.storage.mysql.OLDEST", {"MariaDB": (99, 0)})
    name = "PostgreSQL" if kind == "postgres" else "MariaDB"
    with pytest.raises(StorageError, match=rf"{name} \d+\.\d+ is too old; 99"):
        await open_store(address).open()


async def test_a_database_in_another_encoding_is_refused(postgres_server: DatabaseServer) -> None:
    postgres_server.execute("CREATE DATABASE orion_latin ENCODING 'LATIN1' TEMPLATE template0")
    with pytest.raises(StorageError, match="encoded in LATIN1; UTF8 is needed"):
        await open_store(postgres_server.url_of("orion_latin")).open()


async def test_a_database_that_is_not_there_or_not_ours_is_named_to_the_operator(kind: str, address: str) -> None:
    for wrong, word in ((address + "_none", "orion"), (address.replace("the%20", "no%20"), "orion")):
        with pytest.raises(StorageUnavailable) as refused:
            await open_store(wrong).open()
        assert word in refused.value.detail
        assert "database's own" not in refused.value.detail


async def test_a_newer_database_is_refused(address: str) -> None:
    await migrated(address)
    execute(address, "UPDATE alembic_version SET version_num = '9999'")
    store = open_store(address)
    with pytest.raises(StorageError, match="newer version") as refused:
        await store.open()
    assert "9999" in refused.value.detail


def test_of_ten_processes_one_migrates(address: str) -> None:
    assert migrate_ten_times(address) == [0] * 9 + [len(REVISIONS)]


async def test_a_table_of_somebody_else_is_reported_and_nothing_lost(kind: str, address: str) -> None:
    execute(address, "CREATE TABLE audit_logs (mine INTEGER)")
    with pytest.raises((StorageUnavailable, StorageError)) as refused:
        await migrated(address)
    assert "audit_logs" in f"{refused.value} {refused.value.detail}"
    if kind == "postgres":
        assert set(shape(address)) == {"audit_logs"}
    execute(address, "DROP TABLE audit_logs")
    await migrated(address)


async def test_a_migration_that_died_half_way_is_continued(mysql_server: DatabaseServer, mysql_url: str) -> None:
    address = mysql_server.new_database()
    move(address, "0001")
    for statement in (
        "DELETE FROM alembic_version", "DROP TABLE audit_logs", "ALTER TABLE channels DROP INDEX channels_status",
        "ALTER TABLE channels DROP INDEX channels_active_name", "DELETE FROM generation",
        "ALTER TABLE traces ADD COLUMN crashes INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE traces DROP INDEX traces_created",
    ):  # fmt: skip
        execute(address, statement)
    assert await migrated(address) == list(REVISIONS)
    assert {table: [sorted(map(str, part)) for part in parts] for table, parts in shape(address).items()} == {
        table: [sorted(map(str, part)) for part in parts] for table, parts in shape(mysql_url).items()
    }
    assert execute(address, "SELECT id, number FROM generation") == [(1, 0)]
