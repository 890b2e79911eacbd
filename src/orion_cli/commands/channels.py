"""`orion-cli channels`: what channels have beyond what every kind of definition has."""

from typing import Annotated, Literal

import typer

from orion_cli.commanding import LIMIT, command, group
from orion_cli.commands.defining import STATUS, add_common, add_versioned, tell_warnings
from orion_cli.commands.folders import add_folder_commands
from orion_cli.resources import CHANNEL
from orion_cli.session import Session

app = group("Channels: service endpoints, in versions.")

ID = Annotated[str, typer.Argument(metavar="ID", help="Of the channel.", autocompletion=CHANNEL.complete)]


@command(app, "list", "channels list\nchannels list --type async --status active")
def entries(
    session: Session,
    status: STATUS = None,
    channel_type: Annotated[Literal["sync", "async"] | None, typer.Option("--type", help="Only this type.")] = None,
    protocol: Annotated[
        Literal["rest", "http", "kafka"] | None, typer.Option("--protocol", help="Only this protocol.")
    ] = None,
    limit: LIMIT = None,
) -> None:
    """List channels, one row for each."""
    query = {"status": status, "channel_type": channel_type, "protocol": protocol}
    session.output.rows(list(session.api.rows(CHANNEL.path, query, limit)), CHANNEL.columns, CHANNEL.identity)


add_versioned(app, CHANNEL)
add_common(app, CHANNEL)


@command(app, "activate", "channels activate my-channel")
def activate(session: Session, identifier: ID) -> None:
    """Put the draft of a channel in force."""
    answer = session.api.ask("PATCH", CHANNEL.one(identifier, "status"), {"status": "active"})
    tell_warnings(session, answer)
    session.output.row(answer["data"], CHANNEL.columns, CHANNEL.identity)


add_folder_commands(app, CHANNEL)
