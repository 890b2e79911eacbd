"""cat substr in length starts_with ends_with upper lower trim split (spec section 14). Knows no other operator."""

# ruff: noqa: PERF401, SIM110 - a loop's variable has a C type; a comprehension's has none and finds no C method

from collections.abc import Sequence
from typing import Final

import cython

from orion_core.logic.equality import equal_strictly
from orion_core.logic.errors import invalid_arguments
from orion_core.logic.node import Evaluation, Literal, Node
from orion_core.logic.numbers import whole_of
from orion_core.logic.temporal import looks_temporal
from orion_core.logic.text import text_within

# White space as Unicode defines it; Python's own notion adds the information separators U+001C to U+001F.
WHITE_SPACE: Final = (
    "\t\n\x0b\x0c\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
_WORK_SHIFT = cython.declare(cython.int, 4)  # sixteen characters looked at weigh as much as one node

UPPER = cython.declare(cython.int, 0)
LOWER = cython.declare(cython.int, 1)
RECASES: Final = {"upper": 0, "lower": 1, "trim": 2}


def cat(arguments: Sequence[Node]) -> Node:
    """The node for cat."""
    if len(arguments) == 2:
        return CatTwo(arguments[0], arguments[1])
    return Cat(tuple(arguments))


def membership(needle: Node, hay: Node) -> Node:
    """The node for in; a literal list of texts is looked up as a set."""
    if isinstance(hay, Literal) and type(hay.value) is list and hay.value and all(map(_is_plain, hay.value)):
        return InSet(needle, frozenset(hay.value))
    return In(needle, hay)


def _is_plain(value: object) -> bool:
    """Whether a value is a text that is equal to itself only."""
    return type(value) is str and not looks_temporal(value)


@cython.final
@cython.cclass
class Cat(Node):
    """Texts joined; an array contributes its elements."""

    def __init__(self, arguments: tuple[Node, ...]) -> None:
        self.arguments = arguments

    @cython.cfunc
    def evaluate(self, data: object, evaluation: Evaluation) -> object:
        node: Node
        parts: list = []  # type: ignore[type-arg]
        for node in self.arguments:
            self.append(parts, node.evaluate(data, evaluation), evaluation)
        return "".join(parts)

    def append(self, parts: list, value: object, evaluation: Evaluation) -> cython.int:  # type: ignore[type-arg]
        text: str
        if type(value) is not list:
            text = value if type(value) is str else text_within(value, evaluation)
            evaluation.produce(len(text))
            parts.append(text)
            return 0
        evaluation.work(len(value))
        for element in value:
            text = text_within(element, evaluation)
            evaluation.produce(len(text))
            parts.append(text)
        return 0


@cython.final
@cython.cclass
class CatTwo(Node):
    """cat of two arguments."""

    def __init__(self, left: Node, right: Node) -> None:
        self.left = left
        self.right = right

    @cython.cfunc
    def evaluate(self, data: object, evaluation: Evaluation) -> object:
        left: str = joined(self.left.evaluate(data, evaluation), evaluation)
        right: str = joined(self.right.evaluate(data, evaluation), evaluation)
        evaluation.produce(len(left) + len(right))
        return left + right


@cython.cfunc
def joined(value: object, evaluation: Evaluation) -> str:
    """What one argument contributes to cat."""
    if type(value) is str:
        return value
    if type(value) is not list:
        return text_within(value, evaluation)
    parts: list = []  # type: ignore[type-arg]
    evaluation.work(len(value))
    for element in value:
        text: str = text_within(element, evaluation)
        evaluation.produce(len(text))
        parts.append(text)
    return "".join(parts)


@cython.ccall
def plain_text(value: object, evaluation: Evaluation) -> str:
    """The text a string operator works on; arrays and objects are written as JSON."""
    if type(value) is str:
        evaluation.work(len(value) >> _WORK_SHIFT)
        return value
    return text_within(value, evaluation)


@cython.final
@cython.cclass
class Substr(Node):
    """Part of a text, counted in code points."""

    def __init__(self, arguments: tuple[Node, ...]) -> None:
        self.arguments = arguments

    @cython.cfunc
    def evaluate(self, data: object, evaluation: Evaluation) -> object:
        node: Node
        values: list = []  # type: ignore[type-arg]
        for node in self.arguments[:3]:
            values.append(node.evaluate(data, evaluation))
        text = plain_text(values[0] if values else None, evaluation)
        start = whole_of(values[1]) if len(values) > 1 else 0
        length = whole_of(values[2]) if len(values) > 2 else None
        part = text[slice(*bounds(len(text), 0 if start is None else start, length))]  # type: ignore[arg-type]
        evaluation.produce(len(part))
        return part


def bounds(size: int, start: int, length: int | None) -> tuple[int, int]:
    """Where a part begins and ends; negative values count from the end of the text."""
    begin = min(start, size) if start >= 0 else max(size + start, 0)
    if length is None:
        return begin, size
    end = begin + length if length >= 0 else size + length
    return begin, max(min(end, size), begin)


@cython.final
@cython.cclass
class In(Node):
    """Whether a text is part of a text, or a value one of an array's elements."""

    def __init__(self, needle: Node, hay: Node) -> None:
        self.needle = needle
        self.hay = hay

    def truth(self, data: object, evaluation: Evaluation) -> cython.int:
        needle = self.needle.evaluate(data, evaluation)
        hay = self.hay.evaluate(data, evaluation)
        if type(hay) is str:
            if type(needle) is not str:
                return False
            evaluation.work(len(hay) >> _WORK_SHIFT)
            return needle in hay
        if type(hay) is not list:
            return False
        evaluation.work(len(hay))
        for element in hay:
            if equal_strictly(needle, element, evaluation):
                return True
        return False

    @cython.cfunc
    def evaluate(self, data: object, evaluation: Evaluation) -> object:
        return self.truth(data, evaluation) != 0


@cython.final
@cython.cclass
class InSet(Node):
    """Whether a value is one of a literal list of texts."""

    def __init__(self, needle: Node, texts: frozenset[str]) -> None:
        self.needle = needle
        self.texts = texts

    def truth(self, data: object, evaluation: Evaluation) -> cython.int:
        needle = self.needle.evaluate(data, evaluation)
        return type(needle) is str and needle in self.texts

    @cython.cfunc
    def evaluate(self, data: object, evaluation: Evaluation) -> object:
        return self.truth(data, evaluation) != 0


@cython.final
@cython.cclass
class Length(Node):
    """How many code points or elements."""

    def __init__(self, argument: Node) -> None:
        self.argument = argument

    @cython.cfunc
    def evaluate(self, data: object, evaluation: Evaluation) -> object:
        value = self.argument.evaluate(data, evaluation)
        if type(value) is str or type(value) is list:
            return len(value)
        raise invalid_arguments()


@cython.final
@cython.cclass
class Affix(Node):
    """starts_with and ends_with."""

    def __init__(self, text: Node, affix: Node, at_end: bool) -> None:
        self.text = text
        self.affix = affix
        self.at_end = at_end

    def truth(self, data: object, evaluation: Evaluation) -> cython.int:
        text: str = plain_text(self.text.evaluate(data, evaluation), evaluation)
        affix: str = plain_text(self.affix.evaluate(data, evaluation), evaluation)
        return text.endswith(affix) if self.at_end else text.startswith(affix)

    @cython.cfunc
    def evaluate(self, data: object, evaluation: Evaluation) -> object:
        return self.truth(data, evaluation) != 0


@cython.final
@cython.cclass
class Recase(Node):
    """upper, lower and trim."""

    def __init__(self, argument: Node, operation: cython.int) -> None:
        self.argument = argument
        self.operation = operation

    @cython.cfunc
    def evaluate(self, data: object, evaluation: Evaluation) -> object:
        text: str = plain_text(self.argument.evaluate(data, evaluation), evaluation)
        evaluation.produce(len(text))
        if self.operation == UPPER:
            return text.upper()
        if self.operation == LOWER:
            return text.lower()
        return text.strip(WHITE_SPACE)


@cython.final
@cython.cclass
class Split(Node):
    """The parts of a text between separators; an empty separator gives its characters."""

    def __init__(self, text: Node, separator: Node) -> None:
        self.text = text
        self.separator = separator

    @cython.cfunc
    def evaluate(self, data: object, evaluation: Evaluation) -> object:
        text: str = plain_text(self.text.evaluate(data, evaluation), evaluation)
        separator: str = plain_text(self.separator.evaluate(data, evaluation), evaluation)
        evaluation.produce(len(text) + 1)
        if len(text) == 0:
            return [""]
        return text.split(separator) if len(separator) != 0 else list(text)
