"""How the compiler shows a use of an operator to what builds its node, and what an operator declares of itself.

Knows no operator.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from orion_core.logic.errors import INVALID_ARGUMENTS
from orion_core.logic.node import Node


class Call(Protocol):
    """One use of an operator in a rule, as the compiler shows it."""

    name: str
    raw: list[object]
    written_as_array: bool
    in_reduce: bool

    def node(self, place: int) -> Node:
        """An argument; null when there is none."""

    def nodes(self) -> tuple[Node, ...]:
        """All arguments."""

    def body(self, place: int) -> tuple[Node, int]:
        """An argument with the number of its nodes, for the operators that evaluate it for each element."""

    def cases(self) -> tuple[tuple[Node, ...], tuple[Node, ...]]:
        """The tests and the results of a literal list of pairs."""


@dataclass(frozen=True)
class Entry:
    """An operator of the catalogue.

    Args:
        build: Makes the node for a call whose number of arguments is right.
        minimum: The fewest arguments it takes.
        maximum: The most; None when further ones are not looked at.
        refusal: The `type` of the error that a wrong number of arguments raises.
        listed: Whether its arguments have to be written as an array.
        pure: Whether literals alone decide its value.
        body: The place of the argument that is evaluated for each element.
        handles: Whether the last of several arguments is evaluated with an error's payload as its data.
        cases: The place of the argument that is a literal list of pairs.
        quotes: Whether its arguments are values, not rules.
    """

    build: Callable[[Call], Node]
    minimum: int = 0
    maximum: int | None = None
    refusal: str = INVALID_ARGUMENTS
    listed: bool = False
    pure: bool = True
    body: int | None = None
    handles: bool = False
    cases: int | None = None
    quotes: bool = False
