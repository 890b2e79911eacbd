"""Idempotency keys seen in a window, and the answers they got. Knows no request.

A key is claimed before the work begins and settled when it ended: with an answer, that is kept for the rest of the
window, or without one, so that the caller may try again. When there is no room, nothing is claimed: a store that
forgot keys would let a payment through twice (docs/decisions/0015).
"""

from typing import Any

import cython


@cython.final
@cython.cclass
class Claim:
    """One key: who has it, for how long, and what came of it.

    Args:
        key: The key.
        fingerprint: Of the request that claimed it.
        expires: Monotonic instant, seconds.
    """

    def __init__(self, key: str, fingerprint: bytes, expires: cython.double) -> None:
        self.key = key
        self.fingerprint = fingerprint
        self.expires = expires
        self.answer: Any = None  # None while the work goes on

    @property
    def size(self) -> int:
        """Bytes it takes, about."""
        return 256 + len(self.key) + (0 if self.answer is None else len(self.answer.body))


class Full(Exception):
    """There is no room for another key."""


@cython.final
@cython.cclass
class Window:
    """The claims of one channel.

    Args:
        max_keys: Claims at most.
        max_bytes: What they and their answers take at most.
    """

    def __init__(self, max_keys: cython.Py_ssize_t, max_bytes: cython.Py_ssize_t) -> None:
        self.max_keys = max_keys
        self.max_bytes = max_bytes
        self.weight = 0
        self.claims: dict[str, Claim] = {}  # in the order of their claiming, so nearly of their expiry

    def __len__(self) -> int:
        return len(self.claims)

    @cython.ccall
    def find(self, key: str, now: cython.double) -> Any:
        """Who has claimed a key; None when nobody has."""
        claim = self.claims.get(key)
        if claim is not None and claim.expires <= now and claim.answer is not None:
            self.free(claim)
            return None
        return claim

    @cython.ccall
    def claim(self, key: str, fingerprint: bytes, now: cython.double, window: cython.double) -> Claim:
        """Claim a key that nobody has.

        Args:
            key: The key.
            fingerprint: Of the request.
            now: Monotonic instant, seconds.
            window: Seconds that the claim lasts.

        Raises:
            Full: There is no room.
        """
        self.purge(now)
        if len(self.claims) >= self.max_keys or self.weight >= self.max_bytes:
            raise Full
        claim = Claim(key, fingerprint, now + window)
        self.claims[key] = claim
        self.weight += claim.size
        return claim

    @cython.ccall
    def settle(self, claim: Claim, answer: object) -> None:
        """Keep the answer of a claim until its window ends."""
        if self.claims.get(claim.key) is claim:
            self.weight -= claim.size
            claim.answer = answer
            self.weight += claim.size

    @cython.ccall
    def free(self, claim: Claim) -> None:
        """Give a key up."""
        if self.claims.get(claim.key) is claim:
            self.weight -= claim.size
            del self.claims[claim.key]

    @cython.cfunc
    def purge(self, now: cython.double) -> None:
        """Forget what expired, from the front; a claim whose work goes on stands as long as that."""
        while self.claims:
            claim: Claim = next(iter(self.claims.values()))
            if claim.expires > now or claim.answer is None:
                return
            self.free(claim)


@cython.ccall
def is_no_answer(status: cython.int) -> cython.bint:
    """Whether an answer's status says that the request may be made again under its key."""
    return status >= 500 or status == 429 or status == 499
