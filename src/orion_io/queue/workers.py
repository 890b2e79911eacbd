"""Works on what waits: claims, runs the core, keeps the outcome, until it is told to stop. Knows no database.

An outcome that cannot be kept, because the database is away, is held until it can: the request is still ours unless
somebody took it over meanwhile, and then the fence says so.
"""

import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

import anyio

from orion_core.protocol import Job, PutBack
from orion_io.clock import Clock
from orion_io.driver import Driver
from orion_io.queue.ledger import Ledger
from orion_io.queue.work import Work, ending_of, failed_trace, interrupted_attempts, job_of, unstorable
from orion_io.storage import StorageUnavailable, StoreError, Unstorable
from orion_io.storage.queue_rows import Claim, Ending

RENEWALS = 3  # of one lease
FIRST_PAUSE = 0.1  # seconds after a first failure of the database; it doubles up to
LONGEST_PAUSE = 5.0
INTERNAL = "An internal error occurred"
MARGIN = 1.0  # seconds that keeping outcomes may take beyond what stopping was given

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class WorkRules:
    """How work is done.

    Args:
        workers: Requests worked on at once.
        timeout: Seconds that one may take.
        poll: Seconds between two looks for what other instances accepted, or what has become due.
        max_result: Bytes of the largest result that is kept; 0 for any.
    """

    workers: int
    timeout: float
    poll: float
    max_result: int


@dataclass
class Held:
    """A claim and what works on it."""

    claim: Claim
    scope: anyio.CancelScope = field(default_factory=anyio.CancelScope)


class Workers:
    """Works on requests of the queue.

    Args:
        ledger: The queue.
        driver: Runs them.
        clock: Tells the time and draws chance.
        rules: How.
    """

    def __init__(self, ledger: Ledger, driver: Driver, clock: Clock, rules: WorkRules) -> None:
        self._ledger = ledger
        self._driver = driver
        self._clock = clock
        self.rules = rules
        self.oversized = 0  # results that were too large to be kept
        self._held: dict[str, Held] = {}
        self._stopping = False
        self._idle = anyio.Event()
        self._give_up_at = 0.0  # means something once `_stopping` holds

    @property
    def active(self) -> int:
        """How many requests are being worked on."""
        return len(self._held)

    async def run(self) -> None:
        """Work until `stop` is called, or until it is cancelled."""
        async with anyio.create_task_group() as group:
            group.start_soon(self._renew)
            while not self._stopping:
                self._ledger.arrivals.clear()
                claims = await self._claim()
                for claim in claims:
                    held = self._held[claim.id] = Held(claim)
                    group.start_soon(self._work, held)
                if not claims or self.active >= self.rules.workers:
                    with anyio.move_on_after(self.rules.poll):
                        await self._ledger.arrivals.wait()
            await self._finish()
            group.cancel_scope.cancel()

    def wake(self) -> None:
        """Look at once whether there is something to do."""
        self._ledger.arrivals.set()

    async def stop(self, seconds: float) -> None:
        """Claim nothing more; what is under way after `seconds` is let go for somebody else, or for later."""
        self._give_up_at = self._clock.monotonic() + seconds
        self._stopping = True
        self.wake()
        with anyio.move_on_after(seconds + MARGIN + self.rules.poll):
            await self._idle.wait()

    async def _claim(self) -> list[Claim]:
        free = self.rules.workers - self.active
        if free <= 0:
            return []
        try:
            return await self._ledger.claim(free, frozenset(self._held))
        except StoreError:
            return []  # the ledger said so; what waits goes on waiting

    async def _renew(self) -> None:
        """Keep our leases; who has lost one stops working on it."""
        pause = self._ledger.terms.lease / 1_000_000 / RENEWALS
        while True:
            await anyio.sleep(pause)
            before = dict(self._held)
            with suppress(StoreError):  # while the database is away nobody can take anything over
                ours = await self._ledger.renew()
                for identity, held in before.items():
                    if identity not in ours and self._held.get(identity) is held:
                        logger.warning("lost the lease of a request", extra={"fields": {"trace_id": identity}})
                        held.scope.cancel()

    async def _work(self, held: Held) -> None:
        claim = held.claim
        ending: Ending | PutBack | None = None
        try:
            with held.scope:
                ending = await self._run(claim)
            if held.scope.cancelled_caught:
                await self._let_go(claim)
            elif type(ending) is PutBack:
                await self._put_back(claim, ending)
            elif type(ending) is Ending:
                await self._end(ending)
        finally:
            del self._held[claim.id]
            self.wake()

    async def _run(self, claim: Claim) -> Ending | PutBack:
        now = self._clock.monotonic()
        job: Job = job_of(claim, now + self.rules.timeout, self._clock.wall())
        try:
            outcome = await self._driver.work(job)
        except Exception:  # a mistake of ours must not take the other workers with it
            logger.exception("unexpected failure", extra={"fields": {"trace_id": claim.id, "channel": claim.channel}})
            outcome = failed_trace(job, INTERNAL)
        if type(outcome) is PutBack:
            return outcome
        took = (self._clock.monotonic() - now) * 1000
        work = Work(claim, self._ledger.terms.owner, took, self._clock.wall_us())
        ending = ending_of(work, outcome, self.rules.max_result)
        self.oversized += ending.status != outcome.status
        return ending

    async def _end(self, ending: Ending) -> None:
        try:
            ours = await self._insist(lambda: self._ledger.end(ending))
        except Unstorable as error:
            logger.warning("an outcome cannot be stored: %s", error.detail)
            ours = await self._insist(lambda: self._ledger.end(unstorable(ending)))
        if not ours:
            text = "an outcome is discarded: the request was taken over, or ended, meanwhile"
            logger.warning(text, extra={"fields": {"trace_id": ending.claim.id}})

    async def _put_back(self, claim: Claim, outcome: PutBack) -> None:
        attempts = claim.attempts_json
        await self._insist(lambda: self._ledger.put_back(claim, outcome.seconds, counts=False, attempts_json=attempts))

    async def _let_go(self, claim: Claim) -> None:
        """The server stops, or the lease is lost: whoever comes next need not wait for the lease to end."""
        attempts = interrupted_attempts(claim, self._ledger.terms.owner, self._clock.wall_us())
        with anyio.CancelScope(shield=True), anyio.move_on_after(MARGIN), suppress(StoreError):
            await self._ledger.put_back(claim, 0.0, counts=True, attempts_json=attempts)

    async def _insist(self, ask: Callable[[], object]) -> bool:
        """Ask until the database answers, or the time to stop is over."""
        pause = FIRST_PAUSE
        while True:
            try:
                return bool(await ask())  # type: ignore[misc] # a coroutine's function
            except StorageUnavailable:
                if self._stopping and self._clock.monotonic() >= self._give_up_at:
                    return True  # it stays claimed until its lease ends, and is worked on again
            await anyio.sleep(pause)
            pause = min(LONGEST_PAUSE, pause * 2)

    async def _finish(self) -> None:
        """Wait for what is under way, then let go of the rest."""
        while self._held and self._clock.monotonic() < self._give_up_at:
            await anyio.sleep(min(0.02, max(0.0, self._give_up_at - self._clock.monotonic())))
        for held in list(self._held.values()):
            held.scope.cancel()
        with anyio.move_on_after(MARGIN):
            while self._held:
                await anyio.sleep(0.02)
        self._idle.set()
