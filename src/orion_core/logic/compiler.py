"""Rules in, nodes or problems out. Runs once when a rule is loaded; knows operators only through the catalogue.

Nothing here recurses, so the depth of a rule is no danger while it is compiled; it is bounded all the same, because
evaluating recurses once for every level.
"""

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Final

from orion_core.logic.call import Entry
from orion_core.logic.catalogue import OPERATORS
from orion_core.logic.control import Failing, ListNode, ObjectNode
from orion_core.logic.errors import (
    INVALID_ARGUMENTS,
    UNKNOWN_OPERATOR,
    LogicError,
    RuleProblem,
    RuleProblems,
)
from orion_core.logic.node import Evaluation, Limits, Literal, Node, Rule
from orion_core.logic.registered import Operator, RegisteredCall
from orion_core.logic.spelling import probably_meant

MAX_DEPTH: Final = 200  # arrays and objects within each other
SHOWN_NAME: Final = 40  # characters of a name that a message repeats


class Mode(Enum):
    """What an object that is no operator means.

    TEMPLATE: it is built member by member; what is probably a misspelt operator is a warning.
    STRICT: it is a problem, and so is a wrong number of arguments.
    LENIENT: an unknown operator or a wrong number of arguments fails when it is reached; an object with several
        members is a problem.
    """

    TEMPLATE = "template"
    STRICT = "strict"
    LENIENT = "lenient"


def compile_rule(
    rule: object,
    *,
    mode: Mode = Mode.TEMPLATE,
    operators: Mapping[str, Operator] | None = None,
    pointer: str = "",
    max_depth: int = MAX_DEPTH,
) -> Rule:
    """Compile a JSONLogic rule.

    Args:
        rule: The rule as decoded JSON; it is not kept, so it may be changed afterwards.
        mode: What objects mean that are no operator.
        operators: Further operators by name; a built-in one of the same name goes before.
        pointer: RFC 6901 pointer of the rule itself, which the pointers of problems begin with.
        max_depth: How many arrays and objects may be nested.

    Returns:
        The compiled rule, with its warnings.

    Raises:
        RuleProblems: The rule cannot be used; all its problems at once.
    """
    deepest = _too_deep(rule, max_depth, pointer)
    if deepest is not None:
        raise RuleProblems([RuleProblem(deepest, f"the rule is nested deeper than {max_depth} levels")])
    compiler = _Compiler(mode, operators or {})
    root = compiler.compile(rule, pointer)
    if compiler.problems:
        raise RuleProblems(compiler.problems)
    return Rule(root.node, root.weight, tuple(compiler.warnings))


_Place = tuple[str, "_Place | None"]  # a segment and the place around it


def _too_deep(rule: object, max_depth: int, pointer: str) -> str | None:
    """The pointer of the first place nested too deep, or None."""
    waiting: list[tuple[object, int, _Place | None]] = [(rule, 1, None)]
    while waiting:
        value, depth, place = waiting.pop()
        members = enumerate(value) if type(value) is list else value.items() if type(value) is dict else None
        if members is None:
            continue
        if depth > max_depth:
            return pointer + _written(place)
        waiting.extend((member, depth + 1, (str(segment), place)) for segment, member in members)
    return None


def _written(place: _Place | None) -> str:
    segments = []
    while place is not None:
        segment, place = place
        segments.append(segment)
    return "".join(at("", segment) for segment in reversed(segments))


def at(pointer: str, segment: str | int) -> str:
    """Extend a pointer by one segment, escaped as RFC 6901 section 3 asks."""
    return f"{pointer}/{str(segment).replace('~', '~0').replace('/', '~1')}"


class _Site:
    """One value of a rule while it is compiled: where it stands, what stands below it, and at last its node."""

    def __init__(self, raw: object, pointer: str, in_reduce: bool) -> None:
        self.raw = raw
        self.pointer = pointer
        self.in_reduce = in_reduce
        self.below: list[_Site] = []
        self.build: Callable[[], Node] = lambda: Literal(raw)
        self.node: Node = Literal(None)
        self.weight = 1

    def add(self, raw: object, pointer: str, in_reduce: bool | None = None) -> "_Site":
        """Add a value that stands below this one."""
        site = _Site(raw, pointer, self.in_reduce if in_reduce is None else in_reduce)
        self.below.append(site)
        return site

    @property
    def nodes(self) -> tuple[Node, ...]:
        return tuple(site.node for site in self.below)

    @property
    def holds_literals(self) -> bool:
        return all(isinstance(site.node, Literal) for site in self.below)


