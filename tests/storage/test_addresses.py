"""Which database an address means, and what is said about those that mean none."""

import os
import stat
from pathlib import Path

import pytest

from orion_io.storage import StorageError, StorageUnavailable, open_store
from orion_io.storage.opening import sqlite_target

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


REFUSED = (
    ("postgres://ann:secret@db/orion", "Unsupported database URL scheme: postgres; this version supports sqlite:"),
    ("mysql://ann:secret@db/orion", "Unsupported database URL scheme: mysql"),
    ("redis://secret", "Unsupported database URL scheme: redis"),
    ("orion.db", "has no scheme"),
    ("", "has no scheme"),
    ("/var/secret: x", "has no scheme"),
    ("sqlite:a\0b", "NUL"),
)


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
