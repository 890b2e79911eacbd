"""The durable queue in SQL: rows of `traces` that wait or are worked on. Knows no thread and begins no transaction.

A request is `pending` until somebody claims it, `running` while their lease holds, then `completed` or `failed`. Each
claim raises its fence, and nothing is written but under the fence of its writer: who lost a lease cannot end what
another has taken over, let alone what has ended. Leases are measured on the database's clock, where it has one, so that
instances need not agree on the time. Places are `?`; a raw connection spells them as its driver wants them.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from orion_io.selection import EVERYTHING, Selection
from orion_io.storage.attempts import attempts_with
from orion_io.storage.queue_rows import Backlog, Claim, Ending, Kept, Waiting
from orion_io.storage.raw import RawConnection
from orion_io.storage.records import TraceRecord
from orion_io.storage.sql_selection import chosen

# The database's clock in microseconds since the epoch; SQLite has none but that of its only machine.
CLOCKS = {
    "postgres": "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)",
    "mysql": "SELECT CAST(UNIX_TIMESTAMP(SYSDATE(6)) * 1000000 AS SIGNED)",
}
ONCE = {"mysql": "ON DUPLICATE KEY UPDATE id = id"}  # an id that is there already changes nothing
THERE = "ON CONFLICT (id) DO NOTHING"
LOCKED = {"postgres": "FOR UPDATE OF t SKIP LOCKED", "mysql": "FOR UPDATE SKIP LOCKED"}
PLACES = 1000  # places within a microsecond, so that what is accepted together keeps its order

ACCEPTED = (
    "id", "request_id", "channel", "channel_id", "channel_version", "mode", "status", "attempts", "crashes", "fence",
    "position", "size_bytes", "order_key", "created_at", "updated_at", "input_json", "metadata_json",
)  # fmt: skip
CLAIMED = (
    "id", "request_id", "channel", "channel_id", "fence", "attempts", "crashes", "size_bytes", "lease_owner",
    "started_at", "input_json", "metadata_json", "attempts_json",
)  # fmt: skip
KEPT = tuple(TraceRecord.__struct_fields__)
MOST_IDS = 500  # of one statement

PENDING = (
    "t.status = 'pending' AND t.crashes {crashes} AND (t.not_before IS NULL OR t.not_before <= ?) AND "
    "(t.order_key IS NULL OR NOT EXISTS (SELECT 1 FROM traces e WHERE e.order_key = t.order_key "
    "AND e.status IN ('pending', 'running') AND e.position < t.position))"
)


@dataclass(frozen=True)
class Terms:
    """What holds for every claim and every failure.

    Args:
        owner: Who claims.
        lease: How long a claim holds unless it is renewed, microseconds.
        suspects: Whether those are claimed that were worked on when a process died, or the others.
        deaths: So many of them and a request is parked.
        max_retries: Of a dead letter.
        backoff: Seconds before a dead letter's retry of a number, counted from 0.
        selection: The channels whose requests are claimed, by name.
    """

    owner: str
    lease: int
    suspects: bool
    deaths: int
    max_retries: int
    backoff: Callable[[int], float]
    selection: Selection = EVERYTHING


class Places:
    """The places of the queue's order that were given here: they grow even where the clock does not."""

    def __init__(self) -> None:
        self._last = 0

    def give(self, count: int, now: int) -> int:
        """The first of `count` places; `now` in microseconds."""
        first = max(now * PLACES, self._last + 1)
        self._last = first + count - 1
        return first


