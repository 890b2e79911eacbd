"""Copies of a SQLite file, taken while it is in use."""

import sqlite3
import stat
from pathlib import Path

import pytest

from orion_io.storage import Conflict, FileCopies, StorageUnavailable, Uncopyable, open_store
from tests.contracts.stored import workflow

STAMP = "20260416_123456"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.mark.anyio
async def test_a_copy_is_a_store_with_everything_in_it(tmp_path: Path) -> None:
    store = open_store(f"sqlite:{tmp_path / 'orion.db'}")
    await store.open()
    await store.migrate()
    async with store.write() as tx:
        await tx.workflows.create(workflow())
        copy = FileCopies(f"sqlite:{tmp_path / 'orion.db'}", tmp_path / "new" / "backups").make(
            STAMP
        )  # while it writes
    await store.close()
    assert (copy.path.name, copy.path.stat().st_size) == (f"orion_backup_{STAMP}.db", copy.size)
    assert copy.size > 4096
    assert stat.S_IMODE(copy.path.stat().st_mode) == 0o600
    with sqlite3.connect(copy.path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("SELECT count(*) FROM workflows").fetchall() == [(0,)]  # what had not committed
    connection.close()


def database(folder: Path) -> str:
    connection = sqlite3.connect(folder / "orion.db")
    connection.execute("CREATE TABLE t (x)")
    connection.close()
    return f"sqlite:{folder / 'orion.db'}"


def test_copies_are_listed_the_newest_first(tmp_path: Path) -> None:
    copies = FileCopies(database(tmp_path), tmp_path / "backups")
    assert copies.present() == []
    made = [copies.make(f"20260416_12345{second}") for second in (1, 0, 2)]
    (tmp_path / "backups" / "notes.db").touch()
    (tmp_path / "backups" / "orion_backup_20260416_123459.db").mkdir()
    assert copies.present() == [made[2], made[0], made[1]]


def test_one_copy_a_second(tmp_path: Path) -> None:
    copies = FileCopies(database(tmp_path), tmp_path / "backups")
    before = copies.make(STAMP).path.read_bytes()
    with pytest.raises(Conflict, match=f"orion_backup_{STAMP}.db"):
        copies.make(STAMP)
    assert copies.present()[0].path.read_bytes() == before


@pytest.mark.parametrize("url", ["sqlite::memory:", "file::memory:", "postgresql://u:p@h/x", "mysql://u:p@h/x"])
def test_what_has_no_file_cannot_be_copied(url: str, tmp_path: Path) -> None:
    with pytest.raises(Uncopyable, match="only supported for SQLite"):
        FileCopies(url, tmp_path / "backups").make(STAMP)
    assert not (tmp_path / "backups").exists()


def test_a_folder_that_cannot_be_is_said_without_its_path(tmp_path: Path) -> None:
    (tmp_path / "backups").touch()
    copies = FileCopies(database(tmp_path), tmp_path / "backups")
    with pytest.raises(StorageUnavailable, match=r"^The backup cannot be written$"):
        copies.make(STAMP)
    with pytest.raises(StorageUnavailable, match=r"^The folder of backups cannot be read$"):
        copies.present()


def test_nothing_is_left_of_a_copy_that_failed(tmp_path: Path) -> None:
    (tmp_path / "orion.db").write_bytes(b"not a database, but long enough to be looked at" * 100)
    copies = FileCopies(f"sqlite:{tmp_path / 'orion.db'}", tmp_path / "backups")
    with pytest.raises(StorageUnavailable):
        copies.make(STAMP)
    assert copies.present() == []
