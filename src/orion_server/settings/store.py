"""The settings of the store, as it takes them."""

from typing import TypedDict

from orion_server.settings.types import Settings


class StorageOptions(TypedDict):
    """Keyword arguments of `open_store`."""

    max_connections: int
    min_connections: int
    busy_timeout_ms: int
    acquire_timeout_secs: int
    idle_timeout_secs: int


def storage_options(settings: Settings) -> StorageOptions:
    """The pool settings of the store."""
    storage = settings.storage
    return {
        "max_connections": storage.max_connections,
        "min_connections": storage.min_connections,
        "busy_timeout_ms": storage.busy_timeout_ms,
        "acquire_timeout_secs": storage.acquire_timeout_secs,
        "idle_timeout_secs": storage.idle_timeout_secs,
    }
