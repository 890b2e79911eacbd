"""A claim on an idempotency key in a store that several processes share. Connects to nothing."""

from typing import Any

import cython

from orion_core.calls import CacheAdd, CacheSwap
from orion_core.connector import Connector
from orion_core.governance.duplicates import is_no_answer
from orion_core.governance.shared import STORE_PATIENCE, answer_record, claim_record
from orion_core.guard import DuplicateRule


@cython.final
@cython.cclass
class SharedClaim:
    """What one request says, and means to say, under its key.

    Args:
        rule: How repeated requests are recognised.
        store: Where the key is claimed.
        key: The idempotency key.
        owner: The request's id.
        fingerprint: Of the request; b"" where nobody compares it.
        now: Monotonic instant, seconds.
    """

    def __init__(
        self, rule: DuplicateRule, store: Connector, key: str, owner: str, fingerprint: bytes, now: cython.double
    ) -> None:
        self.rule = rule
        self.store = store
        self.key = rule.prefix + key
        self.owner = owner
        self.fingerprint = fingerprint
        self.at: cython.double = now
        self.pledge = claim_record(owner, fingerprint)

    @cython.ccall
    def ask(self, until: cython.double) -> Any:
        """The action that makes the claim, unless there is one; `until` is when the store must have answered."""
        return CacheAdd(self.store, until, self.key, self.pledge, self.rule.window)

    @cython.ccall
    def is_ours(self, found: object) -> cython.bint:
        """Whether the store, which says what stood there before, has our claim: a second try finds the first."""
        return found is None or found == self.pledge

    @cython.ccall
    def settle(self, status: cython.int, body: bytes, now: cython.double, wall: cython.double) -> tuple[Any, ...]:
        """Keep the answer under the key, or free it; a claim of others, made after ours ran out, is left alone.

        Args:
            status: Of the answer.
            body: Of the answer.
            now: Monotonic instant, seconds.
            wall: The same in Unix seconds.
        """
        until: cython.double = now + STORE_PATIENCE
        if is_no_answer(status):
            return (CacheSwap(self.store, until, self.key, self.pledge, None, 0.0),)
        left: cython.double = self.at + self.rule.window - now
        if not self.rule.replay or left <= 0.0:
            return ()
        record = answer_record(self.owner, self.fingerprint, status, body, wall)
        return (CacheSwap(self.store, until, self.key, self.pledge, record, left),)
