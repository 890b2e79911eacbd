"""`map`: writes the results of JSONLogic to paths, one after the other, each seeing what those before it wrote."""

from typing import Annotated, Any

import cython
import msgspec
from msgspec import Meta

from orion_core.documents import DocumentError
from orion_core.failures import LIMIT_EXCEEDED, TASK_FAILED, Failure
from orion_core.functions.building import Building, Function
from orion_core.functions.function import TaskFunction
from orion_core.logic import LimitExceeded, LogicError
from orion_core.logic.node import Evaluation, Rule
from orion_core.message import Message
from orion_core.paths import Path, PathError


class Mapping(msgspec.Struct, frozen=True, kw_only=True):
    """One path and what is written there."""

    path: Annotated[str, Meta(min_length=1, description="Dotted path, such as 'data.order.total'.")]
    logic: Annotated[Any, Meta(description="JSONLogic, or a literal value.")]
    skip_null: Annotated[bool, Meta(description="Write nothing when the result is null.")] = False


class MapInput(msgspec.Struct, frozen=True, kw_only=True):
    """Input of `map`."""

    mappings: list[Mapping]


@cython.final
@cython.cclass
class Assignment:
    """A compiled mapping."""

    def __init__(self, path: Path, rule: Rule, skip_null: cython.bint) -> None:
        self.path = path
        self.rule = rule
        self.skip_null = skip_null


@cython.final
@cython.cclass
class MapFunction(TaskFunction):
    """Compiled mappings."""

    def __init__(self, assignments: tuple[Assignment, ...]) -> None:
        self.assignments = assignments

    @cython.ccall
    def start(self, message: Message, evaluation: Evaluation, now: cython.double, deadline: cython.double) -> object:
        """Write every mapping; one that fails is reported, the others are still written, and the task fails."""
        failure: Any = None
        assignment: Assignment
        for assignment in self.assignments:
            try:
                value = assignment.rule.evaluate(message.context, evaluation)
                if value is not None or not assignment.skip_null:
                    message.write(assignment.path, value)
            except (LimitExceeded, DocumentError) as error:
                return Failure(LIMIT_EXCEEDED, f"mapping '{assignment.path.text}': {error}")
            except (LogicError, PathError) as error:
                text = f"mapping '{assignment.path.text}': {error}"
                failure = Failure(TASK_FAILED, text if failure is None else f"{failure.message}; {text}")
        return failure


def build(given: MapInput, building: Building) -> MapFunction:
    """Compile the mappings."""
    return MapFunction(
        tuple(
            Assignment(
                building.path(mapping.path, "mappings", index, "path"),
                building.rule(mapping.logic, "mappings", index, "logic"),
                mapping.skip_null,
            )
            for index, mapping in enumerate(given.mappings)
        )
    )


MAP = Function("map", "Writes the results of JSONLogic to paths of the message.", MapInput, build)
