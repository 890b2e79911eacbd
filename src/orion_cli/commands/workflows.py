"""`orion-cli workflows`: what workflows have beyond what every kind of definition has."""

from typing import Annotated, Literal

import typer

from orion_cli.commanding import DATA, FILES, LIMIT, command, group
from orion_cli.commands.defining import (
    STATUS,
    VERSION,
    add_common,
    add_versioned,
    percentage,
    tell_warnings,
)
from orion_cli.commands.folders import add_folder_commands
from orion_cli.documents import read_document
from orion_cli.failures import CommandFailed
from orion_cli.output.output import Column
from orion_cli.resources import WORKFLOW
from orion_cli.session import Session

app = group("Workflows: conditional, ordered lists of tasks, in versions.")

ID = Annotated[str, typer.Argument(metavar="ID", help="Of the workflow.", autocompletion=WORKFLOW.complete)]
TAG = Annotated[str | None, typer.Option("--tag", help="Only those with exactly this tag.")]
SORTS = Literal["created_at", "updated_at", "name", "priority", "status"]
STEPS = (
    Column("WORKFLOW", "workflow_id"),
    Column("TASK", "task_id"),
    Column("RESULT", "result"),
    Column("MS", "duration_ms"),
    Column("CALLS", lambda row: [call.get("connector") for call in row.get("calls", ())]),
)


@command(app, "list", "workflows list\nworkflows list --status active --tag orders -o json")
def entries(
    session: Session,
    status: STATUS = None,
    tag: TAG = None,
    sort_by: Annotated[SORTS | None, typer.Option("--sort-by", help="What to order by.")] = None,
    ascending: Annotated[bool, typer.Option("--asc", help="The smallest first.")] = False,
    limit: LIMIT = None,
) -> None:
    """List workflows, one row for each."""
    order = "asc" if ascending else None
    query = {"status": status, "tag": tag, "sort_by": sort_by, "sort_order": order}
    rows = list(session.api.rows(WORKFLOW.path, query, limit))
    session.output.rows(rows, WORKFLOW.columns, WORKFLOW.identity)


add_versioned(app, WORKFLOW)
add_common(app, WORKFLOW)


@command(app, "activate", "workflows activate my-workflow\nworkflows activate my-workflow --rollout 10")
def activate(
    session: Session,
    identifier: ID,
    rollout: Annotated[int | None, typer.Option("--rollout", help="Its share of a hundred requests.")] = None,
) -> None:
    """Put the draft of a workflow in force, for all requests or for a share of them."""
    change: dict[str, object] = {"status": "active"}
    if percentage(rollout) is not None:
        change["rollout_percentage"] = rollout
    answer = session.api.ask("PATCH", WORKFLOW.one(identifier, "status"), change)
    tell_warnings(session, answer)
    session.output.row(answer["data"], WORKFLOW.columns, WORKFLOW.identity)


@command(app, "rollout", "workflows rollout my-workflow 50\nworkflows rollout my-workflow 0 --version 3")
def rollout(
    session: Session,
    identifier: ID,
    share: Annotated[int, typer.Argument(metavar="SHARE", help="Of a hundred requests.")],
    version: VERSION = None,
) -> None:
    """Change the share of an active version; the next older one takes the rest."""
    change: dict[str, object] = {"rollout_percentage": percentage(share)}
    if version is not None:
        change["version"] = version
    answer = session.api.ask("PATCH", WORKFLOW.one(identifier, "rollout"), change)
    session.output.row(answer["data"], WORKFLOW.columns, WORKFLOW.identity)


@command(
    app,
    "test",
    'workflows test my-workflow -d \'{"data": {"total": 25000}}\'\nworkflows test my-workflow -f a.json',
)
def try_out(
    session: Session,
    identifier: ID,
    file: FILES = None,
    data: DATA = None,
    version: VERSION = None,
    verbose: Annotated[bool, typer.Option("--verbose", help="Show the message after each step.")] = False,
) -> None:
    """Run a workflow dry on a sample, {"data": …, "metadata"?, "outcomes"?}; nothing is sent to any connector."""
    sample = read_document(file or (), data or ())
    with session.sending(sample):
        query = {"version": version, "verbose": verbose or None}
        report = session.api.ask("POST", WORKFLOW.one(identifier, "test"), sample.value, query)
    if session.output.format == "table":
        session.output.rows(report["trace"]["steps"], STEPS, "task_id")
        parts = {name: report[name] for name in ("matched", "output", "errors")}
        session.output.one(parts)
    else:
        session.output.value(report)
    if report["errors"]:
        raise CommandFailed(f"The run left {len(report['errors'])} error(s)")


add_folder_commands(app, WORKFLOW)
