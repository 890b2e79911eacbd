"""Who may use the admin API. Knows keys and headers, no endpoint.

A key is compared in constant time whatever its length: both sides are hashed first, and every known key is compared.
The principal of the audit log is the key's name, or a fingerprint; never a part of the key.
"""

import hmac
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from math import ceil
from typing import Literal

from orion_core import RateLimiter
from orion_io.clock import Clock
from orion_server.exchange import Refusal

PROTECTED = "/api/v1/admin"
TRACES = "/api/v1/data/traces"
METRICS = "/metrics"
MCP = "/mcp"
MINUTE = 60.0
CLIENTS = 10_000  # whose failures are remembered

Role = Literal["read", "write"]


@dataclass(frozen=True)
class Key:
    """A key that is accepted.

    Args:
        secret: What the caller shows.
        role: `write` for everything, `read` for what changes nothing.
        name: How the audit log names who has it; a fingerprint when not given.
    """

    secret: str
    role: Role = "write"
    name: str = ""

    def __repr__(self) -> str:
        """Without the secret, whoever prints it."""
        return f"Key(name={self.name!r}, role={self.role!r})"


@dataclass(frozen=True)
class Caller:
    """Who calls, and what for."""

    principal: str
    role: Role


ANYBODY = Caller("anonymous", "write")


class Authentication:
    """Checks the credentials of admin requests.

    Args:
        enabled: Whether any are asked for.
        keys: Those that are accepted.
        header: `Authorization` (as a bearer token, RFC 6750) or the name of a header that holds the bare key.
        failures_per_minute: How many wrong keys one client may show before it has to wait.
        clock: Tells the time.
        public: Paths that ask for none all the same.
    """

    def __init__(
        self,
        *,
        enabled: bool,
        keys: Iterable[Key],
        header: str,
        failures_per_minute: int,
        clock: Clock,
        public: Collection[str] = (),
    ) -> None:
        self._enabled = enabled
        self._public = frozenset(public)
        self._known = [(sha256(key.secret.encode()).digest(), key) for key in keys]
        self._header = header.lower()
        self._shown = header
        self._failures = RateLimiter(failures_per_minute / MINUTE, failures_per_minute, CLIENTS)
        self._clock = clock
        self.refusals = 0  # how often credentials were missing or wrong

    def caller(self, path: str, headers: Mapping[str, str], client: str) -> Caller:
        """Who calls.

        Args:
            path: The request's path.
            headers: Values under lower-case names.
            client: Address of the caller; wrong keys are counted by it.

        Raises:
            Refusal: 401, the credentials are missing or wrong; 429, they were wrong too often.
        """
        if not self._enabled or path in self._public or not is_protected(path):
            return ANYBODY
        secret = self._secret(headers)
        now = self._clock.monotonic()
        self._refuse_guessing(client, now)
        digest = sha256(secret.encode("utf-8", "surrogateescape")).digest()
        matches = [key for known, key in self._known if hmac.compare_digest(digest, known)]
        if not matches:
            self._failures.take(client, now)
            raise self._refusal("Invalid API key")
        return Caller(f"key:{matches[0].name or digest.hex()[:8]}", matches[0].role)

    def _refuse_guessing(self, client: str, now: float) -> None:
        wait = self._failures.peek(client, now)
        if wait > 0:
            text = f"Too many wrong keys; try again in {ceil(wait)} s"
            raise Refusal(429, "RATE_LIMITED", text, "too_many_failures", headers=(("retry-after", str(ceil(wait))),))

    def _secret(self, headers: Mapping[str, str]) -> str:
        value = headers.get(self._header)
        if not value:
            raise self._refusal(f"Missing {self._shown} header")
        if self._header != "authorization":
            return value
        scheme, _, key = value.partition(" ")
        if scheme.lower() != "bearer" or not key:
            raise self._refusal("Authorization header must use 'Bearer <token>' format")
        return key

    def _refusal(self, message: str) -> Refusal:
        self.refusals += 1
        challenge = (("www-authenticate", "Bearer"),) if self._header == "authorization" else ()
        return Refusal(401, "UNAUTHORIZED", message, reason="unauthorized", headers=challenge)


def is_protected(path: str) -> bool:
    """Whether a path asks for credentials when authentication is on: the admin API, stored traces, metrics, MCP."""
    return any(path == root or path.startswith(root + "/") for root in (PROTECTED, TRACES, METRICS, MCP))
