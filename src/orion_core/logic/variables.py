"""var and val (spec sections 5 to 7). Knows no other operator.

A path is split when the rule is compiled, into a key for objects and a place for arrays at every step; only paths that
are themselves computed are split while a rule runs.
"""

# ruff: noqa: PERF401 - a loop's variable has a C type; a comprehension's has none and finds no C method

import cython

from orion_core.logic.lookup import MISSING, find, find_dotted, find_listed, places_of, read, step
from orion_core.logic.node import Evaluation, Node, Scope
from orion_core.logic.numbers import whole_of
from orion_core.logic.text import number_text

_MISSING = cython.declare(object, MISSING)
FARTHEST = 2**20 - 1  # no rule has that many scopes; what is farther out is the root as well


@cython.final
@cython.cclass
class Whole(Node):
    """The whole current data."""

    @cython.cfunc
    def evaluate(self, data: object, evaluation: Evaluation) -> object:
        return data


@cython.final
@cython.cclass
class Var(Node):
    """A path known when the rule is compiled.

    Args:
        keys: Its segments.
        default: What is evaluated where the path leads nowhere; None for null.
    """

    def __init__(self, keys: tuple[str, ...], default: Node | None) -> None:
        self.keys = keys
        self.places = places_of(keys)
        self.default = default

    @cython.cfunc
    def evaluate(self, data: object, evaluation: Evaluation) -> object:
        value = find(data, self.keys, self.places)
        if value is not _MISSING:
            return value
        return None if self.default is None else self.default.evaluate(data, evaluation)


@cython.final
@cython.cclass
class Accumulator(Node):
    """A path that begins at `accumulator`, inside reduce.

    Args:
        keys: The segments below the accumulator.
        default: As for Var.
    """

    def __init__(self, keys: tuple[str, ...], default: Node | None) -> None:
        self.keys = keys
        self.places = places_of(keys)
        self.default = default

    @cython.cfunc
    def evaluate(self, data: object, evaluation: Evaluation) -> object:
        value = evaluation.scope.accumulator  # type: ignore[union-attr]
        if len(self.keys) != 0:
            value = find(value, self.keys, self.places)
        if value is not _MISSING:
            return value
        return None if self.default is None else self.default.evaluate(data, evaluation)


@cython.final
@cython.cclass
class DynamicVar(Node):
    """`var` with a computed path: a text, a number, or a list of segments.

    Args:
        path: Gives the path.
        default: As for Var.
        in_reduce: Whether `current` and `accumulator` name the pair of a reduce.
    """

    def __init__(self, path: Node, default: Node | None, in_reduce: bool) -> None:
        self.path = path
        self.default = default
        self.in_reduce = in_reduce

    @cython.cfunc
    def evaluate(self, data: object, evaluation: Evaluation) -> object:
        path = self.path.evaluate(data, evaluation)
        if path is None:
            return data
        value = self.resolve(path, data, evaluation)
        if value is not _MISSING:
            return value
        return None if self.default is None else self.default.evaluate(data, evaluation)

    @cython.cfunc
    def resolve(self, path: object, data: object, evaluation: Evaluation) -> object:
        if type(path) is int or type(path) is float:
            whole = whole_of(path)
            path = number_text(path if whole is None else whole)
        if type(path) is str:
            if self.in_reduce:
                root, path = _reduce_root(path, data, evaluation)
                data = root
            return find_dotted(data, path, evaluation)
        if type(path) is not list:
            return _MISSING
        return find_listed(data, path, evaluation)


def _reduce_root(path: str, data: object, evaluation: Evaluation) -> tuple[object, str]:
    """Where a computed path begins inside reduce, and what is left of it."""
    head, _, rest = path.partition(".")
    if head == "current":
        return data, rest
    if head == "accumulator":
        return evaluation.scope.accumulator, rest  # type: ignore[union-attr]
    return data, path