class _Compiler:
    """Compiles one rule: names what every place is from the outside in, then builds the nodes from the inside out."""

    def __init__(self, mode: Mode, operators: Mapping[str, Operator]) -> None:
        self.mode = mode
        self.operators = operators
        self.problems: list[RuleProblem] = []
        self.warnings: list[RuleProblem] = []

    def compile(self, rule: object, pointer: str) -> _Site:
        """The outermost site, with its node built."""
        sites = [_Site(rule, pointer, in_reduce=False)]
        for site in sites:
            self.expand(site)
            sites.extend(site.below)
        for site in reversed(sites):
            site.node = site.build()
            site.weight += sum(inner.weight for inner in site.below)
        return sites[0]

    def expand(self, site: _Site) -> None:
        """Decide what a value is, and add what stands below it."""
        raw = site.raw
        if type(raw) is list and not any(type(element) is list or type(element) is dict for element in raw):
            site.build = lambda: Literal(list(raw))  # spares the long lists of scalars a site for each
        elif type(raw) is list:
            for place, element in enumerate(raw):
                site.add(element, at(site.pointer, place))
            site.build = lambda: _list_of(site)
        elif type(raw) is dict and len(raw) == 1:
            ((name, argument),) = raw.items()
            self.expand_call(site, name, argument)
        elif type(raw) is dict:
            if raw and self.mode is not Mode.TEMPLATE:
                self.problem(site.pointer, "an operator is an object with exactly one member")
            _expand_object(site, raw)

    def expand_call(self, site: _Site, name: str, argument: object) -> None:
        """An object with one member: an operator, or what is none."""
        entry = OPERATORS.get(name)
        operator = self.operators.get(name)
        if entry is None and operator is None:
            self.expand_unknown(site, name, argument)
            return
        call = _Call(site, name, argument)
        refusal = _refusal(entry, call) if entry is not None else _wrong_number(call, operator)
        if refusal is not None:
            call.add_arguments()
            self.refuse(call, refusal, INVALID_ARGUMENTS if entry is None else entry.refusal)
        elif entry is not None:
            call.add_arguments(entry)
            site.build = lambda: _built(entry, call)
        elif operator is not None:
            call.add_arguments()
            site.build = lambda: RegisteredCall(operator, call.nodes())

    def expand_unknown(self, site: _Site, name: str, argument: object) -> None:
        """An object with one member that names no operator."""
        meant = probably_meant(name, (*OPERATORS, *self.operators))
        hint = None if meant is None else f"did you mean '{meant}'?"
        if self.mode is Mode.TEMPLATE:
            if hint is not None:
                message = f"'{_shown(name)}' is no operator, so this is an object with a member of that name"
                self.warnings.append(RuleProblem(at(site.pointer, name), message, hint))
            _expand_object(site, {name: argument})
            return
        if self.mode is Mode.STRICT:
            self.problem(at(site.pointer, name), f"'{_shown(name)}' is no operator", hint)
        _Call(site, name, argument).add_arguments()
        site.build = lambda: Failing(UNKNOWN_OPERATOR)

    def refuse(self, call: "_Call", message: str, kind: str) -> None:
        """A wrong number of arguments: a problem, or a place that fails when it is reached."""
        if self.mode is Mode.STRICT:
            self.problem(call.pointer, f"'{_shown(call.name)}' {message}")
        call.site.build = lambda: Failing(kind)

    def problem(self, pointer: str, message: str, hint: str | None = None) -> None:
        self.problems.append(RuleProblem(pointer, message, hint))


