"""max min abs ceil floor (spec section 13). Knows no other operator."""

# ruff: noqa: PERF401 - a loop's variable has a C type; a comprehension's has none and finds no C method

import math

import cython

from orion_core.logic.errors import invalid_arguments
from orion_core.logic.node import Evaluation, Node
from orion_core.logic.numbers import double_of, float_of, is_number, narrow, parse_float


@cython.final
@cython.cclass
class Extreme(Node):
    """min and max, of numbers only and without conversion; the first of equals wins.

    Args:
        arguments: The operands, or an only argument that may give an array of them.
        largest: max rather than min.
    """

    def __init__(self, arguments: tuple[Node, ...], largest: bool) -> None:
        self.arguments = arguments
        self.largest = largest

    @cython.cfunc
    def evaluate(self, data: object, evaluation: Evaluation) -> object:
        node: Node
        best: object = None
        for node in self.arguments:
            value = node.evaluate(data, evaluation)
            if type(value) is list and len(self.arguments) == 1:
                evaluation.work(len(value))
                for element in value:
                    best = self.better(best, element)
                break
            best = self.better(best, value)
        if best is None:
            raise invalid_arguments()
        return best

    @cython.cfunc
    def better(self, best: object, value: object) -> object:
        """The better of the best so far and the next operand."""
        if not is_number(value):
            raise invalid_arguments()
        if best is None:
            return value
        mine: cython.double = sortable(value)
        other: cython.double = sortable(best)
        return value if (mine > other if self.largest else mine < other) else best


def sortable(value: object) -> float:
    """A number as a double; integers beyond every double are infinite."""
    if type(value) is not int:
        return value  # type: ignore[return-value]
    double = double_of(value)
    return (math.inf if value > 0 else -math.inf) if double is None else double  # type: ignore[return-value]


@cython.final
@cython.cclass
class Rounding(Node):
    """abs, ceil and floor; several arguments give a list."""

    def __init__(self, arguments: tuple[Node, ...], name: str) -> None:
        self.arguments = arguments
        self.name = name

    @cython.cfunc
    def evaluate(self, data: object, evaluation: Evaluation) -> object:
        node: Node
        results: list = []  # type: ignore[type-arg]
        for node in self.arguments:
            results.append(rounded(self.name, node.evaluate(data, evaluation)))
        return results[0] if len(results) == 1 else results


def rounded(name: str, value: object) -> object:
    """One number, or text that spells one, rounded through a double."""
    number = parse_float(value) if type(value) is str else float_of(value) if is_number(value) else None
    if number is None:
        raise invalid_arguments()
    if name == "abs":
        return narrow(abs(number))  # type: ignore[arg-type]
    if abs(number) >= 2**53:  # type: ignore[arg-type]
        return narrow(number)  # type: ignore[arg-type]
    return math.ceil(number) if name == "ceil" else math.floor(number)  # type: ignore[call-overload]
