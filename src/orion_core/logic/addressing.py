"""Chooses the node for a var or a val (spec sections 6 and 7): a path split ahead where it is literal.

Knows no other operator.
"""

from orion_core.logic.call import Call
from orion_core.logic.node import Node
from orion_core.logic.numbers import integer_of, whole_of
from orion_core.logic.text import number_text
from orion_core.logic.variables import (
    FARTHEST,
    Accumulator,
    DynamicVar,
    LevelVar,
    LoopPosition,
    Val,
    Var,
    Whole,
)


def _is_key(raw: object) -> bool:
    """Whether a literal is a plain segment of a path: a text, or an integer that may be a place."""
    return type(raw) is str or (type(raw) is int and integer_of(raw) is not None)


def _keys(raw: list[object]) -> tuple[str, ...]:
    return tuple(str(segment) for segment in raw)


def _path(keys: tuple[str, ...], default: Node | None, in_reduce: bool) -> Node:
    """The node that follows literal keys from the current data, or from the pair of a reduce."""
    if in_reduce and keys[0] == "accumulator":
        return Accumulator(keys[1:], default)
    if in_reduce and keys[0] == "current":
        keys = keys[1:]
    return Var(keys, default) if keys else Whole()


def var(call: Call) -> Node:
    default = call.node(1) if len(call.raw) > 1 else None
    path = call.raw[0] if call.raw else None
    if path is None or path == "":
        return Whole()
    if type(path) is str or type(path) is int or type(path) is float:
        text = path if type(path) is str else number_text(path)
        return _path(tuple(text.split(".")), default, call.in_reduce)
    return DynamicVar(call.node(0), default, call.in_reduce)


def val(call: Call) -> Node:
    raw = call.raw
    if not raw or raw == [None]:
        return Whole()
    if all(map(_is_key, raw)) and raw != [""]:
        return _path(_keys(raw), None, call.in_reduce)
    if len(raw) > 1 and _is_level(raw[0]) and all(map(_is_key, raw[1:])):
        return _from_level(raw)
    leveled = len(raw) == 1 and _is_level(raw[0])
    exact = all(_is_key(segment) or _is_level(segment) for segment in raw)
    return Val(call.nodes(), exact, leveled, call.in_reduce)


def _is_level(raw: object) -> bool:
    """Whether an argument is written `[n]`."""
    return type(raw) is list and len(raw) == 1 and whole_of(raw[0]) is not None


def _from_level(raw: list[object]) -> Node:
    """The node for `[[n], key, …]`; an odd level names its loop's index and key, an even one only data."""
    level: int = raw[0][0]  # type: ignore[index]  # `_is_level` has looked
    distance = min(abs(int(level)), FARTHEST)
    if raw[1:] in (["index"], ["key"]) and (distance == 0 or distance % 2 == 1):
        return LoopPosition(distance, raw[1] == "key")
    return LevelVar(distance, _keys(raw[1:]))
