"""The memory of all decisions: who holds what, by channel and connector. Outlives snapshots. Knows no request.

A channel's memory belongs to its id. A new snapshot changes its ceilings and never its counts; the memory of a channel
that is not active any more is kept for a while, for it may come back, and requests under way still give back what they
hold.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import cython

from orion_core.connector import Connector
from orion_core.governance.breaker import Breakers
from orion_core.governance.concurrency import Permits
from orion_core.governance.cors import ANY, CorsPolicy
from orion_core.governance.duplicates import Window
from orion_core.governance.rate_limit import RateLimiter
from orion_core.governance.response_cache import ResponseCache

RETIRED = 1000  # memories kept of channels that are not active


@dataclass(frozen=True)
class MemoryBounds:
    """How much may be remembered.

    Args:
        rate_keys: Buckets of one channel's rate limit.
        idempotency_keys: Keys of one channel's window.
        idempotency_bytes: What they and their answers take.
        cache_entries: Answers of all channels together.
        cache_bytes: What they take.
        breakers: Circuit breakers.
    """

    rate_keys: int = 100_000
    idempotency_keys: int = 100_000
    idempotency_bytes: int = 67_108_864
    cache_entries: int = 10_000
    cache_bytes: int = 67_108_864
    breakers: int = 10_000


@dataclass(frozen=True)
class BreakerTerms:
    """When breakers open, and for how long (seconds); not at all when not `enabled`."""

    enabled: bool = False
    threshold: int = 5
    pause: float = 30.0


@dataclass(frozen=True)
class ClusterTerms:
    """Where the servers of a cluster remember together, and what they do when it cannot be asked.

    Args:
        store: Leads there.
        unlimited: Whether each limits the rate for itself then, instead of refusing.
        unclaimed: Whether each knows idempotency keys for itself then, instead of refusing.
    """

    store: Connector
    unlimited: bool = True
    unclaimed: bool = False


@cython.final
@cython.cclass
class ChannelMemory:
    """What is remembered of one channel; None where it has never asked for it.

    Attributes:
        cluster: The terms on which more than this process remembers it; None when none does.
        hits: Requests that got an answer which was kept.
        misses: Requests that had to make it.
        repeats: Requests under an idempotency key that was known.
    """

    def __init__(self) -> None:
        self.cluster: Any = None
        self.limiter: Any = None
        self.permits: Any = None
        self.window: Any = None
        self.hits = 0
        self.misses = 0
        self.repeats = 0


@cython.final
@cython.cclass
class Governor:
    """Holds every memory. One per process.

    Args:
        bounds: How much may be remembered.
        cors: For channels without a policy of their own, and before a channel is found.
        breaker_terms: For every breaker.
        cluster: Where other servers remember the same; None for a server that remembers alone.
    """

    def __init__(
        self,
        bounds: MemoryBounds = MemoryBounds(),
        cors: CorsPolicy | None = None,
        breaker_terms: BreakerTerms = BreakerTerms(),
        cluster: ClusterTerms | None = None,
    ) -> None:
        self.bounds = bounds
        self.cors = cors if cors is not None else CorsPolicy((ANY,))
        self.cluster = cluster
        self.guards_connectors = breaker_terms.enabled
        self.breakers = Breakers(breaker_terms.threshold, breaker_terms.pause, bounds.breakers)
        self.cache = ResponseCache(bounds.cache_entries, bounds.cache_bytes)
        self.memories: dict[str, ChannelMemory] = {}

    def adopt(self, guards: Mapping[str, Any], now: float) -> None:
        """Give the guards of a new snapshot their memory, and the memory its new ceilings.

        Args:
            guards: By channel id.
            now: Monotonic instant, seconds.
        """
        for channel_id, guard in guards.items():
            memory = self.memories.get(channel_id)
            if memory is not None and guard.memory is memory:
                continue  # it was in the snapshot before
            if memory is None:
                memory = self.memories[channel_id] = ChannelMemory()
            self._furnish(memory, guard, now)
            guard.memory = memory
        retired = [channel_id for channel_id in self.memories if channel_id not in guards]
        for channel_id in retired[:-RETIRED]:
            del self.memories[channel_id]

    def _furnish(self, memory: ChannelMemory, guard: Any, now: float) -> None:
        rate, capacity = guard.rate, guard.capacity
        memory.cluster = self.cluster
        if rate is not None and memory.limiter is None:
            memory.limiter = RateLimiter(rate.rate, rate.burst, self.bounds.rate_keys)
        elif rate is not None:
            memory.limiter.adopt(rate.rate, rate.burst, now)
        if capacity is not None and memory.permits is None:
            memory.permits = Permits(capacity.max_concurrent, capacity.queue_depth)
        elif capacity is not None:
            memory.permits.adopt(capacity.max_concurrent, capacity.queue_depth)
        if guard.duplicates is not None and memory.window is None:
            memory.window = Window(self.bounds.idempotency_keys, self.bounds.idempotency_bytes)
