"""The words of failures, on standard error: what is wrong, where in which file, and what to do. Decides nothing."""

import sys
from collections.abc import Sequence

from orion_cli.documents import Document
from orion_cli.failures import CommandFailed, Problem, Refused
from orion_cli.output.terminal import coloured, harmless, in_colour
from orion_cli.places import Spot

WIDEST = 100  # characters shown of a line


def complain(failure: CommandFailed, *, colour: bool) -> None:
    """Say why a command ends without its result."""
    wanted = in_colour(sys.stderr, wanted=colour)
    word = coloured("error:", "red", wanted=wanted)
    document = failure.document if isinstance(failure, Refused) else None
    problems = failure.problems if isinstance(failure, Refused) else ()
    print(f"{word} {harmless(_headline(failure, problems, document))}", file=sys.stderr)
    tell_problems(problems, document, colour=colour)
    if failure.hint:
        print(f"  {harmless(failure.hint)}", file=sys.stderr)
    if isinstance(failure, Refused) and failure.error.get("request_id") and failure.status >= 500:
        print(f"  request id {harmless(str(failure.error['request_id']))}", file=sys.stderr)


def _headline(failure: CommandFailed, problems: Sequence[Problem], document: Document | None) -> str:
    if not isinstance(failure, Refused):
        return failure.message
    if not problems:
        return f"{failure.message} ({failure.reason})"
    name = f"{document.source.name}: " if document is not None else ""
    count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
    return f"{name}{count} ({failure.reason})"


def excerpt(spot: Spot) -> str:
    """The line of a place; of a long one the part around it."""
    line = spot.text.strip()
    column = spot.column - (len(spot.text) - len(spot.text.lstrip()))
    start = column - WIDEST // 2 if column > WIDEST else 0
    return line[start : start + WIDEST]


def tell_problems(
    problems: Sequence[Problem], document: Document | None, *, colour: bool, warning: bool = False
) -> None:
    """Say each problem with its place: file, line and column, and the line itself, where the document came from one."""
    wanted = in_colour(sys.stderr, wanted=colour)
    for problem in problems:
        spot = document.spot(problem.pointer) if document is not None else None
        place = f"{document.source.name}:{spot.line}:{spot.column}: " if document is not None and spot else ""
        kind = coloured("warning: ", "yellow", wanted=wanted) if warning else ""
        field = coloured(harmless(problem.field), "bold", wanted=wanted)
        print(f"  {harmless(place)}{kind}{field}: {harmless(problem.message)}", file=sys.stderr)
        if spot is not None and document is not None and not document.is_secret:
            print(coloured(f"    | {harmless(excerpt(spot))}", "dim", wanted=wanted), file=sys.stderr)
        for name, text in (("expected", problem.expected), (None, problem.hint)):
            if text:
                print(f"    {name + ': ' if name else ''}{harmless(text)}", file=sys.stderr)
