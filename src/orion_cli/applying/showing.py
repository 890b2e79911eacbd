"""A plan for people: a line for each change, and what is different, in the form of a unified diff. Shows no secret."""

import difflib
import json
import re
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from orion_cli.applying.plan import MASK, Change, Plan
from orion_cli.applying.present import members_of
from orion_cli.output.output import Output
from orion_cli.output.terminal import coloured, in_colour

MARKS: Mapping[str, tuple[str, str]] = {
    "create": ("+", "green"), "update": ("~", "yellow"), "activate": ("↑", "green"), "rollout": ("%", "yellow"),
    "archive": ("-", "red"), "disable": ("-", "red"),
}  # fmt: skip
SECRET = re.compile(r"pass|secret|token|key|credential|auth|sign|private|cookie|connection_string", re.IGNORECASE)
CREDENTIALS = re.compile(r"(?<=://)[^/@\s]+@")


def report(plan: Plan, *, dry_run: bool) -> dict[str, object]:
    """A plan for programs."""
    return {
        "changes": [
            {"action": change.action, "kind": change.kind, "id": change.identity, "file": file_of(change)}
            for change in plan.changes
        ],
        "unchanged": plan.unchanged,
        "dry_run": dry_run,
    }


def file_of(change: Change) -> str | None:
    """Where a definition stands."""
    return None if change.wanted is None else change.wanted.document.source.name


def show_plan(plan: Plan, output: Output) -> None:
    """Show what would change, with the differences."""
    if output.quiet:
        output.ids([{"id": change.identity} for change in plan.changes], "id")
        return
    wanted = in_colour(sys.stdout, wanted=output.colour)
    for change in plan.changes:
        mark, colour = MARKS[change.action]
        title = output.safe(f"{mark} {change.action} {change.kind} {change.identity}")
        output.raw(coloured(title, colour, wanted=wanted))
        for line in differences(change):
            shade = {"+": "green", "-": "red", "@": "cyan"}.get(line[0])
            text = "    " + line
            output.raw(coloured(output.safe(text), shade, wanted=wanted) if shade else output.safe(text))


def differences(change: Change) -> Iterator[str]:
    """The lines in which a definition that is there differs from what is wanted."""
    if change.action != "update" or change.wanted is None or change.present is None:
        return
    base = change.present.active or change.present.highest
    theirs = members_of(change.kind, base)
    mine: Any = {name: change.wanted.members.get(name) for name in theirs}
    mine.update({name: value for name, value in change.wanted.members.items() if name not in theirs})
    if change.kind == "connector":
        mine, theirs = veiled(mine, theirs), veiled(theirs, theirs)
    lines = difflib.unified_diff(pretty(theirs), pretty(mine), "server", file_of(change) or "", n=2, lineterm="")
    yield from (line for line in lines if not line.startswith(("---", "+++")))


def pretty(value: object) -> list[str]:
    """A JSON value, a line for each member."""
    return json.dumps(value, indent=2, ensure_ascii=False).splitlines()


def veiled(mine: Any, theirs: Any, name: str = "") -> Any:
    """A connector's value as it may be shown: what the server masks, and what is called like a secret, is masked."""
    if isinstance(mine, Mapping):
        others = theirs if isinstance(theirs, Mapping) else {}
        inner = {each: "secret" if name == "headers" else each for each in mine}
        return {each: veiled(value, others.get(each), inner[each]) for each, value in mine.items()}
    if isinstance(mine, list):
        return [veiled(value, None, name) for value in mine]
    if isinstance(mine, str) and (theirs == MASK or SECRET.search(name)):
        return MASK
    return CREDENTIALS.sub(MASK + "@", mine) if isinstance(mine, str) else mine
