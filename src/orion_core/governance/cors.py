"""Which browser origins may read answers, and the headers that tell them (Fetch standard, section 3.3).

Knows no channel.
"""

from collections.abc import Iterable, Mapping

ANY = "*"
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
HEADERS = ("content-type", "authorization", "accept", "x-api-key", "idempotency-key", "x-request-id")
EXPOSED = "x-request-id, retry-after, ratelimit, ratelimit-policy, idempotent-replayed, x-cache, age"
MAX_AGE_SECONDS = 600

Header = tuple[str, str]


class CorsPolicy:
    """One policy, its headers ready-made.

    Args:
        origins: Origins that are allowed; `*` means every one.
        methods: What a preflight is told; `*` means every one.
        headers: Likewise.
    """

    def __init__(
        self, origins: Iterable[str], methods: Iterable[str] = METHODS, headers: Iterable[str] = HEADERS
    ) -> None:
        self.origins = frozenset(origin if origin == ANY else origin.lower().rstrip("/") for origin in origins)
        self.any = ANY in self.origins
        self._methods = ", ".join(method.upper() for method in methods)
        self._headers = ", ".join(header.lower() for header in headers)
        # Answers differ by origin wherever not every origin is told the same, so caches must keep them apart.
        self.unread: tuple[Header, ...] = () if self.any else (("vary", "origin"),)
        self._read: tuple[Header, ...] = (*self.unread, ("access-control-expose-headers", EXPOSED))

    def allows(self, origin: str) -> bool:
        """Whether pages of `origin` may read answers."""
        return self.any or origin.lower() in self.origins

    def headers(self, origin: str) -> tuple[Header, ...]:
        """What an answer to a request of `origin` carries."""
        if not self.allows(origin):
            return self.unread
        return (("access-control-allow-origin", ANY if self.any else origin), *self._read)

    def preflight(self, origin: str) -> tuple[Header, ...]:
        """What the answer to a preflight carries; without permission in it, the browser stops there."""
        vary = ("vary", "origin, access-control-request-method, access-control-request-headers")
        if not self.allows(origin):
            return (vary,)
        return (
            ("access-control-allow-origin", ANY if self.any else origin),
            ("access-control-allow-methods", self._methods),
            ("access-control-allow-headers", self._headers),
            ("access-control-max-age", str(MAX_AGE_SECONDS)),
            vary,
        )


def is_preflight(method: str, headers: Mapping[str, str]) -> bool:
    """Whether a request only asks what it may (Fetch standard, section 3.3.1)."""
    return method == "OPTIONS" and "origin" in headers and "access-control-request-method" in headers
