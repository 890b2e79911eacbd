"""A thousand seeded worlds, their repeatability, and the bugs planted to see whether anybody would notice."""

import hashlib
from typing import Any

import pytest

from orion_core import COMPILED
from orion_core.admission import Admission
from orion_core.execution import Execution
from orion_core.governance.breaker import Breaker
from orion_core.governance.concurrency import Permits
from orion_core.governance.duplicates import Window
from orion_core.governance.governor import Governor
from orion_core.governance.response_cache import Kept, ResponseCache
from orion_core.protocol import Done, Failed
from orion_core.shared_claim import SharedClaim
from tests.simulator.functions import DialFunction
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


GOLDEN = "849cc66e27f20bb559022c7d71e01f57d983626104626d182da9c7e92805bcc8"


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


def lose_a_place(self: Any) -> tuple[object, ...]:
    return ()


def forget_who_follows(self: Any, key: bytes) -> tuple[object, ...]:
    self.flights.pop(key, None)
    return ()


def give_the_same_place_twice(self: Any, ticket: Any) -> tuple[object, ...]:
    if not ticket.ready:
        self.line.remove(ticket)
        self.standing -= 1
    return ()


def let_every_call_probe(self: Any, now: float, admit: Any = Breaker.admit) -> int:
    return int(self.era) if self.state == "half_open" else int(admit(self, now))


def keep_the_probe(self: Any, era: int) -> None:
    return None


def keep_the_key_of_a_failure(self: Any, claim: Any) -> None:
    claim.answer = claim.answer or Kept(503, b'{"status":"error"}', 0.0, 0.0)


def forget_at_every_reload(self: Any, guards: Any, now: float, adopt: Any = Governor.adopt) -> None:
    self.memories.clear()
    adopt(self, guards, now)


def repeat_everything(self: Any, action: Any) -> bool:
    return True


def wait_for_ever(self: Any, function: Any, failed: Any) -> float:
    return 5.0 if failed.retryable and self.tried < 3 else -1.0


def lead_twice(self: Any, key: bytes) -> bool:
    self.flights.setdefault(key, [])
    return True


def trust_a_silent_store(self: Any, outcome: Any, hear: Any = Admission.hear) -> None:
    hear(self, Done(None) if type(outcome) is Failed else outcome)


def keep_a_shared_key(self: Any, *end: Any) -> tuple[object, ...]:
    return ()


def take_every_key_for_free(self: Any) -> object:
    outcome, self.outcome = self.outcome, None
    return Done(None) if type(outcome) is Done else outcome


PLANTED = [
    ("a store that does not answer is taken at its word", Admission, "hear", trust_a_silent_store),
    ("a shared key is never settled", SharedClaim, "settle", keep_a_shared_key),
    ("a shared key that is taken is taken again", Admission, "heard", take_every_key_for_free),
    ("a nested call may outlive its caller", Execution, "deadline_of", forget_the_callers_deadline),
    ("a deadline is forgotten when it passes", Execution, "expire", never_expire),
    ("a failed task is taken for a success", Execution, "fail", ignore_failures),
    ("a child's data is lost on the way back", Execution, "leave", swallow_the_child),
    ("two snapshots are mixed in one execution", Execution, "resume", take_a_new_snapshot),
    ("a cancelled execution ends again", Execution, "cancel", end_twice),
    ("a finished execution leaves no trace", Execution, "respond", leave_no_trace),
    ("a failure is not recorded", Execution, "record", forget_to_record),
    ("a place is never given back", Permits, "release", lose_a_place),
    ("who gives up in line keeps the place that came up", Permits, "withdraw", give_the_same_place_twice),
    ("who waits for an answer is forgotten", ResponseCache, "land", forget_who_follows),
    ("the same answer is made twice at once", ResponseCache, "lead", lead_twice),
    ("a key stays taken after a failure", Window, "free", keep_the_key_of_a_failure),
    ("a breaker lets every call probe", Breaker, "admit", let_every_call_probe),
    ("a probe that nobody waits for is never given back", Breaker, "abandoned", keep_the_probe),
    ("a call that may have been carried out is repeated", DialFunction, "may_repeat", repeat_everything),
    ("a retry goes on past the deadline", Execution, "pause", wait_for_ever),
    ("a reload forgets what was counted", Governor, "adopt", forget_at_every_reload),
]


@pytest.mark.skipif(COMPILED, reason="bugs can be planted in the interpreted form only; it is the same source")
@pytest.mark.parametrize(("bug", "owner", "method", "broken"), PLANTED, ids=[row[0] for row in PLANTED])
def test_the_worlds_notice_that(
    bug: str, owner: type, method: str, broken: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(owner, method, broken)
    with pytest.raises((Broken, AssertionError)):
        for seed in range(1000):
            World(seed).run()
