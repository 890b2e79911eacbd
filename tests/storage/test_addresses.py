"""Which database an address means, and what is said about those that mean none."""

import os
import stat
from pathlib import Path

import pytest

from orion_io.storage import StorageError, StorageUnavailable, files_of, open_store
from orion_io.storage.opening import sqlite_target, target_of
from orion_io.storage.targets import MysqlTarget, PostgresTarget

ADDRESSES = (  # address, what SQLite opens, whether as a URI
    ("sqlite:orion.db", "orion.db", False),
    ("sqlite://orion.db", "orion.db", False),
    ("sqlite:/var/lib/orion.db", "/var/lib/orion.db", False),
    ("sqlite:///var/lib/orion.db", "/var/lib/orion.db", False),
    ("SQLITE:a b%20c#d.db", "a b%20c#d.db", False),
    ("sqlite:/var/lib/orion.db?mode=ro", "file:///var/lib/orion.db?mode=ro", True),
    ("file:/var/lib/orion.db?cache=private", "file:/var/lib/orion.db?cache=private", True),
)


@pytest.mark.parametrize(("address", "name", "uri"), ADDRESSES)
def test_an_address_names_a_file(address: str, name: str, uri: bool) -> None:
    target = sqlite_target(address)
    assert (target.name, target.uri, target.in_memory) == (name, uri, False)


@pytest.mark.parametrize(
    "address", ["sqlite::memory:", "sqlite://:memory:", "sqlite:", "file::memory:", "sqlite:x?mode=memory"]
)
def test_every_address_in_memory_is_a_database_of_its_own(address: str) -> None:
    first, second = sqlite_target(address), sqlite_target(address)
    assert first.in_memory
    assert first.name != second.name


POSTGRES = (  # address, parameters
    ("postgres://ann:p%40ss%2F%3F@db:6543/orion", {"user": "ann", "password": "p@ss/?", "host": "db", "port": "6543", "dbname": "orion"}),
    ("postgresql:///orion?host=/run/postgresql&sslmode=verify-full", {"host": "/run/postgresql", "dbname": "orion", "sslmode": "verify-full"}),
    ("POSTGRES://one:1,two:2/orion?target_session_attrs=read-write", {"host": "one,two", "port": "1,2", "dbname": "orion", "target_session_attrs": "read-write"}),
    ("postgres://[::1]/orion?connect_timeout=3", {"host": "::1", "dbname": "orion", "connect_timeout": "3"}),
)  # fmt: skip


@pytest.mark.parametrize(("address", "parameters"), POSTGRES)
def test_an_address_leads_to_postgresql(address: str, parameters: dict[str, str]) -> None:
    target = target_of(address)
    assert isinstance(target, PostgresTarget)
    assert target.parameters == parameters
    assert "p@ss" not in repr(target)
    assert files_of(address) == frozenset()


MYSQL = (
    ("mysql://ann:p%40ss@db:3307/orion", MysqlTarget("db", 3307, "ann", "p@ss", "orion")),
    ("mariadb://ann@db/orion?ssl-mode=verify_identity&ssl-ca=/ca.pem", MysqlTarget("db", 3306, "ann", "", "orion", None, "VERIFY_IDENTITY", "/ca.pem")),
    ("mysql:///orion%20x?socket=/run/s", MysqlTarget("127.0.0.1", 3306, "", "", "orion x", "/run/s")),
)  # fmt: skip


@pytest.mark.parametrize(("address", "expected"), MYSQL)
def test_an_address_leads_to_mysql(address: str, expected: MysqlTarget) -> None:
    target = target_of(address)
    assert target == expected
    assert "p@ss" not in repr(target)
    assert files_of(address) == frozenset()


REFUSED = (
    ("redis://secret", "Unsupported database URL scheme: redis; supported are sqlite:, postgres://"),
    ("postgresql+asyncpg://ann:secret@db/orion", "Unsupported database URL scheme: postgresql.asyncpg"),
    ("orion.db", "has no scheme"),
    ("", "has no scheme"),
    ("/var/secret: x", "has no scheme"),
    ("sqlite:a\0b", "NUL"),
    *((f"{scheme}{rest}", text) for scheme in ("postgres", "mysql") for rest, text in (
        (":secret@db/orion", "needs // after its scheme"),
        ("://ann:se/cret@db/orion", "must be percent-encoded"),
        ("://ann:se?secret=x@db/orion", "must be percent-encoded"),
        ("://ann:secret#x@db/orion", "must be percent-encoded"),
        ("://ann:secret@x@db/orion", "must be percent-encoded"),
        ("://ann:secret%zz@db/orion", "% that is not followed"),
        ("://ann:secret%00@db/orion", "holds a NUL"),
        ("://ann:secret@db", "names no database"),
        ("://ann:secret@db/", "names no database"),
        ("://ann:secret@db:port/orion", "a port that is none"),
        ("://ann:secret@db:70000/orion", "a port that is none"),
        ("://ann:secret@[db/orion", "cannot be read"),
    )),
    ("postgres://ann:secret@db/orion?secret=1", "an option that PostgreSQL's client library does not know"),
    ("mysql://ann:secret@db/orion?sslmode=require", "unknown option 'sslmode'; known are socket, ssl-ca, ssl-mode"),
    ("mysql://ann:secret@db/orion?ssl-mode=secret", "unknown ssl-mode; known are DISABLED, PREFERRED"),
)  # fmt: skip


@pytest.mark.parametrize(("address", "text"), REFUSED)
def test_other_addresses_are_refused_without_their_secrets(address: str, text: str) -> None:
    with pytest.raises(StorageError, match=text) as refused:
        open_store(address)
    assert "secret" not in str(refused.value) + refused.value.detail


@pytest.mark.anyio
async def test_a_new_database_is_for_its_owner_alone(tmp_path: Path) -> None:
    store = open_store(f"sqlite:{tmp_path}/orion.db")
    await store.open()
    await store.close()
    assert stat.S_IMODE(os.stat(tmp_path / "orion.db").st_mode) == 0o600


@pytest.mark.anyio
@pytest.mark.parametrize("name", ["no/such/folder/orion.db", "."])
async def test_a_place_where_no_file_can_be_is_named_to_the_operator_alone(tmp_path: Path, name: str) -> None:
    store = open_store(f"sqlite:{tmp_path}/{name}")
    with pytest.raises(StorageUnavailable) as refused:
        await store.open()
    assert str(tmp_path) not in str(refused.value)
    assert str(tmp_path) in refused.value.detail


@pytest.mark.anyio
async def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "orion.db").write_bytes(b"these are notes about a database, not one " * 100)
    store = open_store(f"sqlite:{tmp_path}/orion.db")
    with pytest.raises(StorageUnavailable) as refused:
        await store.open()
    assert "not a database" in refused.value.detail
