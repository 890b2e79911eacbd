"""How a connection to MySQL or MariaDB is set up, whoever opens it. Knows no table."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Literal

import aiomysql  # type: ignore[import-untyped] # it has no types
import pymysql
from pymysql.constants import CLIENT

from orion_io.storage.targets import Limits, MysqlTarget

CONNECT_SECONDS = 10
IDLE_IN_TRANSACTION_SECONDS = 60  # MariaDB alone can be told
Isolation = Literal["READ COMMITTED", "REPEATABLE READ"]

# Values that do not fit are errors, backslashes escape as the driver writes them, and double quotes are texts.
SQL_MODE = "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'"
# A server that vanished without a word is noticed within a minute.
WATCHED = (("TCP_KEEPIDLE", 30), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 3), ("TCP_USER_TIMEOUT", 60_000))


def connect(target: MysqlTarget, limits: Limits, isolation: Isolation, **options: Any) -> "pymysql.Connection[Any]":
    """Open a connection that commits each statement by itself unless a transaction was begun.

    Args:
        target: The database.
        limits: How long a statement waits for a lock.
        isolation: Of its transactions.
        options: Further arguments of the driver.

    Raises:
        pymysql.Error: It cannot be opened.
        OSError: The authority of its certificates cannot be read.
    """
    connection = pymysql.connect(**_options(target), database=target.database, **options)
    try:
        _watch(connection._sock)  # type: ignore[attr-defined] # there is no public way
        for statement in _session(limits, isolation, str(connection.get_server_info())):  # type: ignore[no-untyped-call] # the stubs leave it out
            connection.query(statement)
    except BaseException:
        connection.close()
        raise
    return connection


async def connect_async(target: MysqlTarget, limits: Limits, isolation: Isolation) -> Any:  # the driver has no types
    """Open a connection for the event loop. As `connect`."""
    connection = await aiomysql.connect(**_options(target), db=target.database)
    try:
        _watch(connection._writer.get_extra_info("socket"))  # there is no public way
        for statement in _session(limits, isolation, str(connection.get_server_info())):
            await connection.query(statement)
    except BaseException:
        connection.close()
        raise
    return connection


def tls_context(mode: str, authority: str | None) -> ssl.SSLContext | None:
    """TLS by MySQL's own words for it; `PREFERRED` is none, for these drivers cannot ask first.

    Raises:
        ValueError: There is no such word.
        OSError: The file of the authority cannot be read.
    """
    if mode in ("DISABLED", "PREFERRED"):
        return None
    if mode not in ("REQUIRED", "VERIFY_CA", "VERIFY_IDENTITY"):
        raise ValueError(mode)
    context = ssl.create_default_context(cafile=authority)
    context.check_hostname = mode == "VERIFY_IDENTITY"
    if mode == "REQUIRED":
        context.verify_mode = ssl.CERT_NONE
    return context


def _options(target: MysqlTarget) -> dict[str, Any]:
    """What both drivers take."""
    return {
        "host": target.host, "port": target.port, "user": target.user, "password": target.password,
        "unix_socket": target.socket, "ssl": tls_context(target.tls_mode, target.tls_authority), "charset": "utf8mb4",
        "autocommit": True, "init_command": SQL_MODE, "client_flag": CLIENT.FOUND_ROWS,
        "connect_timeout": CONNECT_SECONDS,
    }  # fmt: skip


def _session(limits: Limits, isolation: Isolation, server: str) -> Iterator[str]:
    patience = max(1, round(limits.busy_timeout_ms / 1000))
    yield f"SET SESSION TRANSACTION ISOLATION LEVEL {isolation}"
    yield "SET SESSION time_zone = '+00:00'"  # else the server's clock would go back once a year
    yield f"SET SESSION innodb_lock_wait_timeout = {patience}, lock_wait_timeout = {patience}"
    if "MariaDB" in server:
        yield f"SET SESSION idle_transaction_timeout = {IDLE_IN_TRANSACTION_SECONDS}"


def _watch(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    with suppress(OSError):  # a socket in the file system, or a system that has not all of them
        for name, value in WATCHED:
            if hasattr(socket, name):
                connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
