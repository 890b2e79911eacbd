"""`orion-cli restore`: a backup, put in force."""

from typing import Annotated, Literal

import typer

from orion_cli.api_paths import ADMIN
from orion_cli.commanding import DATA, FILES, YES, alone, command
from orion_cli.commands.backup import passphrase_of
from orion_cli.documents import read_document
from orion_cli.session import Session

app = alone("Put a backup in force.")

MODE = Annotated[
    Literal["replace", "merge"] | None,
    typer.Option("--mode", help="Whether what is not in the backup is removed (replace, the default) or stays."),
]
MISSING = Annotated[
    Literal["refuse", "disable"] | None,
    typer.Option("--missing-secrets", help="Of connectors whose secrets nobody knows; refuse by default."),
]


@command(app, "restore", "restore -f orion-backup.json --dry-run\nrestore -f orion-backup.json --mode merge --yes")
def restore(
    session: Session,
    file: FILES = None,
    data: DATA = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would change, and change nothing.")] = False,
    mode: MODE = None,
    missing_secrets: MISSING = None,
    yes: YES = False,
) -> None:
    """Put what a backup holds in place of what is there, all of it or nothing."""
    document = read_document(file or (), data or ())
    session.confirm(f"Restore {document.source.name} on {session.api.server}?", yes=yes or dry_run)
    body = document.value
    if isinstance(body, dict) and body.get("sealed") is not None and "passphrase" not in body:
        body = {**body, "passphrase": passphrase_of(session)}
    query = {"dry_run": dry_run or None, "mode": mode, "missing_secrets": missing_secrets}
    with session.sending(document):
        report = session.api.ask("POST", f"{ADMIN}/restore", body, query)
    session.output.one(report)
