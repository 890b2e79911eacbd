"""What each kind of definition is called, where it is, and which of its members a table shows. Asks nothing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import typer

from orion_cli import completing
from orion_cli.api_paths import ADMIN, path_of
from orion_cli.output.output import Column


def route_of(row: Mapping[str, Any]) -> str | None:
    """What leads to a channel: methods and pattern, or a topic."""
    route = [*(row.get("methods") or ()), row.get("route_pattern") or ""]
    return " ".join(route).strip() or row.get("topic")


Completion = Callable[[typer.Context, str], list[tuple[str, str]]]


@dataclass(frozen=True)
class Resource:
    """A kind of definition.

    Args:
        singular: What one is called.
        identity: The member that identifies it.
        columns: What a list shows.
        complete: Gives ids to the shell.
    """

    singular: str
    identity: str
    columns: tuple[Column, ...]
    complete: Completion

    @property
    def plural(self) -> str:
        """What several are called; the segment of the path too."""
        return self.singular + "s"

    @property
    def path(self) -> str:
        """Where all of them are."""
        return f"{ADMIN}/{self.plural}"

    def one(self, identifier: str, *segments: str) -> str:
        """Where one of them is, or what is below it."""
        return self.path + path_of(identifier, *segments)


WORKFLOW = Resource(
    "workflow",
    "workflow_id",
    (
        Column("ID", "workflow_id"),
        Column("NAME", "name"),
        Column("VERSION", "version"),
        Column("STATUS", "status"),
        Column("SHARE", lambda row: f"{row['rollout_percentage']}%" if row.get("status") == "active" else None),
        Column("TAGS", "tags"),
        Column("UPDATED", "updated_at"),
    ),
    completing.workflows,
)
CHANNEL = Resource(
    "channel",
    "channel_id",
    (
        Column("ID", "channel_id"),
        Column("NAME", "name"),
        Column("VERSION", "version"),
        Column("STATUS", "status"),
        Column("TYPE", "channel_type"),
        Column("ROUTE", route_of),
        Column("WORKFLOW", lambda row: row.get("workflow_id") or row.get("workflow_ids")),
        Column("UPDATED", "updated_at"),
    ),
    completing.channels,
)  # fmt: skip
CONNECTOR = Resource(
    "connector",
    "id",
    (
        Column("ID", "id"),
        Column("NAME", "name"),
        Column("TYPE", "connector_type"),
        Column("ENABLED", "enabled"),
        Column("UPDATED", "updated_at"),
    ),
    completing.connectors,
)