@cython.final
@cython.cclass
class Val(Node):
    """`val` in its general form; plain paths of literals are compiled to Var.

    Args:
        segments: Nodes that give the keys and places, after a level `[n]` when `leveled`.
        exact: Whether all segments stand in the rule as literals, so that the dots in them are part of a key.
        leveled: Whether the only argument is a literal `[n]`.
        in_reduce: Whether `current` and `accumulator` name the pair of a reduce.
    """

    def __init__(self, segments: tuple[Node, ...], exact: bool, leveled: bool, in_reduce: bool) -> None:
        self.segments = segments
        self.exact = exact
        self.leveled = leveled
        self.in_reduce = in_reduce

    @cython.cfunc
    def evaluate(self, data: object, evaluation: Evaluation) -> object:
        node: Node
        count: cython.Py_ssize_t = len(self.segments)
        values: list = []  # type: ignore[type-arg]
        for node in self.segments:
            values.append(node.evaluate(data, evaluation))
        first = values[0]
        if self.leveled or (count > 1 and type(first) is list):
            return self.from_level(first, values, data, evaluation)
        if count == 1:
            return self.one(first, data, evaluation)
        if self.in_reduce and type(first) is str and first in ("current", "accumulator"):
            return self.walk(data if first == "current" else evaluation.scope.accumulator, values[1:], evaluation)  # type: ignore[union-attr]
        return self.walk(data, values, evaluation)

    @cython.cfunc
    def one(self, segment: object, data: object, evaluation: Evaluation) -> object:
        """A single argument: null is the whole data, a list is a path."""
        if segment is None:
            return data
        if type(segment) is list:
            value = find_listed(data, segment, evaluation)
            return None if value is _MISSING else value
        if self.in_reduce and type(segment) is str:
            data, segment = _reduce_root(segment, data, evaluation)
        value = find_dotted(data, segment, evaluation) if type(segment) is str else step(data, segment)
        return None if value is _MISSING else value

    @cython.cfunc
    def walk(self, start: object, segments: list, evaluation: Evaluation) -> object:  # type: ignore[type-arg]
        """Follow segments; null where they lead nowhere. Where one of several is computed, the dots of all count."""
        value = start
        if not self.exact:
            value = find_listed(start, segments, evaluation)
            return None if value is _MISSING else value
        for segment in segments:
            value = step(value, segment)
            if value is _MISSING:
                return None
        return value

    @cython.cfunc
    def from_level(self, level: object, segments: list, data: object, evaluation: Evaluation) -> object:  # type: ignore[type-arg]
        """The form `[[n], …]`: n tells how far out the path begins, two levels to each loop."""
        number = whole_of(level[0]) if type(level) is list and len(level) == 1 else None
        if number is None:
            return None
        distance = min(abs(number), FARTHEST)  # type: ignore[arg-type]
        if len(segments) == 1:
            return level_data(distance, data, evaluation)
        segment = segments[1]
        if len(segments) == 2:
            if segment in ("index", "key") and (distance == 0 or distance % 2 == 1):
                return loop_position(distance, segment == "key", evaluation)
            if type(segment) is not str and whole_of(segment) is None:
                return level_data(distance, data, evaluation)
        return self.walk(level_data(distance, data, evaluation), segments[1:], evaluation)


@cython.cfunc
def level_data(distance: cython.longlong, data: object, evaluation: Evaluation) -> object:
    """The data a level sees: 0 the current element, 1 and 2 what encloses it, 3 and 4 what encloses that."""
    scope: Scope | None = evaluation.scope
    if distance == 0 or scope is None:
        return data
    while distance > 2 and scope.parent is not None:
        scope = scope.parent
        distance -= 2
    return scope.outer


@cython.cfunc
def loop_position(distance: cython.longlong, by_key: cython.bint, evaluation: Evaluation) -> object:
    """The index or the key of the loop a level names; null where it is none."""
    scope: Scope | None = evaluation.scope
    while distance > 2 and scope is not None:
        scope = scope.parent
        distance -= 2
    if scope is None:
        return None
    if by_key:
        return scope.key
    return None if scope.index < 0 else scope.index


@cython.final
@cython.cclass
class LevelVar(Node):
    """A literal path from a level: `[[n], key, …]`.

    Args:
        distance: How far out the path begins.
        keys: Its segments.
    """

    def __init__(self, distance: cython.longlong, keys: tuple[str, ...]) -> None:
        self.distance = distance
        self.keys = keys
        self.places = places_of(keys)

    @cython.cfunc
    def evaluate(self, data: object, evaluation: Evaluation) -> object:
        return read(level_data(self.distance, data, evaluation), self.keys, self.places)


@cython.final
@cython.cclass
class LoopPosition(Node):
    """`[[n], "index"]` and `[[n], "key"]`.

    Args:
        distance: Which loop, counted like levels.
        by_key: The key of a member rather than the index of an element.
    """

    def __init__(self, distance: cython.longlong, by_key: bool) -> None:
        self.distance = distance
        self.by_key = by_key

    @cython.cfunc
    def evaluate(self, data: object, evaluation: Evaluation) -> object:
        return loop_position(self.distance, self.by_key, evaluation)
