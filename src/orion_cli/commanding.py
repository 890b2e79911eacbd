"""Makes commands of functions: each gets a session first, and the options that every command has. Knows no command."""

import inspect
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Any, Literal

import typer

from orion_cli.session import Wishes, session_of

Format = Literal["table", "json", "yaml"]

OUTPUT = Annotated[
    Format | None,
    typer.Option("-o", "--output", help="How to show the result; json when piped.", show_default=False),
]
QUIET = Annotated[bool, typer.Option("-q", "--quiet", help="Ids only.")]
CONTEXT = Annotated[str | None, typer.Option("--context", hidden=True)]
SERVER = Annotated[str | None, typer.Option("--server", hidden=True)]
SHARED: tuple[tuple[str, Any, object], ...] = (
    ("output", OUTPUT, None), ("quiet", QUIET, False), ("context_name", CONTEXT, None), ("server_url", SERVER, None),
)  # fmt: skip

YES = Annotated[bool, typer.Option("-y", "--yes", help="Do not ask.")]
FILES = Annotated[
    list[str] | None,
    typer.Option(
        "-f", "--file", metavar="FILE", help="File or folder; - for standard input. Repeatable.", show_default=False
    ),
]
DATA = Annotated[
    list[str] | None,
    typer.Option("-d", "--data", metavar="JSON", help="JSON, or @FILE. Repeatable.", show_default=False),
]
LIMIT = Annotated[int | None, typer.Option("--limit", min=1, help="How many at most; all if not given.")]


def group(summary: str) -> typer.Typer:
    """A group of commands; it stays one where it has a single command."""
    app = alone(summary)
    app.callback(help=summary)(lambda: None)
    return app


def alone(summary: str) -> typer.Typer:
    """What has one command, and is called as that command is."""
    return typer.Typer(
        help=summary, no_args_is_help=True, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False
    )


def command(app: typer.Typer, name: str, example: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Make a function a command of a group.

    Args:
        app: The group.
        name: The command's name.
        example: Command lines that help shows, without the program's name.

    Returns:
        A decorator; the function's first parameter is the session, the others are options and arguments.
    """
    lines = [f"  $ orion-cli {line}" for line in example.splitlines()]

    def decorate(function: Callable[..., None]) -> Callable[..., None]:
        text = inspect.getdoc(function) or ""
        short = re.split(r"[:;.]\s|[:;.]$", text, maxsplit=1)[0]
        epilog = "\b\nExample:\n" + "\n".join(lines)
        app.command(name, help=text, short_help=short, epilog=epilog)(with_session(function))
        return function

    return decorate


def with_session(function: Callable[..., None]) -> Callable[..., None]:
    """The function with the shared options after its own, and a session made of them in front."""
    own = list(inspect.signature(function).parameters.values())[1:]
    shared = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
        for name, annotation, default in SHARED
    ]
    context = inspect.Parameter("context", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context)

    def run(
        *,
        context: typer.Context,
        output: Format | None = None,
        quiet: bool = False,
        context_name: str | None = None,
        server_url: str | None = None,
        **given: Any,
    ) -> None:
        said = context.obj if isinstance(context.obj, Wishes) else Wishes()
        wishes = replace(said, context=context_name or said.context, server=server_url or said.server)
        function(session_of(wishes, output, quiet=quiet), **given)

    parameters = [context, *(each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in own), *shared]
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined] # what `inspect.signature` looks for
    run.__annotations__ = {each.name: each.annotation for each in parameters}
    return run
