"""What has to be done for a server to have what a folder wants. Compares; changes nothing."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from orion_cli.applying.present import Present, Server, members_of
from orion_cli.applying.wanted import Wanted, arranged

MASK = "******"
Json = Mapping[str, Any]


@dataclass(frozen=True)
class Change:
    """One definition that is brought in step.

    Args:
        action: "create", "update", "activate", "archive", "disable" or "rollout".
        kind: Of the definition.
        identity: Its id.
        wanted: What it should be; None for what a folder no longer has.
        present: What the server has; None for what is new.
    """

    action: str
    kind: str
    identity: str
    wanted: Wanted | None
    present: Present | None


@dataclass(frozen=True)
class Plan:
    """What has to be done, in order.

    Args:
        changes: Each after what it needs.
        unchanged: How many definitions are in step.
        hidden: Connectors with secrets that cannot be compared, for the server does not show its own.
    """

    changes: Sequence[Change]
    unchanged: int
    hidden: Sequence[str]


def plan_for(wanted: Sequence[Wanted], server: Server, *, prune: bool, secrets: bool) -> Plan:
    """Compare.

    Args:
        wanted: What a folder has.
        server: What the server has.
        prune: Whether what the folder does not have is taken out of force.
        secrets: Whether connectors are sent whose secrets cannot be compared.

    Raises:
        Misused: The definitions need each other in a circle.
    """
    changes: list[Change] = []
    hidden: list[str] = []
    for each in arranged(wanted, server.in_force):
        present = server.found.get(each.key)
        if is_hidden(each, present):
            hidden.append(each.identity)
        action = action_for(each, present, secrets=secrets)
        if action is not None:
            changes.append(Change(action, each.kind, each.identity, each, present))
    unchanged = len(wanted) - len(changes)
    if prune:
        changes += pruned({each.key for each in wanted}, server)
    return Plan(changes, unchanged, hidden)


def action_for(wanted: Wanted, present: Present | None, *, secrets: bool) -> str | None:
    """What one definition asks for; None when it is in step."""
    if present is None:
        return None if wanted.status == "archived" else "create"
    if wanted.kind == "connector":
        theirs = members_of("connector", present.highest)
        hidden = secrets and is_hidden(wanted, present)
        return "update" if hidden or not same(wanted.members, theirs) else None
    if wanted.status == "archived":
        return "archive" if present.active is not None else None
    in_step = present.active if wanted.status == "active" else present.highest
    if in_step is None:
        return "activate" if same(wanted.members, members_of(wanted.kind, present.highest)) else "update"
    if not same(wanted.members, members_of(wanted.kind, in_step)):
        return "update"
    return "rollout" if wanted.share not in (None, in_step.get("rollout_percentage")) else None


def is_hidden(wanted: Wanted, present: Present | None) -> bool:
    """Whether a connector has secrets here that the server does not show."""
    if wanted.kind != "connector" or present is None:
        return False
    return hides(wanted.members["config"], present.highest.get("config"))


def pruned(kept: set[tuple[str, str]], server: Server) -> list[Change]:
    """What is in force and the folder does not have: channels first, for they need the others."""
    order = {"channel": 0, "workflow": 1, "connector": 2}
    gone = [(key, each) for key, each in server.found.items() if key not in kept and each.active is not None]
    gone.sort(key=lambda item: (order[item[0][0]], item[0][1]))
    return [
        Change("disable" if kind == "connector" else "archive", kind, identity, None, present)
        for (kind, identity), present in gone
    ]


def same(mine: object, theirs: object) -> bool:
    """Whether two JSON values are the same; what the server masks counts as whatever text stands here."""
    if isinstance(mine, Mapping) and isinstance(theirs, Mapping):
        return mine.keys() == theirs.keys() and all(same(mine[name], theirs[name]) for name in mine)
    if isinstance(mine, list) and isinstance(theirs, list):
        return len(mine) == len(theirs) and all(map(same, mine, theirs))
    if isinstance(theirs, str) and MASK in theirs:
        return mine is not None and (theirs == MASK or fits_mask(mine, theirs))
    return mine == theirs and isinstance(mine, bool) == isinstance(theirs, bool)


def fits_mask(mine: object, masked: str) -> bool:
    """Whether a text could be what the server masked parts of."""
    pattern = ".*".join(map(re.escape, masked.split(MASK)))
    return isinstance(mine, str) and re.fullmatch(pattern, mine, re.DOTALL) is not None


def hides(mine: object, theirs: object) -> bool:
    """Whether a value stands here that the server masks, so that nobody can tell whether they are the same."""
    if isinstance(mine, Mapping) and isinstance(theirs, Mapping):
        return any(hides(mine[name], theirs[name]) for name in mine if name in theirs)
    if isinstance(mine, list) and isinstance(theirs, list):
        return any(map(hides, mine, theirs))
    return isinstance(theirs, str) and MASK in theirs and mine != theirs
