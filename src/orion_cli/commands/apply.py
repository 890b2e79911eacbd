"""`orion-cli apply`: a folder of definitions, put in force as a whole."""

from orion_cli.commanding import DATA, FILES, YES, alone, command
from orion_cli.commands import folders
from orion_cli.documents import read_documents
from orion_cli.session import Session

app = alone("Bring the server in step with a folder of definitions.")


@command(app, "apply", "apply -f definitions/ --dry-run\napply -f definitions/\napply -f definitions/ --prune --yes")
def apply(
    session: Session,
    file: FILES = None,
    data: DATA = None,
    prune: folders.PRUNE = False,
    secrets: folders.SECRETS = False,
    dry_run: folders.DRY_RUN = False,
    yes: YES = False,
) -> None:
    """Bring the server in step with definitions: compare, check all, create, version and activate each after what it
    needs; when one step fails, what was done is taken back. What is in step is left alone."""
    documents = read_documents(file or (), data or ())
    folders.apply(session, documents, folders.ALL, prune=prune, secrets=secrets, dry_run=dry_run, yes=yes)
