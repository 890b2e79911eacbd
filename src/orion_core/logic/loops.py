"""map filter all some none reduce (spec section 15). Knows nothing of what the bodies do.

Each loop opens one scope and moves it along, so an element costs no allocation. The work of a round is taken from the
budget before it begins: the number of nodes of the body. What cannot stop early pays for all its rounds at once.
"""

# ruff: noqa: SIM113 - a counter of a C type costs nothing, `enumerate` makes an object for each element

from typing import Final

import cython

from orion_core.logic.errors import invalid_arguments
from orion_core.logic.node import Evaluation, Node, Scope


@cython.final
@cython.cclass
class Map(Node):
    """The body's value for every element.

    Args:
        items: Gives the collection.
        body: Evaluated for each element, which is its data.
        weight: How many nodes the body has.
    """

    def __init__(self, items: Node, body: Node, weight: cython.longlong) -> None:
        self.items = items
        self.body = body
        self.weight = weight

    @cython.cfunc
    def evaluate(self, data: object, evaluation: Evaluation) -> object:
        items = self.items.evaluate(data, evaluation)
        if type(items) is list:
            return self.over_list(items, data, evaluation)
        if items is None:
            return []
        if type(items) is dict:
            return self.over_dict(items, data, evaluation)
        return self.over_list([items], data, evaluation)

    @cython.cfunc
    def over_list(self, items: list, data: object, evaluation: Evaluation) -> list:  # type: ignore[type-arg]
        results: list = []  # type: ignore[type-arg]
        around: Scope | None = evaluation.scope
        scope: Scope = evaluation.enter(data)
        index: cython.Py_ssize_t = 0
        evaluation.work(self.weight * len(items))
        evaluation.produce(len(items))
        for item in items:
            scope.index = index
            index += 1
            results.append(self.body.evaluate(item, evaluation))
        evaluation.scope = around
        return results

    @cython.cfunc
    def over_dict(self, items: dict, data: object, evaluation: Evaluation) -> list:  # type: ignore[type-arg]
        results: list = []  # type: ignore[type-arg]
        around: Scope | None = evaluation.scope
        scope: Scope = evaluation.enter(data)
        evaluation.work(self.weight * len(items))
        evaluation.produce(len(items))
        for key, item in items.items():
            scope.index += 1
            scope.key = key
            results.append(self.body.evaluate(item, evaluation))
        evaluation.scope = around
        return results


@cython.final
@cython.cclass
class Filter(Node):
    """The elements for which the body is truthy; an object is filtered to an object."""

    def __init__(self, items: Node, body: Node, weight: cython.longlong) -> None:
        self.items = items
        self.body = body
        self.weight = weight

    @cython.cfunc
    def evaluate(self, data: object, evaluation: Evaluation) -> object:
        items = self.items.evaluate(data, evaluation)
        if type(items) is list:
            return self.over_list(items, data, evaluation)
        if items is None:
            return []
        if type(items) is dict:
            return self.over_dict(items, data, evaluation)
        raise invalid_arguments()

    @cython.cfunc
    def over_list(self, items: list, data: object, evaluation: Evaluation) -> list:  # type: ignore[type-arg]
        kept: list = []  # type: ignore[type-arg]
        around: Scope | None = evaluation.scope
        scope: Scope = evaluation.enter(data)
        index: cython.Py_ssize_t = 0
        evaluation.work(self.weight * len(items))
        for item in items:
            scope.index = index
            index += 1
            if self.body.truth(item, evaluation):
                kept.append(item)
        evaluation.scope = around
        evaluation.produce(len(kept))
        return kept

    @cython.cfunc
    def over_dict(self, items: dict, data: object, evaluation: Evaluation) -> dict:  # type: ignore[type-arg]
        kept: dict = {}  # type: ignore[type-arg]
        around: Scope | None = evaluation.scope
        scope: Scope = evaluation.enter(data)
        evaluation.work(self.weight * len(items))
        for key, item in items.items():
            scope.index += 1
            scope.key = key
            if self.body.truth(item, evaluation):
                kept[key] = item
        evaluation.scope = around
        evaluation.produce(len(kept))
        return kept


#                  stop,  decided, undecided, empty
_QUANTIFIERS: Final = {
    "all": (False, False, True, False),
    "some": (True, True, False, False),
    "none": (True, False, True, True),
}


@cython.final
@cython.cclass
class Quantifier(Node):
    """all, some and none: stops at the first element that decides."""

    def __init__(self, name: str, items: Node, body: Node, weight: cython.longlong) -> None:
        self.items = items
        self.body = body
        self.weight = weight
        self.stop, self.decided, self.undecided, self.empty = _QUANTIFIERS[name]

    def truth(self, data: object, evaluation: Evaluation) -> cython.int:
        items = self.items.evaluate(data, evaluation)
        if type(items) is list and len(items) != 0:
            return self.over_list(items, data, evaluation)
        if type(items) is dict and len(items) != 0:
            return self.over_dict(items, data, evaluation)
        return self.empty

    @cython.cfunc
    def evaluate(self, data: object, evaluation: Evaluation) -> object:
        return self.truth(data, evaluation) != 0

    def over_list(self, items: list, data: object, evaluation: Evaluation) -> cython.int:  # type: ignore[type-arg]
        around: Scope | None = evaluation.scope
        scope: Scope = evaluation.enter(data)
        index: cython.Py_ssize_t = 0
        result: cython.bint = self.undecided
        for item in items:
            scope.index = index
            index += 1
            evaluation.work(self.weight)
            if (self.body.truth(item, evaluation) != 0) == self.stop:
                result = self.decided
                break
        evaluation.scope = around
        return result

    def over_dict(self, items: dict, data: object, evaluation: Evaluation) -> cython.int:  # type: ignore[type-arg]
        around: Scope | None = evaluation.scope
        scope: Scope = evaluation.enter(data)
        result: cython.bint = self.undecided
        for key, item in items.items():
            scope.index += 1
            scope.key = key
            evaluation.work(self.weight)
            if (self.body.truth(item, evaluation) != 0) == self.stop:
                result = self.decided
                break
        evaluation.scope = around
        return result


@cython.final
@cython.cclass
class Reduce(Node):
    """The body folded over the elements; it sees the element as its data and the result so far in its scope.

    Args:
        items: Gives the collection.
        body: Evaluated for each element.
        initial: The accumulator of the first round; the result where there is nothing to fold.
        weight: How many nodes the body has.
    """

    def __init__(self, items: Node, body: Node, initial: Node, weight: cython.longlong) -> None:
        self.items = items
        self.body = body
        self.initial = initial
        self.weight = weight

    @cython.cfunc
    def evaluate(self, data: object, evaluation: Evaluation) -> object:
        accumulator = self.initial.evaluate(data, evaluation)
        items = self.items.evaluate(data, evaluation)
        if type(items) is dict:
            items = list(cython.cast(dict, items).values())
        if type(items) is not list:
            return accumulator
        around: Scope | None = evaluation.scope
        scope: Scope = evaluation.enter(data)
        scope.accumulator = accumulator
        evaluation.work(self.weight * len(cython.cast(list, items)))
        for item in cython.cast(list, items):
            scope.accumulator = self.body.evaluate(item, evaluation)
        evaluation.scope = around
        evaluation.admit(scope.accumulator, 0)  # the one place where a rule could nest values without end
        return scope.accumulator
