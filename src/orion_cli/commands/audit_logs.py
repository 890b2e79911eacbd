"""`orion-cli audit-logs`: who did what."""

from typing import Annotated, Literal

import typer

from orion_cli.api_paths import ADMIN
from orion_cli.commanding import command, group
from orion_cli.output.output import Column
from orion_cli.session import Session

app = group("Who did what.")

COLUMNS = (
    Column("WHEN", "created_at"),
    Column("WHO", "principal"),
    Column("ACTION", "action"),
    Column("WHAT", "resource_type"),
    Column("ID", "resource_id"),
    Column("OUTCOME", "outcome"),
)


@command(app, "list", "audit-logs list\naudit-logs list --action activate --since 2026-04-16T00:00:00Z -o json")
def entries(
    session: Session,
    action: Annotated[str | None, typer.Option("--action", help="Only this, such as activate.")] = None,
    resource_type: Annotated[str | None, typer.Option("--type", help="Only of this, such as workflow.")] = None,
    resource_id: Annotated[str | None, typer.Option("--id", help="Only of this resource.")] = None,
    principal: Annotated[str | None, typer.Option("--principal", help="Only what this one did.")] = None,
    outcome: Annotated[Literal["done", "refused"] | None, typer.Option("--outcome", help="Only these.")] = None,
    since: Annotated[str | None, typer.Option("--since", help="From this instant on (RFC 3339).")] = None,
    until: Annotated[str | None, typer.Option("--until", help="Before this instant.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many at most.")] = 50,
) -> None:
    """List the audit log, the newest entry first."""
    query = {
        "action": action, "resource_type": resource_type, "resource_id": resource_id, "principal": principal,
        "outcome": outcome, "since": since, "until": until,
    }  # fmt: skip
    session.output.rows(list(session.api.rows(f"{ADMIN}/audit-logs", query, limit)), COLUMNS, "id")
