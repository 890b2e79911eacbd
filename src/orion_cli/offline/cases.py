"""Test cases: what a workflow is given, what its connectors answer, what the time is, and what must come of it."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePath
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, UnsetType

from orion_cli.documents import Document
from orion_core import Problem, Problems, at, read_scripts
from orion_core.definitions import Document as Declared
from orion_core.reading import read

DEFAULT_NOW = "2026-01-01T00:00:00Z"
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)", re.ASCII)
Result = Literal["executed", "skipped", "failed", "halted"]


class Sample(Declared, frozen=True, kw_only=True):
    """What a dry run is given, as `POST /api/v1/admin/workflows/{id}/test` takes it."""

    data: Any
    metadata: dict[str, Any] | None = None
    outcomes: dict[str, Any] | None = None


class CaseDefinition(Declared, frozen=True, kw_only=True):
    """A test case as it is written in a file."""

    workflow_id: str
    data: Annotated[Sample, Meta(description='The body of the dry run: {"data": …}.')]
    expected_output: Annotated[Any, Meta(description="The message's data at the end, all of it.")]
    name: str | None = None
    description: str | None = None
    now: Annotated[str, Meta(description="What the clock says (RFC 3339).")] = DEFAULT_NOW
    outcomes: Annotated[dict[str, Any] | None, Meta(description="What connectors answer, by task.")] = None
    expected_matched: bool | UnsetType = UNSET
    expected_steps: Annotated[dict[str, Result] | UnsetType, Meta(description="What became of tasks, by id.")] = UNSET
    expected_errors: Annotated[list[str] | UnsetType, Meta(description="Codes of errors; none by default.")] = UNSET


@dataclass(frozen=True)
class Case:
    """A test case, read.

    Args:
        name: What it is called.
        definition: What it says.
        scripts: Outcomes of connector tasks, as the core takes them.
        now: Wall instant, Unix seconds.
        document: Where it stands.
    """

    name: str
    definition: CaseDefinition
    scripts: Any
    now: float
    document: Document


def read_cases(documents: Iterable[Document]) -> tuple[list[Case], list[tuple[Document, list[Problem]]]]:
    """Read test cases; those that are none come back with what is wrong with them."""
    cases: list[Case] = []
    wrong: list[tuple[Document, list[Problem]]] = []
    for document in documents:
        problems = Problems()
        case = _read(document, problems)
        if case is None:
            wrong.append((document, problems.errors))
        else:
            cases.append(case)
    return cases, wrong


def _read(document: Document, problems: Problems) -> Case | None:
    value = document.value
    sample = value.get("data") if isinstance(value, Mapping) else None
    if isinstance(sample, Mapping) and "data" not in sample:
        text = "the case's data is the body of the dry run"
        problems.error("/data", text, expected='{"data": …}', hint="put the payload one level deeper")
        return None
    definition = read(value, CaseDefinition, problems)
    if definition is None:
        return None
    where = "/outcomes" if definition.outcomes is not None else at("", "data", "outcomes")
    if definition.outcomes is not None and definition.data.outcomes is not None:
        problems.error("/outcomes", "outcomes stand here and in data; give them once")
    scripts = read_scripts(definition.outcomes or definition.data.outcomes or {}, problems, where)
    now = _instant(definition.now, problems)
    if problems:
        return None
    name = definition.name or PurePath(document.source.name).stem + document.pointer
    return Case(name, definition, scripts, now, document)


def _instant(text: str, problems: Problems) -> float:
    """Unix seconds of an RFC 3339 instant."""
    if _INSTANT.fullmatch(text):
        try:
            return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(UTC).timestamp()
        except ValueError:
            pass  # the 30th of February: said below
    problems.error("/now", f"'{text[:64]}' is not an instant", expected=f"RFC 3339, such as {DEFAULT_NOW}")
    return 0.0
