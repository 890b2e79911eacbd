"""Who carries out which action on the cluster's store alone; those on keys are the caches' own."""

from orion_core.calls import BreakerAsk, BreakerList, BreakerReset, BreakerTell, RateTake
from orion_io.carrier import Carrier
from orion_io.connectors.carrying import by, carrier
from orion_io.connectors.pools import Pools
from orion_io.connectors.redis import explain


def cluster_carriers(pools: Pools) -> dict[type, Carrier]:
    """Who carries out which action."""
    return {
        RateTake: carrier(pools, by("take"), explain),
        BreakerAsk: carrier(pools, by("ask"), explain),
        BreakerTell: carrier(pools, by("tell"), explain),
        BreakerList: carrier(pools, by("breakers"), explain),
        BreakerReset: carrier(pools, by("reset"), explain),
    }
