"""From a database address to a store. Knows the schemes, not the drivers behind them."""

import itertools
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from orion_io.storage.errors import StorageError
from orion_io.storage.server_addresses import mysql_target, postgres_target
from orion_io.storage.stopwatch import Stopwatch
from orion_io.storage.store import Store
from orion_io.storage.targets import Limits, MysqlTarget, PostgresTarget, SqliteTarget, Target

SUPPORTED = "supported are sqlite:, postgres:// (or postgresql://), mysql:// and mariadb:// addresses"
IN_MEMORY = ("", ":memory:")
SERVERS: dict[str, Callable[[str], Target]] = {
    "postgres": postgres_target, "postgresql": postgres_target, "mysql": mysql_target, "mariadb": mysql_target,
}  # fmt: skip
_memory_numbers = itertools.count(1)  # each in-memory database of the process has a name of its own


def open_store(
    url: str,
    *,
    max_connections: int = 25,
    min_connections: int = 5,
    busy_timeout_ms: int = 5000,
    acquire_timeout_secs: float = 5,
    idle_timeout_secs: float = 0,
    stopwatch: Stopwatch | None = None,
) -> Store:
    """Choose the store for an address. Nothing is opened before `Store.open`.

    Args:
        url: `sqlite:orion.db`, `sqlite:/abs/path`, `sqlite:///abs/path`, `sqlite::memory:`, or a `file:` URI
            of SQLite's own; `postgres://user:password@host:port/database?sslmode=verify-full` with whatever
            options PostgreSQL's client library knows;
            `mysql://user:password@host:port/database?ssl-mode=VERIFY_IDENTITY&ssl-ca=/ca.pem&socket=/path`,
            for MariaDB as well.
        max_connections: At most so many at once, the writing one included; never fewer than two. Threads that
            write by themselves have one each besides.
        min_connections: So many are kept open between uses.
        busy_timeout_ms: How long a statement waits for a lock another process holds.
        acquire_timeout_secs: How long a transaction waits for a connection, and a change for the one before
            it.
        idle_timeout_secs: Connections older than this are replaced at their next use; 0 keeps them.
        stopwatch: Times what is asked; None when nobody wants to know.

    Raises:
        StorageError: The scheme is unknown or not supported, or the address is malformed.
    """
    target = target_of(url)
    limits = Limits(max_connections, min_connections, busy_timeout_ms, acquire_timeout_secs, idle_timeout_secs)
    # SQLAlchemy takes longer to import than all the rest, and a driver is needed for one kind of address: commands
    # that open no store do without them.
    from orion_io.storage.sql_store import Database, SqlStore

    database: Database
    match target:
        case SqliteTarget():
            from orion_io.storage.sqlite import Sqlite

            database = Sqlite(target, limits)
        case PostgresTarget():
            from orion_io.storage.postgres import Postgres

            database = Postgres(target, limits)
        case MysqlTarget():
            from orion_io.storage.mysql import Mysql

            database = Mysql(target, limits)
    return SqlStore(database, limits, stopwatch)


def target_of(url: str) -> Target:
    """Read an address.

    Raises:
        StorageError: The scheme is unknown or not supported, or the address is malformed. The text names the
            scheme alone, for the rest of an address may hold a password.
    """
    scheme, colon, rest = url.partition(":")
    scheme = scheme.lower()
    if not colon or re.fullmatch("[a-z][a-z0-9+.-]*", scheme) is None:
        raise StorageError(f"The database address has no scheme; {SUPPORTED}")
    if scheme not in ("sqlite", "file", *SERVERS):
        raise StorageError(f"Unsupported database URL scheme: {scheme}; {SUPPORTED}")
    if "\0" in rest:
        raise StorageError("The database address holds a NUL character")
    if scheme in SERVERS:
        return SERVERS[scheme](url)
    return _file_uri(url, rest) if scheme == "file" else _sqlite_address(rest)


def sqlite_target(url: str) -> SqliteTarget:
    """Read the address of an SQLite database.

    Raises:
        StorageError: As `target_of`, and for the address of another database.
    """
    target = target_of(url)
    if not isinstance(target, SqliteTarget):
        raise StorageError("The database address is not one of SQLite")
    return target


def files_of(url: str) -> frozenset[Path]:
    """The files of a store, links followed; none for one that has no file.

    Raises:
        StorageError: As `target_of`.
    """
    target = target_of(url)
    if not isinstance(target, SqliteTarget) or target.in_memory:
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
