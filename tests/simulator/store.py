"""A store that executions share: slow, unreachable, and sometimes it did what it never confirmed."""

from random import Random

from orion_core.calls import CacheAdd, CacheGet, CachePut, CacheSwap
from orion_core.governance.shared import read_record
from orion_core.protocol import Done, Failed
from tests.simulator.invariants import require

SILENT = 0.15  # of all actions are never answered
LOST = 0.5  # of those were done all the same
ACTIONS = (CacheGet, CacheAdd)
ENDINGS = (CachePut, CacheSwap)


class Store:
    """Keys with their values and when they run out.

    Args:
        random: Draws what goes wrong.
    """

    def __init__(self, random: Random) -> None:
        self.random = random
        self.held: dict[str, tuple[bytes, float]] = {}
        self.untold: set[str] = set()  # owners whose ending the store never heard

    def get(self, key: str, now: float) -> bytes | None:
        value, expires = self.held.get(key, (b"", now))
        return value if now < expires else None

    def ask(self, action: CacheGet | CacheAdd, now: float) -> tuple[float, object]:
        """When an action is answered, and with what."""
        if self.random.random() < SILENT:
            if self.random.random() < LOST:
                self._do(action, now)
            return action.deadline, Failed("timeout", "no answer", True, "")
        answer = self._do(action, now)
        return min(action.deadline, now + self.random.choice((0.0, 0.01, 0.3))), Done(answer)

    def _do(self, action: CacheGet | CacheAdd, now: float) -> bytes | None:
        present = self.get(action.key, now)
        if type(action) is CacheAdd and present is None:
            self.held[action.key] = (action.value, now + action.ttl)
        return present

    def end(self, action: CachePut | CacheSwap, now: float) -> None:
        """What an ended execution leaves behind."""
        present = self.get(action.key, now)
        if type(action) is CacheSwap and present != action.expected:
            return
        if self.random.random() < SILENT:
            if present is not None:
                self.untold.add(read_record(present).owner)
        elif action.value is None:
            del self.held[action.key]
        else:
            self.held[action.key] = (action.value, now + action.ttl)

    def nothing_is_pledged(self, now: float) -> None:
        """At the end of the world: who is done has said so, where the store could hear it."""
        for key, (value, expires) in self.held.items():
            record = read_record(value)
            pledged = record.status == 0 and now < expires
            require(not pledged or record.owner in self.untold, f"{key} is still claimed by {record.owner}")
