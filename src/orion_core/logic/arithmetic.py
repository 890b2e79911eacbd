"""+ - * / % min max abs ceil floor (spec section 13). Knows dates only as what is tried when numbers do not do.

Integers are exact within 64 bits; a result beyond becomes a double. The quick ways in front take operands so small that
their result cannot leave 64 bits.
"""

import math
from collections.abc import Callable, Sequence
from typing import Final

import cython

from orion_core.logic.errors import INVALID_ARGUMENTS, NAN, LogicError
from orion_core.logic.node import Evaluation, Node
from orion_core.logic.numbers import (
    FLOAT_MAX,
    INTEGER_MAX,
    INTEGER_MIN,
    double_of,
    float_of,
    integer_of,
    is_number,
    narrow,
    number_of,
    parse_float,
)
from orion_core.logic.spans import add_spans, divide_span, scale_span, subtract_spans

ADD = cython.declare(cython.int, 0)
SUBTRACT = cython.declare(cython.int, 1)
MULTIPLY = cython.declare(cython.int, 2)
DIVIDE = cython.declare(cython.int, 3)
REMAINDER = cython.declare(cython.int, 4)

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
    if type(left) is float and type(right) is float:
        return narrow(cython.cast(float, left) + cython.cast(float, right))
    mine = number_of(left)
    other = None if mine is None else number_of(right)
    if other is None:
        return add_spans(left, right)
    return result_of(add_numbers(mine, other))


@cython.ccall
def subtract(left: object, right: object) -> object:
    """The difference of two values, or a date or duration when they are no numbers."""
    mine = number_of(left)
    other = None if mine is None else number_of(right)
    if other is None:
        return subtract_spans(left, right)
    return result_of(subtract_numbers(mine, other))


@cython.ccall
def multiply(left: object, right: object) -> object:
    """The product of two values; one of them may be a duration."""
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
        if INTEGER_MIN <= total <= INTEGER_MAX:
            return total
    return float(left) + float(right)  # type: ignore[arg-type]


@cython.ccall
def subtract_numbers(left: object, right: object) -> object:
    """The difference of two numbers, as `add_numbers`."""
    if type(left) is int and type(right) is int:
        total = left - right
        if INTEGER_MIN <= total <= INTEGER_MAX:
            return total
    return float(left) - float(right)  # type: ignore[arg-type]


@cython.ccall
def multiply_numbers(left: object, right: object) -> object:
    """The product of two numbers, as `add_numbers`."""
    if type(left) is int and type(right) is int:
        product = left * right
        if INTEGER_MIN <= product <= INTEGER_MAX:
            return product
    return float(left) * float(right)  # type: ignore[arg-type]


def result_of(number: object) -> object:
    """A computed number as a result."""
    return number if type(number) is int else narrow(number)


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
        return quotient if quotient <= INTEGER_MAX else float(quotient)
    return float(mine) / float(other)  # type: ignore[arg-type]


def by_zero(left: object, right: object, mine: object) -> object:
    """Division by zero: an error for two whole numbers, else the largest double of the dividend's sign."""
    if is_whole(left) and is_whole(right):
        raise nan()
    if mine == 0:
        return 0
    return FLOAT_MAX if mine > 0 else -FLOAT_MAX  # type: ignore[operator]


def is_whole(value: object) -> bool:
    """Whether a value is a number without a fraction."""
    return type(value) is int or (type(value) is float and value == math.floor(value))


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
    return narrow(math.fmod(mine, other))


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
    first = number_of(values[0])
    if first is None:
        raise nan()
    if len(values) == 1:
        return result_of(first)
    return fold(operation, values, spans=False)


def fold(operation: int, values: Sequence[object], *, spans: bool) -> object:
    """An operator from left to right over two or more values."""
    if operation == REMAINDER:
        total = values[0]
        for value in values[1:]:
            total = remainder(total, value)
        return total
    number = number_of(values[0])
    if number is None:
        return fold_spans(operation, values) if spans else _refuse()
    if operation == DIVIDE:
        return fold_quotient(values, number)
    step: Callable[[object, object], object] = _NUMBER_STEPS[operation]
    for value in values[1:]:
        other = number_of(value)
        if other is None:
            raise nan()
        number = step(number, other)
    return result_of(number)


_NUMBER_STEPS: Final = {0: add_numbers, 1: subtract_numbers, 2: multiply_numbers}


def _refuse() -> object:
    raise nan()


def fold_quotient(values: Sequence[object], number: object) -> object:
    """A quotient of three values and more; a division by zero ends it."""
    left = values[0]
    for value in values[1:]:
        other = number_of(value)
        number = divide_numbers(left, value, number)
        if other == 0:
            break
        left = number
    return result_of(number)


def fold_spans(operation: int, values: Sequence[object]) -> object:
    """Dates and durations added or subtracted from left to right."""
    if operation not in (ADD, SUBTRACT):
        raise nan()
    total = values[0]
    for value in values[1:]:
        total = add_spans(total, value) if operation == ADD else subtract_spans(total, value)
    return total


@cython.final
@cython.cclass
class Folded(Node):
    """Three operands and more."""

    def __init__(self, arguments: tuple[Node, ...], operation: cython.int) -> None:
        self.arguments = arguments
        self.operation = operation

    @cython.cfunc
    def evaluate(self, data: object, evaluation: Evaluation) -> object:
        node: Node
        values: list = []  # type: ignore[type-arg]
        for node in self.arguments:
            values.append(node.evaluate(data, evaluation))
        return fold(self.operation, values, spans=True)


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
        values: list = []  # type: ignore[type-arg]
        for node in self.arguments:
            values.append(node.evaluate(data, evaluation))
        if self.spread and type(values[0]) is list:
            values = values[0]
            evaluation.work(len(values))
        best: object = None
        for value in values:
            if not is_number(value):
                raise invalid()
            if best is None or (sortable(value) > sortable(best) if self.largest else sortable(value) < sortable(best)):
                best = value
        if best is None:
            raise invalid()
        return best


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
        return narrow(abs(number))
    if abs(number) >= 2**53:
        return narrow(number)
    return math.ceil(number) if name == "ceil" else math.floor(number)
