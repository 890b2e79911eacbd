"""A server with two functions more: `wait` stands for a slow outside system, `die` for a request that kills its server.

Run as a program. Everything else of it is the real server.
"""

import os
import signal
import time

import msgspec

from orion_core import Compiler
from orion_core.functions.building import Building, Function
from orion_core.functions.catalogue import CATALOGUE
from orion_core.functions.function import TaskFunction
from orion_core.protocol import Sleep
from orion_server.serve import serve
from orion_server.settings import load


class WaitInput(msgspec.Struct, frozen=True, kw_only=True):
    """How long, by when it counts as failed, and which connector it plays."""

    ms: int
    timeout_ms: int = 60_000
    connector: str | None = None


class Wait(TaskFunction):
    """Sleeps without holding anybody up."""

    def __init__(self, given: WaitInput) -> None:
        self.seconds = given.ms / 1000
        self.timeout = given.timeout_ms / 1000

    def start(self, message: object, evaluation: object, now: float, deadline: float) -> object:
        return (Sleep(now + self.seconds, min(deadline, now + self.timeout)),)

    def finish(self, message: object, evaluation: object, outcomes: object) -> object:
        return None


def build(given: WaitInput, building: Building) -> Wait:
    if given.connector is not None:
        building.refer("connector", given.connector, "connector")
    return Wait(given)


WAIT = Function("wait", "Waits.", WaitInput, build)


class DieInput(msgspec.Struct, frozen=True, kw_only=True):
    """By which signal."""

    number: int = signal.SIGKILL


class Die(TaskFunction):
    """Does what a crash in a library, or a lack of memory, does."""

    def __init__(self, given: DieInput, building: Building) -> None:
        self.number = given.number

    def start(self, message: object, evaluation: object, now: float, deadline: float) -> object:
        os.kill(os.getpid(), self.number)
        time.sleep(60)
        return None


DIE = Function("die", "Kills the process.", DieInput, Die)

if __name__ == "__main__":
    serve(load(None, os.environ), Compiler({**CATALOGUE, "wait": WAIT, "die": DIE}))