class _Call:
    """One use of an operator, as the catalogue's builders see it."""

    def __init__(self, site: _Site, name: str, argument: object) -> None:
        self.site = site
        self.name = name
        self.written_as_array = type(argument) is list
        self.raw: list[object] = argument if type(argument) is list else [argument]
        self.in_reduce = site.in_reduce
        self.pointer = at(site.pointer, name)
        self.tests: list[_Site] = []
        self.results: list[_Site] = []

    def add_arguments(self, entry: Entry | None = None) -> None:
        """Add the arguments; each stands in the scope the entry says."""
        if entry is not None and entry.quotes:
            return
        for place, raw in enumerate(self.raw):
            if entry is not None and place == entry.cases and type(raw) is list:
                self.site.add(None, self.pointer)
                continue
            self.site.add(raw, self._at(place), self._scope(entry, place))
        if entry is not None and entry.cases is not None:
            self._add_cases(entry.cases)

    def _scope(self, entry: Entry | None, place: int) -> bool:
        """Whether an argument sees the pair of a reduce."""
        if entry is None:
            return self.in_reduce
        if place == entry.body:
            return self.name == "reduce"
        return self.in_reduce and not (entry.handles and place > 0 and place == len(self.raw) - 1)

    def _add_cases(self, place: int) -> None:
        cases = self.raw[place] if place < len(self.raw) else None
        for number, case in enumerate(cases if type(cases) is list else ()):
            if type(case) is list and len(case) >= 2:
                pointer = at(self._at(place), number)
                self.tests.append(self.site.add(case[0], at(pointer, 0)))
                self.results.append(self.site.add(case[1], at(pointer, 1)))

    def _at(self, place: int) -> str:
        return at(self.pointer, place) if self.written_as_array else self.pointer

    def node(self, place: int) -> Node:
        return self.site.below[place].node if place < len(self.raw) else Literal(None)

    def nodes(self) -> tuple[Node, ...]:
        return self.site.nodes[: len(self.raw)]

    def body(self, place: int) -> tuple[Node, int]:
        site = self.site.below[place]
        return site.node, site.weight

    def cases(self) -> tuple[tuple[Node, ...], tuple[Node, ...]]:
        return tuple(site.node for site in self.tests), tuple(site.node for site in self.results)


def _shown(name: str) -> str:
    """A name as a message repeats it."""
    return name if len(name) <= SHOWN_NAME else f"{name[: SHOWN_NAME - 1]}…"


def _refusal(entry: Entry, call: _Call) -> str | None:
    """What is wrong with the arguments of a built-in operator, or None."""
    if entry.listed and not call.written_as_array:
        return "takes its arguments as an array"
    return _wrong_number(call, entry)


def _wrong_number(call: _Call, accepted: Entry | Operator | None) -> str | None:
    """What is wrong with the number of arguments, or None."""
    count = len(call.raw)
    if accepted is None or (accepted.minimum <= count and (accepted.maximum is None or count <= accepted.maximum)):
        return None
    limit, word = (accepted.minimum, "at least ") if count < accepted.minimum else (accepted.maximum, "at most ")
    exactly = "" if accepted.minimum == accepted.maximum else word
    return f"takes {exactly}{limit} argument{'' if limit == 1 else 's'}, not {count}"


def _expand_object(site: _Site, raw: dict[str, object]) -> None:
    """An object that is data, built member by member."""
    for key, member in raw.items():
        site.add(member, at(site.pointer, key))
    site.build = lambda: _object_of(site, tuple(raw))


def _object_of(site: _Site, keys: tuple[str, ...]) -> Node:
    if site.holds_literals:
        return Literal({key: _value(node) for key, node in zip(keys, site.nodes, strict=True)})
    return ObjectNode(keys, site.nodes)


def _list_of(site: _Site) -> Node:
    if site.holds_literals:
        return Literal([_value(node) for node in site.nodes])
    return ListNode(site.nodes)


def _value(node: Node) -> object:
    return node.value if isinstance(node, Literal) else None


def _built(entry: Entry, call: _Call) -> Node:
    """The node of a built-in operator; folded when literals alone decide its value."""
    node = entry.build(call)
    return _folded(node) if entry.pure and call.site.holds_literals else node


def _folded(node: Node) -> Node:
    """The value of a node that depends on nothing, as a literal; one that fails is left to fail when it is reached."""
    try:
        return Literal(Rule(node, 0, ()).evaluate(None, Evaluation(0.0, Limits())))
    except LogicError:
        return node
