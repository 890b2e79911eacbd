"""Cache connectors: which of the two caches a connector means, and its operations as actions. Keeps nothing itself."""

from collections.abc import Iterable
from typing import Any

from orion_core import Connector
from orion_core.calls import CacheAdd, CacheDelete, CacheGet, CacheIncrement, CachePut, CacheSwap
from orion_io.carrier import Carrier
from orion_io.clock import Clock
from orion_io.connectors.carrying import Progress, by, carrier
from orion_io.connectors.memory import Entries, MemoryCache
from orion_io.connectors.pools import Pools
from orion_io.connectors.redis import RedisCache, explain


class Caches:
    """Opens cache connectors.

    Args:
        clock: Tells memory caches the time.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._entries: dict[str, Entries] = {}

    def open(self, connector: Connector) -> RedisCache | MemoryCache:
        """The cache of a connector."""
        if connector.config.backend == "redis":
            return RedisCache(connector)
        return MemoryCache(connector, self._entries.setdefault(connector.name, Entries(self._clock)))

    def keep(self, connectors: Iterable[Connector]) -> None:
        """Forget the memory of connectors that are no more."""
        names = {connector.name for connector in connectors}
        self._entries = {name: entries for name, entries in self._entries.items() if name in names}

    def purge(self) -> None:
        """Forget what has run out."""
        for entries in self._entries.values():
            entries.purge()


async def _increment(cache: Any, action: CacheIncrement, progress: Progress) -> object:
    progress.sent = True
    return await cache.increment(action)


def cache_carriers(pools: Pools) -> dict[type, Carrier]:
    """Who carries out which action on a cache."""
    return {
        CacheGet: carrier(pools, by("get"), explain),
        CachePut: carrier(pools, by("put"), explain),
        CacheAdd: carrier(pools, by("add"), explain),
        CacheSwap: carrier(pools, by("swap"), explain),
        CacheDelete: carrier(pools, by("delete"), explain),
        CacheIncrement: carrier(pools, _increment, explain),
    }


PROBE = (by("probe"), explain)
