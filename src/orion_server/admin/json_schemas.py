"""JSON Schemas of definitions and of functions' inputs, for editors and assistants; made of the types that read them.

Stricter than those of the API documents in one point: what the server refuses as unknown is refused here too.
https://json-schema.org/draft/2020-12
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from orion_core.connector_definitions import AUTH_TYPES, CONNECTOR_TYPES, ConnectorDefinition
from orion_core.definitions import ChannelDefinition, Deduplication, WorkflowDefinition
from orion_core.functions.building import Function
from orion_core.functions.catalogue import CATALOGUE

Json = dict[str, Any]  # a JSON Schema, of whatever shape the standard says

DIALECT = "https://json-schema.org/draft/2020-12/schema"
ROOT = "/api/v1/schemas/"
REF = "#/$defs/"
KINDS: Mapping[str, type[msgspec.Struct]] = {
    "workflow": WorkflowDefinition,
    "channel": ChannelDefinition,
    "connector": ConnectorDefinition,
}
ALIASED = (WorkflowDefinition, ChannelDefinition, ConnectorDefinition, Deduplication)


def definition_schema(kind: str) -> Json:
    """The schema of a file that holds one definition.

    Args:
        kind: One of `KINDS`.
    """
    types: list[type[msgspec.Struct]] = [KINDS[kind]]
    if kind == "workflow":
        types += [function.input for function in CATALOGUE.values()]
    if kind == "connector":
        types += [*CONNECTOR_TYPES.values(), *AUTH_TYPES.values()]
    parts = _parts(types)
    if kind == "workflow":
        _depend_on_function(parts["FunctionCall"])
    if kind == "connector":
        _depend_on_type(parts)
    definition = parts[KINDS[kind].__name__]
    # Where an editor finds this document; clients leave it out of what they send.
    definition["properties"]["$schema"] = {"type": "string"}
    title = f"Orion {kind}"
    return {"$schema": DIALECT, "$id": f"{ROOT}{kind}.json", "title": title, "$ref": _ref(KINDS[kind]), "$defs": parts}


def input_schema(function: Function) -> Json:
    """The schema of a function's input, whole in itself."""
    parts = _parts([function.input])
    root = parts.pop(function.input.__name__)
    return {"$schema": DIALECT, **root, **({"$defs": parts} if parts else {})}


def _parts(types: list[type[msgspec.Struct]]) -> Json:
    """Every type that these are made of, by name, refusing what is unknown."""
    _, parts = msgspec.json.schema_components(tuple(dict.fromkeys(types)), ref_template=REF + "{name}")
    for part in parts.values():
        if "properties" in part:
            part["additionalProperties"] = False
    for kind in ALIASED:
        if kind.__name__ in parts:
            _allow_aliases(parts[kind.__name__]["properties"], getattr(kind, "ALIASES", {}))
    return parts


def _allow_aliases(members: Json, aliases: Mapping[str, str]) -> None:
    for alias, name in aliases.items():
        spelt = {"description": f"Another name of `{name}`.", "deprecated": alias != "id"}
        as_text = [{"type": "string"}] if alias.endswith("_json") else []
        members[alias] = {**spelt, "anyOf": [_bare(members[name]), *as_text]}


def _bare(schema: Json) -> Json:
    return {name: value for name, value in schema.items() if name not in ("default", "description")}


def _depend_on_function(call: Json) -> None:
    """A task's input depends on the function it names; an editor then says which input is wrong, not that all are."""
    call["properties"]["name"] = {
        "description": "Which function.",
        "oneOf": [{"const": each.name, "description": each.summary} for each in CATALOGUE.values()],
    }
    call["allOf"] = [
        {
            "if": {"properties": {"name": {"const": each.name}}, "required": ["name"]},
            "then": {"properties": {"input": {"$ref": _ref(each.input)}}},
        }
        for each in CATALOGUE.values()
    ]


def _depend_on_type(parts: Json) -> None:
    """A connector's config depends on its type, and its auth on a type of its own."""
    definition = parts["ConnectorDefinition"]
    definition["properties"]["config"] = {"type": "object", "description": "As `connector_type` asks."}
    definition["allOf"] = [
        {
            "if": {"properties": {"connector_type": {"const": name}}, "required": ["connector_type"]},
            "then": {"properties": {"config": {"$ref": _ref(kind)}}},
        }
        for name, kind in CONNECTOR_TYPES.items()
    ]
    auth = [{"$ref": _ref(kind)} for kind in AUTH_TYPES.values()]
    for kind in CONNECTOR_TYPES.values():
        members = parts[kind.__name__]["properties"]
        members.setdefault("type", {"description": "May be left out.", "type": "string"})
        if "auth" in members:
            members["auth"] = {"anyOf": [*auth, {"type": "null"}], "default": None}


def _ref(kind: type[msgspec.Struct]) -> str:
    return REF + kind.__name__
