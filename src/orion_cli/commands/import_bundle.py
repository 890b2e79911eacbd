"""`orion-cli import`: an export, or files of every kind, taken in as drafts."""

from orion_cli.api_paths import ADMIN
from orion_cli.applying.wanted import is_case, kind_of
from orion_cli.commanding import DATA, FILES, alone, command
from orion_cli.commands.folders import PARTIAL, UPDATE, take_in
from orion_cli.documents import read_documents
from orion_cli.session import Session

app = alone("Take definitions in as drafts.")


@command(app, "import", "import -f bundle.json\nimport -f definitions/ --update")
def import_bundle(
    session: Session, file: FILES = None, data: DATA = None, partial: PARTIAL = False, update: UPDATE = False
) -> None:
    """Create drafts of workflows and channels, and connectors: all of them, or none. `apply` activates too."""
    documents = [each for each in read_documents(file or (), data or ()) if not is_case(each)]
    bundle: dict[str, list[object]] = {}
    for document in documents:
        bundle.setdefault(f"{kind_of(document)}s", []).append(document.value)
    take_in(session, f"{ADMIN}/import", bundle, partial=partial, update=update)
