"""Imports: an array of definitions of one kind, or a bundle of all three. What was exported comes in whole.

All of it in one transaction or nothing, unless a part is asked for; knows no definition.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from orion_core import DefinitionProblems, Problem, Problems, at
from orion_core.definitions import Document
from orion_core.reading import describe, read
from orion_io.storage import Conflict, Transaction, Unstorable
from orion_server.admin.auditing import Act, carry_out
from orion_server.admin.endpoint import Asked
from orion_server.admin.requests import told
from orion_server.admin.transfer.kinds import CHANNEL_KIND, CONNECTOR_KIND, KINDS, WORKFLOW_KIND, Kind
from orion_server.admin.versioned import refuse
from orion_server.admin.views import problem_view
from orion_server.exchange import Answer, Refusal, json_answer

MAX_ITEMS = 10_000  # of one kind


class Bundle(Document, frozen=True, kw_only=True):
    """Definitions of all kinds, as admins write them."""

    format: Literal["orion-bundle"] = "orion-bundle"
    version: Literal[1] = 1
    workflows: Annotated[list[Any], Meta(description="As `POST /workflows` takes them.")] = msgspec.field(
        default_factory=list
    )
    channels: Annotated[list[Any], Meta(description="As `POST /channels` takes them.")] = msgspec.field(
        default_factory=list
    )
    connectors: Annotated[list[Any], Meta(description="As `POST /connectors` takes them.")] = msgspec.field(
        default_factory=list
    )


@dataclass
class ReportedRefusal(Refusal):
    """A refusal that answers with a report beside the error.

    Args:
        report: Its further members.
    """

    report: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Item:
    """One definition of an import.

    Args:
        kind: What it is.
        index: Its place among its kind.
        pointer: Its place in the body (RFC 6901).
        document: As it came, or as it was read.
    """

    kind: Kind
    index: int
    pointer: str
    document: object


@dataclass(frozen=True)
class Failure:
    """An item that is not imported, and why."""

    item: Item
    message: str
    problems: Sequence[Problem] = ()
    conflict: bool = False


async def import_workflows(asked: Asked) -> Answer:
    """Keep every workflow of the body as a draft; with `?partial=true`, those that can be kept."""
    return await _take_in(asked, array(asked.document, WORKFLOW_KIND), live=False)


async def import_channels(asked: Asked) -> Answer:
    """Keep every channel of the body as a draft; with `?partial=true`, those that can be kept."""
    return await _take_in(asked, array(asked.document, CHANNEL_KIND), live=False)


async def import_connectors(asked: Asked) -> Answer:
    """Keep every connector of the body; with `?partial=true`, those that can be kept."""
    return await _take_in(asked, array(asked.document, CONNECTOR_KIND), live=True)


async def import_bundle(asked: Asked) -> Answer:
    """Keep connectors, workflows and channels of a bundle, in this order."""
    problems = Problems()
    bundle = read(asked.document, Bundle, problems)
    refuse(problems)
    items = [
        item for kind in KINDS for item in _items(getattr(bundle, kind.members), kind, at("", kind.members), problems)
    ]
    refuse(problems)
    return await _take_in(asked, items, live=True)


def array(document: object, kind: Kind) -> list[Item]:
    """The items of a bare array, or of an export.

    Raises:
        DefinitionProblems: The document is neither.
    """
    items, pointer = document, ""
    if isinstance(document, dict) and set(document) == {"data"}:
        items, pointer = document["data"], "/data"
    problems = Problems()
    if not isinstance(items, list):
        text = f"{describe(items)} stands where an array of {kind.members} is expected"
        problems.error(pointer, text, expected='array, or {"data": array}')
        refuse(problems)
    found = _items(items, kind, pointer, problems)  # type: ignore[arg-type] # a list, or refused above
    refuse(problems)
    return found


def _items(documents: Sequence[object], kind: Kind, pointer: str, problems: Problems) -> list[Item]:
    if len(documents) > MAX_ITEMS:
        text = f"{len(documents)} {kind.members} are too many for one import"
        problems.error(pointer, text, expected=f"at most {MAX_ITEMS}")
    return [Item(kind, index, at(pointer, index), document) for index, document in enumerate(documents)]


async def _take_in(asked: Asked, items: Sequence[Item], *, live: bool) -> Answer:
    """Read every item, then keep every one in one transaction."""
    update: bool = asked.query["existing"] == "update"
    readable, unread = _read(asked, items)

    async def mutate(tx: Transaction) -> tuple[dict[str, object], Sequence[Act]]:
        acts: list[Act] = []
        failures = list(unread)
        for item, document in readable:
            try:
                act = await item.kind.keep(asked, tx, document, update=update)
            except (Conflict, Unstorable, DefinitionProblems, Refusal) as error:
                failures.append(_failure(item, error))
            else:
                acts.extend(() if act is None else (act,))
        if failures and not asked.query["partial"]:
            raise refusal(failures)
        report = import_report(len(acts), failures)
        return {**report, "unchanged": len(items) - len(acts) - len(failures)} if update else report, acts

    return json_answer(await carry_out(asked, mutate, live=live))


def _read(asked: Asked, items: Sequence[Item]) -> tuple[list[tuple[Item, dict[str, object]]], list[Failure]]:
    """The document of each item that can be read, and a failure for each that cannot."""
    readable: list[tuple[Item, dict[str, object]]] = []
    failures: list[Failure] = []
    for item in items:
        try:
            readable.append((item, item.kind.read(asked, item.document)))
        except DefinitionProblems as error:
            failures.append(_failure(item, error))
    return readable, failures


def _failure(item: Item, error: Conflict | Unstorable | DefinitionProblems | Refusal) -> Failure:
    if isinstance(error, DefinitionProblems):
        return Failure(item, told(error.problems), error.problems)
    conflict = isinstance(error, Conflict) or (isinstance(error, Refusal) and error.status == 409)
    return Failure(item, str(error), conflict=conflict)


def refusal(failures: Sequence[Failure]) -> ReportedRefusal:
    """Nothing is imported: 409 when every item in the way exists already, else 400."""
    conflict = all(failure.conflict for failure in failures)
    status, code = (409, "CONFLICT") if conflict else (400, "BAD_REQUEST")
    words = {failure.item.kind.members for failure in failures}
    what = words.pop() if len(words) == 1 else "definitions"
    text = f"Nothing was imported: {len(failures)} of the {what} cannot be kept"
    problems = [
        Problem(failure.item.pointer + problem.pointer, problem.message, problem.expected, problem.hint)
        for failure in failures
        for problem in failure.problems or (Problem("", failure.message),)
    ]
    return ReportedRefusal(status, code, text, "import_refused", problems, report=import_report(0, failures))


def import_report(imported: int, failures: Sequence[Failure]) -> dict[str, object]:
    """The documented answer of an import."""
    errors = [
        {
            "kind": failure.item.kind.word,
            "index": failure.item.index,
            "error": failure.message,
            "problems": [problem_view(problem) for problem in failure.problems],
        }
        for failure in sorted(failures, key=lambda failure: (failure.item.kind.word, failure.item.index))
    ]
    return {"imported": imported, "failed": len(errors), "errors": errors}
