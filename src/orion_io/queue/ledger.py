"""The ledger of asynchronous work: everything that must not be lost goes through its one thread. Knows no engine.

Whatever was asked while the last commit ran goes into the next: there is no window to wait for, and under load one
commit serves hundreds. An answer is given when its commit is through, and not before. When one fails, all of it is
asked once more on a new connection, for every operation may be repeated; when that fails too, everybody is told, and
what was to be accepted is taken back as soon as the database is there again.
"""

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from orion_io.queue.operations import OPERATIONS
from orion_io.queue.room import Room
from orion_io.storage.errors import StorageUnavailable, Unstorable
from orion_io.storage.queue_rows import Backlog, Claim, Ending, Kept, Waiting
from orion_io.storage.queue_table import Places, QueueTable, Terms
from orion_io.storage.raw import RawConnect, RawConnection, RawRefused, RawUnavailable

MEASURE_EVERY = 1.0  # seconds between two looks at what waits in the database
MEASURE_SHARE = 50  # times what a look took, where much waits, until the next
RECOVER_EVERY = 1 / 3  # as a share of a lease, between two looks for leases that have run out
GRACE = 1 / 2  # as such a share, after connecting: who is alive renews what ran out while the database was away
RECOVERED = 100  # requests of one look
AGAIN = 1.0  # seconds until what was late is taken back once more
LEAST_REST = 0.05  # seconds between attempts to connect, of which refusals need not wait for
CLOSED = "The server is stopping"

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Asked:
    """An operation and who waits for it."""

    what: str
    value: Any
    future: "asyncio.Future[Any]"


