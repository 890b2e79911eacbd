"""`apply`, `diff`, `import` and `export`, for everything and for one kind."""

from typing import Annotated

import typer

from orion_cli import exits
from orion_cli.applying.carrying import Carrier, Taken
from orion_cli.applying.plan import Plan, plan_for
from orion_cli.applying.present import RESOURCES, read_server
from orion_cli.applying.showing import report, show_plan
from orion_cli.applying.wanted import looks_like, read_wanted
from orion_cli.commanding import DATA, FILES, YES, command
from orion_cli.documents import Document, read_documents
from orion_cli.failures import CommandFailed, Misused
from orion_cli.output.complaints import complain, tell_problems
from orion_cli.resources import Resource
from orion_cli.session import Session

PRUNE = Annotated[bool, typer.Option("--prune", help="Take out of force what the folder does not have.")]
SECRETS = Annotated[bool, typer.Option("--secrets", help="Send connectors whose secrets the server does not show.")]
DRY_RUN = Annotated[bool, typer.Option("--dry-run", help="Show it, and change nothing.")]
PARTIAL = Annotated[bool, typer.Option("--partial", help="Keep those that can be kept.")]
UPDATE = Annotated[bool, typer.Option("--update", help="Bring up to date what is there, by drafts.")]
ALL = tuple(RESOURCES)


def compare(session: Session, documents: list[Document], kinds: tuple[str, ...], *, prune: bool, secrets: bool) -> Plan:
    """What has to be done."""
    chosen = [each for each in read_wanted(documents) if each.kind in kinds]
    if not chosen:
        raise Misused("There is no definition in what was given")
    plan = plan_for(chosen, read_server(session.api, kinds), prune=prune, secrets=secrets)
    if plan.hidden and not secrets:
        names = ", ".join(plan.hidden)
        session.output.say(f"Secrets that the server does not show are taken as equal ({names}); --secrets sends them")
    return plan


def diff(session: Session, documents: list[Document], kinds: tuple[str, ...], *, prune: bool, secrets: bool) -> None:
    """Show what would change.

    Raises:
        Exit: Something would.
    """
    plan = compare(session, documents, kinds, prune=prune, secrets=secrets)
    show(session, plan, dry_run=True)
    if plan.changes:
        session.output.say(f"{count(plan)}; {plan.unchanged} in step")
        raise typer.Exit(exits.FAILED)
    session.output.say(f"No difference: {plan.unchanged} definitions are in step")


def apply(
    session: Session,
    documents: list[Document],
    kinds: tuple[str, ...],
    *,
    prune: bool,
    secrets: bool,
    dry_run: bool,
    yes: bool,
) -> None:
    """Bring the server in step, or leave it as it was."""
    plan = compare(session, documents, kinds, prune=prune, secrets=secrets)
    show(session, plan, dry_run=dry_run)
    if not plan.changes:
        session.output.say(f"Nothing to do: {plan.unchanged} definitions are in step")
        return
    carrier = Carrier(session.api)
    refused = carrier.check(plan.changes)
    for refusal in refused:
        complain(refusal, colour=session.output.colour)
    if refused:
        raise CommandFailed(f"{len(refused)} definitions are not sound; nothing was changed")
    if dry_run:
        session.output.say(f"{count(plan)} would be made; {plan.unchanged} in step")
        return
    gone = [change for change in plan.changes if change.wanted is None]
    if gone:
        names = ", ".join(f"{change.kind} '{change.identity}'" for change in gone)
        session.confirm(f"Take out of force: {names}?", yes=yes)
    carry(session, carrier, plan)


def carry(session: Session, carrier: Carrier, plan: Plan) -> None:
    """Make the changes, and say what became of them."""
    with session.output.progress("Applying", len(plan.changes)) as advance:
        try:
            carried = carrier.carry_out(plan.changes, advance)
        except Taken as taken:
            complain(taken.cause, colour=session.output.colour)
            raise
        except KeyboardInterrupt:
            session.output.say("Interrupted; what was done is taken back")
            for failure in carrier.carried.failures:
                session.output.warn(failure)
            raise
    for change, problems in carried.warnings:
        document = change.wanted.document if change.wanted is not None else None
        session.output.warn(f"{change.kind} '{change.identity}'")
        tell_problems(problems, document, colour=session.output.colour, warning=True)
    session.output.say(f"{count(plan)} made; {plan.unchanged} in step")


def show(session: Session, plan: Plan, *, dry_run: bool) -> None:
    """A plan, as it is asked for."""
    if session.output.format == "table" or session.output.quiet:
        show_plan(plan, session.output)
    else:
        session.output.value(report(plan, dry_run=dry_run))


def count(plan: Plan) -> str:
    """How many changes, in words."""
    return "1 change" if len(plan.changes) == 1 else f"{len(plan.changes)} changes"


def add_folder_commands(app: typer.Typer, resource: Resource) -> None:
    """Add `apply`, `diff`, `import` and `export` of one kind."""
    kind, kinds = resource.singular, resource.plural

    def apply_kind(
        session: Session, file: FILES = None, data: DATA = None, prune: PRUNE = False, secrets: SECRETS = False,
        dry_run: DRY_RUN = False, yes: YES = False,
    ) -> None:  # fmt: skip
        documents = read_documents(file or (), data or ())
        apply(session, documents, (kind,), prune=prune, secrets=secrets, dry_run=dry_run, yes=yes)

    def diff_kind(
        session: Session, file: FILES = None, data: DATA = None, prune: PRUNE = False, secrets: SECRETS = False
    ) -> None:
        diff(session, read_documents(file or (), data or ()), (kind,), prune=prune, secrets=secrets)

    apply_kind.__doc__ = f"Bring the server's {kinds} in step with files; `orion-cli apply` takes every kind."
    diff_kind.__doc__ = f"Show what apply would change of {kinds}; exit code 1 if anything."
    command(app, "apply", f"{kinds} apply -f definitions/ --dry-run\n{kinds} apply -f definitions/")(apply_kind)
    command(app, "diff", f"{kinds} diff -f definitions/")(diff_kind)
    add_exchange(app, resource)


def add_exchange(app: typer.Typer, resource: Resource) -> None:
    """Add import and export."""
    kinds = resource.plural

    def import_kind(
        session: Session, file: FILES = None, data: DATA = None, partial: PARTIAL = False, update: UPDATE = False
    ) -> None:
        documents = [each for each in read_documents(file or (), data or ()) if looks_like(each) == resource.singular]
        if not documents:
            raise Misused(f"There are no {kinds} in what was given")
        items = [document.value for document in documents]
        take_in(session, f"{resource.path}/import", items, partial=partial, update=update)

    def export_kind(session: Session) -> None:
        session.output.value(session.api.get(f"{resource.path}/export"))

    import_kind.__doc__ = f"Take in {kinds} of an export or of files: all of them, or none."
    export_kind.__doc__ = f"Write {kinds} as one document, which import takes; JSON unless -o yaml."
    command(app, "import", f"{kinds} import -f export.json\n{kinds} import -f export.json --update")(import_kind)
    command(app, "export", f"{kinds} export > {kinds}.json")(export_kind)


def take_in(session: Session, path: str, body: object, *, partial: bool, update: bool) -> None:
    """Import, and say what was not.

    Raises:
        CommandFailed: Something was left out.
    """
    query = {"partial": partial or None, "existing": "update" if update else None}
    report = session.api.ask("POST", path, body, query)
    session.output.one(report)
    if report.get("failed"):
        raise CommandFailed(f"{report['failed']} definitions were not imported")
