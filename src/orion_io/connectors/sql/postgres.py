"""PostgreSQL on psycopg 3: its values in their own ISO spelling, its statements cancelled on the server."""

import logging
import re
from collections.abc import Callable
from contextlib import aclosing
from typing import Any, Literal

import anyio
from psycopg import (
    AsyncConnection,
    AsyncRawCursor,
    Error,
    OperationalError,
    ProgrammingError,
    adapters,
    capabilities,
)
from psycopg.adapt import AdaptersMap, Loader
from psycopg.types.json import set_json_loads

from orion_core import DbConnector, decode
from orion_core.calls import SqlResult, Statement
from orion_io.connectors.carrying import CallFailed
from orion_io.connectors.sql.engines import CONNECT_SECONDS, CONNECTIONS, has_news, pooled
from orion_io.connectors.sql.rows import Rows
from orion_io.connectors.sql.sessions import MISSING, Database, Inbox, always

# What psycopg loads as JSON has it; every other type is read as the text that the server writes.
NATIVE = frozenset({"bool", "int2", "int4", "int8", "oid", "float4", "float8", "json", "jsonb", "bytea"})
SPELLING = "SET DateStyle = ISO; SET IntervalStyle = iso_8601; SET TimeZone = 'UTC'; SET bytea_output = hex"
CHUNK = 100  # rows read at once
# The driver warns of each statement whose caller went away, which is nothing to be warned of here.
logging.getLogger("psycopg").setLevel(logging.ERROR)
DEPTH = 200  # of JSON in a column
_INSTANT = re.compile(r"(\d{4,6}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?)(\+00)?")
_REFUSED = re.compile(r"authentication failed|does not exist|no pg_hba\.conf entry|permission denied|SSL")
_AWAY = ("08", "53", "57P", "58")  # SQLSTATE classes: connection, resources, operator, system
_AGAIN = ("40001", "40P01", "55P03")  # serialization, deadlock, lock not available
_CANCELLED = "57014"
_READ_ONLY = "25006"
_UNUSABLE = ("42P01", "42501")  # no such table, or no right to use it


class TextLoader(Loader):
    """A value as the server spells it."""

    def load(self, data: Any) -> str:
        """The text."""
        return bytes(data).decode()


class InstantLoader(Loader):
    """A timestamp as RFC 3339 has it; `infinity` and years before our era as the server spells them."""

    def load(self, data: Any) -> str:
        """The text."""
        text = bytes(data).decode()
        found = _INSTANT.fullmatch(text)
        return text if found is None else f"{found[1]}T{found[2]}{'Z' if found[3] else ''}"


def _adapters() -> AdaptersMap:
    made = AdaptersMap(adapters)
    for info in adapters.types:
        if info.name not in NATIVE:
            made.register_loader(info.oid, InstantLoader if info.name.startswith("timestamp") else TextLoader)
    set_json_loads(lambda data: decode(bytes(data) if not isinstance(data, str) else data.encode(), DEPTH), made)
    return made


ADAPTERS = _adapters()


class PostgresSession:
    """One connection."""

    def __init__(self, connection: AsyncConnection[Any]) -> None:
        self._connection = connection
        self._cancel: Callable[[], None] | None = None

    async def begin(self, seconds: float, *, read_only: bool) -> None:
        """Begin; the server itself ends what takes longer, should we not be there any more to cancel it."""
        self._cancel = canceller(self._connection)
        mode = "BEGIN READ ONLY" if read_only else "BEGIN"
        limit = f"SET LOCAL statement_timeout = {min(round(seconds * 1000) + 1, 2**31 - 1)}" if seconds < 1e6 else ""
        await self._connection.execute(f"{mode}; {limit}".encode(), prepare=False)

    async def run(self, statement: Statement, rows: Rows, *, read_only: bool) -> SqlResult:
        """Run a statement; what is read comes in pieces, so that more than allowed never fills our memory."""
        cursor: Any = AsyncRawCursor(self._connection)
        text, values = statement.text.encode(), statement.values or None
        if read_only:
            return await self._stream(cursor, text, values, rows)
        await cursor.execute(text, values)
        if cursor.description is None:
            return SqlResult(None, max(0, cursor.rowcount))
        found = rows.start(column.name for column in cursor.description)
        async for row in cursor:
            rows.add(row)
        return SqlResult(found, cursor.rowcount)

    async def _stream(self, cursor: Any, text: bytes, values: Any, rows: Rows) -> SqlResult:
        found: list[dict[str, Any]] = []
        started = False
        try:
            async with aclosing(cursor.stream(text, values, size=CHUNK)) as stream:
                async for row in stream:
                    if not started:
                        started = True
                        found = rows.start(column.name for column in cursor.description)
                    rows.add(row)
        except ProgrammingError as error:
            if type(error) is not ProgrammingError or error.sqlstate is not None:
                raise
            return SqlResult(None, 0)  # a statement without a result
        return SqlResult(found, len(found))

    async def commit(self) -> None:
        """Keep what was changed."""
        await self._connection.execute(b"COMMIT", prepare=False)

    async def rollback(self) -> None:
        """Undo what was changed."""
        await self._connection.execute(b"ROLLBACK", prepare=False)

    async def abandon(self) -> None:
        """Cancel what runs; the driver closes a connection whose task is cancelled, and cannot do it any more."""
        if self._cancel is not None:
            await anyio.to_thread.run_sync(self._cancel, abandon_on_cancel=True)

    async def version(self) -> str:
        """Of the server."""
        return self._connection.info.parameter_status("server_version") or ""


