"""`orion-cli backup`: every definition, saved in a file. Its secrets are masked, or sealed with a passphrase."""

import json
from pathlib import Path
from typing import Annotated

import typer

from orion_cli.api_paths import ADMIN
from orion_cli.asking import typed_secret
from orion_cli.commanding import alone, command
from orion_cli.config import write_privately
from orion_cli.failures import Misused
from orion_cli.session import Session

app = alone("Save every definition.")

PASSPHRASE = "ORION_BACKUP_PASSPHRASE"  # noqa: S105 # the name of a variable


@command(app, "backup", "backup -f orion-backup.json\nbackup --seal -f orion-backup.json")
def backup(
    session: Session,
    file: Annotated[
        str | None, typer.Option("-f", "--file", metavar="FILE", help="Where to write; standard output if none.")
    ] = None,
    sealed: Annotated[
        bool, typer.Option("--seal", help=f"With secrets, sealed; asks for a passphrase, or takes {PASSPHRASE}.")
    ] = False,
) -> None:
    """Save every version of every definition, for restore; without --seal, secrets are masked."""
    body = {"passphrase": passphrase_of(session)} if sealed else None
    document = session.api.ask("POST", f"{ADMIN}/backup", body)
    if file is None or file == "-":
        session.output.value(document)
        return
    try:
        write_privately(Path(file), json.dumps(document, indent=2, ensure_ascii=False) + "\n")
    except OSError as error:
        raise Misused(f"{file} cannot be written: {error.strerror}") from None
    session.output.say(f"The backup is in {file}, readable by you alone")


def passphrase_of(session: Session) -> str:
    """What a backup is sealed with."""
    return typed_secret("Passphrase: ", session.environment.get(PASSPHRASE))
