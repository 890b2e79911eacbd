"""How a connection to SQLite is set up, whoever opens it. Knows no table."""

import sqlite3
from collections.abc import Iterator
from typing import Literal

from orion_io.storage.targets import SqliteTarget

CACHE_KIB = {"definitions": 20_000, "traces": 20_000, "reading": 4_000}  # of each connection
PAGE_BYTES = 16 * 1024  # of a new database: a quarter of the default's writes for rows that hold documents
WAL_BYTES = 64 * 1024 * 1024  # what the log keeps on the disk once it is emptied
Use = Literal["definitions", "traces", "reading"]


def connect(target: SqliteTarget, busy_timeout_ms: int, use: Use) -> sqlite3.Connection:
    """Open a connection that begins no transaction by itself and may be handed to another thread.

    Raises:
        sqlite3.Error: It cannot be opened.
    """
    connection = sqlite3.connect(
        target.name,
        uri=target.uri,
        timeout=busy_timeout_ms / 1000,
        isolation_level=None,
        check_same_thread=False,
    )
    try:
        for pragma in pragmas(use):
            connection.execute(pragma)
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def pragmas(use: Use) -> Iterator[str]:
    """What each connection is told first.

    Definitions are on the disk before they are acknowledged (synchronous=FULL); the last traces may be lost
    with the power, never with the process (NORMAL). Write-ahead logging lets readers go on while somebody
    writes.
    """
    if use == "reading":
        yield "PRAGMA query_only = ON"
    else:
        yield f"PRAGMA page_size = {PAGE_BYTES}"  # means something before the first table only
        yield "PRAGMA journal_mode = WAL"
        yield f"PRAGMA synchronous = {'FULL' if use == 'definitions' else 'NORMAL'}"
    yield "PRAGMA foreign_keys = ON"
    yield f"PRAGMA cache_size = -{CACHE_KIB[use]}"
    yield f"PRAGMA journal_size_limit = {WAL_BYTES}"
