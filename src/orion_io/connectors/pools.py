"""Open connections by connector: made when first asked for, replaced on change, closed when the last user leaves.

A connector whose definition changed is another one: its pool is opened beside the old, which is retired and closed
once the executions that hold it have left. No more pools are kept than allowed, and none that has long been idle.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol, runtime_checkable

import anyio

from orion_core import Connector
from orion_io.clock import Clock

Identity = tuple[str, str]


class Pool(Protocol):
    """Connections to one system. It connects when it is first used, not when it is made."""

    async def close(self) -> None:
        """Close every connection."""


@runtime_checkable
class Untidy(Protocol):
    """Connections to a system where something is to be cleared away now and then."""

    @property
    def untidy(self) -> bool:
        """Whether it is time for that."""

    async def tidy(self) -> None:
        """Clear away; ends in bounded time and raises nothing."""


class Lease:
    """A pool and how many hold it."""

    def __init__(self, identity: Identity, pool: Any, now: float) -> None:
        self.identity = identity
        self.pool = pool
        self.holders = 0
        self.used_at = now
        self.retired = False


class Pools:
    """Every pool there is.

    Args:
        openers: Makes the pool of a connector, by its kind.
        clock: Tells how long a pool has been idle.
        most: Pools kept; the least recently used is retired first.
        idle: Seconds after which a pool that nobody uses is closed.
        interval: Seconds between two looks for such.
    """

    def __init__(
        self,
        openers: Mapping[str, Callable[[Connector], Pool]],
        clock: Clock,
        most: int,
        idle: float = 600.0,
        interval: float = 60.0,
    ) -> None:
        self._openers = openers
        self._clock = clock
        self._most = most
        self._idle = idle
        self._interval = interval
        self._leases: OrderedDict[Identity, Lease] = OrderedDict()
        self._leaving: list[Lease] = []
        self._work = anyio.Event()

    def __len__(self) -> int:
        return len(self._leases)

    def take(self, connector: Connector) -> Lease:
        """The pool of a connector; to be given back."""
        identity = (connector.name, connector.fingerprint)
        lease = self._leases.get(identity)
        if lease is None:
            pool = self._openers[connector.kind](connector)
            lease = self._leases[identity] = Lease(identity, pool, self._clock.monotonic())
            if len(self._leases) > self._most:
                self._retire(next(iter(self._leases)))
        else:
            self._leases.move_to_end(identity)
        lease.holders += 1
        return lease

    def give(self, lease: Lease) -> None:
        """Give a pool back."""
        lease.holders -= 1
        lease.used_at = self._clock.monotonic()
        if lease.retired and not lease.holders:
            self._close_soon(lease)

    def keep(self, connectors: Iterable[Connector]) -> None:
        """Retire the pools of all connectors but these."""
        identities = {(connector.name, connector.fingerprint) for connector in connectors}
        for identity in [each for each in self._leases if each not in identities]:
            self._retire(identity)

    def _retire(self, identity: Identity) -> None:
        lease = self._leases.pop(identity)
        lease.retired = True
        if not lease.holders:
            self._close_soon(lease)

    def _close_soon(self, lease: Lease) -> None:
        self._leaving.append(lease)
        self._work.set()

    async def tend(self) -> None:
        """Close what was retired, and what has long been idle; runs until it is cancelled."""
        while True:
            with anyio.move_on_after(self._interval):
                await self._work.wait()
            self._work = anyio.Event()
            self._look_for_idle()
            await self._close_leaving()

    def _look_for_idle(self) -> None:
        now = self._clock.monotonic()
        for lease in list(self._leases.values()):
            if not lease.holders and now - lease.used_at >= self._idle:
                self._retire(lease.identity)

    async def tidy(self) -> None:
        """Have every pool clear away what it should, one after the other."""
        for lease in list(self._leases.values()):
            if isinstance(lease.pool, Untidy) and lease.pool.untidy and not lease.retired:
                lease.holders += 1
                try:
                    await lease.pool.tidy()
                finally:
                    self.give(lease)

    async def _close_leaving(self) -> None:
        while self._leaving:
            await self._leaving.pop().pool.close()

    async def close(self) -> None:
        """Close everything; nobody may hold a pool any more."""
        while self._leases:
            self._retire(next(iter(self._leases)))
        await self._close_leaving()
