"""Copies of a SQLite database, taken while it is in use. Knows no table, and nothing of the store that uses it."""

import os
import re
import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from orion_io.storage.errors import Conflict, StorageUnavailable, StoreError
from orion_io.storage.opening import target_of
from orion_io.storage.targets import SqliteTarget

OWNER_ONLY = 0o600  # the copy holds the secrets of connectors, as the database does
PATIENCE_SECONDS = 10.0
_NAME = re.compile(r"orion_backup_\d{8}_\d{6}\.db")


class Uncopyable(StoreError):
    """The database has no file that could be copied."""

    def __init__(self) -> None:
        super().__init__("Database backup via VACUUM INTO is only supported for SQLite files; use POST /backup")


@dataclass(frozen=True)
class Copy:
    """A copy in the folder.

    Args:
        path: Where it lies.
        size: Bytes.
        modified_at: Microseconds since the epoch.
    """

    path: Path
    size: int
    modified_at: int


class FileCopies:
    """A folder with copies of a database. Every call blocks: make it in a thread.

    Args:
        url: Address of the database, as `open_store` takes it.
        folder: Where copies lie; it is made with the first.
    """

    def __init__(self, url: str, folder: Path) -> None:
        self._url = url
        self._folder = folder

    def make(self, stamp: str) -> Copy:
        """Copy the database as it is now.

        Args:
            stamp: Instant of the copy, `20260416_123456`.

        Raises:
            Uncopyable: The database is no SQLite file.
            Conflict: There is a copy of that instant.
            StorageUnavailable: The copy cannot be written; nothing is left of it.
        """
        target = target_of(self._url)
        if not isinstance(target, SqliteTarget) or target.in_memory:
            raise Uncopyable
        path = self._folder / f"orion_backup_{stamp}.db"
        self._reserve(path)
        try:
            with closing(sqlite3.connect(target.name, PATIENCE_SECONDS, isolation_level=None, uri=target.uri)) as db:
                db.execute("VACUUM INTO ?", (str(path),))
            _to_the_disk(path)
            return _copy(path)
        except BaseException as error:
            with suppress(OSError):  # what cannot be removed is found when the folder is looked at
                path.unlink()
            if isinstance(error, (OSError, sqlite3.Error)):
                raise StorageUnavailable("The backup cannot be written", str(error)) from None
            raise

    def _reserve(self, path: Path) -> None:
        """Make an empty file for SQLite to write into: one of SQLite's own making would be open to others."""
        try:
            os.makedirs(self._folder, mode=0o700, exist_ok=True)
        except OSError as error:
            raise StorageUnavailable("The backup cannot be written", str(error)) from None
        try:
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY))
        except FileExistsError:
            raise Conflict(f"There is a copy of this second already: {path.name}") from None
        except OSError as error:
            raise StorageUnavailable("The backup cannot be written", str(error)) from None

    def present(self) -> list[Copy]:
        """Every copy, the newest first; none when there is no folder.

        Raises:
            StorageUnavailable: The folder cannot be read.
        """
        try:
            return [
                _copy(path)
                for path in sorted(self._folder.iterdir(), reverse=True)
                if _NAME.fullmatch(path.name) and path.is_file()
            ]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise StorageUnavailable("The folder of backups cannot be read", str(error)) from None


def _copy(path: Path) -> Copy:
    status = path.stat()
    return Copy(path, status.st_size, status.st_mtime_ns // 1000)


def _to_the_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
