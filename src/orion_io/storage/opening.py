"""From a database address to a store. Knows the schemes, not the drivers behind them."""

import itertools
import re
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from orion_io.storage.errors import StorageError
from orion_io.storage.store import Store
from orion_io.storage.targets import Limits, SqliteTarget

SUPPORTED = "this version supports sqlite: and file: addresses"
IN_MEMORY = ("", ":memory:")
_memory_numbers = itertools.count(1)  # each in-memory database of the process has a name of its own


def open_store(
    url: str,
    *,
    max_connections: int = 25,
    min_connections: int = 5,
    busy_timeout_ms: int = 5000,
    acquire_timeout_secs: float = 5,
    idle_timeout_secs: float = 0,
) -> Store:
    """Choose the store for an address. Nothing is opened before `Store.open`.

    Args:
        url: `sqlite:orion.db`, `sqlite:/abs/path`, `sqlite:///abs/path`, `sqlite::memory:`, or a `file:` URI
            of SQLite's own.
        max_connections: At most so many at once, the writing one included; never fewer than two.
        min_connections: So many are kept open between uses.
        busy_timeout_ms: How long a statement waits for a lock another process holds.
        acquire_timeout_secs: How long a transaction waits for a connection, and a change for the one before
            it.
        idle_timeout_secs: Connections older than this are replaced at their next use; 0 keeps them.

    Raises:
        StorageError: The scheme is unknown or not supported, or the address is malformed.
    """
    target = sqlite_target(url)
    limits = Limits(max_connections, min_connections, busy_timeout_ms, acquire_timeout_secs, idle_timeout_secs)
    # SQLAlchemy takes longer to import than all the rest: commands that open no store do without it.
    from orion_io.storage.sqlite_store import SqliteStore

    return SqliteStore(target, limits)


def sqlite_target(url: str) -> SqliteTarget:
    """Read an address.

    Raises:
        StorageError: The scheme is unknown or not supported, or the address is malformed. The text names the
            scheme
            alone, for the rest of an address may hold a password.
    """
    scheme, colon, rest = url.partition(":")
    scheme = scheme.lower()
    if not colon or re.fullmatch("[a-z][a-z0-9+.-]*", scheme) is None:
        raise StorageError(f"The database address has no scheme; {SUPPORTED}")
    if scheme not in ("sqlite", "file"):
        raise StorageError(f"Unsupported database URL scheme: {scheme}; {SUPPORTED}")
    if "\0" in rest:
        raise StorageError("The database address holds a NUL character")
    return _file_uri(url, rest) if scheme == "file" else _sqlite_address(rest)


def files_of(url: str) -> frozenset[Path]:
    """The files of a store, links followed; none for one that has no file.

    Raises:
        StorageError: As `sqlite_target`.
    """
    target = sqlite_target(url)
    if target.in_memory:
        return frozenset()
    name = unquote(urlsplit(target.name).path) if target.uri else target.name
    path = Path(name).resolve()
    return frozenset(path.with_name(path.name + ending) for ending in ("", "-wal", "-shm", "-journal"))


def _sqlite_address(rest: str) -> SqliteTarget:
    if rest.startswith("//"):
        rest = rest[2:]
    name, question, query = rest.partition("?")
    if name in IN_MEMORY or "memory" in parse_qs(query).get("mode", ()):
        return _memory()
    if question:
        return SqliteTarget(f"{Path(name).absolute().as_uri()}?{query}", uri=True, in_memory=False)
    return SqliteTarget(name, uri=False, in_memory=False)


def _file_uri(url: str, rest: str) -> SqliteTarget:
    name, _, query = rest.partition("?")
    if name in IN_MEMORY or "memory" in parse_qs(query).get("mode", ()):
        return _memory()
    return SqliteTarget(url, uri=True, in_memory=False)


def _memory() -> SqliteTarget:
    # The memdb file system shares one database among the connections of a process with ordinary file locks,
    # so that waiting and rollback work as on disk; SQLite's shared cache answers "locked" at once instead.
    return SqliteTarget(f"file:/orion-{next(_memory_numbers)}?vfs=memdb", uri=True, in_memory=True)
