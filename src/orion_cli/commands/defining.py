"""The commands that every kind of definition has: list, get, create, update, delete, and those of versions.

Knows what kinds have in common, and no kind in particular.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import typer

from orion_cli.applying.wanted import looks_like
from orion_cli.commanding import DATA, FILES, LIMIT, YES, command
from orion_cli.documents import Document, read_document, read_documents
from orion_cli.failures import CommandFailed, Misused, Refused, problems_of
from orion_cli.output.complaints import complain, tell_problems
from orion_cli.output.output import Column
from orion_cli.resources import Resource
from orion_cli.session import Session

Status = Literal["draft", "active", "archived"]
STATUS = Annotated[Status | None, typer.Option("--status", help="Only those with a version of this status.")]
VERSION = Annotated[int | None, typer.Option("--version", min=1, help="Which; the highest if not given.")]


def tell_warnings(session: Session, answer: Any, document: Document | None = None) -> None:
    """Say what the server finds doubtful about what it did."""
    if isinstance(answer, Mapping):
        problems = problems_of(answer.get("warnings"))
        tell_problems(problems, document, colour=session.output.colour, warning=True)


def add_common(app: typer.Typer, resource: Resource) -> None:
    """Add what connectors have too."""
    kind, kinds = resource.singular, resource.plural
    identifier = Annotated[str, typer.Argument(metavar="ID", help=f"Of the {kind}.", autocompletion=resource.complete)]

    several = Annotated[
        list[str],
        typer.Argument(metavar="ID", help=f"Of the {kind}; several are possible.", autocompletion=resource.complete),
    ]

    def create(session: Session, file: FILES = None, data: DATA = None) -> None:
        created = []
        failures: list[CommandFailed] = []
        documents = of_kind(session, kind, read_documents(file or (), data or ()))
        with session.output.progress(f"Creating {kinds}", len(documents)) as advance:
            for document in documents:
                try:
                    with session.sending(document):
                        answer = session.api.ask("POST", resource.path, document.value)
                except Refused as refused:
                    failures.append(refused)
                else:
                    tell_warnings(session, answer, document)
                    created.append(answer["data"])
                advance()
        if len(documents) == 1 and created:
            session.output.row(created[0], resource.columns, resource.identity)
        elif created or not failures:
            session.output.rows(created, resource.columns, resource.identity)
        finish(failures, f"{len(failures)} of {len(documents)} {kinds} were not created", session)

    def update(session: Session, identifier: identifier, file: FILES = None, data: DATA = None) -> None:
        document = read_document(file or (), data or ())
        with session.sending(document):
            answer = session.api.ask("PUT", resource.one(identifier), document.value)
        tell_warnings(session, answer, document)
        session.output.row(answer["data"], resource.columns, resource.identity)

    def delete(session: Session, identifiers: several, yes: YES = False) -> None:
        listed = ", ".join(identifiers)
        every = "" if kind == "connector" else ", all versions"
        session.confirm(f"Delete {kind if len(identifiers) == 1 else kinds} {listed}{every}?", yes=yes)
        for each in identifiers:
            session.api.ask("DELETE", resource.one(each))
            session.output.say(f"{kind.capitalize()} '{each}' is deleted")

    def validate(session: Session, file: FILES = None, data: DATA = None) -> None:
        check_all(session, resource, of_kind(session, kind, read_documents(file or (), data or ())))

    describe(create, f"Create {kinds}{' as drafts' if kind != 'connector' else ''}, of files, folders, JSON or -.")
    describe(update, f"Change a {kind}{'’s draft' if kind != 'connector' else ''}; members left out are kept.")
    describe(delete, f"Delete a {kind}{', all its versions' if kind != 'connector' else ''}.")
    describe(validate, f"Let the server check {kinds} and keep nothing; `orion-cli validate` needs no server.")
    command(app, "create", f"{kinds} create -f {kind}.json\n{kinds} create -f folder/ -q")(create)
    command(app, "update", f'{kinds} update my-{kind} -d \'{{"description": "Says more"}}\'')(update)
    command(app, "delete", f"{kinds} delete my-{kind}\n{kinds} delete old older --yes")(delete)
    command(app, "validate", f"{kinds} validate -f {kind}.json\n{kinds} validate -f folder/")(validate)


def add_versioned(app: typer.Typer, resource: Resource) -> None:
    """Add what workflows and channels have in common."""
    kind, kinds = resource.singular, resource.plural
    complete = resource.complete
    one = Annotated[str, typer.Argument(metavar="ID", help=f"Of the {kind}.", autocompletion=complete)]

    def get(session: Session, identifier: one, version: VERSION = None) -> None:
        answer = session.api.get(resource.one(identifier), {"version": version})
        session.output.one(answer["data"], resource.identity)

    def archive(session: Session, identifier: one) -> None:
        answer = session.api.ask("PATCH", resource.one(identifier, "status"), {"status": "archived"})
        tell_warnings(session, answer)
        session.output.row(answer["data"], resource.columns, resource.identity)

    def versions(session: Session, identifier: one, limit: LIMIT = None) -> None:
        rows = list(session.api.rows(resource.one(identifier, "versions"), most=limit))
        session.output.rows(rows, resource.columns, "version")

    def new_version(session: Session, identifier: one) -> None:
        answer = session.api.ask("POST", resource.one(identifier, "versions"))
        session.output.row(answer["data"], resource.columns, resource.identity)

    describe(get, f"Show a {kind}: its highest version, or --version.")
    describe(archive, f"Take a {kind} out of force.")
    describe(versions, f"List the versions of a {kind}, newest first.")
    describe(new_version, f"Copy the highest version of a {kind} into a draft.")
    command(app, "get", f"{kinds} get my-{kind}\n{kinds} get my-{kind} --version 2 -o yaml")(get)
    command(app, "archive", f"{kinds} archive my-{kind}")(archive)
    command(app, "versions", f"{kinds} versions my-{kind}")(versions)
    command(app, "new-version", f"{kinds} new-version my-{kind}")(new_version)


def of_kind(session: Session, kind: str, documents: list[Document]) -> list[Document]:
    """The documents without those that are plainly something else: a folder may hold every kind."""
    chosen = [each for each in documents if looks_like(each) in (kind, None)]
    if len(chosen) < len(documents):
        session.output.say(f"{len(documents) - len(chosen)} documents of other kinds are passed over")
    return chosen


def describe(function: Any, text: str) -> None:  # a function, to be given its help
    """Give a function its help."""
    function.__doc__ = text


REPORT = (Column("DOCUMENT", "document"), Column("VALID", "valid"), Column("ERRORS", lambda row: len(row["errors"])))


def check_all(session: Session, resource: Resource, documents: list[Document]) -> None:
    """Let the server check documents; those that are not sound are shown with their lines.

    Raises:
        CommandFailed: Some are not.
    """
    reports = []
    for document in documents:
        answer = session.api.ask("POST", f"{resource.path}/validate", document.value)
        colour = session.output.colour
        tell_problems(problems_of(answer["errors"]), document, colour=colour)
        tell_problems(problems_of(answer["warnings"]), document, colour=colour, warning=True)
        reports.append({"document": document.source.name + document.pointer, **answer})
    session.output.rows(reports, REPORT, "document")
    unsound = sum(not report["valid"] for report in reports)
    if unsound:
        raise CommandFailed(f"{unsound} of {len(reports)} {resource.plural} are not sound")


def finish(failures: list[CommandFailed], summary: str, session: Session) -> None:
    """Say what failed, each with its own words, and end with the exit code of the first.

    Raises:
        CommandFailed: Something failed.
    """
    if not failures:
        return
    if len(failures) == 1:
        raise failures[0]
    for failure in failures:
        complain(failure, colour=session.output.colour)
    last = CommandFailed(summary)
    last.exit_code = failures[0].exit_code
    raise last


def percentage(value: int | None) -> int | None:
    """A share of a hundred.

    Raises:
        Misused: It is none.
    """
    if value is not None and not 0 <= value <= 100:
        raise Misused(f"{value} is not a share of a hundred", "from 0 to 100")
    return value
