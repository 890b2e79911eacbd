"""What + - * / % make of values (spec section 13). Knows no node; dates are what is tried when numbers do not do.

Integers are exact within 64 bits; a result beyond becomes a double. The quick ways in front take operands so small that
doubles calculate with them exactly.
"""

import math
from collections.abc import Callable
from typing import Final

import cython

from orion_core.logic.errors import invalid_arguments, not_a_number
from orion_core.logic.numbers import FLOAT_MAX, as_small, fits, narrow, number_of, whole_of
from orion_core.logic.spans import add_spans, divide_span, scale_span, subtract_spans

ADD = cython.declare(cython.int, 0)
SUBTRACT = cython.declare(cython.int, 1)
MULTIPLY = cython.declare(cython.int, 2)
DIVIDE = cython.declare(cython.int, 3)
REMAINDER = cython.declare(cython.int, 4)
EXACT = cython.declare(cython.double, 9007199254740992.0)  # 2**53: whole doubles below it are exact


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
        raise not_a_number()
    if other == 0:
        return by_zero(left, right, mine)
    if type(mine) is int and type(other) is int and mine % other == 0:
        quotient = mine // other
        return quotient if fits(quotient) else float(quotient)
    return float(mine) / float(other)  # type: ignore[arg-type]


def by_zero(left: object, right: object, mine: object) -> object:
    """Division by zero: an error for two whole numbers, else the largest double of the dividend's sign."""
    if whole_of(left) is not None and whole_of(right) is not None:
        raise not_a_number()
    if mine == 0:
        return 0
    return FLOAT_MAX if mine > 0 else -FLOAT_MAX  # type: ignore[operator]


@cython.ccall
def remainder(left: object, right: object) -> object:
    """What a truncating division leaves; it has the sign of the dividend."""
    mine = number_of(left)
    other = None if mine is None else number_of(right)
    if other is None:
        raise not_a_number()
    if other == 0:
        return by_zero(left, right, mine)
    if type(mine) is int and type(other) is int:
        rest = abs(mine) % abs(other)
        return -rest if mine < 0 else rest
    return narrow(math.fmod(mine, other))  # type: ignore[arg-type]


def reciprocal(value: object) -> object:
    """One divided by a value; zero has none."""
    number = number_of(value)
    if number is None or number == 0:
        raise not_a_number()
    return divide(1, number)


def fold_array(operation: int, values: list[object]) -> object:
    """An operator over the elements of an array, which have to be numbers."""
    if not values:
        if operation in (ADD, MULTIPLY):
            return 0 if operation == ADD else 1
        raise invalid_arguments()
    if operation == REMAINDER and len(values) < 2:
        raise invalid_arguments()
    number = number_of(values[0])
    if number is None:
        raise not_a_number()
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
        raise not_a_number()
    return _NUMBER_STEPS[operation](number, other)


_NUMBER_STEPS: Final[dict[int, Callable[[object, object], object]]] = {
    0: add_numbers,
    1: subtract_numbers,
    2: multiply_numbers,
}


def span_step(operation: int, left: object, right: object) -> object:
    """One step of a fold over dates and durations."""
    return add_spans(left, right) if operation == ADD else subtract_spans(left, right)
