"""Finds the line of each key in a TOML text. Knows no setting; trusts that `tomllib` has accepted the text.

A walk over TOML 1.0: it follows headers, arrays of tables, dotted and quoted keys, inline tables and arrays, and steps
over values without reading them.
"""

import re
import tomllib
from bisect import bisect_right
from collections.abc import Iterator

Path = tuple[str, ...]  # elements of arrays by their number, as a text

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_KEY = re.compile(r"""[A-Za-z0-9_-]+|"(?:\\.|[^"\\])*"|'[^']*'""")
_DOT = re.compile(r"[ \t]*\.[ \t]*")
_SPACE = re.compile(r"[ \t]*")
_TEXT = re.compile(
    r'''"""(?:\\.|[^\\])*?"""+|\'\'\'.*?\'\'\'+|"(?:\\.|[^"\\])*"|'[^']*\'''',
    re.DOTALL,
)
_PLAIN = re.compile(r"[^,\]}#\n]*")  # numbers, dates, true and false


def key_lines(text: str) -> dict[Path, int]:
    """The line on which each key of a TOML text is first mentioned."""
    return LineTable(text).lines


def line_of(path: Path, lines: dict[Path, int]) -> int | None:
    """The line of a key, else of the nearest table around it; None when nothing of it was written."""
    for length in range(len(path), 0, -1):
        if path[:length] in lines:
            return lines[path[:length]]
    return None


class LineTable:
    """The line on which each key is first mentioned.

    Args:
        text: TOML that `tomllib` accepts.
    """

    def __init__(self, text: str) -> None:
        self._ends = [match.start() for match in re.finditer("\n", text)]
        self.lines: dict[Path, int] = {}
        self._arrays: dict[Path, int] = {}  # how many tables each array of tables has so far
        self._text = text
        self._walk()

    def _walk(self) -> None:
        table: Path = ()
        at = self._skip(0)
        while at < len(self._text):
            if self._text[at] == "[":
                table, at = self._header(at)
            else:
                at = self._pair(table, at)
            at = self._skip(at)

    def _header(self, at: int) -> tuple[Path, int]:
        """Read ``[a.b]`` or ``[[a.b]]``."""
        start, many = at, self._text.startswith("[[", at)
        names, at = self._key(_end(_SPACE, self._text, at + (2 if many else 1)))
        table: Path = ()
        for index, name in enumerate(names):
            table = (*table, name)
            if many and index == len(names) - 1:
                self._arrays[table] = self._arrays.get(table, 0) + 1
            self._note(table, start)
            if table in self._arrays:
                table = (*table, str(self._arrays[table] - 1))
                self._note(table, start)
        return table, self._text.index("]", at) + (2 if many else 1)

    def _pair(self, table: Path, at: int) -> int:
        """Read ``key = value``; gives where it ends."""
        start = at
        names, at = self._key(at)
        for name in names:
            table = (*table, name)
            self._note(table, start)
        return self._value(table, _end(_SPACE, self._text, self._text.index("=", at) + 1))

    def _key(self, at: int) -> tuple[list[str], int]:
        names = []
        while (match := _KEY.match(self._text, at)) is not None:
            names.append(_name(match[0]))
            dot = _DOT.match(self._text, match.end())
            if dot is None:
                return names, match.end()
            at = dot.end()
        return names, at

    def _value(self, path: Path, at: int) -> int:
        """Step over a value, noting what lies in it; gives where it ends."""
        first = self._text[at]
        if first == "[":
            for index, start in self._elements(at, "]"):
                self._note((*path, str(index)), start)
                self._end = self._value((*path, str(index)), start)
            return self._end
        if first == "{":
            for _, start in self._elements(at, "}"):
                self._end = self._pair(path, start)
            return self._end
        return _end(_TEXT if first in "\"'" else _PLAIN, self._text, at)

    def _elements(self, at: int, closing: str) -> Iterator[tuple[int, int]]:
        """Where each element of an array or inline table begins; whoever takes one leaves its end in `_end`."""
        index = 0
        at = self._skip(at + 1)
        while self._text[at] != closing:
            yield index, at
            index += 1
            at = self._skip(self._end)
            if self._text[at] == ",":
                at = self._skip(at + 1)
        self._end = at + 1

    def _skip(self, at: int) -> int:
        return _end(_BLANK, self._text, at)

    def _note(self, path: Path, at: int) -> None:
        self.lines.setdefault(path, bisect_right(self._ends, at - 1) + 1)


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    match = pattern.match(text, at)
    return at if match is None else match.end()


def _name(written: str) -> str:
    if written[0] not in "\"'":
        return written
    return str(tomllib.loads(f"name = {written}")["name"])
