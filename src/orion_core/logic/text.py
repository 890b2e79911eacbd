"""How values are written as text (spec sections 2 and 14). Knows no operator.

A number is written in full where that is how its digits were meant: whole doubles of the 64-bit range keep `.0` and
small ones are never scientific.
"""

from decimal import Decimal
from json.encoder import encode_basestring  # absent from the typeshed stub

import cython

from orion_core.logic.errors import LimitExceeded
from orion_core.logic.node import Evaluation, Limits
from orion_core.logic.numbers import INTEGER_MAX, INTEGER_MIN, double_of


@cython.ccall
def text_of(value: object) -> str:
    """A JSON value as the operator `cat` writes it, within the default limits.

    Args:
        value: Text stays as it is, null is empty, arrays and objects become compact JSON.

    Raises:
        LimitExceeded: The value is nested too deep, or its text grows too long.
    """
    return text_within(value, Evaluation(0.0, Limits()))


@cython.ccall
def text_within(value: object, evaluation: Evaluation) -> str:
    """A value as text; its length is taken from the evaluation's budget before it is made."""
    if type(value) is str:
        return value
    if value is None:
        return ""
    if value is True:
        return "true"
    if value is False:
        return "false"
    if type(value) is list or type(value) is dict:
        parts: list = []  # type: ignore[type-arg]
        write(parts, value, evaluation, 0)
        return "".join(parts)
    return number_text(value)


@cython.ccall
def number_text(value: object) -> str:
    """An integer or a double as text."""
    if type(value) is int:
        if INTEGER_MIN <= value <= INTEGER_MAX:
            return str(value)
        double = double_of(value)
        return str(value) if double is None else number_text(double)
    if value == 0:
        return "0.0"
    text = repr(value)
    if "e" not in text:
        return text
    if "e-" in text:
        return format(Decimal(text), "f")
    if INTEGER_MIN <= value < INTEGER_MAX:  # type: ignore[operator]
        return f"{int(value)}.0"  # type: ignore[call-overload]
    return text.replace("e+", "e")


@cython.cfunc
def write(parts: list, value: object, evaluation: Evaluation, depth: cython.int) -> cython.int:  # type: ignore[type-arg]
    """Append the compact JSON of `value` to `parts`."""
    if type(value) is list:
        return write_list(parts, value, evaluation, depth + 1)
    if type(value) is dict:
        return write_dict(parts, value, evaluation, depth + 1)
    text: str = (
        encode_basestring(value) if type(value) is str else "null" if value is None else text_within(value, evaluation)
    )
    evaluation.produce(len(text) + 1)
    parts.append(text)
    return 0


@cython.cfunc
def write_list(parts: list, value: list, evaluation: Evaluation, depth: cython.int) -> cython.int:  # type: ignore[type-arg]
    _check_depth(evaluation, depth)
    separator = "["
    for element in value:
        parts.append(separator)
        write(parts, element, evaluation, depth)
        separator = ","
    parts.append("[]" if separator == "[" else "]")
    return 0


@cython.cfunc
def write_dict(parts: list, value: dict, evaluation: Evaluation, depth: cython.int) -> cython.int:  # type: ignore[type-arg]
    _check_depth(evaluation, depth)
    separator = "{"
    for key, member in value.items():
        parts.append(separator)
        write(parts, key, evaluation, depth)
        parts.append(":")
        write(parts, member, evaluation, depth)
        separator = ","
    parts.append("{}" if separator == "{" else "}")
    return 0


@cython.cfunc
def _check_depth(evaluation: Evaluation, depth: cython.int) -> cython.int:
    evaluation.produce(2)
    if depth > evaluation.limits.max_depth:
        raise LimitExceeded("a value is nested too deep")
    return 0
