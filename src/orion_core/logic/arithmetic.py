"""The nodes of + - * / % (spec section 13). What comes out, `calculation` knows."""

from collections.abc import Sequence
from typing import Final

import cython

from orion_core.logic.calculation import (
    combine,
    fold_array,
    number_step,
    reciprocal,
    result_of,
    span_step,
    subtract_numbers,
)
from orion_core.logic.errors import invalid_arguments, not_a_number
from orion_core.logic.node import Evaluation, Node
from orion_core.logic.numbers import number_of
from orion_core.logic.spans import states_span

SUBTRACT = cython.declare(cython.int, 1)
DIVIDE = cython.declare(cython.int, 3)
REMAINDER = cython.declare(cython.int, 4)

OPERATIONS: Final = {"+": 0, "-": 1, "*": 2, "/": 3, "%": 4}


def arithmetic(name: str, arguments: Sequence[Node]) -> Node:
    """The node for + - * / % of one or more arguments."""
    operation = OPERATIONS[name]
    if len(arguments) == 1:
        return Unary(arguments[0], operation)
    if len(arguments) == 2:
        return Binary(arguments[0], arguments[1], operation)
    return Folded(tuple(arguments), operation)


@cython.final
@cython.cclass
class Binary(Node):
    """Two operands."""

    def __init__(self, left: Node, right: Node, operation: cython.int) -> None:
        self.left = left
        self.right = right
        self.operation = operation

    @cython.cfunc
    def evaluate(self, data: object, evaluation: Evaluation) -> object:
        left = self.left.evaluate(data, evaluation)
        return combine(self.operation, left, self.right.evaluate(data, evaluation))


@cython.final
@cython.cclass
class Unary(Node):
    """One operand: a number's own meaning of the operator, or an array's elements as operands."""

    def __init__(self, argument: Node, operation: cython.int) -> None:
        self.argument = argument
        self.operation = operation

    @cython.cfunc
    def evaluate(self, data: object, evaluation: Evaluation) -> object:
        value = self.argument.evaluate(data, evaluation)
        if type(value) is list:
            evaluation.work(len(value))
            return fold_array(self.operation, value)
        if self.operation == REMAINDER:
            raise invalid_arguments()
        if self.operation == DIVIDE:
            return reciprocal(value)
        number = number_of(value)
        if number is None:
            raise not_a_number()
        return result_of(subtract_numbers(0, number) if self.operation == SUBTRACT else number)


@cython.final
@cython.cclass
class Folded(Node):
    """Three operands and more, from left to right; an operand that fits with none ends it."""

    def __init__(self, arguments: tuple[Node, ...], operation: cython.int) -> None:
        self.arguments = arguments
        self.operation = operation

    @cython.cfunc
    def evaluate(self, data: object, evaluation: Evaluation) -> object:
        node: Node
        at: cython.Py_ssize_t
        node = self.arguments[0]
        left = node.evaluate(data, evaluation)
        number = number_of(left)
        if number is None and not (self.operation <= SUBTRACT and states_span(left)):
            raise not_a_number()
        for at in range(1, len(self.arguments)):
            node = self.arguments[at]
            right = node.evaluate(data, evaluation)
            if number is None:
                left = span_step(self.operation, left, right)
                continue
            number = number_step(self.operation, left, number, right)
            left = number
            if self.operation >= DIVIDE and number_of(right) == 0:
                break
        return left if number is None else result_of(number)
