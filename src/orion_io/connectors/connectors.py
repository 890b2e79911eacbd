"""All connectors together: who opens which kind, who carries out which action. The list that grows with each kind."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import anyio

from orion_core import Connector, Snapshot
from orion_core.calls import Probe
from orion_io.carrier import Carrier, Outcome
from orion_io.clock import Clock
from orion_io.connectors import caches, http, kafka, mongo, objects
from orion_io.connectors.carrying import Explain, Perform, carrier
from orion_io.connectors.pools import Pool, Pools
from orion_io.connectors.sql import databases


class Connectors:
    """What reaches outside systems.

    Args:
        clock: Tells the time.
        most: Pools kept at most.
        idle: Seconds after which a pool that nobody uses is closed.
        interval: Seconds between two looks for idle pools and entries that have run out.
        own: Files that no connector may open: they hold the secrets of all.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        most: int = 100,
        idle: float = 600.0,
        interval: float = 60.0,
        own: frozenset[Path] = frozenset(),
    ) -> None:
        self._caches = caches.Caches(clock)
        self._interval = interval
        self._openers: Mapping[str, Callable[[Connector], Pool]] = {
            "http": http.HttpPool, "cache": self._caches.open, "sql": partial(databases.SqlPool, own),
            "mongo": mongo.MongoPool, "kafka": kafka.KafkaPool, "storage": partial(objects.ObjectPool, own),
        }  # fmt: skip
        self._probes: Mapping[str, tuple[Perform, Explain]] = {
            "http": http.PROBE, "cache": caches.PROBE, "sql": databases.PROBE, "mongo": mongo.PROBE,
            "kafka": kafka.PROBE, "storage": objects.PROBE,
        }  # fmt: skip
        self.pools = Pools(self._openers, clock, most, idle, interval)

    @property
    def carriers(self) -> dict[type, Carrier]:
        """Who carries out which action."""
        return {
            Probe: self._probe,
            **http.http_carriers(self.pools),
            **caches.cache_carriers(self.pools),
            **databases.sql_carriers(self.pools),
            **mongo.mongo_carriers(self.pools),
            **kafka.kafka_carriers(self.pools),
            **objects.storage_carriers(self.pools),
        }

    async def _probe(self, action: Probe, clock: Clock) -> Outcome:
        """Connect anew, ask, and close: what is open proves nothing of the connector's settings."""
        pools = Pools(self._openers, clock, 1)
        try:
            return await carrier(pools, *self._probes[action.connector.kind])(action, clock)
        finally:
            await pools.close()

    def install(self, snapshot: Snapshot) -> None:
        """Let go of what the snapshot that came into force does not name."""
        self.pools.keep(snapshot.connectors.values())
        self._caches.keep(snapshot.connectors.values())

    async def tend(self) -> None:
        """Close what is idle or retired, and forget what has run out; runs until it is cancelled."""
        async with anyio.create_task_group() as group:
            group.start_soon(self.pools.tend)
            while True:
                await anyio.sleep(self._interval)
                self._caches.purge()

    async def close(self) -> None:
        """Close everything."""
        await self.pools.close()
