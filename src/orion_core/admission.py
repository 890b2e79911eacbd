"""The checks between a channel's door and its workflows, in their order. Knows no workflow.

rate limit → (body) → validation → duplicates → cache → capacity; the first that says no is the answer. What a check
takes for the request (a place, a claim, the lead in making an answer) is given back by `leave`, however it ends.
docs/decisions/0007 lists the whole order, with what comes before. Keys and answers are kept in the memory of this
process, or in a store that several share: then the check asks for an action, and goes on with what `hear` was told.
"""

from typing import Any

import cython

from orion_core.calls import UNASKED, CacheGet, CachePut, RateTake
from orion_core.connector import Connector
from orion_core.failures import (
    AT_CAPACITY,
    DEDUPLICATION_UNAVAILABLE,
    DUPLICATE,
    IN_FLIGHT,
    INVALID_KEY,
    KEY_REUSED,
    Failure,
)
from orion_core.governance.concurrency import Permits
from orion_core.governance.duplicates import Full, is_no_answer
from orion_core.governance.governor import ChannelMemory
from orion_core.governance.response_cache import Kept, ResponseCache
from orion_core.governance.shared import STORE_PATIENCE, answer_record, read_record, short_key
from orion_core.guard import CacheRule, DuplicateRule, Guard
from orion_core.input_check import input_flaw
from orion_core.logic.node import Evaluation
from orion_core.protocol import Done, Failed, LapseNote, Request, Ticket, Wake
from orion_core.rate_check import RateCheck
from orion_core.request_keys import answer_key, bare_key, fingerprint_of
from orion_core.shared_claim import SharedClaim

# What a request is asked next.
LATE_LIMIT: cython.int = 0
VALIDATION: cython.int = 1
DUPLICATES: cython.int = 2
CACHE: cython.int = 3
CAPACITY: cython.int = 4
ADMITTED: cython.int = 5

# What it is asked, a bit for each: all of it for an answer; of a request that is worked on later, what can be told when
# it comes, and when it is worked on whether there is a place; of a record of a topic, what needs no caller.
ANSWERING: cython.int = 0b11111
SUBMITTING: cython.int = 0b00111
WORKING: cython.int = 0b10000
CONSUMING: cython.int = 0b10011

MAX_KEY = 255  # characters of an idempotency key
BUSY_RETRY = 1.0  # seconds after which a caller may ask again for what is being done


