"""`orion-cli restore`: a backup, put in force."""

from typing import Annotated

import typer

from orion_cli.api_paths import ADMIN
from orion_cli.commanding import DATA, FILES, YES, alone, command
from orion_cli.documents import read_document
from orion_cli.session import Session

app = alone("Put a backup in force.")


@command(app, "restore", "restore -f orion-backup.json --dry-run\nrestore -f orion-backup.json --yes")
def restore(
    session: Session,
    file: FILES = None,
    data: DATA = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would change, and change nothing.")] = False,
    yes: YES = False,
) -> None:
    """Put what a backup holds in force, in place of what is there."""
    document = read_document(file or (), data or ())
    session.confirm(f"Restore {document.source.name} on {session.api.server}?", yes=yes or dry_run)
    with session.sending(document):
        report = session.api.ask("POST", f"{ADMIN}/restore", document.value, {"dry_run": dry_run or None})
    session.output.one(report)
