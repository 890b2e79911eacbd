"""The compiled form of a rule, and what one evaluation of it carries. Knows no operator.

Every node answers two questions: `evaluate` gives its value, `truth` only whether that value is truthy, which spares
conditions a boxed result. A node reads the data it is handed; what lies outside the current element stands in the
evaluation's scopes, one for each loop or `try` handler being run.
"""

import cython

from orion_core.logic.errors import LimitExceeded
from orion_core.logic.truth import truthy

DEFAULT_MAX_NODES = 1_000_000
DEFAULT_MAX_SIZE = 16_777_216
DEFAULT_MAX_DEPTH = 200


@cython.final
@cython.cclass
class Limits:
    """What the rules of one request may use; immutable.

    Args:
        max_nodes: How many nodes may be evaluated; walking an array or a text counts as well.
        max_size: How much may be produced, in elements and characters, over all rules together.
        max_depth: How deeply a value may be nested where a rule compares it or writes it as text.
    """

    def __init__(
        self,
        max_nodes: cython.longlong = DEFAULT_MAX_NODES,
        max_size: cython.longlong = DEFAULT_MAX_SIZE,
        max_depth: cython.int = DEFAULT_MAX_DEPTH,
    ) -> None:
        self.max_nodes = max_nodes
        self.max_size = max_size
        self.max_depth = max_depth


@cython.final
@cython.freelist(16)  # type: ignore[no-untyped-call]  # the stub leaves it untyped
@cython.cclass
class Scope:
    """Where a loop stands, for the rules that look out of the element they are given.

    Args:
        parent: The scope around it; None in the outermost.
        outer: The data that the enclosing scope sees.
    """

    def __init__(self, parent: "Scope | None", outer: object) -> None:
        self.parent: Scope | None = parent
        self.outer: object = outer
        self.index: int = -1
        self.key: object = None
        self.accumulator: object = None


@cython.final
@cython.freelist(16)  # type: ignore[no-untyped-call]  # the stub leaves it untyped
@cython.cclass
class Evaluation:
    """The budget and the clock of one request; shared by all the rules it evaluates, one at a time.

    Args:
        now: The wall instant in Unix seconds, which the operator `now` gives back.
        limits: What the request's rules may use together.
    """

    def __init__(self, now: cython.double, limits: Limits) -> None:
        self.now = now
        self.limits = limits
        self.nodes_left = limits.max_nodes
        self.size_left = limits.max_size
        self.scope: Scope | None = None

    def work(self, nodes: cython.longlong) -> cython.int:
        """Take `nodes` from the budget of work; raises LimitExceeded when it is used up."""
        self.nodes_left -= nodes
        if self.nodes_left < 0:
            self.nodes_left = 0
            raise LimitExceeded("it evaluated too many nodes")
        return 0

    def produce(self, size: cython.longlong) -> cython.int:
        """Take `size` elements or characters from the budget before they are made; raises LimitExceeded."""
        self.size_left -= size
        if self.size_left < 0:
            self.size_left = 0
            raise LimitExceeded("its results grew too large")
        return 0

    def admit(self, value: object, depth: cython.int) -> cython.int:
        """Refuse a value that is nested deeper than `max_depth`; parts it shares count each time they are reached."""
        if depth > self.limits.max_depth:
            raise LimitExceeded("a value is nested too deep")
        if type(value) is list:
            self.work(len(cython.cast(list, value)))
            for element in cython.cast(list, value):
                if type(element) is list or type(element) is dict:
                    self.admit(element, depth + 1)
        elif type(value) is dict:
            self.work(len(cython.cast(dict, value)))
            for member in cython.cast(dict, value).values():
                if type(member) is list or type(member) is dict:
                    self.admit(member, depth + 1)
        return 0

    @cython.cfunc
    def enter(self, outer: object) -> Scope:
        """Begin a scope inside the current one. The caller restores the old scope when it is done.

        An error leaves it in place: only `try` continues after one, and `try` restores the scope it began with.
        """
        scope: Scope = Scope(self.scope, outer)
        self.scope = scope
        return scope


@cython.cclass
class Node:
    """One place of a compiled rule. Subclasses override `evaluate`, and `truth` where that is cheaper."""

    @cython.cfunc
    def evaluate(self, data: object, evaluation: Evaluation) -> object:
        """The node's value for `data`, the current element; raises LogicError only."""
        raise NotImplementedError

    def truth(self, data: object, evaluation: Evaluation) -> cython.int:
        """Whether `evaluate` would be truthy."""
        return truthy(self.evaluate(data, evaluation))


@cython.final
@cython.cclass
class Literal(Node):
    """A value known when the rule is compiled.

    Args:
        value: The value; shared by all evaluations, so nobody may change it.
    """

    def __init__(self, value: object) -> None:
        self.value = value
        self.truthy = truthy(value)

    @cython.cfunc
    def evaluate(self, data: object, evaluation: Evaluation) -> object:
        return self.value

    def truth(self, data: object, evaluation: Evaluation) -> cython.int:
        return self.truthy


@cython.final
@cython.cclass
class Rule:
    """A compiled rule. Immutable, so any number of evaluations may share it.

    `is_constant` tells that the rule does not depend on its data; `constant` is then its value.

    Args:
        root: The outermost node.
        weight: How many nodes it has.
        warnings: What looks like a mistake but compiles.
    """

    def __init__(self, root: Node, weight: cython.longlong, warnings: tuple) -> None:  # type: ignore[type-arg]
        self.root = root
        self.weight = weight
        self.warnings = warnings
        self.is_constant = isinstance(root, Literal)
        self.constant = root.value if isinstance(root, Literal) else None

    @cython.ccall
    def evaluate(self, data: object, evaluation: Evaluation) -> object:
        """The rule's value for `data`.

        The result may be, or hold, parts of `data` and constants of the rule: copy arrays and objects before
        changing them.

        Args:
            data: A JSON value made of exact dict, list, str, int, float, bool and None.
            evaluation: Its budget is used; whatever an earlier rule left behind is not seen.

        Raises:
            LogicError: The rule failed; LimitExceeded when it used up the budget.
        """
        evaluation.scope = None
        evaluation.work(self.weight)
        return self.root.evaluate(data, evaluation)

    def truth(self, data: object, evaluation: Evaluation) -> cython.bint:
        """Whether the rule's value for `data` is truthy; arguments and errors as for `evaluate`."""
        evaluation.scope = None
        evaluation.work(self.weight)
        return self.root.truth(data, evaluation) != 0
