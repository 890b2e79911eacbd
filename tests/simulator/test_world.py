"""A thousand seeded worlds, their repeatability, and the bugs planted to see whether anybody would notice."""

import hashlib
from typing import Any

import pytest

from orion_core import COMPILED
from orion_core.execution import Execution
from tests.simulator.invariants import Broken
from tests.simulator.world import World

SEEDS = 1000
CHUNK = 100


@pytest.mark.parametrize("first", range(0, SEEDS, CHUNK))
def test_every_invariant_holds_in_every_world(first: int) -> None:
    for seed in range(first, first + CHUNK):
        try:
            World(seed).run()
        except AssertionError as broken:
            raise AssertionError(f"seed {seed}: {broken}") from broken


def test_the_same_seed_gives_the_same_world() -> None:
    assert [World(seed).run() for seed in range(20)] == [World(seed).run() for seed in range(20)]


def test_compiled_and_interpreted_cores_give_the_same_worlds() -> None:
    digest = hashlib.sha256("".join(World(seed).run() for seed in range(50)).encode()).hexdigest()
    assert digest == GOLDEN


GOLDEN = "b2da987cb21233201b29808b55bde72815254d2ec0d89d568115b42109034f97"


def forget_the_callers_deadline(self: Any, channel: Any, limit: float) -> float:
    return float(self.now + channel.timeout) if channel.timeout > 0 else float("inf")


def never_expire(self: Any) -> None:
    self.frame.deadline = float("inf")


def ignore_failures(self: Any, failure: Any) -> None:
    return None


def swallow_the_child(self: Any) -> object:
    self.frame = self.frame.caller
    return self.complete(self.frame.task, 200)


def take_a_new_snapshot(self: Any, outcomes: Any, now: float, resume: Any = Execution.resume) -> object:
    self.frame.message.context["data"]["versions"] = [-1]
    return resume(self, outcomes, now)


def end_twice(self: Any, reason: str, now: float, cancel: Any = Execution.cancel) -> object:
    self.state = 20
    return cancel(self, reason, now)


def leave_no_trace(self: Any, status: Any, headers: Any, body: Any, after: Any, respond: Any = None) -> object:
    return ORIGINAL_RESPOND(self, status, headers, body, ())


def forget_to_record(self: Any, *entry: Any) -> None:
    return None


ORIGINAL_RESPOND = Execution.__dict__.get("respond")

PLANTED = [
    ("a nested call may outlive its caller", "deadline_of", forget_the_callers_deadline),
    ("a deadline is forgotten when it passes", "expire", never_expire),
    ("a failed task is taken for a success", "fail", ignore_failures),
    ("a child's data is lost on the way back", "leave", swallow_the_child),
    ("two snapshots are mixed in one execution", "resume", take_a_new_snapshot),
    ("a cancelled execution ends again", "cancel", end_twice),
    ("a finished execution leaves no trace", "respond", leave_no_trace),
    ("a failure is not recorded", "record", forget_to_record),
]


@pytest.mark.skipif(COMPILED, reason="bugs can be planted in the interpreted form only; it is the same source")
@pytest.mark.parametrize(("bug", "method", "broken"), PLANTED, ids=[row[0] for row in PLANTED])
def test_the_worlds_notice_that(bug: str, method: str, broken: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Execution, method, broken)
    with pytest.raises((Broken, AssertionError)):
        for seed in range(200):
            World(seed).run()
