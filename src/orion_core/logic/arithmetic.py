"""+ - * / % min max abs ceil floor (spec section 13). Knows dates only as what is tried when numbers do not do.

Integers are exact within 64 bits; a result beyond becomes a double. The quick ways in front take operands so small that
their result cannot leave 64 bits.
"""

# ruff: noqa: PERF401 - a loop's variable has a C type; a comprehension's has none and finds no C method

import math
from collections.abc import Callable, Sequence
from typing import Final

import cython

from orion_core.logic.errors import INVALID_ARGUMENTS, NAN, LogicError
from orion_core.logic.node import Evaluation, Node
from orion_core.logic.numbers import (
    FLOAT_MAX,
    as_small,
    double_of,
    fits,
    float_of,
    is_number,
    narrow,
    number_of,
    parse_float,
    whole_of,
)
from orion_core.logic.spans import add_spans, divide_span, scale_span, states_span, subtract_spans

ADD = cython.declare(cython.int, 0)
SUBTRACT = cython.declare(cython.int, 1)
MULTIPLY = cython.declare(cython.int, 2)
DIVIDE = cython.declare(cython.int, 3)
REMAINDER = cython.declare(cython.int, 4)

EXACT = cython.declare(cython.double, 9007199254740992.0)  # 2**53: whole doubles below it are exact

OPERATIONS: Final = {"+": 0, "-": 1, "*": 2, "/": 3, "%": 4}


def nan() -> LogicError:
    """The error of a calculation with something that is no number."""
    return LogicError({"type": NAN})


def invalid() -> LogicError:
    """The error of an argument of the wrong kind or number."""
    return LogicError({"type": INVALID_ARGUMENTS})


def arithmetic(name: str, arguments: Sequence[Node], literal_array: bool) -> Node:
    """The node for + - * / % of one or more arguments.

    Args:
        name: The operator.
        arguments: Its compiled arguments.
        literal_array: Whether the only argument stands in the rule as an array.
    """
    operation = OPERATIONS[name]
    if len(arguments) == 1:
        return Unary(arguments[0], operation, literal_array)
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


@cython.ccall
def combine(operation: cython.int, left: object, right: object) -> object:
    """`left operation right` as a result."""
    if operation == ADD:
        return add(left, right)
    if operation == SUBTRACT:
        return subtract(left, right)
    if operation == MULTIPLY:
        return multiply(left, right)
    if operation == DIVIDE:
        return divide(left, right)
    return remainder(left, right)


@cython.ccall
def add(left: object, right: object) -> object:
    """The sum of two values, or a date or duration when they are no numbers."""
    small: cython.double = as_small(left)
    if small < EXACT:
        other_small: cython.double = as_small(right)
        if other_small < EXACT and -EXACT < small + other_small < EXACT:
            return narrow(small + other_small)
    mine = number_of(left)
    other = None if mine is None else number_of(right)
    if other is None:
        return add_spans(left, right)
    return result_of(add_numbers(mine, other))


@cython.ccall
def subtract(left: object, right: object) -> object:
    """The difference of two values, or a date or duration when they are no numbers."""
    small: cython.double = as_small(left)
    if small < EXACT:
        other_small: cython.double = as_small(right)
        if other_small < EXACT and -EXACT < small - other_small < EXACT:
            return narrow(small - other_small)
    mine = number_of(left)
    other = None if mine is None else number_of(right)
    if other is None:
        return subtract_spans(left, right)
    return result_of(subtract_numbers(mine, other))


@cython.ccall
def multiply(left: object, right: object) -> object:
    """The product of two values; one of them may be a duration."""
    small: cython.double = as_small(left)
    if small < EXACT:
        other_small: cython.double = as_small(right)
        if other_small < EXACT and -EXACT < small * other_small < EXACT:
            return narrow(small * other_small)
    mine = number_of(left)
    other = number_of(right)
    if mine is None or other is None:
        return scale_span(left, right)
    return result_of(multiply_numbers(mine, other))


@cython.ccall
def add_numbers(left: object, right: object) -> object:
    """The sum of two numbers: exact within 64 bits, else a double."""
    if type(left) is int and type(right) is int:
        total = left + right
        if fits(total):
            return total
    return float(left) + float(right)  # type: ignore[arg-type]


@cython.ccall
def subtract_numbers(left: object, right: object) -> object:
    """The difference of two numbers, as `add_numbers`."""
    if type(left) is int and type(right) is int:
        total = left - right
        if fits(total):
            return total
    return float(left) - float(right)  # type: ignore[arg-type]


@cython.ccall
def multiply_numbers(left: object, right: object) -> object:
    """The product of two numbers, as `add_numbers`."""
    if type(left) is int and type(right) is int:
        product = left * right
        if fits(product):
            return product
    return float(left) * float(right)  # type: ignore[arg-type]


def result_of(number: object) -> object:
    """A computed number as a result."""
    return number if type(number) is int else narrow(number)  # type: ignore[arg-type]


@cython.ccall
def divide(left: object, right: object) -> object:
    """The quotient of two values; the first may be a duration."""
    mine = number_of(left)
    if mine is None:
        return divide_span(left, right)
    return result_of(divide_numbers(left, right, mine))


