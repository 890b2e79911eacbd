"""`orion-cli metrics`: the server's metrics, as Prometheus reads them or a family at a time."""

from typing import Annotated

import typer

from orion_cli.commanding import alone, command
from orion_cli.session import Session

app = alone("The server's metrics.")


@command(app, "metrics", "metrics\nmetrics --name orion_requests")
def metrics(
    session: Session,
    name: Annotated[str, typer.Option("--name", help="Only those whose name begins so.")] = "",
) -> None:
    """Show the server's metrics in the Prometheus text format."""
    text = session.api.text("/metrics")
    lines = [each for each in text.splitlines() if family_of(each).startswith(name)] if name else text.splitlines()
    session.output.text("\n".join(lines))


def family_of(line: str) -> str:
    """The name that a line of the format is about."""
    words = line.split(None, 3)
    if words[:1] == ["#"]:
        return words[2] if len(words) > 2 else ""
    return line.partition("{")[0].partition(" ")[0]
