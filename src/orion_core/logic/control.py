"""and or ! !! if ?: switch ?? try throw, and the nodes of arrays and template objects (spec sections 1, 10, 19, 20).

Knows no other operator. What is not needed is not evaluated.
"""

# ruff: noqa: PERF401, SIM110 - a loop's variable has a C type; a comprehension's has none and finds no C method

import cython

from orion_core.logic.equality import equal_strictly
from orion_core.logic.errors import LimitExceeded, LogicError
from orion_core.logic.node import Evaluation, Node, Scope
from orion_core.logic.truth import truthy


@cython.final
@cython.cclass
class And(Node):
    """The first falsy value, else the last; at least one argument."""

    def __init__(self, arguments: tuple[Node, ...]) -> None:
        self.arguments = arguments

    @cython.cfunc
    def evaluate(self, data: object, evaluation: Evaluation) -> object:
        node: Node
        value: object = None
        for node in self.arguments:
            value = node.evaluate(data, evaluation)
            if not truthy(value):
                return value
        return value

    def truth(self, data: object, evaluation: Evaluation) -> cython.int:
        node: Node
        for node in self.arguments:
            if not node.truth(data, evaluation):
                return False
        return True


@cython.final
@cython.cclass
class Or(Node):
    """The first truthy value, else the last; at least one argument."""

    def __init__(self, arguments: tuple[Node, ...]) -> None:
        self.arguments = arguments

    @cython.cfunc
    def evaluate(self, data: object, evaluation: Evaluation) -> object:
        node: Node
        value: object = None
        for node in self.arguments:
            value = node.evaluate(data, evaluation)
            if truthy(value):
                return value
        return value

    def truth(self, data: object, evaluation: Evaluation) -> cython.int:
        node: Node
        for node in self.arguments:
            if node.truth(data, evaluation):
                return True
        return False


@cython.final
@cython.cclass
class Not(Node):
    """Whether the argument is falsy."""

    def __init__(self, argument: Node) -> None:
        self.argument = argument

    def truth(self, data: object, evaluation: Evaluation) -> cython.int:
        return self.argument.truth(data, evaluation) == 0

    @cython.cfunc
    def evaluate(self, data: object, evaluation: Evaluation) -> object:
        return self.argument.truth(data, evaluation) == 0


@cython.final
@cython.cclass
class Truthy(Node):
    """Whether the argument is truthy."""

    def __init__(self, argument: Node) -> None:
        self.argument = argument

    def truth(self, data: object, evaluation: Evaluation) -> cython.int:
        return self.argument.truth(data, evaluation)

    @cython.cfunc
    def evaluate(self, data: object, evaluation: Evaluation) -> object:
        return self.argument.truth(data, evaluation) != 0


@cython.final
@cython.cclass
class If(Node):
    """The result beside the first condition that holds.

    Args:
        conditions: Asked in order.
        results: One for each condition.
        otherwise: Evaluated when no condition holds.
    """

    def __init__(self, conditions: tuple[Node, ...], results: tuple[Node, ...], otherwise: Node) -> None:
        self.conditions = conditions
        self.results = results
        self.otherwise = otherwise

    @cython.cfunc
    def evaluate(self, data: object, evaluation: Evaluation) -> object:
        node: Node
        at: cython.Py_ssize_t
        for at in range(len(self.conditions)):
            node = self.conditions[at]
            if node.truth(data, evaluation):
                node = self.results[at]
                return node.evaluate(data, evaluation)
        return self.otherwise.evaluate(data, evaluation)

    def truth(self, data: object, evaluation: Evaluation) -> cython.int:
        node: Node
        at: cython.Py_ssize_t
        for at in range(len(self.conditions)):
            node = self.conditions[at]
            if node.truth(data, evaluation):
                node = self.results[at]
                return node.truth(data, evaluation)
        return self.otherwise.truth(data, evaluation)


