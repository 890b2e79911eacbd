"""Addresses of database servers, read strictly. Knows no connection; what it says never quotes an address."""

import re
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from orion_io.storage.errors import StorageError
from orion_io.storage.targets import MysqlTarget, PostgresTarget

MYSQL_PORT = 3306
MYSQL_OPTIONS = frozenset(("ssl-mode", "ssl-ca", "socket"))
TLS_MODES = ("DISABLED", "PREFERRED", "REQUIRED", "VERIFY_CA", "VERIFY_IDENTITY")
_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})|%00")


def postgres_target(url: str) -> PostgresTarget:
    """Read `postgres://user:password@host:port/database?option=value` as PostgreSQL's client library does.

    Raises:
        StorageError: It cannot be read.
    """
    _parts(url)
    from psycopg import ProgrammingError  # it brings the client library, which knows its options best
    from psycopg.conninfo import conninfo_to_dict

    try:
        given = conninfo_to_dict(f"postgresql:{url.partition(':')[2]}")
    except (ProgrammingError, UnicodeError):
        raise StorageError(
            "The database address holds an option that PostgreSQL's client library does not know, or a part that it"
            " cannot read"
        ) from None
    parameters = {name: str(value) for name, value in given.items()}
    if not parameters.get("dbname"):
        raise StorageError("The database address names no database")
    if any(not port.isdecimal() or not 0 < int(port) < 65_536 for port in parameters.get("port", "1").split(",")):
        raise StorageError("The database address has a port that is none")
    return PostgresTarget(parameters)


def mysql_target(url: str) -> MysqlTarget:
    """Read `mysql://user:password@host:port/database?ssl-mode=…&ssl-ca=…&socket=…`.

    Raises:
        StorageError: It cannot be read.
    """
    parts = _parts(url)
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    if unknown := sorted(set(options) - MYSQL_OPTIONS):
        raise StorageError(
            f"The database address has the unknown option '{unknown[0]}'; known are {', '.join(sorted(MYSQL_OPTIONS))}"
        )
    mode = options.get("ssl-mode", "PREFERRED").upper().replace("-", "_")
    if mode not in TLS_MODES:
        raise StorageError(f"The database address has an unknown ssl-mode; known are {', '.join(TLS_MODES)}")
    try:
        port = parts.port
    except ValueError:
        raise StorageError("The database address has a port that is none") from None
    database = unquote(parts.path.strip("/"))
    if not database:
        raise StorageError("The database address names no database")
    return MysqlTarget(
        parts.hostname or "127.0.0.1", port or MYSQL_PORT, unquote(parts.username or ""),
        unquote(parts.password or ""), database, options.get("socket"), mode, options.get("ssl-ca"),
    )  # fmt: skip


def _parts(url: str) -> SplitResult:
    """The parts of an address, none of which is a piece of the password."""
    try:
        parts = urlsplit(url)
        _ = parts.hostname
    except ValueError:
        raise StorageError("The database address cannot be read") from None
    if not url.partition(":")[2].startswith("//"):
        raise StorageError("The database address needs // after its scheme")
    if "@" in parts.path + parts.query or parts.fragment or "#" in url or "@" in parts.netloc.rpartition("@")[0]:
        raise StorageError("The user or password of the database address must be percent-encoded (@ as %40, / as %2F)")
    if _ESCAPE.search(url):
        raise StorageError(
            "The database address holds a NUL character, or a % that is not followed by two digits (% is %25)"
        )
    return parts
