"""The nodes of == === != !== < <= > >= (spec sections 11 and 12). What is equal or greater, `equality` knows."""

from collections.abc import Sequence
from typing import Final

import cython

from orion_core.logic.equality import equal_loosely, equal_strictly, equal_texts, order
from orion_core.logic.lookup import read
from orion_core.logic.node import Evaluation, Literal, Node
from orion_core.logic.variables import Var

STRICT_EQUAL = cython.declare(cython.int, 0)
STRICT_UNEQUAL = cython.declare(cython.int, 1)
EQUAL = cython.declare(cython.int, 2)
UNEQUAL = cython.declare(cython.int, 3)
LESS = cython.declare(cython.int, 4)
LESS_EQUAL = cython.declare(cython.int, 5)
GREATER = cython.declare(cython.int, 6)
GREATER_EQUAL = cython.declare(cython.int, 7)

OPERATIONS: Final = {"===": 0, "!==": 1, "==": 2, "!=": 3, "<": 4, "<=": 5, ">": 6, ">=": 7}
_MIRRORED: Final = {4: 6, 5: 7, 6: 4, 7: 5}  # a < b is b > a


def comparison(name: str, arguments: Sequence[Node]) -> Node:
    """The node for a comparison of two or more arguments; `!=` and `!==` look at two only."""
    operation = OPERATIONS[name]
    if len(arguments) > 2 and operation not in (1, 3):
        return ComparisonChain(tuple(arguments), operation)
    left, right = arguments[0], arguments[1]
    if isinstance(left, Literal) and isinstance(right, Var):
        left, right, operation = right, left, _MIRRORED.get(operation, operation)
    if isinstance(left, Var) and isinstance(right, Literal) and left.default is None:
        return VarComparison(left.keys, left.places, right.value, operation)
    return Comparison(left, right, operation)


def compare(operation: cython.int, left: object, right: object, evaluation: Evaluation) -> cython.bint:
    """Whether a comparison of two values holds; quick for two integers, two doubles and two texts."""
    if type(left) is int and type(right) is int:
        return compare_numbers(operation, left, right)
    if type(left) is float and type(right) is float:
        return compare_numbers(operation, left, right)
    if type(left) is str and type(right) is str:
        evaluation.work(len(left) >> 10)
    if operation <= UNEQUAL and type(left) is str and type(right) is str:
        return equal_texts(left, right) == (operation in (EQUAL, STRICT_EQUAL))
    if operation >= LESS:
        ordered = order(left, right)
        if ordered is None:
            return False
        sign: cython.int = ordered  # type: ignore[assignment]
        if operation == LESS:
            return sign < 0
        if operation == LESS_EQUAL:
            return sign <= 0
        if operation == GREATER:
            return sign > 0
        return sign >= 0
    if operation <= STRICT_UNEQUAL:
        return equal_strictly(left, right, evaluation) == (operation == STRICT_EQUAL)
    return equal_loosely(left, right, evaluation) == (operation == EQUAL)


def compare_numbers(operation: cython.int, left: object, right: object) -> cython.bint:
    """A comparison of two numbers of one kind."""
    if operation == GREATER:
        return left > right  # type: ignore[no-any-return, operator]
    if operation == LESS:
        return left < right  # type: ignore[no-any-return, operator]
    if operation in (EQUAL, STRICT_EQUAL):
        return left == right
    if operation == GREATER_EQUAL:
        return left >= right  # type: ignore[no-any-return, operator]
    if operation == LESS_EQUAL:
        return left <= right  # type: ignore[no-any-return, operator]
    return left != right


@cython.final
@cython.cclass
class Comparison(Node):
    """A comparison of two arguments."""

    def __init__(self, left: Node, right: Node, operation: cython.int) -> None:
        self.left = left
        self.right = right
        self.operation = operation

    def truth(self, data: object, evaluation: Evaluation) -> cython.int:
        left = self.left.evaluate(data, evaluation)
        return compare(self.operation, left, self.right.evaluate(data, evaluation), evaluation)

    @cython.cfunc
    def evaluate(self, data: object, evaluation: Evaluation) -> object:
        return self.truth(data, evaluation) != 0


@cython.final
@cython.cclass
class VarComparison(Node):
    """A comparison of a path with a literal: the commonest condition, in one node."""

    def __init__(self, keys: tuple[str, ...], places: tuple[int, ...], literal: object, operation: cython.int) -> None:
        self.keys = keys
        self.places = places
        self.literal = literal
        self.operation = operation

    def truth(self, data: object, evaluation: Evaluation) -> cython.int:
        return compare(self.operation, read(data, self.keys, self.places), self.literal, evaluation)

    @cython.cfunc
    def evaluate(self, data: object, evaluation: Evaluation) -> object:
        return self.truth(data, evaluation) != 0


@cython.final
@cython.cclass
class ComparisonChain(Node):
    """Three arguments and more: equality against the first, order between neighbours."""

    def __init__(self, arguments: tuple[Node, ...], operation: cython.int) -> None:
        self.arguments = arguments
        self.operation = operation

    def truth(self, data: object, evaluation: Evaluation) -> cython.int:
        node: Node
        at: cython.Py_ssize_t
        node = self.arguments[0]
        left = node.evaluate(data, evaluation)
        for at in range(1, len(self.arguments)):
            node = self.arguments[at]
            right = node.evaluate(data, evaluation)
            if not compare(self.operation, left, right, evaluation):
                return False
            if self.operation >= LESS:
                left = right
        return True

    @cython.cfunc
    def evaluate(self, data: object, evaluation: Evaluation) -> object:
        return self.truth(data, evaluation) != 0
