"""When two values are equal, and which comes first (spec sections 11 and 12). Knows no node.

Texts that state an instant or a duration are compared by what they state; only those that look like one are parsed.
"""

# ruff: noqa: SIM110 - a loop's variable has a C type; a comprehension's has none and finds no C method

import cython

from orion_core.logic.errors import LimitExceeded, not_a_number
from orion_core.logic.node import Evaluation
from orion_core.logic.numbers import double_of, float_of, integer_of, is_number, parse_float
from orion_core.logic.temporal import duration_of, instant_of, looks_temporal

TEXT_SHIFT = cython.declare(cython.int, 10)  # comparing a thousand characters weighs as much as one node


@cython.ccall
def equal_texts(left: str, right: str) -> cython.bint:
    """Whether two texts are equal, or state the same instant or duration."""
    if left == right:
        return True
    return looks_temporal(left) and looks_temporal(right) and same_moment(left, right) == 1


@cython.ccall
def equal_strictly(left: object, right: object, evaluation: Evaluation) -> cython.int:
    """Whether two values are equal without conversion; 1 equals 1.0, member order does not matter."""
    if type(left) is str and type(right) is str:
        evaluation.work(len(left) >> TEXT_SHIFT)
        return equal_texts(left, right)
    if (type(left) is dict or type(right) is dict) and same_moment(left, right) == 1:
        return True
    return equal_deeply(left, right, evaluation, 0)


@cython.ccall
def equal_deeply(left: object, right: object, evaluation: Evaluation, depth: cython.int) -> cython.int:
    """Strict equality of two values as they stand, without a look at what texts state."""
    if type(left) is list:
        if type(right) is not list or len(left) != len(right):
            return False
        _enter(len(left), evaluation, depth)
        for mine, other in zip(left, right, strict=True):
            if not equal_deeply(mine, other, evaluation, depth + 1):
                return False
        return True
    if type(left) is dict:
        if type(right) is not dict or len(left) != len(right):
            return False
        _enter(len(left), evaluation, depth)
        for key, member in left.items():
            if key not in right or not equal_deeply(member, right[key], evaluation, depth + 1):
                return False
        return True
    if type(left) is str:
        evaluation.work(len(left) >> TEXT_SHIFT)
    if type(left) is type(right):
        return left == right
    return is_number(left) and is_number(right) and left == right


@cython.cfunc
def _enter(size: cython.Py_ssize_t, evaluation: Evaluation, depth: cython.int) -> cython.int:
    evaluation.work(size + 1)
    if depth >= evaluation.limits.max_depth:
        raise LimitExceeded("a value is nested too deep")
    return 0


def same_moment(left: object, right: object) -> int:
    """1 when both state the same instant or duration, 0 when they state different ones, -1 when they do not."""
    mine, other = moments(left, right)
    if mine is None or other is None:
        return -1
    return 1 if mine == other else 0


def moments(left: object, right: object) -> tuple[object, object]:
    """The instants both values state, else the durations; None where there is none."""
    mine = instant_of(left)
    other = None if mine is None else instant_of(right)
    if other is not None:
        return mine, other
    mine = duration_of(left)
    return mine, None if mine is None else duration_of(right)


@cython.ccall
def equal_loosely(left: object, right: object, evaluation: Evaluation) -> cython.int:
    """Whether two values are equal after conversion.

    Raises:
        LogicError: NaN, when the two are of kinds that have no common one.
    """
    if type(left) is str and type(right) is str:
        return equal_strictly(left, right, evaluation)
    if type(left) is dict or type(right) is dict:
        same = same_moment(left, right)
        if same >= 0:
            return same
    return plain_loosely(left, right, evaluation)


@cython.cfunc
def plain_loosely(left: object, right: object, evaluation: Evaluation) -> cython.int:
    """Loose equality of two values that are not both texts, without a look at what they state."""
    if type(left) is list and type(right) is list:
        if equal_deeply(left, right, evaluation, 0):
            return True
        raise not_a_number()
    if type(left) is dict and type(right) is dict:
        return False
    if type(left) is list or type(right) is list or type(left) is dict or type(right) is dict:
        raise not_a_number()
    if type(left) is type(right):
        return left == right
    if type(left) is str:
        left, right = right, left
    if type(right) is str:
        return _equals_text(left, right)
    if left is None or right is None:
        other = right if left is None else left
        return other is False or (is_number(other) and other == 0)
    return left == right  # numbers, and true and false as 1 and 0


def _equals_text(value: object, text: str) -> bool:
    """Whether a number, boolean or null equals a text."""
    if value is None:
        return text == ""
    if type(value) is bool:
        return text == ("true" if value else "false")
    number = integer_of(text) if text else None
    if number is None:
        number = parse_float(text)
    if number is None:
        raise not_a_number()
    return bool(value == number)


@cython.ccall
def order(left: object, right: object) -> object:
    """Negative, zero or positive as `left` comes before, with or after `right`; None when neither is the case.

    Raises:
        LogicError: NaN, for arrays, objects, and a number beside a text that spells none.
    """
    if is_number(left) and is_number(right):
        return -1 if left < right else left > right  # type: ignore[operator]
    if type(left) is str and type(right) is str and not (looks_temporal(left) and looks_temporal(right)):
        return -1 if left < right else left > right
    if (type(left) is str or type(left) is dict) and (type(right) is str or type(right) is dict):
        mine, other = moments(left, right)
        if mine is not None and other is not None:
            return -1 if mine < other else mine > other  # type: ignore[operator]
        if type(left) is str and type(right) is str:
            return -1 if left < right else left > right
    return _order_as_numbers(left, right)


def _order_as_numbers(left: object, right: object) -> object:
    if type(left) in (list, dict) or type(right) in (list, dict):
        raise not_a_number()
    mine = _comparable(left)
    other = _comparable(right)
    if mine is not None and other is not None:
        return -1 if mine < other else mine > other  # type: ignore[operator]
    if is_number(left) or is_number(right):
        raise not_a_number()
    return None


def _comparable(value: object) -> object:
    """The value as a double; an integer beyond every double stays itself."""
    if type(value) is int and double_of(value) is None:
        return value
    return float_of(value)
