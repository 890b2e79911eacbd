"""`orion-cli engine`: what runs, and running it anew."""

from orion_cli.api_paths import ADMIN
from orion_cli.commanding import command, group
from orion_cli.session import Session

app = group("What runs, and running it anew.")


@command(app, "status", "engine status")
def status(session: Session) -> None:
    """Show what runs, and what is active and cannot."""
    session.output.one(session.api.get(f"{ADMIN}/engine/status"), "generation")


@command(app, "reload", "engine reload")
def reload(session: Session) -> None:
    """Read and install every definition again; when that brings a new fault, the old goes on."""
    session.output.one(session.api.ask("POST", f"{ADMIN}/engine/reload"), "generation")