@cython.final
@cython.freelist(16)  # type: ignore[no-untyped-call]  # the stub leaves it untyped
@cython.cclass
class Admission:
    """One request's way through the checks of a guarded channel."""

    @cython.cfunc
    def prepare(self, guard: Guard, request: Request, channel: str, cache: ResponseCache) -> None:
        self.guard = guard
        self.memory: ChannelMemory = guard.memory
        self.request = request
        self.channel = channel
        self.cache = cache
        self.next = LATE_LIMIT
        self.asks = ANSWERING
        self.headers: tuple[Any, ...] = ()
        # What it holds:
        self.permit = False
        self.claim: Any = None
        self.wanted: Any = None  # the key of its answer in the cache
        self.leads = False  # whether it is making that answer
        self.ticket: Any = None  # while it waits
        # On a store that is shared:
        self.rating: Any = None  # its rate limit, while that outcome is due
        self.until: cython.double = 0.0  # by when it must have answered
        self.asked = False  # whether an outcome is due
        self.outcome: Any = None  # and what it was
        self.shared: Any = None  # its claim there
        self.looked = False  # whether its answer was looked for there
        self.notes: tuple[Any, ...] = ()

    @cython.ccall
    def limit(self, view: object, evaluation: Evaluation, now: cython.double) -> object:
        """Ask the rate limit, for the key that `view` gives.

        Returns:
            None, or a `Failure`; or an action to carry out and `hear` the outcome of, before this is asked again.
        """
        check: RateCheck = self.rating
        if check is None:
            check = RateCheck(self.guard.rate, self.memory, self.channel)
            verdict = check.ask(view, evaluation, self.request.client, now)
        else:
            outcome = self.heard()
            self.lapse(self.memory.cluster.store, "RateTake", outcome)
            verdict = check.hear(outcome, now)
        self.asked = type(verdict) is RateTake
        self.rating = check if self.asked else None
        self.headers += check.headers
        return verdict

    @cython.cfunc
    def store_of(self, own: Any) -> Any:
        """Where keys and answers are known: a store of the channel's own, else the cluster's; None for this process."""
        if own is not None or self.memory.cluster is None:
            return own
        return self.memory.cluster.store

    @cython.cfunc
    def lapse(self, store: Connector, what: str, outcome: Any) -> None:
        """Note that a store failed, if it did, and the request goes on; what it was not even asked is no news."""
        if type(outcome) is Failed and outcome.code != UNASKED:
            self.notes += (LapseNote(store.name, what, outcome.code, outcome.detail),)

    @cython.ccall
    def decide(
        self, view: dict[str, Any], evaluation: Evaluation, now: cython.double, deadline: cython.double
    ) -> object:
        """Ask what is left to ask.

        Args:
            view: What logic about the request sees.
            evaluation: The request's logic budget.
            now: Monotonic instant, seconds.
            deadline: By when the request must be answered.

        Returns:
            None when the request is admitted; a `Failure`; a `Kept` answer that is given instead; or, before this is
            called again, a `Ticket` to wait for, or an action to carry out and `hear` the outcome of.
        """
        self.until = min(deadline, now + STORE_PATIENCE)
        while self.next < ADMITTED:
            step = self.next
            verdict = self.ask(step, view, evaluation, now) if self.asks >> step & 1 else None
            if verdict is not None:
                return verdict
            self.next = step + 1
        return None

    @cython.cfunc
    def ask(self, step: cython.int, view: dict[str, Any], evaluation: Evaluation, now: cython.double) -> object:
        """Ask one check, where the channel has it."""
        if step == LATE_LIMIT:
            if self.guard.rate is not None and (self.guard.rate.needs_body or self.rating is not None):
                return self.limit(view, evaluation, now)
        elif step == VALIDATION:
            if self.guard.validation is not None:
                return input_flaw(self.guard.validation, view, evaluation)
        elif step == DUPLICATES:
            if self.guard.duplicates is not None:
                return self.recognise(view, now)
        elif step == CACHE:
            if self.guard.cache is not None:
                return self.look_up(view, evaluation, now)
        elif self.guard.capacity is not None:
            return self.enter()
        return None

    @cython.ccall
    def hear(self, outcome: object) -> object:
        """Take the outcome of what `decide` asked for last."""
        if self.asked:
            self.asked = False
            self.outcome = outcome
        return None

    @cython.cfunc
    def heard(self) -> object:
        """The outcome that was told, once; None when nothing was asked yet."""
        outcome = self.outcome
        self.outcome = None
        return outcome

    # --- duplicates -----------------------------------------------------------------------------------------------

    @cython.cfunc
    def recognise(self, view: dict[str, Any], now: cython.double) -> object:
        """Claim the request's idempotency key, or say what has become of it already."""
        rule: DuplicateRule = self.guard.duplicates
        given = self.request.headers.get(rule.header)
        if given is None:
            return None
        key = bare_key(given)
        if not 0 < len(key) <= MAX_KEY:
            return Failure(INVALID_KEY, f"{rule.header} must hold 1 to {MAX_KEY} characters")
        fingerprint = fingerprint_of(self.request, view) if rule.replay else b""
        store = self.store_of(rule.store)
        if store is not None:
            return self.claim_shared(rule, store, key, fingerprint, now)
        return self.claim_here(rule, key, fingerprint, now)

    @cython.cfunc
    def claim_here(self, rule: DuplicateRule, key: str, fingerprint: bytes, now: cython.double) -> object:
        """Claim a key in this process."""
        known = self.memory.window.find(key, now)
        if known is not None:
            return self.repeated(known.fingerprint, known.answer, key, fingerprint)
        try:
            self.claim = self.memory.window.claim(key, fingerprint, now, rule.window)
        except Full:
            text = f"Channel '{self.channel}' cannot remember another idempotency key now"
            return Failure(DEDUPLICATION_UNAVAILABLE, text)
        return None

    @cython.cfunc
    def claim_shared(
        self, rule: DuplicateRule, store: Connector, key: str, fingerprint: bytes, now: cython.double
    ) -> object:
        """Claim a key in a store; what cannot be asked is not claimed, and given back all the same if it was."""
        outcome: Any = self.heard()
        if outcome is None:
            self.shared = SharedClaim(rule, store, key, self.request.id, fingerprint, now)
            self.asked = True
            return self.shared.ask(self.until)
        if type(outcome) is not Done:
            if rule.store is None and self.memory.cluster.unclaimed:
                self.lapse(store, "CacheAdd", outcome)
                return self.claim_here(rule, key, fingerprint, now)
            return self.unknowable(f"connector '{store.name}': {outcome.detail}")
        if self.shared.is_ours(outcome.value):
            return None
        self.shared = None
        record = read_record(outcome.value)
        if record is None:
            return self.unknowable(f"{rule.prefix}{key} holds what is no record of ours")
        answer = Kept(record.status, record.body, now, now) if record.status else None
        return self.repeated(record.fingerprint, answer, key, fingerprint)

    @cython.cfunc
    def unknowable(self, detail: str) -> object:
        """Whether a key was seen cannot be told; the `detail` is the operator's to read."""
        text = f"Channel '{self.channel}' cannot ask for idempotency keys now"
        return Failure(DEDUPLICATION_UNAVAILABLE, text, detail)

    @cython.cfunc
    def repeated(self, first: bytes, answer: Any, key: str, fingerprint: bytes) -> object:
        """What the second request under a key gets; `first` is the fingerprint of the first, `answer` what it got."""
        self.memory.repeats += 1
        if not self.guard.duplicates.replay:
            return Failure(DUPLICATE, f"Duplicate request: idempotency key '{key}' already seen")
        if first != fingerprint:
            return Failure(KEY_REUSED, f"Idempotency key '{key}' was used for another request")
        if answer is None:
            text = f"The first request with idempotency key '{key}' is still under way"
            return Failure(IN_FLIGHT, text, retry_after=BUSY_RETRY)
        self.headers += (("idempotent-replayed", "true"),)
        return answer

    # --- cache ----------------------------------------------------------------------------------------------------

    @cython.cfunc
    def look_up(self, view: dict[str, Any], evaluation: Evaluation, now: cython.double) -> object:
        """Find an answer, wait for whoever makes it, or undertake to make it."""
        rule: CacheRule = self.guard.cache
        if self.wanted is None:
            self.wanted = answer_key(rule, self.request, view)
        key: bytes = self.wanted
        self.ticket = None
        kept = self.cache.find(key, now)
        store = self.store_of(rule.store)
        if kept is None and store is not None and not self.looked:
            outcome: Any = self.heard()
            if outcome is None:
                self.asked = True
                return CacheGet(store, self.until, short_key(rule.prefix, key))
            self.looked = True
            kept = self.fetched(rule, store, outcome, evaluation.now, now)
        if kept is not None:
            self.memory.hits += 1
            self.headers += (("x-cache", "hit"), ("age", str(int(now - kept.at))))
            return kept
        if self.cache.lead(key):
            self.leads = True
            self.memory.misses += 1
            self.headers += (("x-cache", "miss"),)
            return None
        self.ticket = Ticket()
        self.cache.follow(key, self.ticket)
        return self.ticket

    @cython.cfunc
    def fetched(self, rule: CacheRule, store: Connector, outcome: Any, wall: cython.double, now: cython.double) -> Any:
        """The answer that a store gave, kept here too for as long as it holds; None without one."""
        if type(outcome) is not Done:
            self.lapse(store, "CacheGet", outcome)
            return None
        record = None if outcome.value is None else read_record(outcome.value)
        if record is None:
            return None
        age: cython.double = max(0.0, wall - record.at)
        if age >= rule.ttl:
            return None
        kept = Kept(record.status, record.body, now - age, now - age + rule.ttl)
        self.cache.keep(self.wanted, kept)
        return kept

    # --- capacity -------------------------------------------------------------------------------------------------

    @cython.cfunc
    def enter(self) -> object:
        """Take a place, or stand in line for one."""
        permits: Permits = self.memory.permits
        if self.ticket is not None:
            ticket: Ticket = self.ticket
            self.ticket = None
            if ticket.ready:
                self.permit = True
                return None
            permits.withdraw(ticket)
        elif permits.take():
            self.permit = True
            return None
        elif permits.line_limit > 0:
            standing = Ticket()
            if permits.stand(standing):
                self.ticket = standing
                return standing
        return Failure(AT_CAPACITY, f"Channel '{self.channel}' is at capacity")

    @cython.ccall
    def patience(self) -> cython.double:
        """How long a place in line is worth waiting for, seconds; `inf` in every other line."""
        return self.guard.capacity.queue_timeout if self.next == CAPACITY else float("inf")

    # --- the end --------------------------------------------------------------------------------------------------

    @cython.ccall
    def leave(
        self, status: cython.int, body: bytes, sound: cython.bint, now: cython.double, wall: cython.double
    ) -> tuple[Any, ...]:
        """Give back what the request holds.

        Args:
            status: Of its answer.
            body: Of its answer.
            sound: Whether the workflows ran without errors, so that the answer may be given to others.
            now: Monotonic instant, seconds.
            wall: The same in Unix seconds.

        Returns:
            The actions that are due by that.
        """
        due: tuple[Any, ...] = ()
        called: tuple[Any, ...] = ()
        if self.ticket is not None:
            if self.next == CAPACITY:
                called = self.memory.permits.withdraw(self.ticket)
            else:
                self.cache.desert(self.wanted, self.ticket)
            self.ticket = None
        if self.permit:
            self.permit = False
            called += self.memory.permits.release()
        if self.leads:
            self.leads = False
            if sound:
                rule: CacheRule = self.guard.cache
                self.cache.keep(self.wanted, Kept(status, body, now, now + rule.ttl))
                store = self.store_of(rule.store)
                if store is not None:
                    record = answer_record(self.request.id, b"", status, body, wall)
                    key = short_key(rule.prefix, self.wanted)
                    due += (CachePut(store, now + STORE_PATIENCE, key, record, rule.ttl),)
            called += self.cache.land(self.wanted)
        if self.claim is not None:
            self.settle_claim(status, body, now)
        if self.shared is not None:
            due += self.shared.settle(status, body, now, wall)
            self.shared = None
        return (*due, Wake(called)) if called else due

    @cython.cfunc
    def settle_claim(self, status: cython.int, body: bytes, now: cython.double) -> None:
        """Keep the answer under its key; one that was no answer to the request frees the key."""
        if is_no_answer(status):
            self.memory.window.free(self.claim)
        else:
            kept = body if self.guard.duplicates.replay else b""
            self.memory.window.settle(self.claim, Kept(status, kept, now, now))
        self.claim = None


@cython.ccall
def new_admission(guard: Guard, request: Request, channel: str, cache: ResponseCache) -> Admission:
    """An admission, made without a call of `__init__`, which would be a third of its cost.

    Args:
        guard: What the channel asks for.
        request: The request.
        channel: The channel's name.
        cache: Where answers are kept.
    """
    made: Admission = Admission.__new__(Admission)
    made.prepare(guard, request, channel, cache)
    return made
