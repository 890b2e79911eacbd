"""Which JSON values count as which number (spec section 2). Knows no operator.

Integers are 64 bits wide: what lies beyond is used as a double. Python's own conversions are avoided on texts, because
they accept more than JSON's engines do (blanks, underscores, other scripts' digits) and raise on very long ones.
"""

import math
import re

import cython

INTEGER_MIN = -(2**63)
INTEGER_MAX = 2**63 - 1
_LOWEST = cython.declare(object, INTEGER_MIN)
_HIGHEST = cython.declare(object, INTEGER_MAX)
_EXACT = cython.declare(cython.double, 9007199254740992.0)  # 2**53: doubles below are exact when whole
FLOAT_MAX = 1.7976931348623157e308

_INTEGER_TEXT = re.compile(r"[+-]?[0-9]+")
_FLOAT_TEXT = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
LONGEST_NUMBER = 1_100  # characters; more than the exact value of any double has, and little work to read
_INTEGER_DIGITS = 19  # of the largest 64-bit integer


@cython.ccall
def is_number(value: object) -> cython.bint:
    """Whether a value is a JSON number; true and false are not."""
    return type(value) is int or type(value) is float


@cython.ccall
def fits(value: object) -> cython.bint:
    """Whether an integer is one of 64 bits."""
    return bool(_LOWEST <= value <= _HIGHEST)  # type: ignore[operator]


@cython.ccall
def as_small(value: object) -> cython.double:
    """A number as a double when calculating with it in doubles is exact; 2**53 for every other value.

    What comes out of + - and * of such doubles is exact as well, as long as it stays below 2**53 itself.
    """
    number: cython.double = _EXACT
    if type(value) is float or (type(value) is int and -9007199254740992 < value < 9007199254740992):
        number = value
    return number if -_EXACT < number < _EXACT else _EXACT


@cython.ccall
def integer_of(value: object) -> object:
    """The 64-bit integer a value stands for, or None: whole floats and larger integers stand for none."""
    if type(value) is int:
        return value if fits(value) else None
    if type(value) is str:
        return _parse_integer(value)
    if value is None or value is False:
        return 0
    return 1 if value is True else None


@cython.cfunc
def _parse_integer(text: str) -> object:
    if len(text) == 0:
        return 0
    if len(text) > LONGEST_NUMBER or _INTEGER_TEXT.fullmatch(text) is None:
        return None
    digits = text.lstrip("+-0")
    if len(digits) > _INTEGER_DIGITS:
        return None
    value = int(digits or "0")
    if text.startswith("-"):
        value = -value
    return value if fits(value) else None


@cython.ccall
def float_of(value: object) -> object:
    """The double a value stands for, or None when it stands for no number a double can hold."""
    if type(value) is float:
        return value
    if type(value) is int:
        return double_of(value)
    if type(value) is str:
        return 0.0 if len(value) == 0 else parse_float(value)
    if value is None or value is False:
        return 0.0
    return 1.0 if value is True else None


@cython.ccall
def parse_float(text: str) -> object:
    """The finite double a text spells, or None; blanks, hexadecimal, `inf` and `nan` spell none."""
    if len(text) > LONGEST_NUMBER or _FLOAT_TEXT.fullmatch(text) is None:
        return None
    value = float(text)
    return None if math.isinf(value) else value


@cython.ccall
def double_of(value: object) -> object:
    """An integer as a double, or None when it is larger than any double."""
    try:
        return float(value)  # type: ignore[arg-type]
    except OverflowError:
        return None


@cython.ccall
def number_of(value: object) -> object:
    """The number a value stands for, as calculations use it: whole ones of 64 bits as integers; None for no number."""
    if type(value) is int:
        return value if fits(value) else double_of(value)
    if type(value) is not float:
        number = integer_of(value)
        if number is not None:
            return number
        value = float_of(value)
    whole = whole_of(value)
    return value if whole is None else whole


@cython.ccall
def narrow(value: cython.double) -> object:
    """A computed double as a result: whole values become integers, and what JSON cannot hold becomes null."""
    if -_EXACT < value < _EXACT:
        whole: cython.longlong = cython.cast(cython.longlong, value)
        if whole == value:
            return whole
        return value
    if math.isnan(value) or math.isinf(value):
        return None
    if -9223372036854775808.0 <= value < 9223372036854775808.0:
        return int(value)
    return value


@cython.ccall
def whole_of(value: object) -> object:
    """The 64-bit integer a number is, whole floats included; None for everything else."""
    if type(value) is int:
        return value if fits(value) else None
    if type(value) is float:
        number: cython.double = value
        if -9223372036854775808.0 <= number < 9223372036854775808.0:
            whole: cython.longlong = cython.cast(cython.longlong, number)
            return whole if whole == number else None
    return None
