"""`orion-cli validate`: definitions checked by the core, without a server."""

from typing import Annotated

import typer

from orion_cli.applying.wanted import is_case, read_wanted
from orion_cli.commanding import FILES, alone, command
from orion_cli.documents import read_documents
from orion_cli.failures import CommandFailed, Misused
from orion_cli.offline.cases import read_cases
from orion_cli.offline.compiled import compile_folder, problems_of
from orion_cli.output.complaints import tell_problems
from orion_cli.output.output import Column
from orion_cli.session import Session

app = alone("Check definitions without a server.")

PATHS = Annotated[list[str] | None, typer.Argument(metavar="PATH", help="Files and folders.", show_default=False)]
COLUMNS = (
    Column("FILE", "file"),
    Column("KIND", "kind"),
    Column("ID", "id"),
    Column("ERRORS", "errors"),
    Column("WARNINGS", "warnings"),
)


@command(app, "validate", "validate definitions/\nvalidate workflow.json -o json")
def validate(session: Session, paths: PATHS = None, file: FILES = None) -> None:
    """Check workflows, channels, connectors and test cases as a server would, without one.

    What only a server knows (whether a connector or channel that is named is there) is not checked.
    """
    documents = read_documents([*(paths or ()), *(file or ())])
    wanted = read_wanted(documents)
    cases, wrong = read_cases([each for each in documents if is_case(each)])
    if not wanted and not cases and not wrong:
        raise Misused("There is no definition in what was given")
    rows = []
    colour = session.output.colour
    for each in compile_folder(wanted).checked:
        tell_problems(problems_of(each.errors), each.document, colour=colour)
        tell_problems(problems_of(each.warnings), each.document, colour=colour, warning=True)
        rows.append(row(each.document.source.name, each.kind, each.identity, len(each.errors), len(each.warnings)))
    for document, problems in wrong:
        tell_problems(problems_of(problems), document, colour=colour)
        rows.append(row(document.source.name, "case", None, len(problems), 0))
    rows += [row(case.document.source.name, "case", case.name, 0, 0) for case in cases]
    session.output.rows(rows, COLUMNS, "id")
    unsound = sum(bool(each["errors"]) for each in rows)
    if unsound:
        raise CommandFailed(f"{unsound} of {len(rows)} documents are not sound")


def row(file: str, kind: str, identity: str | None, errors: int, warnings: int) -> dict[str, object]:
    """A document's line in the result."""
    return {"file": file, "kind": kind, "id": identity, "errors": errors, "warnings": warnings}
