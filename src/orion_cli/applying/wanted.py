"""What a folder wants: definitions by kind and id, with every member that an admin decides. Knows no server."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from orion_cli.documents import Document
from orion_cli.failures import Misused

Json = Mapping[str, Any]

# What the API takes for a member that is left out; comparing without it would miss a member that was taken away.
DEFAULTS: Mapping[str, Json] = {
    "workflow": {
        "name": None, "description": None, "priority": 0, "condition": True, "tasks": None, "tags": [],
        "continue_on_error": False, "rollout_key": None,
    },
    "channel": {
        "name": None, "description": None, "channel_type": None, "protocol": None, "methods": None,
        "route_pattern": None, "topic": None, "consumer_group": None, "transport_config": {}, "workflow_id": None,
        "workflow_ids": None, "config": {}, "priority": 0,
    },
    "connector": {"name": None, "connector_type": None, "config": {}, "enabled": True},
}  # fmt: skip
IDENTITIES: Mapping[str, str] = {"workflow": "workflow_id", "channel": "channel_id", "connector": "id"}
SERVER_MEMBERS = ("version", "status", "rollout_percentage", "created_at", "updated_at", "config_json")
# How a kind is told from the members of a document; the first that fits.
SIGNS = (("workflow", "tasks"), ("connector", "connector_type"), ("channel", "channel_type"), ("channel", "protocol"))


@dataclass(frozen=True)
class Wanted:
    """A definition as a folder has it.

    Args:
        kind: "workflow", "channel" or "connector".
        identity: Its id.
        members: What the server should hold of it: what is written, and the defaults.
        status: "active", "draft" or "archived"; connectors have none and count as active.
        share: Its share of a hundred requests; None when the folder does not say.
        document: Where it stands.
    """

    kind: str
    identity: str
    members: Json
    status: str
    share: int | None
    document: Document

    @property
    def key(self) -> tuple[str, str]:
        """What no two of a folder have in common."""
        return self.kind, self.identity

    @property
    def body(self) -> dict[str, Any]:
        """What the API is sent to create it."""
        return {IDENTITIES[self.kind]: self.identity, **self.members}

    def needs(self) -> Iterable[tuple[str, str]]:
        """What has to be in force first: (kind, id of a workflow or name of a channel or connector)."""
        if self.kind == "workflow":
            yield from calls_of(self.members.get("tasks"))
        elif self.kind == "channel":
            for each in (self.members.get("workflow_id"), *(self.members.get("workflow_ids") or ())):
                if isinstance(each, str):
                    yield "workflow", each
            config = self.members.get("config")
            for section in config.values() if isinstance(config, dict) else ():
                if isinstance(section, dict) and isinstance(section.get("connector"), str):
                    yield "connector", section["connector"]


def calls_of(tasks: object) -> Iterable[tuple[str, str]]:
    """The channels and connectors that tasks name."""
    for task in tasks if isinstance(tasks, list) else ():
        function = task.get("function") if isinstance(task, dict) else None
        given = function.get("input") if isinstance(function, dict) else None
        for kind in ("channel", "connector"):
            if isinstance(given, dict) and isinstance(given.get(kind), str):
                yield kind, given[kind]


def is_case(document: Document) -> bool:
    """Whether it is a test case, which lies beside definitions and is none."""
    value = document.value
    return isinstance(value, dict) and "expected_output" in value and "tasks" not in value


def read_wanted(documents: Iterable[Document]) -> list[Wanted]:
    """The definitions of a folder; test cases are passed over.

    Raises:
        Misused: A document is no definition, or two are the same one.
    """
    found: dict[tuple[str, str], Wanted] = {}
    for document in documents:
        if is_case(document):
            continue
        wanted = wanted_of(document)
        other = found.setdefault(wanted.key, wanted)
        if other is not wanted:
            places = f"{place(other.document)} and {place(document)}"
            raise Misused(f"The {wanted.kind} '{wanted.identity}' stands twice: in {places}")
    return list(found.values())


def looks_like(document: Document) -> str | None:
    """What a document is, told from its members: a kind of definition, "case" for a test case, or None."""
    if not isinstance(document.value, dict):
        return None
    if is_case(document):
        return "case"
    return next((kind for kind, sign in SIGNS if sign in document.value), None)


def kind_of(document: Document) -> str:
    """What kind of definition a document is.

    Raises:
        Misused: None.
    """
    found = looks_like(document)
    if found is not None and found != "case":
        return found
    raise Misused(
        f"{place(document)} is neither a workflow (tasks), a channel (channel_type) nor a connector (connector_type)"
    )


def wanted_of(document: Document) -> Wanted:
    """Read one definition; what is wrong with its members is the server's to say."""
    kind = kind_of(document)
    value = document.value
    identity = value.get(IDENTITIES[kind], value.get("id"))
    if not isinstance(identity, str) or not identity:
        raise Misused(f"{place(document)}: a {kind} needs '{IDENTITIES[kind]}' to be found again on the server")
    own = {name: each for name, each in value.items() if name not in (IDENTITIES[kind], "id", *SERVER_MEMBERS)}
    share = value.get("rollout_percentage")
    status = "active" if kind == "connector" else str(value.get("status", "active"))
    if status not in ("active", "draft", "archived"):
        raise Misused(f"{place(document)}: '{status}' is no status", "active, draft or archived")
    return Wanted(kind, identity, with_defaults(kind, own), status, share if status == "active" else None, document)


