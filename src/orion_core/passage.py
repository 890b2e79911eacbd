"""One call's way past the breaker of its connector: asked before, told after. Makes no call itself.

The breaker is this process's own, or the cluster's: then both questions are actions, and this process's own follows
what they are answered, so that it knows where things stand when the cluster's store is away and it has to decide alone.
"""

from typing import Any

import cython

from orion_core.calls import BreakerAsk, BreakerTell
from orion_core.failures import CIRCUIT_OPEN, Failure
from orion_core.governance.breaker import CLOSED, HALF_OPEN, REFUSED, Breaker
from orion_core.governance.shared import STORE_PATIENCE
from orion_core.protocol import Done


@cython.final
@cython.cclass
class Passage:
    """A call that is to be made, or under way.

    Args:
        breaker: This process's own.
        store: Leads to the cluster's; None for a server that remembers alone.
    """

    def __init__(self, breaker: Breaker, store: Any) -> None:
        self.breaker = breaker
        self.store = store
        self.era: cython.int = REFUSED
        self.word: Any = None  # by which the call is made, where the cluster has said it

    @cython.ccall
    def ask(self, now: cython.double) -> object:
        """Ask for the call. Returns None, a `Failure`, or an action whose outcome is for `hear`."""
        if self.store is None:
            return self.ask_here(now)
        return BreakerAsk(self.store, now + STORE_PATIENCE, self.breaker.key, self.breaker.pause)

    @cython.ccall
    def hear(self, outcome: object, now: cython.double) -> object:
        """Take the cluster's word, or without one decide here. Returns None or a `Failure`."""
        if type(outcome) is not Done:
            return self.ask_here(now)
        done: Done = outcome
        word: Any = done.value  # a `BreakerWord`
        self.breaker.follow(word.state, word.failures, word.wait, now)
        if not word.admitted:
            self.breaker.refuse()
            return self.refusal(now)
        self.word = word
        return None

    @cython.cfunc
    def ask_here(self, now: cython.double) -> object:
        self.era = self.breaker.admit(now)
        return self.refusal(now) if self.era == REFUSED else None

    @cython.cfunc
    def refusal(self, now: cython.double) -> object:
        breaker = self.breaker
        text = f"Circuit breaker open for connector '{breaker.connector}' on channel '{breaker.channel}'"
        return Failure(CIRCUIT_OPEN, text, retry_after=breaker.wait(now))

    @cython.ccall
    def tell(self, failed: cython.bint, now: cython.double) -> object:
        """Tell what became of the call. Returns None, or an action whose outcome is for `told`."""
        word: Any = self.word
        if word is None:
            if failed:
                self.breaker.failed(self.era, now)
            else:
                self.breaker.succeeded(self.era)
            return None
        if not failed and word.state == CLOSED and word.failures == 0:
            return None  # nothing there would change
        return self.tale("failed" if failed else "succeeded", now)

    @cython.ccall
    def told(self, outcome: object, now: cython.double) -> None:
        """Take the cluster's word on what it was told."""
        if type(outcome) is Done:
            done: Done = outcome
            word: Any = done.value  # a `BreakerWord`
            self.breaker.follow(word.state, word.failures, word.wait, now)
            if word.turned and word.state != CLOSED:
                self.breaker.trips += 1

    @cython.ccall
    def abandon(self, now: cython.double) -> object:
        """No call was made, or nobody will know what became of it. Returns None, or an action that is due by that."""
        word: Any = self.word
        if word is None:
            self.breaker.abandoned(self.era)
            return None
        return self.tale("abandoned", now) if word.state == HALF_OPEN else None

    @cython.cfunc
    def tale(self, end: str, now: cython.double) -> object:
        breaker = self.breaker
        until = now + STORE_PATIENCE
        return BreakerTell(self.store, until, breaker.key, self.word.era, end, breaker.threshold, breaker.pause)

    @cython.ccall
    def is_over(self) -> cython.bint:
        """Whether the breaker turned since the call was asked for, or the call is its probe: no other try then."""
        if self.word is None:
            return self.breaker.era != self.era or self.breaker.state == HALF_OPEN
        return self.word.state == HALF_OPEN or self.breaker.state != CLOSED
