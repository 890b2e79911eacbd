"""datetime timestamp now parse_date format_date date_diff and type (spec sections 17 and 18).

Knows no clock: `now` gives back the instant its evaluation was made with.
"""

import math
from typing import Final

import cython

from orion_core.logic.calendar import format_instant, parse_by_pattern
from orion_core.logic.control import kind_of
from orion_core.logic.errors import LogicError
from orion_core.logic.node import Evaluation, Node
from orion_core.logic.temporal import (
    NANO,
    clamp_instant,
    duration_of,
    duration_text,
    instant_and_offset,
    instant_of,
    instant_text,
    looks_temporal,
)

NEEDS: Final = {
    "datetime": "datetime requires an argument",
    "timestamp": "timestamp requires an argument",
    "parse_date": "parse_date requires date string and format",
    "format_date": "format_date requires datetime and format",
    "date_diff": "date_diff requires two dates and a unit",
}
_UNITS: Final = {
    "days": 86_400 * NANO,
    "hours": 3_600 * NANO,
    "minutes": 60 * NANO,
    "seconds": NANO,
    "milliseconds": NANO // 1000,
}
_ECHO_LIMIT: Final = 40  # characters of a caller's text that an error message repeats


@cython.final
@cython.cclass
class Datetime(Node):
    """A value that states an instant, as it is."""

    def __init__(self, argument: Node) -> None:
        self.argument = argument

    @cython.cfunc
    def evaluate(self, data: object, evaluation: Evaluation) -> object:
        value = self.argument.evaluate(data, evaluation)
        if claims(value, "datetime") or instant_of(value) is not None:
            return value
        raise LogicError({"type": "Invalid datetime format"})


@cython.final
@cython.cclass
class Timestamp(Node):
    """A duration; one that is text is written in its full form."""

    def __init__(self, argument: Node) -> None:
        self.argument = argument

    @cython.cfunc
    def evaluate(self, data: object, evaluation: Evaluation) -> object:
        value = self.argument.evaluate(data, evaluation)
        if claims(value, "timestamp"):
            return value
        duration = duration_of(value)
        if duration is None:
            raise LogicError({"type": "Invalid duration format"})
        return duration_text(duration)


def claims(value: object, kind: str) -> bool:
    """Whether a value is an object `{kind: text}`, which counts as that kind whatever the text says."""
    return type(value) is dict and len(value) == 1 and type(value.get(kind)) is str


@cython.final
@cython.cclass
class Now(Node):
    """The evaluation's instant, to the second."""

    @cython.cfunc
    def evaluate(self, data: object, evaluation: Evaluation) -> object:
        if not math.isfinite(evaluation.now):
            raise LogicError({"type": "Invalid datetime format"})
        return instant_text(clamp_instant(math.floor(evaluation.now) * NANO))


@cython.final
@cython.cclass
class ParseDate(Node):
    """The instant a text states by a pattern of its own."""

    def __init__(self, text: Node, pattern: Node) -> None:
        self.text = text
        self.pattern = pattern

    @cython.cfunc
    def evaluate(self, data: object, evaluation: Evaluation) -> object:
        text = self.text.evaluate(data, evaluation)
        pattern = self.pattern.evaluate(data, evaluation)
        instant = None
        if type(text) is str and type(pattern) is str:
            evaluation.work(len(text) + len(pattern))
            instant = parse_by_pattern(text, pattern)
        if instant is None:
            raise LogicError({"type": "Failed to parse date"})
        return instant_text(instant)


@cython.final
@cython.cclass
class FormatDate(Node):
    """An instant written by a pattern, in UTC; the pattern `z` alone gives the offset that was stated."""

    def __init__(self, instant: Node, pattern: Node) -> None:
        self.instant = instant
        self.pattern = pattern

    @cython.cfunc
    def evaluate(self, data: object, evaluation: Evaluation) -> object:
        value = self.instant.evaluate(data, evaluation)
        pattern = self.pattern.evaluate(data, evaluation)
        instant = instant_of(value)
        if instant is None or type(pattern) is not str:
            raise LogicError({"type": "Failed to format date"})
        if pattern == "z":
            return offset_text(value)
        evaluation.work(len(pattern))
        evaluation.produce(len(pattern))
        text = format_instant(instant, pattern)  # type: ignore[arg-type]
        if text is None:
            raise LogicError({"type": "Invalid date format"})
        evaluation.produce(len(text))
        return text


def offset_text(value: object) -> str:
    """The offset a value that states an instant was written with, such as `-0330`."""
    stated = instant_and_offset(value["datetime"] if type(value) is dict else str(value))
    minutes = stated[1] if stated is not None else 0
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}{abs(minutes) % 60:02d}"


@cython.final
@cython.cclass
class DateDiff(Node):
    """How many whole units lie between two instants, cut toward zero."""

    def __init__(self, left: Node, right: Node, unit: Node) -> None:
        self.left = left
        self.right = right
        self.unit = unit

    @cython.cfunc
    def evaluate(self, data: object, evaluation: Evaluation) -> object:
        left = instant_of(self.left.evaluate(data, evaluation))
        right = instant_of(self.right.evaluate(data, evaluation))
        unit = self.unit.evaluate(data, evaluation)
        if left is None or right is None or type(unit) is not str:
            raise LogicError({"type": "Failed to calculate date difference"})
        size = _UNITS.get(unit)
        if size is None:
            expected = "days, hours, minutes, seconds, or milliseconds"
            raise LogicError({"type": f'date_diff: unknown unit "{unit[:_ECHO_LIMIT]}" (expected {expected})'})
        nanos = left - right  # type: ignore[operator]
        return nanos // size if nanos >= 0 else -(-nanos // size)


@cython.final
@cython.cclass
class TypeOf(Node):
    """The kind of a value; what states an instant or a duration has a kind of its own."""

    def __init__(self, argument: Node) -> None:
        self.argument = argument

    @cython.cfunc
    def evaluate(self, data: object, evaluation: Evaluation) -> object:
        value = self.argument.evaluate(data, evaluation)
        if type(value) is not str and type(value) is not dict:
            return kind_of(value)
        if type(value) is dict:
            return "datetime" if claims(value, "datetime") else "duration" if claims(value, "timestamp") else "object"
        if looks_temporal(value):  # type: ignore[arg-type]
            if instant_of(value) is not None:
                return "datetime"
            if duration_of(value) is not None:
                return "duration"
        return "string"
