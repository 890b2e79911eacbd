"""Who carries out which action on the cluster's store alone; those on keys are the caches' own."""

from typing import Any

from orion_core.calls import BreakerAsk, BreakerList, BreakerReset, BreakerTell, RateTake
from orion_io.carrier import Carrier
from orion_io.connectors.carrying import Progress, carrier
from orion_io.connectors.pools import Pools
from orion_io.connectors.redis import explain


async def _take(store: Any, action: RateTake, progress: Progress) -> object:
    return await store.take(action)


async def _ask(store: Any, action: BreakerAsk, progress: Progress) -> object:
    return await store.ask(action)


async def _tell(store: Any, action: BreakerTell, progress: Progress) -> object:
    return await store.tell(action)


async def _list(store: Any, action: BreakerList, progress: Progress) -> object:
    return await store.breakers(action)


async def _reset(store: Any, action: BreakerReset, progress: Progress) -> object:
    return await store.reset(action)


def cluster_carriers(pools: Pools) -> dict[type, Carrier]:
    """Who carries out which action."""
    return {
        RateTake: carrier(pools, _take, explain),
        BreakerAsk: carrier(pools, _ask, explain),
        BreakerTell: carrier(pools, _tell, explain),
        BreakerList: carrier(pools, _list, explain),
        BreakerReset: carrier(pools, _reset, explain),
    }
