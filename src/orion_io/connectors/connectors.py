"""All connectors together: who opens which kind, who carries out which action. The list that grows with each kind."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import anyio

from orion_core import CLUSTER, Connector, Snapshot
from orion_core.calls import (
    KafkaPublish,
    MongoChange,
    MongoFind,
    ObjectDelete,
    ObjectGet,
    ObjectList,
    ObjectPut,
    ObjectSign,
    Probe,
)
from orion_io.carrier import Carrier, Outcome
from orion_io.clock import Clock
from orion_io.connectors import caches, http
from orion_io.connectors.carrying import Explain, Perform, carrier
from orion_io.connectors.cluster import ClusterStore, cluster_carriers
from orion_io.connectors.late import Late
from orion_io.connectors.pools import Pool, Pools
from orion_io.connectors.sql import databases

LATE: Mapping[str, Late] = {
    "mongo": Late("orion_io.connectors.mongo", "MongoPool", MongoFind, MongoChange),
    "kafka": Late("orion_io.connectors.kafka", "KafkaPool", KafkaPublish),
    "storage": Late(
        "orion_io.connectors.objects", "ObjectPool", ObjectGet, ObjectPut, ObjectList, ObjectDelete, ObjectSign
    ),
}


class Connectors:
    """What reaches outside systems.

    Args:
        clock: Tells the time.
        most: Pools kept at most.
        idle: Seconds after which a pool that nobody uses is closed.
        interval: Seconds between two looks for idle pools and entries that have run out.
        own: Files that no connector may open: they hold the secrets of all.
        cluster: Leads to where the servers of a cluster remember together; None for a server that remembers alone.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        most: int = 100,
        idle: float = 600.0,
        interval: float = 60.0,
        own: frozenset[Path] = frozenset(),
        cluster: Connector | None = None,
    ) -> None:
        self._caches = caches.Caches(clock)
        self._interval = interval
        self._standing = () if cluster is None else (cluster,)  # not the snapshot's, so none takes them away
        self._openers: Mapping[str, Callable[[Connector], Pool]] = {
            "http": http.HttpPool, "cache": self._caches.open, "sql": partial(databases.SqlPool, own),
            "mongo": LATE["mongo"].open, "kafka": LATE["kafka"].open, "storage": partial(LATE["storage"].open, own),
            CLUSTER: lambda connector: ClusterStore(connector, clock),
        }  # fmt: skip
        self._probes: Mapping[str, tuple[Perform, Explain]] = {
            "http": http.PROBE, "cache": caches.PROBE, "sql": databases.PROBE,
        }  # fmt: skip
        self.pools = Pools(self._openers, clock, most, idle, interval)

    @property
    def carriers(self) -> dict[type, Carrier]:
        """Who carries out which action."""
        return {
            Probe: self._probe,
            **http.http_carriers(self.pools),
            **caches.cache_carriers(self.pools),
            **cluster_carriers(self.pools),
            **databases.sql_carriers(self.pools),
            **{action: carry for late in LATE.values() for action, carry in late.carriers(self.pools).items()},
        }

    async def _probe(self, action: Probe, clock: Clock) -> Outcome:
        """Connect anew, ask, and close: what is open proves nothing of the connector's settings."""
        pools = Pools(self._openers, clock, 1)
        kind = action.connector.kind
        perform, explain = LATE[kind].load().PROBE if kind in LATE else self._probes[kind]
        try:
            return await carrier(pools, perform, explain)(action, clock)
        finally:
            await pools.close()

    def install(self, snapshot: Snapshot) -> None:
        """Let go of what the snapshot that came into force does not name, and have ready what it does."""
        for kind in {connector.kind for connector in snapshot.connectors.values()} & LATE.keys():
            LATE[kind].load()
        self.pools.keep((*snapshot.connectors.values(), *self._standing))
        self._caches.keep(snapshot.connectors.values())

    async def tend(self) -> None:
        """Close what is idle or retired, forget what has run out and tidy up; runs until it is cancelled."""
        async with anyio.create_task_group() as group:
            group.start_soon(self.pools.tend)
            while True:
                await anyio.sleep(self._interval)
                self._caches.purge()
                await self.pools.tidy()

    async def close(self) -> None:
        """Close everything."""
        await self.pools.close()
