"""File, then environment: the settings of a server, or everything that is wrong with them."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from orion_core import Problems
from orion_core.reading import read
from orion_server.settings.environment import read_environment
from orion_server.settings.lines import key_lines, line_of
from orion_server.settings.rules import broken_rules
from orion_server.settings.types import Settings

_AT_LINE = re.compile(r"at line (\d+)")
# Words that may be written in any case.
ANY_CASE = (("logging", "format"),)


@dataclass(frozen=True)
class SettingProblem:
    """One thing wrong: where it came from (`orion.toml:12`, a variable, or nothing), which setting, and what."""

    source: str
    path: tuple[str, ...]
    message: str
    hint: str | None = None

    def __str__(self) -> str:
        words = [f"{self.source}:" if self.source else "", f"{'.'.join(self.path)}:" if self.path else "", self.message]
        if self.hint:
            words.append(f"({self.hint})")
        return " ".join(word for word in words if word)


class SettingsError(Exception):
    """Settings that no server can start with."""

    def __init__(self, problems: Iterable[SettingProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def load(path: Path | None, environ: Mapping[str, str]) -> Settings:
    """Read the settings.

    Args:
        path: A TOML file, or None for defaults and environment alone.
        environ: Variables; they win over the file.

    Raises:
        SettingsError: With every problem, each with its line or variable.
    """
    document, lines = _read_file(path)
    given, wrong = read_environment(environ)
    problems = [SettingProblem(name, (), text) for name, text in wrong]
    for place, (_, value) in given.items():
        _put(document, place, value)
    sources = {place: name for place, (name, _) in given.items()}
    _lower(document)
    found = Problems()
    settings = read(document, Settings, found)
    for problem in found.errors:
        place = tuple(problem.pointer[1:].split("/"))
        source = _source(place, sources, path, lines)
        problems.append(SettingProblem(source, place, problem.message, problem.hint or _expected(problem.expected)))
    if settings is not None:
        for place, text in broken_rules(settings):
            problems.append(SettingProblem(_source(place, sources, path, lines), place, text))
    if problems or settings is None:
        raise SettingsError(problems)
    return settings


def _lower(document: dict[str, object]) -> None:
    for section, name in ANY_CASE:
        table = document.get(section)
        if isinstance(table, dict) and isinstance(table.get(name), str):
            table[name] = table[name].lower()


def _expected(expected: str | None) -> str | None:
    return None if expected is None else f"expected {expected}"


def _read_file(path: Path | None) -> tuple[dict[str, object], dict[tuple[str, ...], int]]:
    if path is None:
        return {}, {}
    try:
        text = path.read_text(encoding="utf-8-sig")
        return tomllib.loads(text), key_lines(text)
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError([SettingProblem(str(path), (), f"cannot be read: {error}")]) from None
    except (tomllib.TOMLDecodeError, ValueError, RecursionError) as error:
        line = _AT_LINE.search(str(error))
        source = f"{path}:{line[1]}" if line else str(path)
        text = "nested too deep" if isinstance(error, RecursionError) else str(error)
        raise SettingsError([SettingProblem(source, (), f"is not TOML: {text}")]) from None


def _put(document: dict[str, object], place: tuple[str, ...], value: object) -> None:
    """Set a value over whatever the file says; a file that has no table there is refused by the reader."""
    table: dict[str, object] = document
    for name in place[:-1]:
        inner = table.setdefault(name, {})
        if not isinstance(inner, dict):
            return
        table = inner
    table[place[-1]] = value


def _source(
    place: tuple[str, ...],
    sources: Mapping[tuple[str, ...], str],
    path: Path | None,
    lines: dict[tuple[str, ...], int],
) -> str:
    for length in range(len(place), 0, -1):
        if place[:length] in sources:
            return sources[place[:length]]
    line = line_of(place, lines)
    if path is None:
        return ""
    return f"{path}:{line}" if line is not None else str(path)
