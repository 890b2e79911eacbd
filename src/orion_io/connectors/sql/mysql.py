"""MySQL and MariaDB on aiomysql: its values in their own ISO spelling, its statements killed on the server."""

import re
from contextlib import suppress
from typing import Any, Literal
from urllib.parse import parse_qs, unquote, urlsplit
from weakref import WeakKeyDictionary

import aiomysql  # type: ignore[import-untyped] # it has no types
from aiomysql import Connection, SSCursor
from pymysql.constants import CLIENT, ER, FIELD_TYPE
from pymysql.converters import encoders
from pymysql.err import Error, InterfaceError, OperationalError

from orion_core import DbConnector, decode
from orion_core.calls import SqlResult, Statement
from orion_io.connectors.carrying import CallFailed
from orion_io.connectors.sql.engines import CONNECT_SECONDS, CONNECTIONS, has_news, pooled
from orion_io.connectors.sql.rows import Rows
from orion_io.connectors.sql.sessions import MISSING, TAKEN, Database, Inbox
from orion_io.storage.mysql_connection import tls_context

PORT = 3306
DEPTH = 200  # of JSON in a column
# Backslashes escape, as the driver writes parameters and as the places of parameters were found.
SPELLING = "SET time_zone = '+00:00', sql_mode = REPLACE(@@sql_mode, 'NO_BACKSLASH_ESCAPES', '')"
_CHANGES_ROWS = re.compile(r"\s*(?:SELECT|INSERT|UPDATE|DELETE|REPLACE|WITH)\b", re.IGNORECASE)
_REFUSED = frozenset({
    ER.ACCESS_DENIED_ERROR, ER.DBACCESS_DENIED_ERROR, ER.BAD_DB_ERROR, ER.HOST_NOT_PRIVILEGED, 1698,
})  # fmt: skip
_AWAY = frozenset({
    2002, 2003, 2006, 2013, 2014, 2055, ER.CON_COUNT_ERROR, ER.SERVER_SHUTDOWN, ER.NORMAL_SHUTDOWN, ER.NET_READ_ERROR,
    ER.NET_READ_INTERRUPTED, ER.NET_ERROR_ON_WRITE, ER.NET_WRITE_INTERRUPTED, 1129, 1927, 4031,
})  # fmt: skip
_AGAIN = frozenset({ER.LOCK_WAIT_TIMEOUT, ER.LOCK_DEADLOCK, 1020})
_CANCELLED = frozenset({ER.QUERY_INTERRUPTED, 3024, 1969})
_READ_ONLY = 1792
_UNUSABLE = frozenset({ER.NO_SUCH_TABLE, ER.TABLEACCESS_DENIED_ERROR})


def _instant(text: str) -> str:
    return text.replace(" ", "T", 1)


def _moment(text: str) -> str:
    return f"{_instant(text)}Z"


def _json(text: str) -> object:
    return decode(text.encode(), DEPTH)


CONVERTERS: dict[Any, Any] = {
    **encoders,
    **dict.fromkeys(
        (FIELD_TYPE.TINY, FIELD_TYPE.SHORT, FIELD_TYPE.LONG, FIELD_TYPE.LONGLONG, FIELD_TYPE.INT24, FIELD_TYPE.YEAR),
        int,
    ),
    FIELD_TYPE.FLOAT: float,
    FIELD_TYPE.DOUBLE: float,
    FIELD_TYPE.BIT: lambda data: int.from_bytes(data, "big"),
    FIELD_TYPE.DATETIME: _instant,
    FIELD_TYPE.TIMESTAMP: _moment,
    FIELD_TYPE.JSON: _json,
}


Modes = WeakKeyDictionary[Connection, bool]  # whether a connection's session may only read


class MysqlSession:
    """One connection."""

    def __init__(self, connection: Connection, connect: Any, modes: Modes) -> None:
        self._connection = connection
        self._connect = connect
        self._modes = modes

    async def begin(self, seconds: float, *, read_only: bool) -> None:
        """Begin; what changes definitions ends a transaction first, so the session must forbid it."""
        if self._modes.get(self._connection) is not read_only:
            self._modes.pop(self._connection, None)
            await self._connection.query(f"SET SESSION TRANSACTION {'READ ONLY' if read_only else 'READ WRITE'}")
            self._modes[self._connection] = read_only
        await self._connection.query("START TRANSACTION")

    async def run(self, statement: Statement, rows: Rows, *, read_only: bool) -> SqlResult:
        """Run a statement; rows come one by one, so that more than allowed never fills our memory."""
        cursor = await self._connection.cursor(SSCursor)
        await cursor.execute(statement.text, statement.values or None)
        if cursor.description is None:
            return SqlResult(None, max(0, cursor.rowcount), cursor.lastrowid or None)
        found = rows.start(column[0] for column in cursor.description)
        try:
            while (row := await cursor.fetchone()) is not None:
                rows.add(row)
        except CallFailed:
            with suppress(Error, OSError):
                await self.abandon()  # else all the rest would have to be read before the connection is free
            raise
        await cursor.close()
        return SqlResult(found, len(found))

    async def commit(self) -> None:
        """Keep what was changed."""
        await self._connection.query("COMMIT")

    async def rollback(self) -> None:
        """Undo what was changed."""
        if self._connection.closed:
            raise InterfaceError(0, "closed")
        await self._connection.query("ROLLBACK")

    async def abandon(self) -> None:
        """Kill what runs, by a connection of its own."""
        number = self._connection.thread_id()
        try:
            other = await self._connect()
            try:
                await other.query(f"KILL QUERY {int(number)}")
            finally:
                other.close()
        finally:
            self._connection.close()

    async def version(self) -> str:
        """Of the server."""
        return str(self._connection.get_server_info())


