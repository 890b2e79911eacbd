"""Who may use the admin API. Knows keys and headers, no endpoint.

A key is compared in constant time whatever its length: both sides are hashed first. The principal of the audit log is
a fingerprint, never a part of the key.
"""

import hmac
from collections.abc import Iterable, Mapping
from hashlib import sha256

from orion_server.exchange import Refusal

PROTECTED = "/api/v1/admin"
TRACES = "/api/v1/data/traces"


class Authentication:
    """Checks the credentials of admin requests.

    Args:
        enabled: Whether any are asked for.
        keys: The keys that are accepted.
        header: `Authorization` (as a bearer token, RFC 6750) or the name of a header that holds the bare key.
    """

    def __init__(self, *, enabled: bool, keys: Iterable[str], header: str) -> None:
        self._enabled = enabled
        self._digests = [sha256(key.encode()).digest() for key in keys if key]
        self._header = header.lower()
        self._shown = header

    def principal(self, path: str, headers: Mapping[str, str]) -> str:
        """Who calls.

        Args:
            path: The request's path.
            headers: Values under lower-case names.

        Returns:
            "anonymous" where nobody is asked, else "key:" and a fingerprint.

        Raises:
            Refusal: 401, the credentials are missing or wrong.
        """
        if not self._enabled or not is_protected(path):
            return "anonymous"
        digest = sha256(self._key(headers).encode("utf-8", "surrogateescape")).digest()
        matches = [hmac.compare_digest(digest, known) for known in self._digests]
        if not any(matches):
            raise self._refusal("Invalid API key")
        return f"key:{digest.hex()[:8]}"

    def _key(self, headers: Mapping[str, str]) -> str:
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
        challenge = (("www-authenticate", "Bearer"),) if self._header == "authorization" else ()
        return Refusal(401, "UNAUTHORIZED", message, reason="unauthorized", headers=challenge)


def is_protected(path: str) -> bool:
    """Whether a path asks for credentials when authentication is on: the admin API and stored traces."""
    return any(path == root or path.startswith(root + "/") for root in (PROTECTED, TRACES))
