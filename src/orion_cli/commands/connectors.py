"""`orion-cli connectors`: connectors and their circuit breakers. Secrets are masked by the server."""

from typing import Annotated

import typer

from orion_cli.api_paths import path_of
from orion_cli.commanding import LIMIT, command, group
from orion_cli.commands.defining import add_common
from orion_cli.commands.folders import add_folder_commands
from orion_cli.failures import CommandFailed
from orion_cli.output.output import Column
from orion_cli.resources import CONNECTOR
from orion_cli.session import Session

app = group("Connectors: named ways to outside systems.")

ID = Annotated[str, typer.Argument(metavar="ID", help="Of the connector.", autocompletion=CONNECTOR.complete)]
BREAKERS = (Column("KEY", "key"), Column("STATE", "state"))


@command(app, "list", "connectors list\nconnectors list -q")
def entries(session: Session, limit: LIMIT = None) -> None:
    """List connectors by name."""
    session.output.rows(list(session.api.rows(CONNECTOR.path, most=limit)), CONNECTOR.columns, CONNECTOR.identity)


@command(app, "get", "connectors get payments")
def get(session: Session, identifier: ID) -> None:
    """Show a connector, its secrets as ******."""
    found = session.api.get(CONNECTOR.one(identifier))["data"]
    if session.output.format == "table":
        found = {name: value for name, value in found.items() if name != "config_json"}
    session.output.one(found, CONNECTOR.identity)


add_common(app, CONNECTOR)


@command(app, "test", "connectors test payments")
def try_out(session: Session, identifier: ID) -> None:
    """Connect, ask the system whether it lets us in, and close."""
    report = session.api.ask("POST", CONNECTOR.one(identifier, "test"))
    session.output.one(report)
    if not report["ok"]:
        raise CommandFailed(f"Connector '{identifier}' does not work: {report.get('message')}")


@command(app, "circuit-breakers", "connectors circuit-breakers")
def circuit_breakers(session: Session) -> None:
    """List circuit breakers and their states."""
    found = session.api.get(f"{CONNECTOR.path}/circuit-breakers")
    if not found["enabled"]:
        session.output.say("Circuit breakers are off: engine.circuit_breaker.enabled")
    if session.output.format == "table" or session.output.quiet:
        rows = [{"key": key, "state": state} for key, state in found["breakers"].items()]
        session.output.rows(rows, BREAKERS, "key")
    else:
        session.output.value(found)


@command(app, "reset-breaker", "connectors reset-breaker payments:orders")
def reset_breaker(session: Session, key: Annotated[str, typer.Argument(help="As circuit-breakers lists it.")]) -> None:
    """Close a circuit breaker."""
    answer = session.api.ask("POST", f"{CONNECTOR.path}/circuit-breakers{path_of(key)}")
    session.output.one(answer, "key")


@command(app, "reload", "connectors reload")
def reload(session: Session) -> None:
    """Read every connector again, with what they refer to."""
    session.output.one(session.api.ask("POST", f"{CONNECTOR.path}/reload"))


add_folder_commands(app, CONNECTOR)
