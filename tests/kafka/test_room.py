"""How partitions share what may be under way."""

import pytest

from orion_io.kafka.room import Room

# description, most, partitions, taken by all, own, what may be read
ROWS = [
    ("one alone may take all", 100, 1, 0, 0, 100),
    ("one of two leaves something", 100, 2, 0, 0, 80),
    ("and takes no more", 100, 2, 80, 80, 0),
    ("for the other", 100, 2, 80, 0, 16),
    ("who holds much reads in batches", 100, 1, 95, 95, 0),
    ("who holds little need not", 100, 2, 95, 0, 4),
    ("who holds nothing may have one", 100, 9, 99, 0, 1),
    ("full is full", 100, 2, 100, 0, 0),
    ("one at a time", 1, 3, 0, 0, 1),
    ("and no more", 1, 3, 1, 1, 0),
]


@pytest.mark.parametrize(
    ("description", "most", "partitions", "taken", "own", "expected"), ROWS, ids=[row[0] for row in ROWS]
)
def test_shares(description: str, most: int, partitions: int, taken: int, own: int, expected: int) -> None:
    room = Room(most)
    for _ in range(partitions):
        room.enter()
    room.take(taken)
    assert room.for_one(own) == expected


def test_some_that_are_stuck_leave_room() -> None:
    room, stuck = Room(100), [0] * 3
    for _ in [*stuck, "another"]:
        room.enter()
    for _ in range(50):
        for each, own in enumerate(stuck):
            share = room.for_one(own)
            stuck[each] += share
            room.take(share)
    assert room.taken > 90
    assert room.for_one(0) > 0
