"""Tables and progress bars, drawn by Rich. Imported only when one is shown."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text

from orion_cli.output.terminal import in_colour, is_terminal

if TYPE_CHECKING:
    from orion_cli.output.output import Output

WIDE = 10_000  # columns; a table that a program reads is not folded
COLOURS = {
    "active": "green", "completed": "green", "ok": "green", "closed": "green", "done": "green",
    "draft": "yellow", "pending": "yellow", "running": "yellow", "half_open": "yellow",
    "archived": "bright_black", "failed": "red", "refused": "red", "open": "red", "exhausted": "red",
}  # fmt: skip


def table(rows: Sequence[Sequence[str]], titles: Sequence[str], output: "Output") -> None:
    """Draw a table on standard output."""
    colour = in_colour(sys.stdout, wanted=output.colour)
    width = None if is_terminal(sys.stdout) else WIDE
    console = Console(file=sys.stdout, width=width, no_color=not colour, highlight=False, markup=False)
    drawn = Table(box=None, pad_edge=False, header_style="bold" if colour else "")
    for title in titles:
        drawn.add_column(title, overflow="fold")
    for row in rows:
        drawn.add_row(*(Text(text, style=COLOURS.get(text, "") if colour else "") for text in row))
    console.print(drawn)


@contextmanager
def bar(what: str, steps: int, output: "Output") -> Iterator[Callable[[], None]]:
    """A progress bar on standard error; yields what to call after each step."""
    colour = in_colour(sys.stderr, wanted=output.colour)
    console = Console(file=sys.stderr, no_color=not colour)
    parts = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*parts, console=console, transient=True) as progress:
        task = progress.add_task(what, total=steps)
        yield lambda: progress.advance(task)
