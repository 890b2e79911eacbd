"""What a store is opened with: a target and limits. Knows no driver."""

from dataclasses import dataclass


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
