"""Rollout: shares of a hundred, by chance or by key."""

import pytest

from orion_core.rollout import chance_bucket, key_bucket, stack_shares

STACKS = [
    ("one version at a hundred has all", [100], [(0, 100)]),
    ("one version at ten leaves the rest to nobody", [10], [(0, 10)]),
    ("the newest version comes first", [10, 90], [(0, 10), (10, 100)]),
    ("a version at nought has none", [0, 100], [(0, 0), (0, 100)]),
    ("what exceeds a hundred is cut from the oldest", [60, 60], [(0, 60), (60, 100)]),
]


@pytest.mark.parametrize(("description", "percentages", "ranges"), STACKS, ids=[row[0] for row in STACKS])
def test_shares(description: str, percentages: list[int], ranges: list[tuple[int, int]]) -> None:
    assert stack_shares(percentages) == ranges


def test_equal_keys_meet_the_same_bucket_and_differ_between_workflows() -> None:
    keys = [f"user-{number}" for number in range(1000)]
    first = [key_bucket("a", key) for key in keys]
    assert first == [key_bucket("a", key) for key in keys]
    assert first != [key_bucket("b", key) for key in keys]
    assert all(0 <= bucket < 100 for bucket in first)
    assert 70 < sum(bucket < 10 for bucket in first) < 130


def test_chance_is_spread_over_all_buckets() -> None:
    assert {chance_bucket(entropy) for entropy in range(1000)} == set(range(100))