class QueueTable:
    """The queue, over one connection inside one transaction.

    Args:
        raw: The connection.
        terms: What holds for claims and failures.
        places: Gives each request its own.
        wall_us: The clock of this machine, microseconds since the epoch.
        doubt: Whether an earlier connection may have claimed what nobody was told of.
    """

    def __init__(
        self, raw: RawConnection, terms: Terms, places: Places, wall_us: Callable[[], int], *, doubt: bool = False
    ) -> None:
        self._raw = raw
        self._terms = terms
        self._places = places
        self._wall_us = wall_us
        self._doubt = doubt
        self.exhausted = 0  # dead letters given up, whether that is committed or not
        self._once = ONCE.get(raw.dialect, THERE)
        crashes = "> 0" if terms.suspects else "= 0"
        condition, self._chosen = chosen(terms.selection, "t.channel", raw.dialect)
        self._next = (
            f"SELECT {', '.join(f't.{name}' for name in CLAIMED)} FROM traces t "  # noqa: S608 - names of ours
            f"WHERE {PENDING.format(crashes=crashes)}{condition} "
            f"ORDER BY t.position LIMIT ? {LOCKED.get(raw.dialect, '')}"
        )
        waiting = f"t.status = 'pending' AND t.crashes > 0{condition}"
        self._suspects = f"SELECT 1 FROM traces t WHERE {waiting} LIMIT 1"  # noqa: S608 - as above

    def now(self) -> int:
        """The instant by which leases are measured, microseconds since the epoch."""
        clock = CLOCKS.get(self._raw.dialect)
        return self._wall_us() if clock is None else int(self._raw.rows(clock)[0][0])

    # --- coming in ------------------------------------------------------------------------------------------------

    def accept(self, waiting: Sequence[Waiting], now: int) -> None:
        """Keep requests in their order. Keeping one twice is fine."""
        first = self._places.give(len(waiting), now)
        rows = [
            (
                each.id, each.request_id, each.channel, each.channel_id, each.channel_version, "async", "pending",
                0, 0, 0, first + place, each.size, each.order_key, each.received_at, now, each.input_json,
                each.metadata_json,
            )
            for place, each in enumerate(waiting)
        ]  # fmt: skip
        self._raw.many(self._insert("traces", ACCEPTED), rows)

    def withdraw(self, ids: Iterable[str]) -> None:
        """Take back what was kept too late, unless somebody has begun to work on it."""
        rows = [(each,) for each in ids]
        self._raw.many("DELETE FROM traces WHERE id = ? AND status = 'pending' AND fence = 0", rows)

    def undo(self, ids: Iterable[str]) -> None:
        """Take back what a commit may have kept that was not confirmed, and that others have not begun to work on.

        The same commit may have claimed it for us; but since nobody was told, nobody of ours has begun.
        """
        rows = [(each, self._terms.owner) for each in ids]
        untouched = "(status = 'pending' AND fence = 0) OR (status = 'running' AND fence = 1 AND lease_owner = ?)"
        self._raw.many(f"DELETE FROM traces WHERE id = ? AND ({untouched})", rows)  # noqa: S608 - words of ours

    def backlog(self) -> Backlog:
        """What waits."""
        query = "SELECT count(*), coalesce(sum(size_bytes), 0) FROM traces WHERE status = 'pending'"
        count, size = self._raw.rows(query)[0]
        return Backlog(int(count), int(size))

    # --- being worked on ------------------------------------------------------------------------------------------

    def claim(self, most: int, held: frozenset[str], now: int) -> list[Claim]:
        """Take the oldest requests that may be worked on now.

        Args:
            most: How many at most.
            held: The ids of those that are ours already.
            now: What `now` told in this transaction.
        """
        if self._doubt:
            self._doubt = False
            forgotten = self._forgotten(held, now)
            if forgotten:
                return forgotten
        return [self._take(row, now) for row in self._raw.rows(self._next, (now, *self._chosen, most))]

    def _forgotten(self, held: frozenset[str], now: int) -> list[Claim]:
        """Claims of ours that nobody was told of: the commit that made them was not confirmed."""
        query = f"SELECT {', '.join(CLAIMED)} FROM traces WHERE status = 'running' AND lease_owner = ?"  # noqa: S608
        return [self._as_claim(row, now) for row in self._raw.rows(query, (self._terms.owner,)) if row[0] not in held]

    def recover(self, most: int, now: int) -> int:
        """Look after requests whose lease has run out: they wait again as suspects, or are parked.

        Ours are not among them: who asks is alive, and will renew them.

        Returns:
            How many there were.
        """
        locked = LOCKED.get(self._raw.dialect, "")
        query = (
            f"SELECT {', '.join(f't.{name}' for name in CLAIMED)} FROM traces t "  # noqa: S608 - names of ours
            f"WHERE t.status = 'running' AND t.lease_until < ? AND t.lease_owner <> ? LIMIT ? {locked}"
        )
        lost = self._raw.rows(query, (now, self._terms.owner, most))
        for row in lost:
            self._lost(dict(zip(CLAIMED, row, strict=True)), now)
        return len(lost)

    def convict(self, owner: str, reason: str, now: int) -> int:
        """Park what a process was working on, all by itself, when it died.

        Returns:
            How many requests that were.
        """
        query = f"SELECT {', '.join(CLAIMED)} FROM traces WHERE status = 'running' AND lease_owner = ?"  # noqa: S608
        rows = self._raw.rows(query, (owner,))
        for row in rows:
            self._park(dict(zip(CLAIMED, row, strict=True)), reason, now)
        return len(rows)

    def suspects(self) -> bool:
        """Whether requests wait that were worked on when a process died."""
        return bool(self._raw.rows(self._suspects, self._chosen))

    def renew(self, now: int) -> frozenset[str]:
        """Hold every claim of ours for another lease. Returns the ids that are still ours."""
        ours = "WHERE status = 'running' AND lease_owner = ?"
        self._raw.change(f"UPDATE traces SET lease_until = ? {ours}", (now + self._terms.lease, self._terms.owner))  # noqa: S608
        rows = self._raw.rows(f"SELECT id FROM traces {ours}", (self._terms.owner,))  # noqa: S608
        return frozenset(row[0] for row in rows)

    def put_back(self, claim: Claim, now: int, seconds: float, *, counts: bool, attempts_json: str | None) -> bool:
        """Let a claim go, not to be taken before `seconds` have passed; an attempt that did nothing does not count.

        Returns:
            Whether it was still ours.
        """
        changed = self._raw.change(
            "UPDATE traces SET status = 'pending', not_before = ?, lease_owner = NULL, lease_until = NULL, "
            "attempts = ?, attempts_json = ?, updated_at = ? WHERE id = ? AND fence = ? AND status = 'running'",
            (
                now + int(seconds * 1_000_000) if seconds > 0 else None, claim.attempt if counts else claim.attempt - 1,
                attempts_json, now, claim.id, claim.fence,
            ),
        )  # fmt: skip
        return changed == 1 or self._is(claim, ("pending",))

    # --- the end --------------------------------------------------------------------------------------------------

    def end(self, ending: Ending, now: int) -> bool:
        """Keep how an attempt ended, and with it what becomes of its dead letter. Doing it twice is fine.

        Returns:
            Whether it was still ours to end.
        """
        claim = ending.claim
        changed = self._raw.change(
            "UPDATE traces SET status = ?, channel_version = coalesce(?, channel_version), result_json = ?, "
            "error_message = ?, steps_json = ?, attempts_json = ?, duration_ms = ?, started_at = ?, completed_at = ?, "
            "updated_at = ?, crashes = 0, not_before = NULL, lease_owner = NULL, lease_until = NULL "
            "WHERE id = ? AND fence = ? AND status = 'running'",
            (
                ending.status, ending.channel_version, ending.result_json, ending.error_message, ending.steps_json,
                ending.attempts_json, ending.duration_ms, claim.started_at, ending.completed_at, now, claim.id,
                claim.fence,
            ),
        )  # fmt: skip
        if changed == 0:
            return self._is(claim, ("completed", "failed"))
        if ending.status == "failed" and ending.dead_letter:
            text = ending.error_message or ""
            self._dead_letter(claim.id, claim.channel, claim.input_json, claim.metadata_json, text, now)
        elif claim.attempt > 1:
            self._raw.change("DELETE FROM trace_dlq WHERE trace_id = ?", (claim.id,))
        return True

    def keep(self, kept: Sequence[Kept], now: int) -> None:
        """Keep traces that were worked on as they came, and the dead letters of some. One that is there stays."""
        known = self.known([each.record.id for each in kept])
        fresh = [each for each in kept if each.record.id not in known]
        rows = [tuple(_text(getattr(each.record, name)) for name in KEPT) for each in fresh]
        self._raw.many(self._insert("traces", KEPT), rows)
        for each in fresh:
            record = each.record
            if each.dead_letter:
                self._dead_letter(
                    record.id, record.channel, _text(record.input_json) or "null", _text(record.metadata_json) or "{}",
                    record.error_message or "", now,
                )  # fmt: skip

    def known(self, ids: Sequence[str]) -> frozenset[str]:
        """Which of these traces are there."""
        found: set[str] = set()
        for start in range(0, len(ids), MOST_IDS):
            part = ids[start : start + MOST_IDS]
            places = ", ".join("?" * len(part))
            found.update(row[0] for row in self._raw.rows(f"SELECT id FROM traces WHERE id IN ({places})", part))  # noqa: S608
        return frozenset(found)

    # --- what these are made of -----------------------------------------------------------------------------------

    def _insert(self, table: str, columns: Sequence[str]) -> str:
        places = ", ".join("?" * len(columns))
        return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places}) {self._once}"  # noqa: S608

    def _take(self, row: Sequence[Any], now: int) -> Claim:
        """Make one that waits ours."""
        found = dict(zip(CLAIMED, row, strict=True))
        self._raw.change(
            "UPDATE traces SET status = 'running', fence = fence + 1, attempts = attempts + 1, lease_owner = ?, "
            "lease_until = ?, started_at = ?, updated_at = ?, not_before = NULL WHERE id = ?",
            (self._terms.owner, now + self._terms.lease, now, now, found["id"]),
        )
        taken = {**found, "fence": found["fence"] + 1, "attempts": found["attempts"] + 1}
        return self._as_claim([taken[name] for name in CLAIMED], now)

    def _as_claim(self, row: Sequence[Any], now: int) -> Claim:
        found = dict(zip(CLAIMED, row, strict=True))
        return Claim(
            id=found["id"], request_id=found["request_id"], channel=found["channel"], channel_id=found["channel_id"],
            fence=found["fence"], attempt=found["attempts"], crashes=found["crashes"], size=found["size_bytes"] or 0,
            started_at=now, input_json=found["input_json"] or "null", metadata_json=found["metadata_json"] or "{}",
            attempts_json=found["attempts_json"],
        )  # fmt: skip

    def _lost(self, found: dict[str, Any], now: int) -> None:
        """A lease ran out: its owner is dead, or cannot be told from the dead."""
        crashes = found["crashes"] + 1
        if crashes >= self._terms.deaths:
            self._park(found, f"Parked: {crashes} processes died while they worked on it", now)
            return
        self._raw.change(
            "UPDATE traces SET status = 'pending', crashes = ?, fence = fence + 1, lease_owner = NULL, "
            "lease_until = NULL, attempts_json = ?, updated_at = ? WHERE id = ? AND fence = ?",
            (crashes, self._lost_attempts(found, "lost", None, now), now, found["id"], found["fence"]),
        )

    def _park(self, found: dict[str, Any], reason: str, now: int) -> None:
        """Fail a request that harms who works on it, for somebody to look at."""
        self._raw.change(
            "UPDATE traces SET status = 'failed', crashes = crashes + 1, fence = fence + 1, error_message = ?, "
            "attempts_json = ?, completed_at = ?, updated_at = ?, lease_owner = NULL, lease_until = NULL "
            "WHERE id = ? AND fence = ?",
            (reason, self._lost_attempts(found, "crashed", reason, now), now, now, found["id"], found["fence"]),
        )
        payload, metadata = found["input_json"] or "null", found["metadata_json"] or "{}"
        self._dead_letter(found["id"], found["channel"], payload, metadata, reason, now, exhausted=True)

    def _lost_attempts(self, found: dict[str, Any], outcome: str, error: str | None, now: int) -> str:
        return attempts_with(
            found["attempts_json"], number=found["attempts"], owner=found["lease_owner"],
            started_at=found["started_at"], ended_at=now, outcome=outcome, error=error,
        )  # fmt: skip

    def _dead_letter(
        self, trace_id: str, channel: str, payload: str, metadata: str, error: str, now: int, *, exhausted: bool = False
    ) -> None:
        """Keep a failure for another try, or for somebody to look at. The letter has the id of its trace."""
        terms = self._terms
        rows = self._raw.rows("SELECT retry_count FROM trace_dlq WHERE trace_id = ?", (trace_id,))
        count = int(rows[0][0]) + 1 if rows else 0
        status = "exhausted" if exhausted or count >= terms.max_retries else "waiting"
        self.exhausted += status == "exhausted"
        due = now + int(terms.backoff(count) * 1_000_000)
        if rows:
            self._raw.change(
                "UPDATE trace_dlq SET status = ?, retry_count = ?, next_retry_at = ?, error_message = ?, "
                "updated_at = ? WHERE trace_id = ?",
                (status, count, due, error, now, trace_id),
            )
            return
        columns = (
            "id", "trace_id", "channel", "status", "retry_count", "max_retries", "next_retry_at", "created_at",
            "updated_at", "error_message", "payload_json", "metadata_json",
        )  # fmt: skip
        row = (
            trace_id, trace_id, channel, status, count, terms.max_retries, due, now, now, error, payload, metadata,
        )  # fmt: skip
        self._raw.change(self._insert("trace_dlq", columns), row)

    def _is(self, claim: Claim, statuses: Sequence[str]) -> bool:
        """Whether a change was made already by the same claim: its commit was not confirmed, so it is asked again."""
        rows = self._raw.rows("SELECT status, fence FROM traces WHERE id = ?", (claim.id,))
        return bool(rows) and rows[0][0] in statuses and int(rows[0][1]) == claim.fence


def _text(value: Any) -> Any:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
