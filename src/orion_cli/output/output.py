"""Results on standard output, everything else on standard error. Knows no API and no command.

A table where somebody looks, JSON where a program reads, unless the command says which.
"""

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from orion_cli.output.terminal import coloured, harmless, in_colour, is_terminal

FORMATS = ("table", "json", "yaml")
INSTANT = len("2026-04-16T12:34:56")
ONE_LINE = 72  # characters; a shorter document is not worth several lines
WORTH_A_BAR = 20  # steps; fewer are over before a bar is seen


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Args:
        title: What stands above it.
        member: The row's member it shows, or what makes its text of a row.
    """

    title: str
    member: str | Callable[[Mapping[str, Any]], object]

    def text(self, row: Mapping[str, Any]) -> str:
        """What it shows of a row."""
        if not isinstance(self.member, str):
            return shown(self.member(row))
        value = row.get(self.member)
        # An instant without its fraction: a table is for people.
        return shown(value)[:INSTANT] if self.member.endswith("_at") else shown(value)


@dataclass(frozen=True)
class Output:
    """Shows results.

    Args:
        format: "table", "json" or "yaml".
        quiet: Whether ids are all that is shown.
        colour: Whether colours are allowed.
    """

    format: str
    quiet: bool = False
    colour: bool = True

    def rows(self, rows: Sequence[Mapping[str, Any]], columns: Sequence[Column], identity: str) -> None:
        """Show a list; quiet shows the member that identifies each row."""
        if self.quiet:
            self.ids(rows, identity)
        elif self.format != "table":
            self.value(rows)
        else:
            from orion_cli.output.tables import table

            table([[column.text(row) for column in columns] for row in rows], [each.title for each in columns], self)

    def one(self, value: Mapping[str, Any], identity: str | None = None) -> None:
        """Show one thing, member by member."""
        if self.quiet:
            self.ids([value], identity)
        elif self.format != "table":
            self.value(value)
        else:
            width = max((len(name) for name in value), default=0)
            for name, each in value.items():
                text = indented(shown(each, whole=True), width + 2)
                title = coloured(f"{name:<{width}}", "bold", wanted=in_colour(sys.stdout, wanted=self.colour))
                print(f"{title}  {text}")

    def row(self, value: Mapping[str, Any], columns: Sequence[Column], identity: str) -> None:
        """Show one thing as a list would, where a table is shown; else whole."""
        if self.format == "table" and not self.quiet:
            self.rows([value], columns, identity)
        else:
            self.one(value, identity)

    def ids(self, rows: Sequence[Mapping[str, Any]], identity: str | None) -> None:
        """What identifies each row, one a line."""
        for row in rows:
            if identity is not None and row.get(identity) is not None:
                print(harmless(str(row[identity])))

    def value(self, value: object) -> None:
        """Show a JSON value whole: as YAML where that is asked for, else as JSON."""
        if self.format == "yaml":
            from orion_cli.plain_yaml import write_yaml

            sys.stdout.write(write_yaml(value))
            return
        print(self.safe(json.dumps(value, indent=2, ensure_ascii=False)))

    def text(self, text: str) -> None:
        """Show a text as it is."""
        written = self.safe(text)
        sys.stdout.write(written if written.endswith("\n") else written + "\n")

    def raw(self, line: str) -> None:
        """Show a line whose colours are wanted; what was told by others has to be `safe` already."""
        print(line)

    def safe(self, text: str) -> str:
        """A text that somebody else wrote, fit for where it is shown."""
        return harmless(text) if is_terminal(sys.stdout) else text

    def say(self, text: str) -> None:
        """Tell what was done, beside the result; quiet does not."""
        if not self.quiet:
            print(harmless(text), file=sys.stderr)

    def warn(self, text: str) -> None:
        """Tell what is doubtful."""
        word = coloured("warning:", "yellow", wanted=in_colour(sys.stderr, wanted=self.colour))
        print(f"{word} {harmless(text)}", file=sys.stderr)

    @contextmanager
    def progress(self, what: str, steps: int) -> Iterator[Callable[[], None]]:
        """A bar on standard error for work of many steps, where somebody looks; yields what to call after each."""
        if self.quiet or steps < WORTH_A_BAR or not is_terminal(sys.stderr):
            yield lambda: None
            return
        from orion_cli.output.tables import bar

        with bar(what, steps, self) as advance:
            yield advance


def shown(value: object, *, whole: bool = False) -> str:
    """A value as a table shows it; `whole` for several lines where it has members."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return harmless(value)
    if isinstance(value, float):
        return f"{value:.3f}".rstrip("0").rstrip(".")
    if isinstance(value, list) and value and all(isinstance(each, str) for each in value):
        return harmless(", ".join(value))
    if isinstance(value, dict | list) and not value:
        return "-"
    text = json.dumps(value, ensure_ascii=False)
    if whole and len(text) > ONE_LINE:
        text = json.dumps(value, indent=2, ensure_ascii=False)
    return harmless(text)


def indented(text: str, by: int) -> str:
    """The text with its further lines moved under the first."""
    return text.replace("\n", "\n" + " " * by)


def format_for(asked: str | None) -> str:
    """The format that is asked for; else a table where somebody looks, and JSON where a program reads."""
    return asked or ("table" if is_terminal(sys.stdout) else "json")
