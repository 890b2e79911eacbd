"""A selection of names as a condition of SQL, in each database's own words. Knows no table."""

from collections.abc import Callable, Mapping

from orion_io.selection import Selection
from orion_io.storage.raw import RawDialect

ESCAPE = "!"


def chosen(selection: Selection, column: str, dialect: RawDialect) -> tuple[str, tuple[str, ...]]:
    """A condition that holds for the names a selection takes.

    Args:
        selection: Globs.
        column: What holds the name; compares by bytes.
        dialect: Of the database.

    Returns:
        The condition, "" when everything is meant, with leading ` AND `; and the values of its places.
    """
    operator, pattern = PATTERNS.get(dialect, (f"LIKE ? ESCAPE '{ESCAPE}'", _like))
    alike = f"{column} {operator}"
    condition = ""
    if selection.include:
        condition += f" AND ({' OR '.join([alike] * len(selection.include))})"
    if selection.exclude:
        condition += f" AND NOT ({' OR '.join([alike] * len(selection.exclude))})"
    return condition, tuple(pattern(glob) for glob in (*selection.include, *selection.exclude))


def _like(glob: str) -> str:
    """SQL's own pattern, where `%` is what a star is here."""
    for special in (ESCAPE, "%", "_"):
        glob = glob.replace(special, ESCAPE + special)
    return glob.replace("*", "%")


def _glob(glob: str) -> str:
    """SQLite's GLOB, which unlike its LIKE tells upper case from lower; `[x]` is x and nothing else."""
    return "".join(f"[{each}]" if each in "?[" else each for each in glob)


PATTERNS: Mapping[str, tuple[str, Callable[[str], str]]] = {"sqlite": ("GLOB ?", _glob)}
