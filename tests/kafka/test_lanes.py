"""The bookkeeping of one partition: what may begin, and what may be committed."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orion_io.kafka.lanes import Lanes

K, L = b"k", b"l"
# description, ordered, steps: ("take", offset, key, begins) | ("done", offset, next) | ("skip", offset), then committable
ROWS: list[tuple[str, bool, list[tuple[Any, ...]], int | None]] = [
    ("nothing is done at first", False, [("take", 5, K, True)], None),
    ("what is done may be committed", False, [("take", 5, K, True), ("done", 5, None)], 6),
    ("a key waits for itself", False, [("take", 0, K, True), ("take", 1, K, False), ("done", 0, 1)], 1),
    ("not for others", False, [("take", 0, K, True), ("take", 1, L, True), ("done", 1, None)], None),
    ("records without a key share a lane", False, [("take", 0, None, True), ("take", 1, None, False)], None),
    ("an ordered partition is one lane", True, [("take", 0, K, True), ("take", 1, L, False), ("done", 0, 1)], 1),
    ("a gap holds the rest", False, [("take", 0, K, True), ("take", 1, L, True), ("done", 1, None), ("done", 0, None)], 2),
    ("holes in the log do not", False, [("take", 3, K, True), ("take", 9, L, True), ("done", 3, None), ("done", 9, None)], 10),
    ("what was done before counts", False, [("take", 0, K, True), ("skip", 1), ("done", 0, None)], 2),
    ("and nobody waits for it", False, [("skip", 0), ("take", 1, K, True)], 1),
]  # fmt: skip


@pytest.mark.parametrize(("description", "ordered", "steps", "committable"), ROWS, ids=[row[0] for row in ROWS])
def test_rows(description: str, ordered: bool, steps: list[tuple[Any, ...]], committable: int | None) -> None:
    lanes = Lanes(ordered=ordered)
    for what, offset, *rest in steps:
        if what == "take":
            assert lanes.take(offset, rest[0]) is rest[1]
        elif what == "done":
            assert lanes.done(offset) == rest[0]
        else:
            lanes.skip(offset)
    assert lanes.committable == committable


RECORDS = st.lists(st.tuples(st.integers(1, 3), st.sampled_from([None, b"a", b"b", b"c"]), st.booleans()), max_size=30)


@given(records=RECORDS, ordered=st.booleans(), data=st.data())
def test_whatever_ends_first(records: list[tuple[int, bytes | None, bool]], ordered: bool, data: st.DataObject) -> None:
    """Lanes keep their order, nothing unfinished is committed over, and in the end everything is."""
    lanes, offset = Lanes(ordered=ordered), 0
    lane_of: dict[int, bytes | None] = {}
    begun: dict[bytes | None, list[int]] = {}
    running: set[int] = set()
    finished: set[int] = set()
    waiting = list(records)
    committable = None
    while waiting or running:
        if waiting and (not running or data.draw(st.booleans())):
            step, key, known = waiting.pop(0)
            offset += step
            lane_of[offset] = None if ordered else key
            if known:
                lanes.skip(offset)
                finished.add(offset)
            elif lanes.take(offset, key):
                running.add(offset)
                begun.setdefault(lane_of[offset], []).append(offset)
        else:
            ended = data.draw(st.sampled_from(sorted(running)))
            running.remove(ended)
            finished.add(ended)
            following = lanes.done(ended)
            if following is not None:
                assert lane_of[following] == lane_of[ended]
                running.add(following)
                begun[lane_of[following]].append(following)
        assert len({lane_of[each] for each in running}) == len(running)
        unfinished = [each for each in lane_of if each not in finished]
        if lanes.committable is not None:
            assert not unfinished or lanes.committable <= min(unfinished)
            assert committable is None or committable <= lanes.committable
        committable = lanes.committable
    assert all(order == sorted(order) for order in begun.values())
    assert lanes.committable == (offset + 1 if lane_of else None)
    assert len(lanes) == 0
