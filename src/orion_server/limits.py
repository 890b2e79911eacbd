"""How often one client may call the platform, whatever it calls. Knows no channel."""

from math import ceil

from orion_core import RateLimiter
from orion_io.clock import Clock
from orion_server.exchange import Refusal
from orion_server.settings import RateLimit

ADMIN = "/api/v1/admin"
DATA = "/api/v1/data"
PROBES = frozenset(("/health", "/healthz", "/readyz"))  # asked by those who restart what does not answer


class PlatformLimits:
    """Rate limits by client, for the admin API, the data API and all else.

    Args:
        settings: `[rate_limit]`.
        max_keys: Clients remembered.
        clock: Tells the time.
    """

    def __init__(self, settings: RateLimit, max_keys: int, clock: Clock) -> None:
        self._clock = clock
        self.refusals = 0
        self._all = RateLimiter(settings.default_rps, settings.default_burst, max_keys)
        self._admin = self._group(settings.endpoints.admin_rps, max_keys)
        self._data = self._group(settings.endpoints.data_rps, max_keys)

    def _group(self, rate: int | None, max_keys: int) -> RateLimiter:
        """The limit of a group; without one of its own, it shares the general one."""
        return self._all if rate is None else RateLimiter(rate, rate // 2 + 1, max_keys)

    def check(self, path: str, client: str) -> None:
        """Count a request.

        Raises:
            Refusal: 429, the client has called too often.
        """
        limiter = self._of(path)
        if limiter is None:
            return
        wait = limiter.take(client, self._clock.monotonic())
        if wait > 0:
            self.refusals += 1
            text = f"Too many requests; try again in {ceil(wait)} s"
            raise Refusal(429, "RATE_LIMITED", text, "rate_limited", headers=(("retry-after", str(ceil(wait))),))

    def _of(self, path: str) -> RateLimiter | None:
        if path.startswith(ADMIN):
            return self._admin
        if path.startswith(DATA):
            return self._data
        return None if path in PROBES else self._all