def with_defaults(kind: str, members: Json) -> Json:
    """Every member: those that are written, and what the API takes for the others."""
    defaults = DEFAULTS[kind]
    said = {name: value for name, value in members.items() if value is not None or defaults.get(name) is None}
    whole = {**{name: value for name, value in defaults.items() if value is not None or name != "name"}, **said}
    return without_type(whole) if kind == "connector" else whole


def without_type(connector: Json) -> Json:
    """A connector whose config does not say again what `connector_type` says."""
    config = connector.get("config")
    if not isinstance(config, Mapping) or config.get("type") != connector.get("connector_type"):
        return connector
    return {**connector, "config": {name: value for name, value in config.items() if name != "type"}}


def place(document: Document) -> str:
    """Where a document stands, in words."""
    return document.source.name + (f" (at {document.pointer})" if document.pointer else "")


def arranged(wanted: Sequence[Wanted], in_force: Callable[[str, str], bool]) -> list[Wanted]:
    """The definitions, each after what it needs.

    Args:
        wanted: Of a folder.
        in_force: Whether the server has something of this kind and id or name in force already.

    Raises:
        Misused: They need each other in a circle, and none is in force.
    """
    named = {(each.kind, name): each for each in wanted for name in names_of(each)}
    done: dict[tuple[str, str], Wanted] = {}
    order = {"connector": 0, "workflow": 1, "channel": 2}

    def put(each: Wanted, above: tuple[Wanted, ...]) -> None:
        if each.key in done:
            return
        if each in above:
            circle = " → ".join(f"{one.kind} '{one.identity}'" for one in (*above[above.index(each) :], each))
            raise Misused(f"These need each other to be active first: {circle}", "activate one without the call first")
        for need in each.needs():
            other = named.get(need)
            if other is not None and not (in_force(*need) and (other in above or other is each)):
                put(other, (*above, each))
        done[each.key] = each

    for each in sorted(wanted, key=lambda one: (order[one.kind], one.identity)):
        put(each, ())
    return list(done.values())


def names_of(wanted: Wanted) -> tuple[str, ...]:
    """What others call it by: workflows by id, channels and connectors by name."""
    if wanted.kind == "workflow":
        return (wanted.identity,)
    name = wanted.members.get("name")
    return (name,) if isinstance(name, str) else ()
