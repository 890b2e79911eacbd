"""`orion-cli functions`: what tasks may do, and what each function's input looks like."""

from typing import Annotated

import typer

from orion_cli import completing
from orion_cli.api_paths import ADMIN, path_of
from orion_cli.commanding import command, group
from orion_cli.output.output import Column
from orion_cli.session import Session

app = group("What tasks may do.")

COLUMNS = (
    Column("NAME", "name"),
    Column("CONNECTOR", "connector"),
    Column("INPUT", lambda row: ", ".join(row["input_schema"].get("properties", {}))),
    Column("DESCRIPTION", "description"),
)


@command(app, "list", "functions list\nfunctions list -o json")
def entries(session: Session) -> None:
    """List functions; with -o json, each with the JSON Schema of its input."""
    session.output.rows(session.api.get(f"{ADMIN}/functions")["data"], COLUMNS, "name")


@command(app, "get", "functions get http_call")
def get(session: Session, name: Annotated[str, typer.Argument(autocompletion=completing.functions)]) -> None:
    """Show a function with the JSON Schema of its input."""
    session.output.one(session.api.get(f"{ADMIN}/functions{path_of(name)}")["data"], "name")
