"""`orion-cli backup`: every definition, saved in a file. Shows no secret the server does not show."""

import json
from pathlib import Path
from typing import Annotated

import typer

from orion_cli.api_paths import ADMIN
from orion_cli.commanding import alone, command
from orion_cli.config import write_privately
from orion_cli.failures import Misused
from orion_cli.session import Session

app = alone("Save every definition.")


@command(app, "backup", "backup -f orion-backup.json\nbackup > orion-backup.json")
def backup(
    session: Session,
    file: Annotated[
        str | None, typer.Option("-f", "--file", help="Where to write; standard output if not given.")
    ] = None,
) -> None:
    """Save every definition of the server, for restore."""
    document = session.api.ask("POST", f"{ADMIN}/backup")
    if file is None or file == "-":
        session.output.value(document)
        return
    try:
        write_privately(Path(file), json.dumps(document, indent=2, ensure_ascii=False) + "\n")
    except OSError as error:
        raise Misused(f"{file} cannot be written: {error.strerror}") from None
    session.output.say(f"The backup is in {file}, readable by you alone")
