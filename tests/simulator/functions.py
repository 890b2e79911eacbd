"""A function that asks the world, so that executions have something to wait for."""

from dataclasses import dataclass
from typing import Any

import msgspec

from orion_core.calls import Call
from orion_core.connector import CACHE
from orion_core.functions.building import Building, Function
from orion_core.functions.catalogue import CATALOGUE
from orion_core.functions.connected import ConnectorFunction, ConnectorInput, keep
from orion_core.functions.function import TaskFunction
from orion_core.paths import Path


@dataclass(frozen=True)
class Ask:
    """An action whose outcome the world draws."""

    name: str
    deadline: float


class AskInput(msgspec.Struct, frozen=True, kw_only=True):
    """Which questions to ask at once, and where the answers go."""

    names: list[str]
    output: str
    timeout_ms: int = 60_000
    connector: str | None = None


class AskFunction(TaskFunction):
    """Asks all its questions in one `Perform`."""

    def __init__(self, given: AskInput) -> None:
        self.names = given.names
        self.output = Path(given.output)
        self.timeout = given.timeout_ms / 1000

    def start(self, message: Any, evaluation: Any, now: float, deadline: float) -> object:
        due = min(deadline, now + self.timeout)
        return tuple(Ask(name, due) for name in self.names)

    def finish(self, message: Any, evaluation: Any, outcomes: tuple[Any, ...]) -> object:
        message.write(self.output, [outcome.value for outcome in outcomes])
        return None


def build(given: AskInput, building: Building) -> AskFunction:
    building.path(given.output, "output")
    if given.connector is not None:
        building.refer("connector", given.connector, "connector")
    return AskFunction(given)


ASK = Function("ask", "Asks the simulated world.", AskInput, build)


class Dial(Call, frozen=True):
    """An action on a connector whose outcome the world draws."""

    name: str


class DialInput(ConnectorInput, frozen=True, kw_only=True):
    """What to call, whether twice is as good as once, and where the answer goes."""

    name: str
    output: str
    idempotent: bool = True


class DialFunction(ConnectorFunction):
    """A function on a connector, retried by the interpreter."""

    def __init__(self, given: DialInput, building: Building) -> None:
        ConnectorFunction.__init__(self, given, building, CACHE)
        self.name = given.name
        self.output = Path(given.output)
        self.idempotent = given.idempotent

    def ask(self, connector: Any, message: Any, evaluation: Any, deadline: float) -> object:
        return Dial(connector, deadline, self.name)

    def is_idempotent(self, action: object) -> bool:
        return self.idempotent

    def conclude(self, value: object, message: Any, evaluation: Any) -> object:
        keep(message, self.output, value)
        return None

    def outline(self, action: Any) -> dict[str, object]:
        return {"name": action.name}


DIAL = Function("dial", "Calls the simulated world through a connector.", DialInput, DialFunction, connector=True)
FUNCTIONS = {**CATALOGUE, "ask": ASK, "dial": DIAL}
