"""The world: a heap of events and a clock that jumps. Everything it does is drawn from one seed."""

import hashlib
import heapq
import json
from collections.abc import Callable
from math import inf
from random import Random

from orion_core import Bounds, Engine
from orion_core.protocol import Await, Done, Failed, Perform, Request, Respond, Sleep, Wake
from tests.simulator.definitions import TIMEOUTS, fresh_engine, names, snapshot
from tests.simulator.governance import GovernanceInvariants
from tests.simulator.invariants import Invariants, require
from tests.simulator.store import ACTIONS, ENDINGS, Store

ALONE = 24  # executions of one world
BUSY = 4  # channels that they crowd on
KEYS = 3  # different idempotency keys, and different questions to the cache


class World:
    """Drives executions through lateness, refusals, cancellations and new snapshots."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.now = 0.0
        self.engine: Engine = fresh_engine(Bounds())
        self.invariants = Invariants()
        self.governance = GovernanceInvariants(self.engine)
        self.store = Store(self.random)
        self.log: list[str] = []
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._count = 0
        self._waiting: dict[str, Perform] = {}
        self._channels = self.random.sample(names(), BUSY)

    def at(self, instant: float, event: Callable[[], None]) -> None:
        self._count += 1
        heapq.heappush(self._events, (instant, self._count, event))

    def run(self) -> str:
        """Play to the end. Returns a digest of all that happened."""
        for number in range(ALONE):
            self.at(self.random.uniform(0, 3), lambda number=number: self.begin(number))
        for generation in (2, 3):
            self.at(self.random.uniform(0, 4), lambda generation=generation: self.install(generation))
        while self._events:
            self.now, _, event = heapq.heappop(self._events)
            event()
            self.governance.holds()
        begun = {f"r{number}" for number in range(ALONE)}
        require(begun == set(self.invariants.ended), f"never ended: {begun - set(self.invariants.ended)}")
        self.governance.nothing_is_held()
        self.store.nothing_is_pledged(self.now)
        return hashlib.sha256("\n".join(self.log).encode()).hexdigest()

    def install(self, generation: int) -> None:
        self.engine.install(snapshot(generation), self.now)
        self.say("install", str(generation))

    def begin(self, number: int) -> None:
        identity = f"r{number}"
        channel = self.random.choice(self._channels)
        body = json.dumps({"data": {"n": number % KEYS}}).encode()
        headers = {"content-type": "application/json", "x-key": f"k{number % KEYS}"}
        request = Request(identity, identity, "POST", channel, "", headers, body, "", 1e9 + self.now, number)
        limit = self.now + TIMEOUTS[channel] / 1000 if channel in TIMEOUTS else inf
        self.invariants.began(identity, self.engine.snapshot.generation, limit)
        self.say("begin", identity, channel)
        self.governance.began(identity, channel, headers["x-key"], self.now)
        self.follow(identity, self.engine.handle(request, self.now))
        if self.random.random() < 0.15:
            self.at(self.now + self.random.uniform(0, 2), lambda: self.cancel(identity))

    def follow(self, identity: str, step: Respond | Perform) -> None:
        self.invariants.stepped(identity, step, self.now)
        self.governance.stepped(identity, step, self.now)
        if type(step) is Perform:
            self.say("perform", identity, *(getattr(action, "name", "turn") for action in step.actions))
            self._waiting[identity] = step
            self.answer(identity, step)
        else:
            self._waiting.pop(identity, None)
            self.say("respond", identity, str(step.status), step.body.decode())  # type: ignore[union-attr]
            self.wake(step)  # type: ignore[arg-type]

    def answer(self, identity: str, step: Perform) -> None:
        """Draw the outcomes; a driver answers by the deadline, or a little late when it is busy."""
        if type(step.actions[0]) is Await:
            self.stand(identity, step, step.actions[0])
            return
        if type(step.actions[0]) in ACTIONS:
            due, outcome = self.store.ask(step.actions[0], self.now)
            self.at(due, lambda: self.resume(identity, step, (outcome,)))
            return
        if type(step.actions[0]) is Sleep:
            self.at(step.actions[0].until, lambda: self.resume(identity, step, (Done(None),)))
            return
        outcomes = tuple(self.draw(action) for action in step.actions)
        due = max(instant for instant, _ in outcomes)
        values = tuple(outcome for _, outcome in outcomes)
        self.at(due, lambda: self.resume(identity, step, values))

    def stand(self, identity: str, step: Perform, action: Await) -> None:
        """Wait for a turn; the deadline may come first."""
        ticket = action.ticket

        def turn() -> None:
            late = () if ticket.ready else (Failed("timeout", "too slow", True, ""),)
            self.at(
                self.now + self.random.choice((0.0, 0.2, 0.5)),
                lambda: self.resume(identity, step, late or (Done(None),)),
            )

        ticket.waker = turn
        if action.deadline < inf:
            self.at(action.deadline, lambda: None if ticket.ready else turn())

    def wake(self, step: Respond) -> None:
        for action in step.after:
            if type(action) in ENDINGS:
                self.store.end(action, self.now)
            if type(action) is Wake:
                for ticket in action.tickets:
                    if ticket.waker is not None:
                        ticket.waker()

    def draw(self, action: object) -> tuple[float, object]:
        deadline: float = action.deadline  # type: ignore[attr-defined]
        took = self.random.choice((0.0, 0.1, 0.4, 1.0, 5.0))
        if self.now + took >= deadline:
            late = self.random.choice((0.0, 0.0, 0.3))
            return deadline + late, Failed("timeout", "too slow", True, "")
        if self.random.random() < 0.2:
            return self.now + took, Failed("unavailable", "refused", True, "connection refused")
        return self.now + took, Done({"at": round(self.now + took, 3)})

    def resume(self, identity: str, step: Perform, outcomes: tuple[object, ...]) -> None:
        if self._waiting.get(identity) is not step:
            return  # it was cancelled meanwhile
        if type(step.actions[0]) not in (Await, Sleep, *ACTIONS):  # these may fail, and the request go on all the same
            self.invariants.told(identity, outcomes)
        self.follow(identity, step.execution.resume(outcomes, self.now))  # type: ignore[attr-defined]

    def cancel(self, identity: str) -> None:
        step = self._waiting.pop(identity, None)
        if step is None:
            return
        self.say("cancel", identity)
        last = step.execution.cancel("client_closed", self.now)  # type: ignore[attr-defined]
        self.invariants.stepped(identity, last, self.now)
        self.governance.stepped(identity, last, self.now)
        self.wake(last)
        again = step.execution.cancel("client_closed", self.now)  # type: ignore[attr-defined]
        require(again is last, f"{identity} ended twice")

    def say(self, *words: str) -> None:
        self.log.append(f"{self.now:.6f} " + " ".join(words))
