"""merge sort slice distinct group_by keys values entries (spec sections 16 and 23). Knows no other operator."""

# ruff: noqa: PERF401 - a loop's variable has a C type; a comprehension's has none and finds no C method

import cython

from orion_core.logic.errors import LimitExceeded, invalid_arguments, not_a_number
from orion_core.logic.node import Evaluation, Node, Scope
from orion_core.logic.numbers import is_number, whole_of
from orion_core.logic.temporal import duration_of, instant_of, looks_temporal


@cython.final
@cython.cclass
class Merge(Node):
    """Arrays joined, flattened by one level; nulls are dropped."""

    def __init__(self, arguments: tuple[Node, ...]) -> None:
        self.arguments = arguments

    @cython.cfunc
    def evaluate(self, data: object, evaluation: Evaluation) -> object:
        node: Node
        merged: list = []  # type: ignore[type-arg]
        for node in self.arguments:
            value = node.evaluate(data, evaluation)
            if type(value) is list:
                evaluation.produce(len(value))
                merged.extend([element for element in cython.cast(list, value) if element is not None])
            elif value is not None:
                evaluation.produce(1)
                merged.append(value)
        return merged


@cython.final
@cython.cclass
class Sort(Node):
    """An array in order: null, false, true, numbers, texts, arrays, objects; equals keep their order.

    Args:
        items: Gives the array.
        direction: Descending when it gives false.
        key: Evaluated for each element to give what is compared; None for the element.
        weight: How many nodes the key has.
    """

    def __init__(self, items: Node, direction: Node, key: Node | None, weight: cython.longlong) -> None:
        self.items = items
        self.direction = direction
        self.key = key
        self.weight = weight

    @cython.cfunc
    def evaluate(self, data: object, evaluation: Evaluation) -> object:
        items = self.items.evaluate(data, evaluation)
        if items is None:
            return None
        if type(items) is not list:
            raise invalid_arguments()
        descending = self.direction.evaluate(data, evaluation) is False
        evaluation.produce(len(items))
        evaluation.work(len(items) * len(items).bit_length())
        keys = [rank(value) for value in keys_of(items, self.key, self.weight, data, evaluation)]
        evaluation.work(sum([len(value) >> 6 for _, value in keys if type(value) is str]))
        order = sorted(range(len(items)), key=keys.__getitem__, reverse=descending)
        return [items[at] for at in order]


@cython.cfunc
def keys_of(
    items: list,  # type: ignore[type-arg]
    key: Node | None,
    weight: cython.longlong,
    data: object,
    evaluation: Evaluation,
) -> list:  # type: ignore[type-arg]
    """What the key gives for every element; the elements themselves without one."""
    if key is None:
        return items
    values: list = []  # type: ignore[type-arg]
    around: Scope | None = evaluation.scope
    scope: Scope = evaluation.enter(data)
    for item in items:
        scope.index += 1
        evaluation.work(weight)
        values.append(key.evaluate(item, evaluation))
    evaluation.scope = around
    return values


def rank(value: object) -> tuple[int, object]:
    """Where a value stands among values of every kind; arrays are all equal, objects too."""
    if value is None:
        return 0, 0
    if type(value) is bool:
        return 1, value
    if is_number(value):
        return 2, value
    if type(value) is str:
        return 3, value
    return (4, 0) if type(value) is list else (5, 0)


@cython.final
@cython.cclass
class Slice(Node):
    """Part of an array or text, by start, end and step."""

    def __init__(self, arguments: tuple[Node, ...]) -> None:
        self.arguments = arguments

    @cython.cfunc
    def evaluate(self, data: object, evaluation: Evaluation) -> object:
        node: Node
        node = self.arguments[0]
        items = node.evaluate(data, evaluation)
        if items is None:
            return None
        limits: list = []  # type: ignore[type-arg]
        for node in self.arguments[1:4]:
            limits.append(limit_of(node.evaluate(data, evaluation)))
        if (type(items) is not list and type(items) is not str) or (len(limits) > 2 and limits[2] == 0):
            raise invalid_arguments()
        evaluation.produce(len(items))
        limits.extend([None] * (3 - len(limits)))
        return items[slice(limits[0], limits[1], limits[2])]


def limit_of(value: object) -> object:
    """A start, end or step: an integer, or null for none."""
    whole = whole_of(value)
    if whole is None and value is not None:
        raise not_a_number()
    return whole


@cython.final
@cython.cclass
class Distinct(Node):
    """The first element for every key, in order."""

    def __init__(self, items: Node, key: Node | None, weight: cython.longlong) -> None:
        self.items = items
        self.key = key
        self.weight = weight

    @cython.cfunc
    def evaluate(self, data: object, evaluation: Evaluation) -> object:
        items = list_of(self.items.evaluate(data, evaluation))
        keys = keys_of(items, self.key, self.weight, data, evaluation)
        evaluation.produce(len(items))
        first: dict = {}  # type: ignore[type-arg]
        for at in range(len(items)):
            first.setdefault(identity(keys[at], evaluation, 0), items[at])
        return list(first.values())


@cython.final
@cython.cclass
class GroupBy(Node):
    """The elements by key, as objects `{"key", "items"}` in the order the keys were first seen."""

    def __init__(self, items: Node, key: Node, weight: cython.longlong) -> None:
        self.items = items
        self.key = key
        self.weight = weight

    @cython.cfunc
    def evaluate(self, data: object, evaluation: Evaluation) -> object:
        items = list_of(self.items.evaluate(data, evaluation))
        keys = keys_of(items, self.key, self.weight, data, evaluation)
        evaluation.produce(3 * len(items))
        groups: dict = {}  # type: ignore[type-arg]
        for at in range(len(items)):
            group = groups.setdefault(identity(keys[at], evaluation, 0), {"key": keys[at], "items": []})
            group["items"].append(items[at])
        return list(groups.values())


def list_of(value: object) -> list[object]:
    """The array an operator works on; null is an empty one."""
    if value is None:
        return []
    if type(value) is not list:
        raise invalid_arguments()
    return value


def identity(value: object, evaluation: Evaluation, depth: int) -> object:
    """A hashable stand-in, the same for values that are strictly equal."""
    if (type(value) is str and looks_temporal(value)) or type(value) is dict:
        instant = instant_of(value) if depth == 0 else None
        duration = duration_of(value) if depth == 0 and instant is None else None
        if instant is not None or duration is not None:
            return ("instant", instant) if duration is None else ("duration", duration)
    if type(value) is str or value is None:
        return value
    if type(value) is bool:
        return (value,)
    if is_number(value):
        return value
    evaluation.work(len(value) + 1)  # type: ignore[arg-type]
    if depth >= evaluation.limits.max_depth:
        raise LimitExceeded("a value is nested too deep")
    if type(value) is list:
        return ("list", *[identity(element, evaluation, depth + 1) for element in value])
    members = value.items()  # type: ignore[attr-defined]
    return frozenset((key, identity(member, evaluation, depth + 1)) for key, member in members)


@cython.final
@cython.cclass
class Members(Node):
    """keys, values and entries of an object."""

    def __init__(self, argument: Node, name: str) -> None:
        self.argument = argument
        self.name = name

    @cython.cfunc
    def evaluate(self, data: object, evaluation: Evaluation) -> object:
        value = self.argument.evaluate(data, evaluation)
        if value is None:
            return []
        if type(value) is not dict:
            raise invalid_arguments()
        evaluation.produce(3 * len(value))
        if self.name == "keys":
            return list(value)
        if self.name == "values":
            return list(value.values())
        return [{"key": key, "value": member} for key, member in value.items()]