def divide_numbers(left: object, right: object, mine: object) -> object:
    """The quotient of values of which `mine` is the left one's number: an integer while that is exact."""
    other = number_of(right)
    if other is None:
        raise nan()
    if other == 0:
        return by_zero(left, right, mine)
    if type(mine) is int and type(other) is int and mine % other == 0:
        quotient = mine // other
        return quotient if fits(quotient) else float(quotient)
    return float(mine) / float(other)  # type: ignore[arg-type]


def by_zero(left: object, right: object, mine: object) -> object:
    """Division by zero: an error for two whole numbers, else the largest double of the dividend's sign."""
    if whole_of(left) is not None and whole_of(right) is not None:
        raise nan()
    if mine == 0:
        return 0
    return FLOAT_MAX if mine > 0 else -FLOAT_MAX  # type: ignore[operator]


@cython.ccall
def remainder(left: object, right: object) -> object:
    """What a truncating division leaves; it has the sign of the dividend."""
    mine = number_of(left)
    other = None if mine is None else number_of(right)
    if other is None:
        raise nan()
    if other == 0:
        return by_zero(left, right, mine)
    if type(mine) is int and type(other) is int:
        rest = abs(mine) % abs(other)
        return -rest if mine < 0 else rest
    return narrow(math.fmod(mine, other))  # type: ignore[arg-type]


@cython.final
@cython.cclass
class Unary(Node):
    """One operand: a number's own meaning of the operator, or an array's elements as operands."""

    def __init__(self, argument: Node, operation: cython.int, literal_array: bool) -> None:
        self.argument = argument
        self.operation = operation
        self.literal_array = literal_array

    @cython.cfunc
    def evaluate(self, data: object, evaluation: Evaluation) -> object:
        value = self.argument.evaluate(data, evaluation)
        if type(value) is list:
            evaluation.work(len(value))
            if self.literal_array and self.operation in (ADD, MULTIPLY):
                raise nan()
            return fold_array(self.operation, value)
        if self.operation == REMAINDER:
            raise invalid()
        if self.operation == DIVIDE:
            return reciprocal(value)
        number = number_of(value)
        if number is None:
            raise nan()
        return result_of(subtract_numbers(0, number) if self.operation == SUBTRACT else number)


def reciprocal(value: object) -> object:
    """One divided by a value; zero has none."""
    number = number_of(value)
    if number is None or number == 0:
        raise nan()
    return divide(1, number)


def fold_array(operation: int, values: list[object]) -> object:
    """An operator over the elements of an array, which have to be numbers."""
    if not values:
        if operation in (ADD, MULTIPLY):
            return 0 if operation == ADD else 1
        raise invalid()
    if operation == REMAINDER and len(values) < 2:
        raise invalid()
    number = number_of(values[0])
    if number is None:
        raise nan()
    left = values[0]
    for value in values[1:]:
        number = number_step(operation, left, number, value)
        left = number
        if operation >= DIVIDE and number_of(value) == 0:
            break
    return result_of(number)


def number_step(operation: int, left: object, number: object, right: object) -> object:
    """One step of a fold: `left`, whose number is `number`, with the next operand."""
    if operation == REMAINDER:
        return remainder(left, right)
    if operation == DIVIDE:
        return divide_numbers(left, right, number)
    other = number_of(right)
    if other is None:
        raise nan()
    return _NUMBER_STEPS[operation](number, other)


_NUMBER_STEPS: Final[dict[int, Callable[[object, object], object]]] = {
    0: add_numbers,
    1: subtract_numbers,
    2: multiply_numbers,
}


def span_step(operation: int, left: object, right: object) -> object:
    """One step of a fold over dates and durations."""
    return add_spans(left, right) if operation == ADD else subtract_spans(left, right)


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
            raise nan()
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


@cython.final
@cython.cclass
class Extreme(Node):
    """min and max, of numbers only and without conversion; the first of equals wins.

    Args:
        arguments: The operands.
        largest: max rather than min.
        spread: Whether an only argument may be an array of operands, because it is computed.
    """

    def __init__(self, arguments: tuple[Node, ...], largest: bool, spread: bool) -> None:
        self.arguments = arguments
        self.largest = largest
        self.spread = spread

    @cython.cfunc
    def evaluate(self, data: object, evaluation: Evaluation) -> object:
        node: Node
        best: object = None
        for node in self.arguments:
            value = node.evaluate(data, evaluation)
            if self.spread and type(value) is list:
                evaluation.work(len(value))
                for element in value:
                    best = self.better(best, element)
                break
            best = self.better(best, value)
        if best is None:
            raise invalid()
        return best

    @cython.cfunc
    def better(self, best: object, value: object) -> object:
        """The better of the best so far and the next operand."""
        if not is_number(value):
            raise invalid()
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
        raise invalid()
    if name == "abs":
        return narrow(abs(number))  # type: ignore[arg-type]
    if abs(number) >= 2**53:  # type: ignore[arg-type]
        return narrow(number)  # type: ignore[arg-type]
    return math.ceil(number) if name == "ceil" else math.floor(number)  # type: ignore[call-overload]
