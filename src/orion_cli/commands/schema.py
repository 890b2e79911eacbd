"""`orion-cli schema`: JSON Schema of definitions, so that editors complete and check them."""

from typing import Annotated, Literal

import typer

from orion_cli.commanding import alone, command
from orion_cli.session import Session

app = alone("JSON Schema of definitions, for editors.")

Kind = Literal["workflow", "channel", "connector"]


@command(app, "schema", "schema > workflow.schema.json\nschema channel")
def schema(session: Session, kind: Annotated[Kind, typer.Argument(help="Of which definition.")] = "workflow") -> None:
    """Show the server's JSON Schema of a definition; `"$schema"` in a file may name it, and is never sent."""
    session.output.value(session.api.get(f"/api/v1/schemas/{kind}.json"))
