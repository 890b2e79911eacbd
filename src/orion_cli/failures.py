"""Everything a command can end with besides its result. Prints nothing; `output.complaints` has the words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from orion_cli import exits

if TYPE_CHECKING:
    from orion_cli.documents import Document

Json = Mapping[str, object]


class CommandFailed(Exception):
    """A command cannot do what it is asked.

    Args:
        message: Why, in words for who typed the command.
        hint: What to do about it.
    """

    exit_code = exits.FAILED

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class Misused(CommandFailed):
    """The command, or a file it names, cannot be understood."""

    exit_code = exits.USAGE


class Unreachable(CommandFailed):
    """No server answers."""

    exit_code = exits.UNREACHABLE


class TooLate(CommandFailed):
    """The server did not answer in time; what was asked may have happened."""

    exit_code = exits.TIMEOUT


@dataclass(frozen=True)
class Problem:
    """One thing wrong with a document, as the server or the core tells it.

    Args:
        pointer: RFC 6901 pointer into the document.
        field: The same place in words.
        message: What is wrong.
        expected: What would have been right.
        hint: What was probably meant.
    """

    pointer: str
    field: str
    message: str
    expected: str | None = None
    hint: str | None = None


class Refused(CommandFailed):
    """The server refused.

    Args:
        status: Of the answer.
        body: The answer, an envelope where it is one of ours.

    `document` is what was sent, where it came from a file that can be shown.
    """

    document: "Document | None" = None

    def __init__(self, status: int, body: object) -> None:
        error = body.get("error") if isinstance(body, Mapping) else None
        self.status = status
        self.body = body
        self.error: Json = error if isinstance(error, Mapping) else {}
        super().__init__(str(self.error.get("message") or f"The server answered with status {status}"))
        self.exit_code = exits.OF_STATUS.get(status, exits.FAILED)

    @property
    def reason(self) -> str:
        """The finer word, or the code."""
        return str(self.error.get("reason") or self.error.get("code") or f"status {self.status}")

    @property
    def problems(self) -> Sequence[Problem]:
        """What is wrong with the document that was sent."""
        return problems_of(self.error.get("problems"))


def problems_of(given: object) -> Sequence[Problem]:
    """The problems of an answer; what is not one is left out."""
    if not isinstance(given, list):
        return ()
    return [_problem(each) for each in given if isinstance(each, Mapping)]


def _problem(given: Json) -> Problem:
    texts = {name: None if given.get(name) is None else str(given[name]) for name in ("expected", "hint")}
    pointer = str(given.get("pointer") or "")
    return Problem(pointer, str(given.get("field") or "(root)"), str(given.get("message") or ""), **texts)