@cython.final
@cython.cclass
class Switch(Node):
    """The result beside the first case that is strictly equal to the subject."""

    def __init__(self, subject: Node, cases: tuple[Node, ...], results: tuple[Node, ...], otherwise: Node) -> None:
        self.subject = subject
        self.cases = cases
        self.results = results
        self.otherwise = otherwise

    @cython.cfunc
    def evaluate(self, data: object, evaluation: Evaluation) -> object:
        node: Node
        at: cython.Py_ssize_t
        subject = self.subject.evaluate(data, evaluation)
        for at in range(len(self.cases)):
            node = self.cases[at]
            if equal_strictly(subject, node.evaluate(data, evaluation), evaluation):
                node = self.results[at]
                return node.evaluate(data, evaluation)
        return self.otherwise.evaluate(data, evaluation)


@cython.final
@cython.cclass
class Coalesce(Node):
    """The first value that is not null."""

    def __init__(self, arguments: tuple[Node, ...]) -> None:
        self.arguments = arguments

    @cython.cfunc
    def evaluate(self, data: object, evaluation: Evaluation) -> object:
        node: Node
        for node in self.arguments:
            value = node.evaluate(data, evaluation)
            if value is not None:
                return value
        return None


@cython.final
@cython.cclass
class Try(Node):
    """The first argument that does not fail; the last one sees the failure before it as its data.

    A bound that was passed is no failure to recover from, so it goes through.
    """

    def __init__(self, arguments: tuple[Node, ...]) -> None:
        self.arguments = arguments
        self.last = len(arguments) - 1

    @cython.cfunc
    def evaluate(self, data: object, evaluation: Evaluation) -> object:
        node: Node
        around: Scope | None = evaluation.scope
        payload: object = None
        at: cython.Py_ssize_t
        for at in range(self.last):
            node = self.arguments[at]
            try:
                return node.evaluate(data, evaluation)
            except LimitExceeded:
                raise
            except LogicError as error:
                payload = error.payload
            evaluation.scope = around
        node = self.arguments[self.last]
        if self.last == 0:
            return node.evaluate(data, evaluation)
        evaluation.enter(data)
        value = node.evaluate(payload, evaluation)
        evaluation.scope = around
        return value


@cython.final
@cython.cclass
class Throw(Node):
    """Fails with the argument: an object as it is, a text as the type, anything else by the name of its kind."""

    def __init__(self, argument: Node) -> None:
        self.argument = argument

    @cython.cfunc
    def evaluate(self, data: object, evaluation: Evaluation) -> object:
        value = self.argument.evaluate(data, evaluation)
        if type(value) is dict:
            evaluation.admit(value, 0)
            raise LogicError(value)
        raise LogicError({"type": value if type(value) is str else kind_of(value)})


def kind_of(value: object) -> str:
    """The JSON kind of a value that is no object and no text."""
    if value is None:
        return "null"
    if type(value) is bool:
        return "boolean"
    return "array" if type(value) is list else "number"


@cython.final
@cython.cclass
class Failing(Node):
    """A place that can only fail, such as an unknown operator, and does so when it is reached.

    Args:
        kind: The `type` of the failure's payload.
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind

    @cython.cfunc
    def evaluate(self, data: object, evaluation: Evaluation) -> object:
        raise LogicError({"type": self.kind})


@cython.final
@cython.cclass
class ListNode(Node):
    """An array built element by element."""

    def __init__(self, elements: tuple[Node, ...]) -> None:
        self.elements = elements

    @cython.cfunc
    def evaluate(self, data: object, evaluation: Evaluation) -> object:
        node: Node
        values: list = []  # type: ignore[type-arg]
        evaluation.produce(len(self.elements))
        for node in self.elements:
            values.append(node.evaluate(data, evaluation))
        return values


@cython.final
@cython.cclass
class ObjectNode(Node):
    """An object built member by member, as templates do."""

    def __init__(self, keys: tuple[str, ...], members: tuple[Node, ...]) -> None:
        self.keys = keys
        self.members = members

    @cython.cfunc
    def evaluate(self, data: object, evaluation: Evaluation) -> object:
        node: Node
        at: cython.Py_ssize_t
        value: dict = {}  # type: ignore[type-arg]
        evaluation.produce(len(self.keys))
        for at in range(len(self.keys)):
            node = self.members[at]
            value[self.keys[at]] = node.evaluate(data, evaluation)
        return value
