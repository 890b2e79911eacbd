"""What must hold of every execution, whatever the world does to it."""

import json
from collections import Counter
from math import inf

from orion_core.protocol import Failed, Perform, Respond, StoreTrace
from tests.simulator.definitions import MARKS
from tests.simulator.functions import Dial


class Broken(AssertionError):
    """An invariant does not hold."""


def require(holds: bool, text: str) -> None:
    if not holds:
        raise Broken(text)


class Invariants:
    """Watches the steps of executions."""

    def __init__(self) -> None:
        self.ended: dict[str, Respond] = {}
        self.generations: dict[str, int] = {}
        self.limits: dict[str, float] = {}
        self.failed: set[str] = set()
        self.dialled: Counter[str] = Counter()

    def began(self, identity: str, generation: int, limit: float) -> None:
        self.generations[identity] = generation
        self.limits[identity] = limit

    def told(self, identity: str, outcomes: tuple[object, ...]) -> None:
        """The world gave these outcomes; a call that is tried again has failed only if the last try has."""
        if identity in self.dialled:
            self.failed.discard(identity)
        if any(type(outcome) is Failed for outcome in outcomes):
            self.failed.add(identity)

    def stepped(self, identity: str, step: object, now: float) -> None:
        require(identity not in self.ended, f"{identity} took a step after its end")
        require(type(step) in (Respond, Perform), f"{identity} answered with {step!r}")
        if type(step) is Perform:
            self._performs(identity, step, now)
        else:
            self._responds(identity, step, now)  # type: ignore[arg-type]

    def _performs(self, identity: str, step: Perform, now: float) -> None:
        require(len(step.actions) > 0, f"{identity} waits for nothing")
        frame = step.execution.frame  # type: ignore[attr-defined]
        deadline = inf
        while frame is not None:
            deadline = min(deadline, frame.deadline)
            frame = frame.caller
        deadline = min(deadline, self.limits[identity])
        if type(step.actions[0]) is Dial:
            self.dialled[identity] += 1
            careful = step.execution.frame.channel.name == "narrow"  # type: ignore[attr-defined]
            require(self.dialled[identity] <= (1 if careful else 4), f"{identity} called once too often")
        for action in step.actions:
            require(action.deadline <= deadline, f"{identity} asked beyond its deadline")  # type: ignore[attr-defined]
        require(now < deadline, f"{identity} asked at {now}, after its deadline {deadline}")

    def _responds(self, identity: str, step: Respond, now: float) -> None:
        self.ended[identity] = step
        body = json.loads(step.body) if step.body else {}
        if "id" not in body or ("idempotent-replayed", "true") in step.headers or ("x-cache", "hit") in step.headers:
            require(not any(type(action) is StoreTrace for action in step.after), f"{identity} traced what never ran")
            require("error" in body or step.status == 200, f"{identity} was turned away without a word")
            return
        traces = [action for action in step.after if type(action) is StoreTrace]
        require(len(traces) == 1, f"{identity} left {len(traces)} traces")
        completed = traces[0].status == "completed"
        require(completed == (step.status == 200), f"{identity} answered {step.status}, traced {traces[0].status}")
        require((step.status == 200) == (body["status"] == "ok"), f"{identity} says {body['status']}")
        if step.status == 200:
            require(now < self.limits[identity], f"{identity} succeeded after its deadline")
            require(not body["errors"] or self.may_have_errors(traces[0].channel), f"{identity} hides errors")
            forgiven = identity not in self.failed or self.may_have_errors(traces[0].channel)
            require(forgiven, f"{identity} succeeded although the world failed it")
            self._versions(identity, traces[0].channel, body["data"])
        else:
            require("error" in body, f"{identity} failed without saying why")
            require(bool(body["errors"]) or step.status in (499, 504), f"{identity} failed without an entry")
        notes = [id(note) for note in step.notes]
        require(len(notes) == len(set(notes)), f"{identity} noted something twice")

    @staticmethod
    def may_have_errors(channel: str) -> bool:
        return channel == "patient"

    def _versions(self, identity: str, channel: str, data: dict[str, object]) -> None:
        """Every workflow that took part belonged to the snapshot the execution began with, and ran to its end."""
        seen = list(versions_in(data))
        require(len(seen) == MARKS[channel], f"{identity} left {len(seen)} marks on {channel}")
        mixed = {version for version in seen if version != self.generations[identity]}
        require(not mixed, f"{identity} began on {self.generations[identity]} and saw {mixed}")


def versions_in(value: object) -> list[int]:
    if not isinstance(value, dict):
        return []
    found = list(value.get("versions", []))
    for member in value.values():
        found += versions_in(member)
    return found
