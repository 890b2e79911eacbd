"""Calculating with instants and durations (spec section 18). Knows no node; operands are JSON values."""

import math

import cython

from orion_core.logic.errors import not_a_number
from orion_core.logic.numbers import float_of
from orion_core.logic.temporal import (
    DURATION_MAX,
    NANO,
    clamp_duration,
    clamp_instant,
    duration_of,
    duration_text,
    instant_of,
    instant_text,
)


@cython.ccall
def states_span(value: object) -> cython.bint:
    """Whether a value states an instant or a duration."""
    return instant_of(value) is not None or duration_of(value) is not None


@cython.ccall
def add_spans(left: object, right: object) -> object:
    """Instant + duration in either order, or two durations; as text.

    Raises:
        LogicError: NaN, for anything else.
    """
    instant = instant_of(left)
    duration = duration_of(right) if instant is not None else duration_of(left)
    if instant is None and duration is not None:
        instant = instant_of(right)
    if instant is not None and duration is not None:
        return instant_text(clamp_instant(instant + duration))  # type: ignore[operator]
    other = duration_of(right)
    if duration is None or other is None:
        raise not_a_number()
    return duration_text(clamp_duration(duration + other))  # type: ignore[operator]


@cython.ccall
def subtract_spans(left: object, right: object) -> object:
    """Instant - instant, instant - duration or duration - duration; as text.

    Raises:
        LogicError: NaN, for anything else.
    """
    instant = instant_of(left)
    other = duration_of(right)
    if instant is not None:
        earlier = instant_of(right)
        if earlier is not None:
            return duration_text(clamp_duration(instant - earlier))  # type: ignore[operator]
        if other is not None:
            return instant_text(clamp_instant(instant - other))  # type: ignore[operator]
    duration = duration_of(left)
    if duration is None or other is None:
        raise not_a_number()
    return duration_text(clamp_duration(duration - other))  # type: ignore[operator]


@cython.ccall
def scale_span(left: object, right: object) -> object:
    """A duration times a number, in either order; as text.

    Raises:
        LogicError: NaN, for anything else.
    """
    duration = duration_of(left)
    factor = float_of(right) if duration is not None else float_of(left)
    if duration is None:
        duration = duration_of(right)
    if duration is None or factor is None:
        raise not_a_number()
    return duration_text(_whole_seconds(_seconds(duration) * factor))  # type: ignore[operator]


@cython.ccall
def divide_span(left: object, right: object) -> object:
    """A duration divided by a number other than zero; as text.

    Raises:
        LogicError: NaN, for anything else.
    """
    duration = duration_of(left)
    divisor = float_of(right)
    if duration is None or divisor is None or divisor == 0:
        raise not_a_number()
    return duration_text(_whole_seconds(_seconds(duration) / divisor))  # type: ignore[operator]


def _seconds(duration: object) -> float:
    return float(duration // NANO)  # type: ignore[operator]


def _whole_seconds(seconds: float) -> object:
    """So many seconds, cut to whole ones, as a duration; saturates."""
    if math.isnan(seconds):
        raise not_a_number()
    if abs(seconds) >= DURATION_MAX / NANO:
        return DURATION_MAX if seconds > 0 else -DURATION_MAX
    return clamp_duration(math.trunc(seconds) * NANO)
