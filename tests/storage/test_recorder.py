"""Which traces of synchronous requests are kept."""

import uuid

import pytest

from orion_core.protocol import StoreTrace
from orion_io.clock import Clock
from orion_io.recorder import Recorder

COUNT = 4000


class Taken:
    """Takes every trace and keeps its id."""

    def __init__(self) -> None:
        self.ids: list[str] = []

    def offer(self, trace: StoreTrace, duration_ms: float, completed_at: int, /) -> bool:
        self.ids.append(trace.id)
        return True


def finished(identifier: str, status: str) -> StoreTrace:
    return StoreTrace(identifier, "r", "orders", "orders", 1, "sync", status, None, None, None, 1.0)


def kept(keep: object, status: str) -> list[str]:
    """Which of many traces are kept; the ids are the same every time."""
    taken = Taken()
    recorder = Recorder(taken, keep, Clock())  # type: ignore[arg-type] # each of the possible ones
    for number in range(COUNT):
        recorder.record(finished(str(uuid.uuid5(uuid.NAMESPACE_URL, str(number))), status), 1.0)
    return taken.ids


SHARES = [("all", 1.0, 1.0), ("errors", 0.0, 1.0), ("none", 0.0, 0.0), (0.0, 0.0, 1.0), (1.0, 1.0, 1.0)]


@pytest.mark.parametrize(("keep", "successes", "failures"), SHARES)
def test_what_is_kept_whatever_chance_says(keep: object, successes: float, failures: float) -> None:
    assert len(kept(keep, "completed")) == successes * COUNT
    assert len(kept(keep, "failed")) == failures * COUNT


def test_a_share_is_kept_beside_every_failure() -> None:
    tenth, quarter = kept(0.1, "completed"), kept(0.25, "completed")
    assert 0.08 < len(tenth) / COUNT < 0.12
    assert 0.22 < len(quarter) / COUNT < 0.28
    assert set(tenth) < set(quarter)
    assert kept(0.1, "completed") == tenth
    assert len(kept(0.1, "failed")) == COUNT
