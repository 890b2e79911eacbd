"""Writes traces behind the requests: a thread of its own commits what gathered meanwhile. Knows no engine.

The producer is the event loop, for which `offer` makes a row and appends it: no lock, no signal. Each counter is
changed by one thread alone. The driver holds the interpreter lock while it binds a statement and releases it while the
statement runs. So rows go in by the handful, with a rest after each: bound by the hundred, requests would stand still
for milliseconds; bound without rests, the lock would be taken back before another thread had woken up.
"""

import os
import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import chain
from typing import Any

from orion_core.protocol import StoreTrace
from orion_io.storage.raw import RawConnect, RawConnection, RawRefused, RawUnavailable
from orion_io.storage.trace_rows import MOST, MYSQL, POSTGRES, STATEMENTS, row_of, spelt, weight

Row = tuple[Any, ...]
NICENESS = 10
BATCH = 1024  # rows of one transaction at most
HANDFUL = 32  # rows of one statement
BREATH = 0.0005  # seconds between statements
HURRY = 8 * BATCH  # rows that wait when there is no time to breathe, and statements take as much as they can
REST = 0.025  # seconds between commits, so that definitions get the write lock in between
# Seconds after each failed attempt; the last is the end. A database may be started again in a minute.
PAUSES = (0.05, 0.1, 0.2, 0.4, 0.8, *(1.6,) * 36, 0.0)
GRACE = 1.0  # seconds that closing may take beyond what it was given
REPORT_EVERY = 5.0  # seconds between reports of what was dropped


def _step_back() -> None:
    """Let requests go first where cores are short: traces may wait, and what cannot wait is dropped and counted."""
    with suppress(AttributeError, OSError):  # Linux alone gives threads priorities of their own
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)


