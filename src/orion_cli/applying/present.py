"""What a server has: its definitions by kind and id, in as few questions as there are pages."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from orion_cli.applying.wanted import DEFAULTS, IDENTITIES, without_type
from orion_cli.resources import CHANNEL, CONNECTOR, WORKFLOW, Resource

if TYPE_CHECKING:
    from orion_cli.client import Api

RESOURCES: Mapping[str, Resource] = {"workflow": WORKFLOW, "channel": CHANNEL, "connector": CONNECTOR}
Json = Mapping[str, Any]


@dataclass(frozen=True)
class Present:
    """A definition as the server has it.

    Args:
        highest: Its highest version.
        active: The version that is in force, the newest where several share; None when none is.
    """

    highest: Json
    active: Json | None

    @property
    def has_draft(self) -> bool:
        """Whether its highest version may be changed."""
        return self.highest.get("status") == "draft"


@dataclass
class Server:
    """What a server has.

    Args:
        found: By kind and id.
    """

    found: Mapping[tuple[str, str], Present]
    _names: set[tuple[str, str]] = field(default_factory=set)

    def __post_init__(self) -> None:
        for (kind, identity), present in self.found.items():
            if present.active is not None:
                self._names.add((kind, identity if kind == "workflow" else str(present.active.get("name"))))

    def in_force(self, kind: str, name: str) -> bool:
        """Whether something is, by what others call it."""
        return (kind, name) in self._names


def read_server(api: "Api", kinds: tuple[str, ...] = tuple(RESOURCES)) -> Server:
    """Ask a server for everything of some kinds."""
    found = {}
    for kind in kinds:
        resource = RESOURCES[kind]
        for row in api.rows(resource.path):
            identity = str(row[IDENTITIES[kind]])
            found[kind, identity] = Present(row, _active(api, resource, identity, row))
    return Server(found)


def _active(api: "Api", resource: Resource, identity: str, highest: Json) -> Json | None:
    if resource is CONNECTOR:
        return highest if highest.get("enabled") else None
    if highest.get("status") == "active" or (highest.get("version") == 1 and highest.get("status") != "active"):
        return highest if highest.get("status") == "active" else None
    versions = api.rows(resource.one(identity, "versions"))
    return next((each for each in versions if each.get("status") == "active"), None)


def members_of(kind: str, row: Json) -> Json:
    """The members that an admin decides."""
    members = {name: row.get(name) for name in DEFAULTS[kind]}
    return without_type(members) if kind == "connector" else members
