"""What a store is opened with: a target and limits. Knows no driver."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Limits:
    """How many connections there may be, and how long one waits."""

    max_connections: int = 25
    min_connections: int = 5
    busy_timeout_ms: int = 5000
    acquire_timeout_secs: float = 5
    idle_timeout_secs: float = 0


@dataclass(frozen=True)
class SqliteTarget:
    """What SQLite is to open: a path, or a URI when `uri` holds."""

    name: str
    uri: bool
    in_memory: bool


@dataclass(frozen=True)
class PostgresTarget:
    """Where a PostgreSQL is, in the parameters of its own client library (PostgreSQL manual, section 34.1.2)."""

    parameters: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True)
class MysqlTarget:
    """Where a MySQL or MariaDB is, and how it is reached."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    database: str
    socket: str | None = None
    tls_mode: str = "PREFERRED"
    tls_authority: str | None = None


Target = SqliteTarget | PostgresTarget | MysqlTarget
