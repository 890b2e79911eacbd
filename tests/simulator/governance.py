"""What must hold of every limit, whatever the world does: no token, place, key or probe too many, none lost."""

from collections import defaultdict
from typing import Any

from orion_core import Engine
from orion_core.protocol import Await, Perform, Respond, StoreTrace
from tests.simulator.definitions import BURST, LINE, PLACES, RATE, WINDOW
from tests.simulator.invariants import require
from tests.simulator.store import ACTIONS

EPSILON = 1e-6


class GovernanceInvariants:
    """Watches the governor beside the steps of executions, and counts for itself.

    Args:
        engine: The engine of the world.
    """

    def __init__(self, engine: Engine) -> None:
        self.governor = engine.governor
        self.channels: dict[str, str] = {}
        self.keys: dict[str, str] = {}
        self.instants: dict[str, float] = {}
        self.running: dict[str, Any] = {}  # executions that wait, by identity
        self.inside: dict[str, set[str]] = defaultdict(set)  # who asked the world, by channel and question
        self.probes: set[str] = set()
        self.admitted = 0
        self.far: set[str] = set()  # keys that were answered, in a window that outlasts the world
        self.answered: dict[str, float] = {}  # when the request began that answered a key

    def began(self, identity: str, channel: str, key: str, now: float) -> None:
        self.channels[identity] = channel
        self.keys[identity] = key
        self.instants[identity] = now

    def stepped(self, identity: str, step: object, now: float) -> None:
        if type(step) is Perform:
            self.running[identity] = step
            if type(step.actions[0]) not in (Await, *ACTIONS):
                self._asks(identity)
        else:
            assert type(step) is Respond
            self.running.pop(identity, None)
            self._leaves(identity)
            self._ends(identity, step, now)

    def _asks(self, identity: str) -> None:
        channel, key = self.channels[identity], self.keys[identity]
        question = f"{channel} {key}"
        if channel == "single":  # each version of a workflow has answers of its own
            question += f" {self.running[identity].execution.snapshot.generation}"
        self.inside[question].add(identity)
        if channel in ("single", "once", "far_once"):
            require(len(self.inside[question]) == 1, f"{self.inside[question]} do the same work at once")
        if channel == "narrow":
            working = {each for name, many in self.inside.items() if name.startswith("narrow ") for each in many}
            require(len(working) <= PLACES, f"{working} are in {PLACES} places")
        if channel == "fragile" and self.governor.breakers.states()["fragile:far"] == "half_open":
            self.probes.add(identity)
            require(len(self.probes) == 1, f"{self.probes} probe at once")

    def _leaves(self, identity: str) -> None:
        for many in self.inside.values():
            many.discard(identity)
        self.probes.discard(identity)

    def _ends(self, identity: str, step: Respond, now: float) -> None:
        channel, key = self.channels[identity], self.keys[identity]
        ran = any(type(action) is StoreTrace for action in step.after)
        if channel == "limited" and step.status != 429:
            self.admitted += 1
            require(self.admitted <= BURST + RATE * now + EPSILON, f"{self.admitted} admitted by {now}")
        if channel == "far_once" and step.status == 200:
            require(ran != (key in self.far), f"{key} was worked on twice, or answered by nobody")
            self.far.add(key)
        if channel == "once" and step.status == 409:
            busy = [each for each in self.running if self.channels[each] == "once" and self.keys[each] == key]
            require(bool(busy), f"{identity} waits for an answer that nobody is making")
        if channel == "once" and step.status == 200:
            first = self.answered.get(key)
            if ran:
                began = self.instants[identity]
                require(first is None or began >= first + WINDOW - EPSILON, f"{key} was worked on twice in its window")
                self.answered[key] = began
            else:
                require(first is not None, f"{identity} got an answer that nobody gave")

    def holds(self) -> None:
        """After every event: places in use are those of executions under way."""
        memory = self.governor.memories["narrow"]
        holders = standing = 0
        for identity, step in self.running.items():
            if self.channels[identity] == "narrow":
                admission = step.execution.admission
                waits = admission.ticket is not None and not admission.ticket.ready
                standing += waits
                holders += not waits
        require(memory.permits.in_use == holders, f"{memory.permits.in_use} places in use by {holders}")
        require(memory.permits.standing == standing, f"{memory.permits.standing} in line of {standing}")
        require(holders <= PLACES, f"{holders} in {PLACES} places")
        require(standing <= LINE, f"{standing} in a line of {LINE}")

    def nothing_is_held(self) -> None:
        """At the end of the world."""
        permits = self.governor.memories["narrow"].permits
        require(permits.in_use == permits.standing == 0, "places are still held")
        require(self.governor.breakers.states().get("fragile:far") != "half_open", "a probe is still out")