class Ledger:
    """A thread with a connection of its own. All methods are for the event loop that started it.

    Args:
        connect: Opens a connection whose commits are on the disk.
        terms: What holds for claims and failures.
        room: How much may wait.
        wall_us: The clock of this machine, microseconds since the epoch.
        monotonic: A clock in seconds.
    """

    def __init__(
        self,
        connect: RawConnect,
        terms: Terms,
        room: Room,
        *,
        wall_us: Callable[[], int],
        monotonic: Callable[[], float],
    ) -> None:
        self.room = room
        self.terms = terms
        self.exhausted = 0  # dead letters that were given up
        self.arrivals = asyncio.Event()  # set when requests were accepted here, for those who work on them
        self._connect = connect
        self._wall_us = wall_us
        self._monotonic = monotonic
        self._asked: deque[Asked] = deque()
        self._wake = threading.Event()
        self._closing = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=self._run, name="orion-ledger", daemon=True)
        # Of the thread alone:
        self._raw: RawConnection | None = None
        self._table: QueueTable | None = None
        self._places = Places()
        self._measure_at = 0.0
        self._recover_at = 0.0
        self._committing = False
        self._doubtful: set[str] = set()  # refused, although they may have been kept
        self._doubt = False  # whether a connection was lost, and with it perhaps the news of a commit
        self._away = False  # whether the log knows that the database is

    def start(self) -> None:
        """Start the thread, from the event loop that will ask."""
        self._loop = asyncio.get_running_loop()
        self._thread.start()

    async def close(self, seconds: float) -> None:
        """Carry out what was asked and end the thread; what is asked from now on is refused."""
        self._closing.set()
        self._wake.set()
        await asyncio.to_thread(self._thread.join, seconds)

    # --- what may be asked ----------------------------------------------------------------------------------------

    async def accept(self, waiting: Waiting, seconds: float) -> None:
        """Keep a request; when this returns it cannot be lost. Who is cancelled meanwhile waits all the same.

        Args:
            waiting: The request.
            seconds: How long that may take; one that is late is taken back.

        Raises:
            QueueFull: There is no room.
            StorageUnavailable: It is not kept.
            Unstorable: It cannot be.
        """
        if self._closing.is_set():
            raise StorageUnavailable(CLOSED)
        self.room.take(waiting.size)
        future = self._enter("accept", waiting)
        until = self._monotonic() + seconds
        while not future.done() and (left := until - self._monotonic()) > 0:
            try:
                await asyncio.wait({future}, timeout=left)
            except asyncio.CancelledError:  # what is being kept cannot be called back, and must not be left behind
                task = asyncio.current_task()
                if task is not None:
                    task.uncancel()
        if not future.done():
            future.cancel()
            raise StorageUnavailable("The storage did not answer in time")
        future.result()

    async def claim(self, most: int, held: frozenset[str]) -> list[Claim]:
        """Take the oldest requests that may be worked on now.

        Args:
            most: How many at most.
            held: The ids of those that are ours already.

        Raises:
            StorageUnavailable: The database does not answer.
        """
        return list(await self._ask("claim", (most, held)))

    async def renew(self) -> frozenset[str]:
        """Hold all that is ours for another lease. Returns the ids that are still ours.

        Raises:
            StorageUnavailable: As `claim`.
        """
        return frozenset(await self._ask("renew", None))

    async def end(self, ending: Ending) -> bool:
        """Keep how an attempt ended. Returns whether it was still ours to end.

        Raises:
            StorageUnavailable: It is not known whether it is kept; ask again.
            Unstorable: It cannot be.
        """
        return bool(await self._ask("end", ending))

    async def put_back(self, claim: Claim, seconds: float, *, counts: bool, attempts_json: str | None) -> bool:
        """Let a claim go, for `seconds` at least. Returns whether it was still ours.

        Args:
            claim: Which.
            seconds: Not to be taken before.
            counts: Whether the attempt counts; one that did nothing does not.
            attempts_json: What is known of all attempts.

        Raises:
            StorageUnavailable: As `end`.
        """
        return bool(await self._ask("put_back", (claim, seconds, counts, attempts_json)))

    async def keep(self, kept: Kept) -> None:
        """Keep a trace that was worked on as it came; when this returns it cannot be lost. Twice is as good as once.

        Raises:
            StorageUnavailable: It is not known whether it is kept; ask again.
            Unstorable: It cannot be.
        """
        await self._ask("keep", kept)

    async def known(self, ids: Sequence[str]) -> frozenset[str]:
        """Which of these traces are there.

        Raises:
            StorageUnavailable: As `claim`.
        """
        return frozenset(await self._ask("known", ids))

    async def suspects(self) -> bool:
        """Whether requests wait that were worked on when a process died.

        Raises:
            StorageUnavailable: As `claim`.
        """
        return bool(await self._ask("suspects", None))

    async def convict(self, owner: str, reason: str) -> int:
        """Park what a process was working on, all by itself, when it died. Returns how many requests.

        Raises:
            StorageUnavailable: As `claim`.
        """
        return int(await self._ask("convict", (owner, reason)))

    async def _ask(self, what: str, value: object) -> Any:
        if self._closing.is_set():
            raise StorageUnavailable(CLOSED)
        return await self._enter(what, value)

    def _enter(self, what: str, value: object) -> "asyncio.Future[Any]":
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._asked.append(Asked(what, value, future))
        self._wake.set()
        return future

    def _answered(self, answers: list[tuple[Asked, Any]], backlog: Backlog | None) -> None:
        """Run by the event loop: a batch is through."""
        late = []
        for asked, value in answers:
            if asked.what == "accept":
                self.room.arrived(asked.value.size)
                self.arrivals.set()
                if asked.future.cancelled():
                    late.append(asked.value.id)
            elif asked.what == "claim":
                for claim in value:
                    self.room.left(claim.size)
            if not asked.future.done():
                asked.future.set_result(value)
        if backlog is not None:
            self.room.measured(backlog)
        if late:
            self._enter("withdraw", late)

    def _failed(self, batch: list[Asked], error: Exception) -> None:
        """Run by the event loop: a batch is not through."""
        for asked in batch:
            if asked.what == "accept":
                self.room.refused(asked.value.size)
            if asked.what == "withdraw":
                self._withdraw_later(asked.value)
            elif not asked.future.done():
                asked.future.set_exception(error)

    def _withdraw_later(self, ids: Sequence[str]) -> None:
        """What is to be taken back is not forgotten while the database is away."""
        if not self._closing.is_set():
            asyncio.get_running_loop().call_later(AGAIN, self._enter, "withdraw", ids)

    # --- the thread -----------------------------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._closing.is_set() or self._asked:
            if not self._asked:
                self._wake.wait()
            self._wake.clear()
            batch = [self._asked.popleft() for _ in range(len(self._asked))]
            if batch:
                self._serve(batch)
        self._disconnect()

    def _serve(self, batch: list[Asked]) -> None:
        """Carry out a batch and answer it, whatever happens."""
        try:
            self._answer(*self._twice(batch))
        except RawRefused as error:
            self._disconnect()
            if len(batch) == 1:
                text = "A value is too large, or holds characters that cannot be stored"
                self._fail(batch, Unstorable(text, error.detail))
            else:
                for each in batch:  # one of them is to blame: each for itself, so that it is told alone
                    self._serve([each])
        except RawUnavailable as error:
            self._tell_away(error)
            self._fail(batch, StorageUnavailable("The storage is unavailable", error.detail))
        except Exception as error:  # a mistake of ours must not end the thread
            logger.exception("the ledger failed")
            self._disconnect()
            self._fail(batch, error)

    def _twice(self, batch: list[Asked]) -> tuple[list[tuple[Asked, Any]], Backlog | None]:
        """Carry out a batch; once more on a new connection where the first was lost."""
        self._committing = unsure = False
        for last in (False, True):
            try:
                return self._commit(batch)
            except RawUnavailable:
                self._disconnect()
                unsure = unsure or self._committing
                self._committing = False
                self._doubt = True
                if last and unsure:
                    self._doubtful.update(each.value.id for each in batch if each.what == "accept")
                if last:
                    raise
        raise AssertionError  # it is told above

    def _commit(self, batch: list[Asked]) -> tuple[list[tuple[Asked, Any]], Backlog | None]:
        """One transaction."""
        raw = self._raw
        if raw is None:
            raw = self._raw = self._connect()
            self._recover_at = self._monotonic() + self.terms.lease / 1_000_000 * GRACE
            self._table = QueueTable(raw, self.terms, self._places, self._wall_us, doubt=self._doubt)
        table: QueueTable = self._table  # type: ignore[assignment] # made with the connection
        raw.begin()
        if self._doubtful:
            table.undo(self._doubtful)
        now = table.now()
        self._recover(table, now)
        answers: list[tuple[Asked, Any]] = []
        for what, operation in OPERATIONS.items():
            asked = [each for each in batch if each.what == what]
            if asked:
                answers.extend(zip(asked, operation(table, [each.value for each in asked], now), strict=True))
        backlog = self._look(table)
        self._committing = True
        raw.commit()
        self._committing = False
        self.exhausted += table.exhausted
        table.exhausted = 0
        self._doubtful.clear()
        if self._away:
            self._away = False
            logger.info("the storage answers again")
        return answers, backlog

    def _recover(self, table: QueueTable, now: int) -> None:
        """Every now and then, look for leases that have run out."""
        if self._monotonic() < self._recover_at:
            return
        self._recover_at = self._monotonic() + self.terms.lease / 1_000_000 * RECOVER_EVERY
        lost = table.recover(RECOVERED, now)
        if lost:
            logger.warning("found work whose owner was lost", extra={"fields": {"requests": lost}})

    def _look(self, table: QueueTable) -> Backlog | None:
        if self._monotonic() < self._measure_at:
            return None
        began = self._monotonic()
        backlog = table.backlog()
        self._measure_at = began + max(MEASURE_EVERY, (self._monotonic() - began) * MEASURE_SHARE)
        return backlog

    def _tell_away(self, error: RawUnavailable) -> None:
        self._disconnect()
        if not self._away:
            self._away = True
            logger.warning("the storage does not answer: %s", error.detail)
        self._closing.wait(LEAST_REST)

    def _disconnect(self) -> None:
        if self._raw is not None:
            self._raw.close()
            self._raw = self._table = None

    def _answer(self, answers: list[tuple[Asked, Any]], backlog: Backlog | None) -> None:
        self._tell(self._answered, answers, backlog)

    def _fail(self, batch: list[Asked], error: Exception) -> None:
        self._tell(self._failed, batch, error)

    def _tell(self, callback: Callable[..., None], *arguments: object) -> None:
        """Enter the event loop once for a whole batch."""
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(callback, *arguments)
