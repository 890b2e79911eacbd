"""`orion-cli completions`: the script that makes a shell complete commands, options and ids."""

from typing import Annotated, Literal

import typer

from orion_cli.commanding import alone, command
from orion_cli.session import Session

app = alone("What makes a shell complete commands and ids.")

Shell = Literal["bash", "zsh", "fish", "powershell", "pwsh"]


@command(app, "completions", "completions bash > ~/.bash_completion\ncompletions zsh > ~/.zfunc/_orion-cli")
def completions(session: Session, shell: Annotated[Shell, typer.Argument(help="Which.")]) -> None:
    """Show the script; ids of workflows, channels, connectors and traces are asked of the server while one types."""
    from typer._completion_shared import get_completion_script  # no public module has it

    script = get_completion_script(prog_name="orion-cli", complete_var="_ORION_CLI_COMPLETE", shell=shell)
    session.output.text(script)
