"""What a function gets to compile its input with: rules, paths, references, and a place for problems. Runs nothing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from orion_core.connector import Connector
from orion_core.logic import Mode, Operator, Rule, RuleProblems, compile_rule
from orion_core.paths import Path, check_path
from orion_core.problems import Problems, at

ROOTS = ("data", "metadata", "temp_data")


Fits = Callable[[Connector], tuple[str, str] | None]


@dataclass(frozen=True)
class Reference:
    """A connector or channel that a task names.

    Args:
        kind: "connector" or "channel".
        name: Of it.
        pointer: Where it is named.
        wants: The kind of connector the task can use; None for any.
        fits: Says what is wrong with the task on such a connector, pointer and text; None when nothing is.
    """

    kind: str
    name: str
    pointer: str
    wants: str | None = None
    fits: Fits | None = None


@dataclass
class Building:
    """One task under compilation.

    Args:
        pointer: Where the function's input lies in the workflow's document.
        problems: Receives whatever is wrong.
        operators: JSONLogic operators beyond the built-in ones.
        references: Receives what the task names.
        http_timeout: Seconds an `http_call` may take that says nothing.
    """

    pointer: str
    problems: Problems
    operators: Mapping[str, Operator] = field(default_factory=dict)
    references: list[Reference] = field(default_factory=list)
    http_timeout: float = 30.0

    def rule(self, logic: object, *segments: str | int) -> Rule:
        """Compile JSONLogic that stands at `segments` of the input; a bad rule is a problem, and null here."""
        return compile_template(logic, self.problems, at(self.pointer, *segments), self.operators)

    def path(self, text: str, *segments: str | int, into_data: bool = True) -> Path:
        """Compile a dotted path that stands at `segments` of the input."""
        where = at(self.pointer, *segments)
        wrong = check_path(text)
        if wrong is not None:
            self.problems.error(where, f"'{text}': {wrong}")
        elif into_data and text.split(".")[0] not in ROOTS:
            self.problems.warn(where, f"'{text}' lies outside data, metadata and temp_data, so no answer shows it")
        return Path(text)

    def refer(
        self, kind: str, name: str, *segments: str | int, wants: str | None = None, fits: Fits | None = None
    ) -> None:
        """Note that the task names a connector or channel, to be looked up when it is activated."""
        self.references.append(Reference(kind, name, at(self.pointer, *segments), wants, fits))


def compile_template(logic: object, problems: Problems, pointer: str, operators: Mapping[str, Operator]) -> Rule:
    """Compile JSONLogic in template mode; its problems and warnings go to `problems`."""
    try:
        rule = compile_rule(logic, mode=Mode.TEMPLATE, operators=operators, pointer=pointer)
    except RuleProblems as refused:
        for problem in refused.problems:
            problems.error(problem.pointer, problem.message, hint=problem.hint)
        return compile_rule(None)
    for warning in rule.warnings:
        problems.warn(warning.pointer, warning.message, hint=warning.hint)
    return rule


@dataclass(frozen=True)
class Function:
    """An entry of the catalogue.

    Args:
        name: As admins write it.
        summary: One sentence for people.
        input: Declares the input; read strictly.
        build: Turns an input into a compiled task function.
        connector: Whether its input names a connector.
    """

    name: str
    summary: str
    input: type[msgspec.Struct]
    build: Callable[[Any, Building], Any]
    connector: bool = False
