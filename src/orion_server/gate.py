"""What every request passes before anybody looks at it: who it comes from, and whether it may come so often."""

from collections.abc import Awaitable, Mapping

from orion_core import CorsPolicy
from orion_server.clients import Clients
from orion_server.limits import PlatformLimits

Header = tuple[str, str]


class Gate:
    """The platform's own rules, for every path.

    Args:
        clients: Tells the caller behind trusted proxies; None without any.
        limits: The platform's rate limits; None when they are off.
        cors: For everything that is no data request; the core has it for those.
        own: What goes before it, for paths that have a policy of their own.
    """

    def __init__(
        self,
        clients: Clients | None,
        limits: PlatformLimits | None,
        cors: CorsPolicy,
        own: Mapping[str, CorsPolicy],
    ) -> None:
        self._clients = clients
        self._limits = limits
        self._cors = cors
        self._own = own
        self.watches = clients is not None or limits is not None

    @property
    def refusals(self) -> int:
        """How many requests came too often."""
        return 0 if self._limits is None else self._limits.refusals

    def client(self, peer: str, headers: Mapping[str, str]) -> str:
        """The address of the caller; `peer` is that of the connection."""
        return peer if self._clients is None else self._clients.address(peer, headers)

    def check(self, path: str, client: str) -> Awaitable[None] | None:
        """Count a request.

        Returns:
            None when it may pass, or what has to be waited for to know; that raises what this does.

        Raises:
            Refusal: 429, the client has called too often.
        """
        return None if self._limits is None else self._limits.check(path, client)

    def cors(self, path: str) -> CorsPolicy:
        """Which pages may read answers of a path."""
        return self._own.get(path, self._cors)

    def cors_headers(self, path: str, origin: str | None) -> tuple[Header, ...]:
        """What an answer tells browsers (Fetch standard, section 3.3)."""
        cors = self.cors(path)
        return cors.unread if origin is None else cors.headers(origin)
