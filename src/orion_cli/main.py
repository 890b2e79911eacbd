"""The program: its options, its help, and the one place where failures become words and exit codes."""

import os
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from orion_cli import exits
from orion_cli.failures import CommandFailed
from orion_cli.lazily import LazyGroup
from orion_cli.session import TIMEOUT, Wishes
from orion_cli.version import VERSION

PROGRAM = "orion-cli"
COMPLETING = "_ORION_CLI_COMPLETE"  # set by the shell, with what is typed in other variables
EPILOG = """\b
Examples:
  $ orion-cli config set-server http://localhost:8080
  $ orion-cli workflows list
  $ orion-cli send hello -d '{"data": {"name": "World"}}'"""

app = typer.Typer(
    cls=LazyGroup,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    epilog=EPILOG,
    help="Channels, workflows and connectors of an Orion server, from a terminal.",
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"{PROGRAM} {VERSION}")
        raise typer.Exit


@app.callback()
def main(
    context: typer.Context,
    context_name: Annotated[str | None, typer.Option("--context", help="A named context of the configuration.")] = None,
    server: Annotated[str | None, typer.Option("--server", help="Another server than the context's.")] = None,
    timeout: Annotated[float, typer.Option("--timeout", min=0.1, help="Seconds an answer may take.")] = TIMEOUT,
    no_color: Annotated[bool, typer.Option("--no-color", help="No colours; NO_COLOR does the same.")] = False,
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Show it.")] = False,  # noqa: ARG001
) -> None:
    """Keep what was said for the command."""
    context.obj = Wishes(context_name, server, timeout, not no_color)


def run(arguments: Sequence[str]) -> int:
    """Run a command line.

    Args:
        arguments: Without the program's name.

    Returns:
        The exit code, as `exits` has it.
    """
    colour = "--no-color" not in arguments
    if COMPLETING in os.environ:
        from typer.completion import completion_init  # type: ignore[attr-defined] # there, and not exported

        completion_init()
    try:
        app(args=list(arguments), prog_name=PROGRAM)
    except CommandFailed as failure:
        from orion_cli.output.complaints import complain

        complain(failure, colour=colour)
        return failure.exit_code
    except SystemExit as left:
        return left.code if isinstance(left.code, int) else exits.FAILED
    except BrokenPipeError:
        # Who reads has seen enough; what the interpreter would still flush has nowhere to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return exits.FAILED
    return exits.OK
