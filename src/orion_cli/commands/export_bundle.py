"""`orion-cli export`: every definition in one document, as admins write them."""

from orion_cli.api_paths import ADMIN
from orion_cli.commanding import alone, command
from orion_cli.commands.defining import STATUS
from orion_cli.session import Session

app = alone("Every definition in one document.")


@command(app, "export", "export > bundle.json\nexport --status active -o yaml > bundle.yaml")
def export_bundle(session: Session, status: STATUS = None) -> None:
    """Write workflows, channels and connectors as one document, which import and apply take."""
    session.output.value(session.api.get(f"{ADMIN}/export", {"status": status}))
