"""`filter`: a gate. Passes the message on, or ends this workflow, by a JSONLogic condition."""

from typing import Annotated, Any, Literal

import cython
import msgspec
from msgspec import Meta

from orion_core.functions.building import Building, Function
from orion_core.functions.function import HALTED, SKIPPED, TaskFunction
from orion_core.logic import LimitExceeded, LogicError
from orion_core.logic.node import Evaluation, Rule
from orion_core.message import Message


class FilterInput(msgspec.Struct, frozen=True, kw_only=True):
    """Input of `filter`."""

    condition: Annotated[Any, Meta(description="JSONLogic; the message passes when it is truthy.")]
    on_reject: Annotated[
        Literal["halt", "skip"], Meta(description="End this workflow, or go on as if the task were not there.")
    ] = "halt"


@cython.final
@cython.cclass
class FilterFunction(TaskFunction):
    """A compiled gate."""

    def __init__(self, condition: Rule, rejected: object) -> None:
        self.condition = condition
        self.rejected = rejected

    @cython.ccall
    def start(self, message: Message, evaluation: Evaluation, now: cython.double, deadline: cython.double) -> object:
        """Pass or reject; a condition that fails rejects."""
        try:
            passed = self.condition.truth(message.context, evaluation)
        except LimitExceeded:
            raise
        except LogicError:
            passed = False
        return None if passed else self.rejected


def build(given: FilterInput, building: Building) -> FilterFunction:
    """Compile the condition."""
    return FilterFunction(building.rule(given.condition, "condition"), HALTED if given.on_reject == "halt" else SKIPPED)


FILTER = Function("filter", "Lets the message pass, or halts its workflow.", FilterInput, build)