class TraceWriter:
    """A bounded queue of traces and the thread that empties it.

    Args:
        connect: Opens the connection that writes; called in the thread, and again after a failure.
        monotonic: A clock in seconds.
        capacity_rows: At most so many traces wait.
        capacity_bytes: Their documents, and a little for each trace, take at most so much.
        report: Called in the thread, at most every few seconds, with how many traces were dropped since.
    """

    def __init__(
        self,
        connect: RawConnect,
        *,
        monotonic: Callable[[], float],
        capacity_rows: int,
        capacity_bytes: int,
        report: Callable[[int], None],
    ) -> None:
        self._connect = connect
        self._monotonic = monotonic
        self._report = report
        self._capacity_rows = capacity_rows
        self._capacity_bytes = capacity_bytes
        self._queue: deque[Row] = deque()
        self._append = self._queue.append
        # Counted by the producer alone, and by the thread alone:
        self._offered_rows = self._offered_bytes = self._refused = 0
        self._settled_rows = self._settled_bytes = self._lost = 0
        self._reported = 0
        self._report_after = 0.0
        self._connection: RawConnection | None = None
        self._closing = threading.Event()
        self._give_up_at = 0.0  # means something once `_closing` is set
        self._wake = threading.Event()
        self._settled = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="orion-traces", daemon=True)

    @property
    def dropped(self) -> int:
        """How many traces were offered and will never be stored."""
        return self._refused + self._lost

    @property
    def waiting(self) -> int:
        """How many traces are offered and not settled yet."""
        return self._offered_rows - self._settled_rows

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def offer(self, trace: StoreTrace, duration_ms: float, completed_at: int, /) -> bool:
        """Take a trace, or refuse and count it because too many wait. Never blocks; for one thread only.

        Args:
            trace: What the core knows of it.
            duration_ms: How long the request took.
            completed_at: When it ended, microseconds since the epoch, UTC.
        """
        if self._offered_rows - self._settled_rows >= self._capacity_rows:
            self._refused += 1
            return False
        row = row_of(trace, duration_ms, completed_at)
        taken = self._offered_bytes + weight(row)
        if taken - self._settled_bytes > self._capacity_bytes:
            self._refused += 1
            return False
        self._offered_rows += 1
        self._offered_bytes = taken
        self._append(row)
        return True

    def flush(self, timeout: float) -> bool:
        """Wait until everything offered so far is written or dropped.

        Args:
            timeout: Seconds to wait at most; blocks the calling thread meanwhile.

        Returns:
            Whether nothing of it waits any more.
        """
        target = self._offered_rows
        with self._settled:
            self._wake.set()
            return self._settled.wait_for(lambda: self._settled_rows >= target, timeout)

    def close(self, timeout: float) -> bool:
        """Refuse what is offered from now on, write what waits, and end the thread. Doing it twice is fine.

        Args:
            timeout: Seconds to try at most, blocking the caller; what waits then is dropped and counted.

        Returns:
            Whether everything that waited was written.
        """
        lost = self._lost
        self._capacity_rows = 0
        if not self._closing.is_set():
            self._give_up_at = self._monotonic() + timeout
            self._closing.set()
            self._wake.set()
        if self._thread.ident is not None:
            self._thread.join(timeout + GRACE)
        return self.waiting == 0 and self._lost == lost

    def _run(self) -> None:
        _step_back()
        while not self._closing.is_set():
            self._wake.wait(REST)
            self._wake.clear()
            self._drain(leave=BATCH)
            self._report_drops()
        self._drain(leave=1)
        self._disconnect()
        self._report_after = 0.0
        self._report_drops()

    def _drain(self, leave: int) -> None:
        """Write what waits now, and further batches until fewer than `leave` traces wait."""
        while self._queue:
            self._settle([self._queue.popleft() for _ in range(min(len(self._queue), BATCH))])
            if len(self._queue) < leave:
                return

    def _settle(self, batch: Sequence[Row]) -> None:
        """Write a batch or lose it, and give its room back either way."""
        late = self._closing.is_set() and self._monotonic() >= self._give_up_at
        self._lost += len(batch) - (0 if late else self._write(batch))
        freed = sum(map(weight, batch))
        with self._settled:
            self._settled_rows += len(batch)
            self._settled_bytes += freed
            self._settled.notify_all()

    def _write(self, batch: Sequence[Row]) -> int:
        """Try until it succeeds or the attempts are used up. Returns how many rows are stored."""
        for pause in PAUSES:
            try:
                return self._commit(batch)
            except RawUnavailable:  # locked, full, gone
                self._disconnect()
            except RawRefused:  # a row that cannot be stored must not take the others with it
                self._disconnect()
                return sum(map(self._write_alone, batch)) if len(batch) > 1 else 0
            if not self._rest(pause):
                break
        return 0

    def _write_alone(self, row: Row) -> int:
        return self._write([row])

    def _rest(self, seconds: float) -> bool:
        """Sleep before another attempt. Returns False when there is to be none."""
        if not self._closing.wait(seconds):
            return seconds > 0
        left = self._give_up_at - self._monotonic()
        return seconds > 0 and left > 0 and not threading.Event().wait(min(seconds, left))

    def _commit(self, batch: Sequence[Row]) -> int:
        connection = self._connection
        if connection is None:
            connection = self._connection = self._connect()
        connection.begin()
        done = 0
        while done < len(batch):
            hurry = len(self._queue) > HURRY or self._closing.is_set()
            done += self._insert(connection, batch[done : done + (MOST if hurry else HANDFUL)])
            if not hurry:
                self._closing.wait(BREATH)
        connection.commit()
        return done

    def _insert(self, connection: RawConnection, rows: Sequence[Row]) -> int:
        """Insert as many of these as the largest statement for them takes. Returns how many."""
        if connection.dialect == "mysql":
            connection.many(MYSQL, list(map(spelt, rows)))
            return len(rows)
        count = 1 << (len(rows).bit_length() - 1)
        if connection.dialect == "postgres":
            connection.change(POSTGRES[count], list(chain.from_iterable(map(spelt, rows[:count]))))
        else:
            connection.change(STATEMENTS[count], list(chain.from_iterable(rows[:count])))
        return count

    def _disconnect(self) -> None:
        """Let the connection go, and with it an open transaction."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _report_drops(self) -> None:
        dropped = self.dropped
        if dropped == self._reported or self._monotonic() < self._report_after:
            return
        self._report_after = self._monotonic() + REPORT_EVERY
        self._report(dropped - self._reported)
        self._reported = dropped
