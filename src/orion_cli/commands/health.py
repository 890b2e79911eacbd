"""`orion-cli health`. Knows no other probe."""

from orion_cli import exits
from orion_cli.commanding import alone, command
from orion_cli.failures import CommandFailed, Refused
from orion_cli.session import Session

app = alone("Whether the server is well.")


@command(app, "health", "health")
def health(session: Session) -> None:
    """Whether the server is well: its version, its components, and what of it cannot run."""
    try:
        found = session.api.get("/health")
    except Refused as refused:
        found = refused.body
        if not isinstance(found, dict) or "components" not in found:
            raise
    session.output.one(found, "status")
    if found.get("status") != "ok":
        failure = CommandFailed(f"{session.api.server} is {found.get('status')}")
        failure.exit_code = exits.UNREACHABLE
        raise failure
