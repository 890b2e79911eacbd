"""`orion-cli test`: test cases run on the core, without a server."""

from pathlib import Path
from typing import Annotated

import typer

from orion_cli.applying.wanted import is_case, read_wanted
from orion_cli.commanding import FILES, alone, command
from orion_cli.commands.validate import PATHS
from orion_cli.documents import read_documents
from orion_cli.failures import CommandFailed, Misused
from orion_cli.offline.cases import read_cases
from orion_cli.offline.compiled import compile_folder, problems_of
from orion_cli.offline.junit import junit
from orion_cli.offline.running import Result, run_case
from orion_cli.output.complaints import tell_problems
from orion_cli.output.output import Column
from orion_cli.session import Session

app = alone("Run test cases without a server.")

COLUMNS = (
    Column("CASE", "case"),
    Column("WORKFLOW", "workflow"),
    Column("RESULT", "result"),
    Column("FILE", "file"),
)


@command(app, "test", "test workflows/\ntest workflows/ --junit results.xml\ntest workflows/ --only fraud")
def run(
    session: Session,
    paths: PATHS = None,
    file: FILES = None,
    only: Annotated[str | None, typer.Option("--only", help="Cases with this in their name or workflow.")] = None,
    report: Annotated[str | None, typer.Option("--junit", help="Where to write JUnit XML.")] = None,
) -> None:
    """Run the test cases of a folder on its workflows, by the same core as a server.

    A case is {"workflow_id", "data": {"data": …}, "expected_output"}, and may have "outcomes" for connectors, "now",
    "expected_matched", "expected_steps" and "expected_errors".
    """
    documents = read_documents([*(paths or ()), *(file or ())])
    cases, wrong = read_cases([each for each in documents if is_case(each)])
    for document, problems in wrong:
        tell_problems(problems_of(problems), document, colour=session.output.colour)
    if wrong:
        raise Misused(f"{len(wrong)} test case(s) cannot be read")
    compiled = compile_folder(read_wanted(documents))
    chosen = [case for case in cases if only is None or only in case.name or only in case.definition.workflow_id]
    if not chosen:
        raise Misused("There is no test case in what was given", 'a test case has "expected_output"')
    results = []
    with session.output.progress("Testing", len(chosen)) as advance:
        for case in chosen:
            results.append(run_case(case, compiled))
            advance()
    if report is not None:
        write(Path(report), junit(results))
    show(session, results)
    failed = sum(not result.passed for result in results)
    if failed:
        raise CommandFailed(f"{failed} of {len(results)} test cases failed")
    session.output.say(f"{len(results)} test cases passed")


def show(session: Session, results: list[Result]) -> None:
    """A line for each case; how those that failed differ beside it."""
    rows = [
        {
            "case": result.case.name,
            "workflow": result.case.definition.workflow_id,
            "result": "passed" if result.passed else "failed",
            "file": result.case.document.source.name,
            "differences": list(result.differences),
        }
        for result in results
    ]
    session.output.rows(rows, COLUMNS, "case")
    for result in results:
        for difference in result.differences:
            session.output.say(f"\n{result.case.document.source.name}: {difference}")


def write(path: Path, text: str) -> None:
    """Write a report."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Misused(f"{path} cannot be written: {error.strerror}") from None
