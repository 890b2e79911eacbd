"""How often one client may call the platform, whatever it calls. Knows no channel."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from math import ceil
from typing import Any

from orion_core import Connector, RateLimiter
from orion_core.calls import RateTake
from orion_core.protocol import Done
from orion_io.clock import Clock
from orion_server.exchange import Refusal
from orion_server.settings import RateLimit

ADMIN = "/api/v1/admin"
DATA = "/api/v1/data"
PROBES = frozenset(("/health", "/healthz", "/readyz"))  # asked by those who restart what does not answer
PATIENCE = 2.0  # seconds that the cluster's store may take


@dataclass(frozen=True)
class Group:
    """Paths that share one limit for each client."""

    name: str
    rate: int
    burst: int
    here: RateLimiter


@dataclass(frozen=True)
class Together:
    """Where other servers count the same clients: what leads there, and who carries actions on it out."""

    store: Connector
    ask: Callable[[RateTake], Awaitable[Any]]


class PlatformLimits:
    """Rate limits by client, for the admin API, the data API and all else.

    Args:
        settings: `[rate_limit]`.
        max_keys: Clients remembered.
        clock: Tells the time.
        together: Where other servers count the same; None for a server that counts alone.
    """

    def __init__(self, settings: RateLimit, max_keys: int, clock: Clock, together: Together | None = None) -> None:
        self._clock = clock
        self._max_keys = max_keys
        self._together = together
        self.refusals = 0
        self._all = self._group("all", settings.default_rps, settings.default_burst)
        self._admin = self._own("admin", settings.endpoints.admin_rps)
        self._data = self._own("data", settings.endpoints.data_rps)

    def _group(self, name: str, rate: int, burst: int) -> Group:
        return Group(name, rate, burst, RateLimiter(rate, burst, self._max_keys))

    def _own(self, name: str, rate: int | None) -> Group:
        """The limit of a group; without one of its own, it shares the general one."""
        return self._all if rate is None else self._group(name, rate, rate // 2 + 1)

    def check(self, path: str, client: str) -> Awaitable[None] | None:
        """Count a request.

        Returns:
            None when it may pass, or what has to be waited for to know; that raises what this does.

        Raises:
            Refusal: 429, the client has called too often.
        """
        group = self._of(path)
        if group is None:
            return None
        if self._together is not None:
            return self._check_together(group, client, self._together)
        self._judge(group.here.take(client, self._clock.monotonic()))
        return None

    async def _check_together(self, group: Group, client: str, together: Together) -> None:
        """Count it for all servers; while their store is away, for this one: an operator must get in."""
        deadline = self._clock.monotonic() + PATIENCE
        key = f"orion:rate:platform:{group.name}:{client}"
        outcome = await together.ask(RateTake(together.store, deadline, key, float(group.rate), group.burst))
        if type(outcome) is Done:
            self._judge(outcome.value.wait)  # type: ignore[attr-defined] # the action's own answer
        else:
            self._judge(group.here.take(client, self._clock.monotonic()))

    def _judge(self, wait: float) -> None:
        if wait > 0:
            self.refusals += 1
            text = f"Too many requests; try again in {ceil(wait)} s"
            raise Refusal(429, "RATE_LIMITED", text, "rate_limited", headers=(("retry-after", str(ceil(wait))),))

    def _of(self, path: str) -> Group | None:
        if path.startswith(ADMIN):
            return self._admin
        if path.startswith(DATA):
            return self._data
        return None if path in PROBES else self._all
