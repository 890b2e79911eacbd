"""Headers that stand on every response, errors included, and the request id. Knows no endpoint."""

import re
from collections.abc import Iterable

Header = tuple[bytes, bytes]

SECURITY: tuple[Header, ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"strict-origin-when-cross-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
)
CONTENT_POLICY: Header = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
TRANSPORT_SECURITY: Header = (b"strict-transport-security", b"max-age=63072000; includeSubDomains")  # RFC 6797

# What a caller's own id may look like: short, printable, harmless in a log line.
_REQUEST_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/+=@-]{0,127}")


def request_id_of(given: str | None, fresh: str) -> str:
    """The caller's `x-request-id` when it is harmless, else a fresh one."""
    return given if given is not None and _REQUEST_ID.fullmatch(given) else fresh


class StandardHeaders:
    """What stands on every response.

    Args:
        tls: Whether the server is reached by TLS, so that browsers may be told to insist on it.
    """

    def __init__(self, *, tls: bool = False) -> None:
        hsts = (TRANSPORT_SECURITY,) if tls else ()
        self.plain: tuple[Header, ...] = (*SECURITY, CONTENT_POLICY, *hsts)
        self._names = frozenset(name for name, _ in self.plain)
        self.json: tuple[Header, ...] = (*self.plain, (b"content-type", b"application/json"))

    def of(
        self, request_id: str, extra: Iterable[tuple[str, str]], content_type: str
    ) -> tuple[tuple[Header, ...], list[Header]]:
        """What an answer outside the fast path carries: `standing` and `own` of its reply.

        What it brings itself wins over the defaults.
        """
        own = [(name.encode("ascii"), value.encode("latin-1", "replace")) for name, value in extra]
        if content_type:
            own.append((b"content-type", content_type.encode("ascii")))
        own.append((b"x-request-id", request_id.encode("ascii")))
        brought = {name for name, _ in own}
        if brought.isdisjoint(self._names):
            return self.plain, own
        return tuple(header for header in self.plain if header[0] not in brought), own