def open_postgres(config: DbConnector) -> Database:
    """The pool of a connector; its address is libpq's own (PostgreSQL manual, section 34.1.1.2)."""
    auth = config.auth or {}
    login = {"user": auth["username"], "password": auth["password"]} if auth else {}
    seconds = CONNECT_SECONDS if config.connect_timeout_ms is None else config.connect_timeout_ms / 1000

    async def connect() -> AsyncConnection[Any]:
        connection = await AsyncConnection.connect(config.connection_string, autocommit=True, context=ADAPTERS, **login)
        await connection.execute(SPELLING, prepare=False)
        return connection

    engine = pooled(
        "postgresql+psycopg://", connect, is_dead, config.max_connections or CONNECTIONS, seconds,
        use_native_hstore=False,
    )  # fmt: skip
    return Database("postgres", engine, engine, PostgresSession, explain, always, INBOX)


def inbox_news(error: Exception) -> Literal["missing"] | None:
    """What an error says of the inbox; a key that is there is none."""
    return MISSING if isinstance(error, Error) and error.sqlstate in _UNUSABLE else None


# Every statement sees what was committed before it began, unless the database's default is another isolation: then a
# key that somebody else wrote meanwhile is a serialization failure, and the next attempt sees it.
INBOX = Inbox(
    create=(
        "CREATE TABLE IF NOT EXISTS orion_inbox"
        " (effect_key VARCHAR(255) PRIMARY KEY, result TEXT, created_at BIGINT NOT NULL)",
        "CREATE INDEX IF NOT EXISTS orion_inbox_created_at ON orion_inbox (created_at)",
    ),
    claim="INSERT INTO orion_inbox (effect_key, created_at)"
    " VALUES ($1, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint) ON CONFLICT DO NOTHING",
    recall="SELECT result FROM orion_inbox WHERE effect_key = $1",
    keep="UPDATE orion_inbox SET result = $1 WHERE effect_key = $2",
    forget="DELETE FROM orion_inbox WHERE effect_key = ANY(ARRAY(SELECT effect_key FROM orion_inbox"
    " WHERE created_at < (extract(epoch FROM clock_timestamp()) * 1000000)::bigint - $1"
    " ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED))",
    news=inbox_news,
)


def canceller(connection: AsyncConnection[Any]) -> Callable[[], None]:
    """What cancels the connection's statement; over TLS where libpq can do so."""
    if capabilities.has_cancel_safe():
        return connection.pgconn.cancel_conn().blocking
    return connection.pgconn.get_cancel().cancel


def is_dead(connection: AsyncConnection[Any]) -> bool:
    """Whether the server closed it: an idle connection has nothing to say but that."""
    return connection.closed or has_news(connection.fileno())


def explain(error: Exception) -> CallFailed | None:
    """What psycopg's exceptions mean, by SQLSTATE (PostgreSQL manual, appendix A)."""
    if not isinstance(error, Error):
        return None
    detail = f"{type(error).__name__}: {error}"
    state = error.sqlstate
    if state is None:
        return _without_state(error, detail)
    if state == _CANCELLED:
        text = "took too long and was cancelled"
        return CallFailed("timeout", text, retryable=True, detail=detail, happened=False)
    if state in _AGAIN:
        text = f"could not serialize the transaction (SQLSTATE {state})"
        return CallFailed("connector_failed", text, retryable=True, detail=detail, happened=False)
    if state.startswith(_AWAY):
        return CallFailed("connector_failed", f"broke off (SQLSTATE {state})", retryable=True, detail=detail)
    text = "db_read may change nothing" if state == _READ_ONLY else f"refused the statement (SQLSTATE {state})"
    return CallFailed("connector_refused", text, retryable=False, detail=detail, happened=False)


def _without_state(error: Error, detail: str) -> CallFailed:
    """The client's own errors, and what a server says before it lets anybody in."""
    if isinstance(error, OperationalError) and _REFUSED.search(str(error)) is None:
        return CallFailed("connector_failed", "could not be reached", retryable=True, detail=detail)
    text = "refused the connector" if isinstance(error, OperationalError) else "could not take the statement"
    return CallFailed("connector_refused", text, retryable=False, detail=detail, happened=False)
