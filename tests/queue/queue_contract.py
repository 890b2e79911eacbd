"""What the durable queue promises on every database. Subclass and provide `connect`: an empty, migrated database."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from orion_io.selection import Selection
from orion_io.storage.queue_rows import Kept
from orion_io.storage.queue_table import Places, QueueTable, Terms
from orion_io.storage.raw import RawConnect
from orion_io.storage.records import TraceRecord
from tests.queue.rows import SECOND, TERMS, ending, terms, waiting

OTHER = terms(owner="other")


class Bench:
    """A queue whose time the test tells."""

    def __init__(self, connect: RawConnect) -> None:
        self.connect = connect
        self.raw = connect()
        self.places = Places()
        with self.table() as table:
            self.start = table.now()

    @contextmanager
    def table(self, given: Terms = TERMS, *, doubt: bool = False) -> Iterator[QueueTable]:
        """The queue in a transaction of its own."""
        self.raw.begin()
        yield QueueTable(self.raw, given, self.places, lambda: 1_700_000_000 * SECOND, doubt=doubt)
        self.raw.commit()

    def at(self, seconds: float) -> int:
        return self.start + int(seconds * SECOND)

    def accept(self, *identities: str, at: float = 0.0, **members: Any) -> None:
        with self.table() as table:
            table.accept([waiting(each, **members) for each in identities], self.at(at))

    def claim(self, most: int = 10, at: float = 0.0, given: Terms = TERMS) -> list[Any]:
        with self.table(given) as table:
            return table.claim(most, frozenset(), self.at(at))

    def row(self, identity: str) -> dict[str, Any]:
        columns = (
            "status",
            "attempts",
            "crashes",
            "fence",
            "lease_owner",
            "error_message",
            "result_json",
            "started_at",
        )
        found = self.raw.rows(f"SELECT {', '.join(columns)} FROM traces WHERE id = ?", (identity,))
        return dict(zip(columns, found[0], strict=True)) if found else {}

    def letter(self, identity: str) -> tuple[str, int, int] | None:
        found = self.raw.rows(
            "SELECT status, retry_count, next_retry_at FROM trace_dlq WHERE trace_id = ?", (identity,)
        )
        return (found[0][0], found[0][1], found[0][2]) if found else None


class QueueContract:
    """Accepting, claiming, ending, and what happens when nobody ends it."""

    def test_what_was_accepted_is_claimed_in_its_order(self, bench: Bench) -> None:
        bench.accept("b", "a")
        bench.accept("c", at=-5)  # a clock that went back
        claims = bench.claim(2)
        assert [claim.id for claim in claims] == ["b", "a"]
        assert [(claim.attempt, claim.fence, claim.crashes) for claim in claims] == [(1, 1, 0)] * 2
        assert (claims[0].input_json, claims[0].channel_id) == ('{"n":1}', "orders-id")
        assert [claim.id for claim in bench.claim()] == ["c"]
        assert bench.claim() == []

    NAMES = ("orders", "orders.eu", "Orders.eu", "o%", "o_ders", "a[b]", "a?b", "axb", "a!b", "ordersxeu", "ö.eu")
    SELECTIONS = (
        Selection(["orders.*"]), Selection(["*"]), Selection([], ["orders*"]), Selection(["*.eu"], ["Orders*"]),
        Selection(["o%", "a[b]", "a?b", "a!b"]), Selection(["o_ders"]), Selection(["*", "x"], ["*.eu", "o*"]),
        Selection(["ORDERS"]), Selection(["a*b*"]),
    )  # fmt: skip

    @pytest.mark.parametrize("selection", SELECTIONS, ids=lambda each: f"{each.include} {each.exclude}")
    def test_only_the_channels_that_are_chosen_are_claimed(self, bench: Bench, selection: Selection) -> None:
        for number, name in enumerate(self.NAMES):
            bench.accept(f"{number}", channel=name)
        ours = [name for name in self.NAMES if selection.takes(name)]
        assert [claim.channel for claim in bench.claim(20, given=terms(selection=selection))] == ours
        others = Selection([], ours)
        assert [claim.channel for claim in bench.claim(20, given=terms(selection=others))] == [
            name for name in self.NAMES if name not in ours and others.takes(name)
        ]

    def test_suspects_of_channels_that_are_not_chosen_are_others(self, bench: Bench) -> None:
        bench.accept("a")
        bench.claim(given=terms(owner="dead"))
        with bench.table() as table:
            assert table.recover(10, bench.at(11)) == 1
        for selection, there in ((Selection(["orders"]), True), (Selection([], ["orders"]), False)):
            with bench.table(terms(selection=selection, suspects=True)) as table:
                assert table.suspects() is there
                assert bool(table.claim(1, frozenset(), bench.at(11))) is there
            bench.raw.begin()
            bench.raw.change("UPDATE traces SET status = 'pending', lease_owner = NULL")
            bench.raw.commit()

    def test_accepting_twice_is_once(self, bench: Bench) -> None:
        bench.accept("a")
        bench.accept("a", input_json='{"other":1}')
        (claim,) = bench.claim()
        assert claim.input_json == '{"n":1}'

    def test_what_weighs_on_the_queue_is_what_waits(self, bench: Bench) -> None:
        bench.accept("a", "b", "c")
        bench.claim(1)
        with bench.table() as table:
            backlog = table.backlog()
        assert (backlog.count, backlog.size) == (2, 2 * len('{"n":1}{}'))

    def test_a_late_request_is_taken_back_unless_somebody_works_on_it(self, bench: Bench) -> None:
        bench.accept("a", "b")
        bench.claim(1)
        with bench.table() as table:
            table.withdraw(["a", "b", "never"])
        assert [bench.row(each).get("status") for each in ("a", "b")] == ["running", None]

    def test_a_commit_that_was_not_confirmed_is_undone(self, bench: Bench) -> None:
        bench.accept("a", "b", "c")
        bench.claim(1, given=terms(owner="other"))
        bench.claim(1)  # by the same commit, so that nobody works on it
        with bench.table() as table:
            table.undo(["a", "b", "c", "never"])
        assert [bench.row(each).get("status") for each in ("a", "b", "c")] == ["running", None, None]

    def test_an_ending_is_kept(self, bench: Bench) -> None:
        bench.accept("a")
        (claim,) = bench.claim()
        with bench.table() as table:
            assert table.end(ending(claim), bench.at(1))
            assert table.end(ending(claim), bench.at(1))  # its commit was not confirmed, so it is asked again
        row = bench.row("a")
        assert (row["status"], row["lease_owner"], row["result_json"]) == ("completed", None, '{"ok":true}')
        assert bench.letter("a") is None

    def test_who_lost_a_lease_can_end_nothing(self, bench: Bench) -> None:
        bench.accept("a")
        (late,) = bench.claim()
        with bench.table(OTHER) as table:
            assert table.recover(10, bench.at(9)) == 0
            assert table.recover(10, bench.at(11)) == 1
            assert not table.end(ending(late), bench.at(11))
            assert not table.put_back(late, bench.at(11), 0.0, counts=True, attempts_json=None)
        suspects = terms(owner="other", suspects=True)
        assert bench.claim(at=11) == []  # not among the others
        (claim,) = bench.claim(at=11, given=suspects)
        assert (claim.crashes, claim.attempt, claim.fence) == (1, 2, 3)
        with bench.table() as table:
            assert not table.end(ending(late), bench.at(12))
            assert table.end(ending(claim), bench.at(12))
            assert not table.end(ending(late, "failed", "late"), bench.at(13))
        assert (bench.row("a")["status"], bench.row("a")["crashes"]) == ("completed", 0)

    def test_a_lease_that_is_renewed_holds(self, bench: Bench) -> None:
        bench.accept("a", "b")
        first, _ = bench.claim()
        with bench.table() as table:
            table.end(ending(first), bench.at(1))
            assert table.renew(bench.at(9)) == {"b"}
            assert table.recover(10, bench.at(30)) == 0  # who asks is alive
        with bench.table(OTHER) as table:
            assert table.recover(10, bench.at(18)) == 0
            assert table.recover(10, bench.at(20)) == 1
        with bench.table() as table:
            assert table.renew(bench.at(20)) == frozenset()

    def test_what_harms_its_owners_is_parked(self, bench: Bench) -> None:
        bench.accept("a")
        bench.claim()
        for at in (11.0, 22.0):
            with bench.table(OTHER) as table:
                assert table.recover(10, bench.at(at)) == 1
            bench.claim(at=at, given=terms(suspects=True))
        with bench.table(OTHER) as table:
            assert table.recover(10, bench.at(33)) == 1
        row = bench.row("a")
        assert (row["status"], row["crashes"]) == ("failed", 3)
        assert row["error_message"] == "Parked: 3 processes died while they worked on it"
        assert bench.letter("a") == ("exhausted", 0, bench.at(34))

    def test_who_died_alone_with_a_request_convicts_it(self, bench: Bench) -> None:
        bench.accept("a", "b")
        bench.claim(1)
        bench.claim(1, given=terms(owner="child"))
        with bench.table() as table:
            assert table.convict("child", "Parked: it killed its worker twice (SIGSEGV)", bench.at(1)) == 1
        assert (bench.row("a")["status"], bench.row("b")["status"]) == ("running", "failed")
        assert bench.row("b")["error_message"] == "Parked: it killed its worker twice (SIGSEGV)"

    def test_what_is_put_back_rests(self, bench: Bench) -> None:
        bench.accept("a")
        (claim,) = bench.claim()
        with bench.table() as table:
            assert table.put_back(claim, bench.at(0), 5.0, counts=False, attempts_json=None)
            assert table.put_back(claim, bench.at(0), 5.0, counts=False, attempts_json=None)
        assert bench.claim(at=4) == []
        (again,) = bench.claim(at=5)
        assert (again.attempt, again.fence) == (1, 2)

    def test_a_line_is_worked_on_one_after_the_other(self, bench: Bench) -> None:
        bench.accept("a1", "a2", order_key="a")
        bench.accept("b1", order_key="b")
        bench.accept("free")
        first = bench.claim()
        assert [claim.id for claim in first] == ["a1", "b1", "free"]
        assert bench.claim() == []
        with bench.table() as table:
            table.put_back(first[0], bench.at(0), 5.0, counts=False, attempts_json=None)
        assert bench.claim(at=1) == []  # the first of the line rests, and so does the line
        (again,) = bench.claim(at=6)
        with bench.table() as table:
            table.end(ending(again, "failed", "no"), bench.at(6))
        assert [claim.id for claim in bench.claim(at=6)] == ["a2"]

    def test_a_failure_is_tried_again_until_it_is_exhausted(self, bench: Bench) -> None:
        bench.accept("a")
        for count, status in enumerate(("waiting", "waiting", "exhausted")):
            (claim,) = bench.claim(at=count)
            with bench.table() as table:
                assert table.end(ending(claim, "failed", "no"), bench.at(count))
            assert bench.letter("a") == (status, count, bench.at(count + 2**count))
            bench.raw.change("UPDATE traces SET status = 'pending' WHERE id = ?", ("a",))

    def test_a_retry_that_succeeds_ends_the_dead_letter(self, bench: Bench) -> None:
        bench.accept("a")
        (claim,) = bench.claim()
        with bench.table() as table:
            table.end(ending(claim, "failed", "no"), bench.at(0))
        bench.raw.change("UPDATE traces SET status = 'pending' WHERE id = ?", ("a",))
        (claim,) = bench.claim()
        with bench.table() as table:
            table.end(ending(claim), bench.at(0))
        assert (bench.letter("a"), bench.row("a")["error_message"]) == (None, None)

    def test_claims_of_ours_that_nobody_was_told_of_are_found(self, bench: Bench) -> None:
        bench.accept("a", "b", "c")
        bench.claim(2)
        with bench.table(doubt=True) as table:
            assert [claim.id for claim in table.claim(5, frozenset({"a"}), bench.at(0))] == ["b"]
            assert [claim.id for claim in table.claim(5, frozenset({"a", "b"}), bench.at(0))] == ["c"]

    def test_a_trace_is_kept_once(self, bench: Bench) -> None:
        record = TraceRecord(
            id="k", request_id="k", channel="orders", mode="async", status="failed", error_message="no",
            input_json=b'{"n":1}', created_at=1, updated_at=2,
        )  # fmt: skip
        with bench.table() as table:
            table.keep([Kept(record=record, dead_letter=True)], bench.at(0))
            table.keep([Kept(record=record, dead_letter=True)], bench.at(0))
            assert table.known(["k", "x"]) == {"k"}
        assert bench.letter("k") == ("waiting", 0, bench.at(1))

    def test_two_instances_claim_different_requests(self, bench: Bench) -> None:
        bench.accept("a", "b")
        other = bench.connect()
        try:
            first = bench.claim(1)
            other.begin()
            table = QueueTable(other, terms(owner="other"), Places(), lambda: 1)
            second = table.claim(5, frozenset(), bench.at(0))
            other.commit()
        finally:
            other.close()
        assert [claim.id for claim in (*first, *second)] == ["a", "b"]
