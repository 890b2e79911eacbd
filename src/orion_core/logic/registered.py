"""Operators that the host adds. Knows nothing of what they do."""

# ruff: noqa: PERF401 - a loop's variable has a C type; a comprehension's has none and finds no C method

from collections.abc import Callable
from dataclasses import dataclass

import cython

from orion_core.logic.errors import LogicError
from orion_core.logic.node import Evaluation, Node


@dataclass(frozen=True)
class Operator:
    """An operator written in Python.

    Args:
        name: As rules write it; a built-in operator of the same name goes before it.
        function: Called with the evaluated arguments; gives a JSON value. It must not change its arguments, because
            they are parts of the data, and may raise LogicError.
        minimum: The fewest arguments it takes.
        maximum: The most; None for any number.
    """

    name: str
    function: Callable[..., object]
    minimum: int = 0
    maximum: int | None = None


@cython.final
@cython.cclass
class RegisteredCall(Node):
    """A call of a registered operator. An exception of its own becomes a LogicError with the operator's name."""

    def __init__(self, operator: Operator, arguments: tuple[Node, ...]) -> None:
        self.function = operator.function
        self.name = operator.name
        self.arguments = arguments

    @cython.cfunc
    def evaluate(self, data: object, evaluation: Evaluation) -> object:
        node: Node
        values: list = []  # type: ignore[type-arg]
        for node in self.arguments:
            values.append(node.evaluate(data, evaluation))
        try:
            return self.function(*values)
        except LogicError:
            raise
        except Exception as error:  # foreign code: whatever it raises is a failure of the rule, not of the engine
            raise LogicError({"type": f"{self.name} failed"}) from error
