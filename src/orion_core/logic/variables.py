"""var and val (spec sections 5 to 7). Knows no other operator.

A path is split when the rule is compiled, into a key for objects and a place for arrays at every step; only paths that
are themselves computed are split while a rule runs.
"""

# ruff: noqa: PERF401 - a loop's variable has a C type; a comprehension's has none and finds no C method

import cython

from orion_core.logic.lookup import MISSING, find, find_dotted, find_listed, places_of, step
from orion_core.logic.node import Evaluation, Node, Scope
from orion_core.logic.numbers import whole_of
from orion_core.logic.text import number_text

_MISSING = cython.declare(object, MISSING)


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
            evaluation.work(len(path) >> 4)
            if self.in_reduce:
                root, path = _reduce_root(path, data, evaluation)
                data = root
            return find_dotted(data, path)
        if type(path) is not list:
            return _MISSING
        evaluation.work(len(path))
        return find_listed(data, path)


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
        exact: For each segment, whether it stands in the rule as a literal, so that its dots are part of the key.
        leveled: Whether the only argument is a literal `[n]`.
        in_reduce: Whether `current` and `accumulator` name the pair of a reduce.
    """

    def __init__(self, segments: tuple[Node, ...], exact: tuple[bool, ...], leveled: bool, in_reduce: bool) -> None:
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
            return self.from_level(first, tuple(values), data, evaluation)
        if count == 1:
            return self.one(first, data, evaluation)
        if self.in_reduce and type(first) is str and first in ("current", "accumulator"):
            return self.walk(data if first == "current" else evaluation.scope.accumulator, tuple(values), 1)  # type: ignore[union-attr]
        return self.walk(data, tuple(values), 0)

    @cython.cfunc
    def one(self, segment: object, data: object, evaluation: Evaluation) -> object:
        """A single argument: null is the whole data, a list is a path."""
        if segment is None:
            return data
        if type(segment) is list:
            evaluation.work(len(segment))
            value = find_listed(data, segment)
            return None if value is _MISSING else value
        if self.in_reduce and type(segment) is str:
            data, segment = _reduce_root(segment, data, evaluation)
        value = self.walk(data, (segment,), 0)
        if value is None and type(segment) is str and len(segment) == 0:
            return data if step(data, segment) is _MISSING else None
        return value

    @cython.cfunc
    def walk(self, start: object, segments: tuple, begin: cython.Py_ssize_t) -> object:  # type: ignore[type-arg]
        """Follow the segments from `begin` on; null where they lead nowhere."""
        at: cython.Py_ssize_t
        value = start
        exact: tuple = self.exact  # type: ignore[type-arg]
        for at in range(begin, len(segments)):
            segment = segments[at]
            found = step(value, segment)
            if found is _MISSING and type(segment) is str and not (at < len(exact) and exact[at]):
                found = find_dotted(value, segment)
            if found is _MISSING:
                return None
            value = found
        return value

    @cython.cfunc
    def from_level(self, level: object, segments: tuple, data: object, evaluation: Evaluation) -> object:  # type: ignore[type-arg]
        """The form `[[n], …]`: n tells how far out the path begins, two levels to each loop."""
        number = whole_of(level[0]) if type(level) is list and len(level) == 1 else None
        if number is None:
            return None
        distance = abs(number)  # type: ignore[arg-type, var-annotated]
        if len(segments) == 1:
            return level_data(distance, data, evaluation)
        segment = segments[1]
        if len(segments) == 2:
            if segment in ("index", "key") and (distance == 0 or distance % 2 == 1):
                return loop_position(distance, segment, evaluation)
            if type(segment) is not str and whole_of(segment) is None:
                return level_data(distance, data, evaluation)
        return self.walk(level_data(distance, data, evaluation), segments, 1)


def level_data(distance: int, data: object, evaluation: Evaluation) -> object:
    """The data a level sees: 0 the current element, 1 and 2 what encloses it, 3 and 4 what encloses that."""
    scope: Scope | None = evaluation.scope
    if distance == 0 or scope is None:
        return data
    for _ in range((distance - 1) // 2):
        if scope.parent is None:
            break
        scope = scope.parent
    return scope.outer


def loop_position(distance: int, what: object, evaluation: Evaluation) -> object:
    """The index or the key of the loop a level names; null where it is none."""
    scope: Scope | None = evaluation.scope
    for _ in range((distance - 1) // 2 if distance else 0):
        if scope is None:
            return None
        scope = scope.parent
    if scope is None:
        return None
    if what == "key":
        return scope.key
    return None if scope.index < 0 else scope.index
