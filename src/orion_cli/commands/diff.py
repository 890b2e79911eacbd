"""`orion-cli diff`: what `apply` would change."""

from orion_cli.commanding import DATA, FILES, alone, command
from orion_cli.commands import folders
from orion_cli.documents import read_documents
from orion_cli.session import Session

app = alone("What apply would change.")


@command(app, "diff", "diff -f definitions/")
def diff(
    session: Session,
    file: FILES = None,
    data: DATA = None,
    prune: folders.PRUNE = False,
    secrets: folders.SECRETS = False,
) -> None:
    """Show what apply would change, and change nothing; exit code 1 if anything."""
    folders.diff(session, read_documents(file or (), data or ()), folders.ALL, prune=prune, secrets=secrets)