def open_mysql(config: DbConnector) -> Database:
    """The pool of a connector: `mysql://user:password@host:port/database?ssl-mode=VERIFY_IDENTITY&socket=/path`."""
    options = options_of(config)
    seconds = CONNECT_SECONDS if config.connect_timeout_ms is None else config.connect_timeout_ms / 1000

    async def connect() -> Connection:
        return await aiomysql.connect(**options)

    engine = pooled(
        "mysql+aiomysql://", connect, is_dead, config.max_connections or CONNECTIONS, seconds,
    )  # fmt: skip

    modes: Modes = WeakKeyDictionary()

    def session(connection: Connection) -> MysqlSession:
        return MysqlSession(connection, connect, modes)

    return Database("mysql", engine, engine, session, explain, is_undone, INBOX)


def inbox_news(error: Exception) -> Literal["missing", "taken"] | None:
    """What an error says of the inbox."""
    number = error.args[0] if isinstance(error, Error) and error.args else 0
    if number in _UNUSABLE:
        return MISSING
    return TAKEN if number == ER.DUP_ENTRY else None


# A shared lock reads what was committed last, past the transaction's snapshot; several who were refused a key hold one
# already, so that asking for more would be a deadlock. An engine without transactions would keep keys of what failed.
INBOX = Inbox(
    create=(
        "CREATE TABLE IF NOT EXISTS orion_inbox"
        " (effect_key VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,"
        " result MEDIUMTEXT CHARACTER SET utf8mb4, created_at BIGINT NOT NULL,"
        " KEY orion_inbox_created_at (created_at)) ENGINE = InnoDB",
    ),
    claim="INSERT INTO orion_inbox (effect_key, created_at)"
    " VALUES (%s, CAST(UNIX_TIMESTAMP(NOW(6)) * 1000000 AS SIGNED))",
    recall="SELECT result FROM orion_inbox WHERE effect_key = %s LOCK IN SHARE MODE",
    keep="UPDATE orion_inbox SET result = %s WHERE effect_key = %s",
    forget="DELETE FROM orion_inbox WHERE created_at < CAST(UNIX_TIMESTAMP(NOW(6)) * 1000000 AS SIGNED) - %s"
    " ORDER BY created_at LIMIT %s",
    news=inbox_news,
)


def options_of(config: DbConnector) -> dict[str, Any]:
    """The address as the driver takes it.

    Raises:
        CallFailed: It cannot be read.
    """
    auth = config.auth or {}
    try:
        parts = urlsplit(config.connection_string)
        given = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        options: dict[str, Any] = {
            "host": parts.hostname or "127.0.0.1",
            "port": parts.port or PORT,
            "user": auth.get("username") or unquote(parts.username or ""),
            "password": auth.get("password") or unquote(parts.password or ""),
            "db": unquote(parts.path.strip("/")) or None,
        }
        context = tls_context(given.get("ssl-mode", "PREFERRED").upper(), given.get("ssl-ca"))
    except (ValueError, OSError) as error:
        detail = type(error).__name__
        text = "has an address that cannot be read"
        raise CallFailed("connector_refused", text, retryable=False, detail=detail, happened=False) from None
    if "socket" in given:
        options["unix_socket"] = given["socket"]
    return options | {
        "ssl": context, "charset": "utf8mb4", "autocommit": True, "conv": CONVERTERS, "init_command": SPELLING,
        "client_flag": CLIENT.FOUND_ROWS,
    }  # fmt: skip


def is_undone(text: str) -> bool:
    """Whether a lost connection undoes the statement: what changes definitions commits by itself."""
    return _CHANGES_ROWS.match(text) is not None


def is_dead(connection: Connection) -> bool:
    """Whether the server closed it, as the driver's own pool finds out; the news may not have been read yet."""
    if connection.closed:
        return True
    reader = connection._reader
    return bool(reader.at_eof() or reader.exception() or reader.eof_received) or has_news(
        connection._writer.get_extra_info("socket").fileno()
    )


def explain(error: Exception) -> CallFailed | None:
    """What the driver's exceptions mean, by the server's error numbers."""
    if not isinstance(error, Error):
        return None
    number = error.args[0] if error.args and isinstance(error.args[0], int) else 0
    detail = f"{type(error).__name__}: {error}"
    if number in _REFUSED:
        return CallFailed("connector_refused", "refused the connector", retryable=False, detail=detail, happened=False)
    if number in _CANCELLED:
        text = "took too long and was cancelled"
        return CallFailed("timeout", text, retryable=True, detail=detail, happened=False)
    if number in _AGAIN:
        text = f"could not get a lock (error {number})"
        return CallFailed("connector_failed", text, retryable=True, detail=detail, happened=False)
    if number in _AWAY or (isinstance(error, InterfaceError | OperationalError) and number in (0, 2000)):
        return CallFailed("connector_failed", "could not be reached", retryable=True, detail=detail)
    text = "db_read may change nothing" if number == _READ_ONLY else f"refused the statement (error {number})"
    return CallFailed("connector_refused", text, retryable=False, detail=detail, happened=False)
