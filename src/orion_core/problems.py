"""What is wrong with a definition, and where. Knows no definition in particular.

A problem points at its place with an RFC 6901 JSON pointer, so that an editor, a client or an assistant can go there.
"""

from collections.abc import Iterable
from difflib import get_close_matches

import msgspec


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing wrong with a document.

    Args:
        pointer: RFC 6901 pointer into the document; "" is the document itself.
        message: What is wrong, in words an admin may read.
        expected: What would have been right, when that is a short phrase.
        hint: What was probably meant.
    """

    pointer: str
    message: str
    expected: str | None = None
    hint: str | None = None

    @property
    def field(self) -> str:
        """The pointer as the public documentation spells places: ``tasks[0].function.name``."""
        return field_of(self.pointer)


class Problems:
    """Collects every problem of a document; errors stop it, warnings travel beside the answer."""

    def __init__(self) -> None:
        self.errors: list[Problem] = []
        self.warnings: list[Problem] = []

    def error(self, pointer: str, message: str, *, expected: str | None = None, hint: str | None = None) -> None:
        """Record something that must be mended before the document can be used."""
        self.errors.append(Problem(pointer, message, expected, hint))

    def warn(self, pointer: str, message: str, *, hint: str | None = None) -> None:
        """Record something that runs, but probably not as meant."""
        self.warnings.append(Problem(pointer, message, None, hint))

    def __bool__(self) -> bool:
        return bool(self.errors)


class DefinitionProblems(Exception):
    """A definition that cannot be used; `problems` says all that is wrong with it."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(f"{problem.pointer or '/'}: {problem.message}" for problem in self.problems))


def at(pointer: str, *segments: str | int) -> str:
    """Extend `pointer` by `segments`, escaped as RFC 6901 section 3 asks."""
    return pointer + "".join("/" + str(segment).replace("~", "~0").replace("/", "~1") for segment in segments)


def field_of(pointer: str) -> str:
    """Turn ``/tasks/0/id`` into ``tasks[0].id``; the whole document is ``(root)``."""
    if not pointer:
        return "(root)"
    segments = [part.replace("~1", "/").replace("~0", "~") for part in pointer[1:].split("/")]
    text = segments[0]
    for segment in segments[1:]:
        text += f"[{segment}]" if segment.isdecimal() else f".{segment}"
    return text


def did_you_mean(name: str, known: Iterable[str]) -> str | None:
    """The nearest of `known` as a question, or None when nothing is near."""
    near = get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"did you mean '{near[0]}'?" if near else None
