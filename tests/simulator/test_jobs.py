"""Worlds in which some requests are jobs: nobody waits for them, and each ends in its trace or is put back untouched."""

import json
from math import inf

import pytest

from orion_core.protocol import Await, Done, Job, Perform, PutBack, Request, Respond, StoreTrace, Tick
from tests.simulator.definitions import TIMEOUTS
from tests.simulator.governance import GovernanceInvariants
from tests.simulator.invariants import Broken, Invariants, require
from tests.simulator.world import World

SEEDS = 150
CHUNK = 50
SHARED = frozenset({"single", "once", "far_once"})  # what their requests share, jobs do not ask for


class JobInvariants(Invariants):
    """What holds of jobs besides."""

    def __init__(self) -> None:
        super().__init__()
        self.jobs: set[str] = set()
        self.touched: set[str] = set()  # jobs that asked the world for more than a turn
        self.put_back = 0

    def _performs(self, identity: str, step: Perform, now: float) -> None:
        super()._performs(identity, step, now)
        if type(step.actions[0]) not in (Await, Tick):
            self.touched.add(identity)

    def _responds(self, identity: str, step: Respond, now: float) -> None:
        if identity not in self.jobs:
            super()._responds(identity, step, now)
            return
        self.ended[identity] = step
        require(step.body == b"", f"{identity} answers although nobody waits")
        endings = [each for each in step.after if type(each) in (StoreTrace, PutBack)]
        require(len(endings) == 1, f"{identity} has {len(endings)} endings")
        if type(endings[0]) is PutBack:
            self.put_back += 1
            require(identity not in self.touched, f"{identity} was put back after it had done something")
            return
        trace: StoreTrace = endings[0]
        steps = json.loads(trace.steps_json)
        require(trace.mode == "async", f"{identity} left a trace of mode {trace.mode}")
        if trace.status == "failed":
            require(bool(trace.error_message), f"{identity} failed without saying why")
            return
        require(now < self.limits[identity], f"{identity} succeeded after its deadline")
        require(all("duration_ms" in each for each in steps if each["result"] != "skipped"), "a step took no time")
        result = json.loads(trace.result_json)
        require(not result["errors"] or self.may_have_errors(trace.channel), f"{identity} hides errors")
        self._versions(identity, trace.channel, result["context"]["data"])


class JobGovernance(GovernanceInvariants):
    """Places and probes count for jobs as for everybody; rates and keys were asked for when they came."""

    jobs: set[str]

    def stepped(self, identity: str, step: object, now: float) -> None:
        if type(step) is Perform and type(step.actions[0]) is Tick:
            self.running[identity] = step  # it comes up for air: nobody is asked for anything
            return
        super().stepped(identity, step, now)

    def _ends(self, identity: str, step: Respond, now: float) -> None:
        if identity not in self.jobs:
            super()._ends(identity, step, now)


class JobWorld(World):
    """A world in which every third request is a job."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.invariants: JobInvariants = JobInvariants()
        self.governance = JobGovernance(self.engine)
        self.governance.jobs = self.invariants.jobs

    def begin(self, number: int) -> None:
        channel = self.random.choice(self._channels)
        if number % 3 or channel in SHARED:
            super().begin(number)
            return
        identity = f"r{number}"
        self.invariants.jobs.add(identity)
        limit = self.now + self.random.choice((1.0, 3.0, inf))
        payload = json.dumps({"n": number}).encode()
        request = Request(identity, identity, "POST", "", "", {}, b"", "", 1e9 + self.now, number)
        job = Job(request, channel, channel, payload, {}, True, limit)
        deadline = min(limit, self.now + TIMEOUTS[channel] / 1000 if channel in TIMEOUTS else inf)
        self.invariants.began(identity, self.engine.snapshot.generation, deadline)
        self.governance.began(identity, channel, "", self.now)
        self.follow(identity, self.engine.work(job, self.now))
        if self.random.random() < 0.15:
            self.at(self.now + self.random.uniform(0, 2), lambda: self.cancel(identity))

    def answer(self, identity: str, step: Respond | Perform) -> None:
        if type(step) is Perform and type(step.actions[0]) is Tick:
            took = self.random.choice((0.0, 0.0, 0.1))
            self.at(self.now + took, lambda: self.resume(identity, step, (Done(None),)))
            return
        super().answer(identity, step)  # type: ignore[arg-type] # a `Perform`


@pytest.mark.parametrize("first", range(0, SEEDS, CHUNK))
def test_every_invariant_holds_in_worlds_with_jobs(first: int) -> None:
    put_back = 0
    for seed in range(first, first + CHUNK):
        world = JobWorld(seed)
        try:
            world.run()
        except Broken as broken:
            raise AssertionError(f"seed {seed}: {broken}") from broken
        put_back += world.invariants.put_back
    assert put_back > 0
