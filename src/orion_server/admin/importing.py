"""Import and export of workflows: what is exported from one server can be imported into another, whole.

Knows no endpoint but these two.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from orion_core import DefinitionProblems, Problem, Problems
from orion_core.reading import describe
from orion_io.storage import Conflict, Page, Sort, Transaction, Unstorable, WorkflowRecord
from orion_server.admin.auditing import Act, carry_out
from orion_server.admin.details import whole
from orion_server.admin.endpoint import Asked
from orion_server.admin.requests import told
from orion_server.admin.versioned import SERVER_MEMBERS, refuse
from orion_server.admin.views import problem_view, workflow_view
from orion_server.admin.workflows import WORKFLOWS, filter_of
from orion_server.exchange import Answer, Refusal, json_answer

MAX_ITEMS = 10_000
EXPORT_PAGE = 1000


@dataclass
class ReportedRefusal(Refusal):
    """A refusal that answers with a report beside the error.

    Args:
        report: Its further members.
    """

    report: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Failure:
    """An item that is not imported, and why."""

    index: int
    message: str
    problems: Sequence[Problem] = ()
    conflict: bool = False


async def import_workflows(asked: Asked) -> Answer:
    """Keep every workflow of the body as a draft; with `?partial=true`, those that can be kept."""
    items = items_of(asked.document)
    partial: bool = asked.query["partial"]
    drafts, failures = read_items(asked, items)

    async def mutate(tx: Transaction) -> tuple[int, Sequence[Act]]:
        acts = []
        for index, draft in drafts:
            try:
                await tx.workflows.create(draft)
            except (Conflict, Unstorable) as error:
                failures.append(Failure(index, str(error), conflict=isinstance(error, Conflict)))
            else:
                acts.append(Act(draft.workflow_id, whole(workflow_view(draft))))
        if failures and not partial:
            raise refusal(failures)
        return len(acts), acts

    imported = await carry_out(asked, mutate, live=False)
    return json_answer(import_report(imported, failures))


def items_of(document: object) -> Sequence[object]:
    """The workflows of a bare array, or of an export."""
    items = document
    if isinstance(document, dict) and set(document) == {"data"}:
        items = document["data"]
    if not isinstance(items, list):
        text = f"{describe(items)} stands where an array of workflows is expected"
        raise DefinitionProblems([Problem("", text, 'array, or {"data": array}')])
    if len(items) > MAX_ITEMS:
        text = f"{len(items)} workflows are too many for one import"
        raise DefinitionProblems([Problem("", text, f"at most {MAX_ITEMS}")])
    return items


def read_items(asked: Asked, items: Sequence[object]) -> tuple[list[tuple[int, WorkflowRecord]], list[Failure]]:
    """A draft for each item that can be read, and a failure for each that cannot."""
    drafts: list[tuple[int, WorkflowRecord]] = []
    failures: list[Failure] = []
    for index, item in enumerate(items):
        try:
            drafts.append((index, read_item(asked, item)))
        except DefinitionProblems as refused:
            failures.append(Failure(index, told(refused.problems), refused.problems))
    return drafts, failures


def read_item(asked: Asked, item: object) -> WorkflowRecord:
    """A draft made of one item; what a server decides (version, status, instants) is not taken over.

    Raises:
        DefinitionProblems: Everything that is wrong with it.
    """
    problems = Problems()
    if not isinstance(item, Mapping):
        problems.error("", f"{describe(item)} stands where an object is expected", expected="object")
    refuse(problems)
    own = {name: value for name, value in dict(item).items() if name not in SERVER_MEMBERS}  # type: ignore[call-overload] # a Mapping, or refused above
    document = WORKFLOWS.fresh(own, problems)
    WORKFLOWS.inspect(asked.services, document, 1, problems)
    refuse(problems)
    clock = asked.services.clock
    return WORKFLOWS.record(document, str(document.get("workflow_id") or clock.uuid()), clock.wall_us())


def refusal(failures: Sequence[Failure]) -> ReportedRefusal:
    """Nothing is imported: 409 when every item in the way exists already, else 400."""
    conflict = all(failure.conflict for failure in failures)
    status, code = (409, "CONFLICT") if conflict else (400, "BAD_REQUEST")
    text = f"Nothing was imported: {len(failures)} of the workflows cannot be kept"
    problems = [
        Problem(f"/{failure.index}{problem.pointer}", problem.message, problem.expected, problem.hint)
        for failure in failures
        for problem in failure.problems or (Problem("", failure.message),)
    ]
    return ReportedRefusal(status, code, text, "import_refused", problems, report=import_report(0, failures))


def import_report(imported: int, failures: Sequence[Failure]) -> dict[str, object]:
    """The documented answer of an import."""
    errors = [
        {
            "index": failure.index,
            "error": failure.message,
            "problems": [problem_view(problem) for problem in failure.problems],
        }
        for failure in sorted(failures, key=lambda failure: failure.index)
    ]
    return {"imported": imported, "failed": len(errors), "errors": errors}


async def export_workflows(asked: Asked) -> Answer:
    """Every workflow that is asked for, the highest priority first, then by name."""
    where = filter_of(asked.query)
    records: list[WorkflowRecord] = []
    async with asked.services.store.read() as tx:
        while True:
            rows = await tx.workflows.list(where, Sort(), Page(EXPORT_PAGE, len(records)))
            records.extend(rows.rows)
            if len(rows.rows) < EXPORT_PAGE:
                break
    records.sort(key=lambda record: (-record.priority, record.name, record.workflow_id))
    return json_answer({"data": [workflow_view(record) for record in records]})
