"""The circuit breakers that an operator sees and closes: this server's own, or the cluster's. Decides nothing."""

from orion_core import Governor
from orion_core.calls import BreakerList, BreakerReset
from orion_core.protocol import Failed
from orion_io.clock import Clock
from orion_io.driver import Driver
from orion_server.exchange import Refusal

PATIENCE = 2.0  # seconds that the cluster's store may take
CLOSED = "closed"


class CircuitBreakers:
    """Lists and closes breakers.

    Args:
        governor: Holds this server's own.
        driver: Reaches the cluster's.
        clock: Tells the time.
    """

    def __init__(self, governor: Governor, driver: Driver, clock: Clock) -> None:
        self._governor = governor
        self._driver = driver
        self._clock = clock

    @property
    def enabled(self) -> bool:
        """Whether connectors are guarded."""
        return bool(self._governor.guards_connectors)

    async def states(self) -> dict[str, str]:
        """The state of each, by key. What a cluster has nothing to tell of is closed; while it is away, as it was."""
        own: dict[str, str] = self._governor.breakers.states()
        cluster = self._governor.cluster
        if cluster is None:
            return own
        outcome = await self._driver.ask(BreakerList(cluster.store, self._until()))
        if isinstance(outcome, Failed):
            return own
        return dict(sorted({**dict.fromkeys(own, CLOSED), **outcome.value}.items()))  # type: ignore[dict-item] # the action's own answer

    async def reset(self, key: str) -> bool:
        """Close one. Returns whether there is one under this key.

        Raises:
            Refusal: 503, the cluster's cannot be reached.
        """
        found: bool = self._governor.breakers.reset(key)
        cluster = self._governor.cluster
        if cluster is None:
            return found
        outcome = await self._driver.ask(BreakerReset(cluster.store, self._until(), key))
        if isinstance(outcome, Failed):
            text = "The cluster's store does not answer; the breaker was reset on this server only"
            raise Refusal(503, "SERVICE_UNAVAILABLE", text, "unavailable", headers=(("retry-after", "1"),))
        return found or bool(outcome.value)

    def _until(self) -> float:
        return self._clock.monotonic() + PATIENCE
