"""The schemas of the API documents, made of the declared types: definitions, inputs of functions, answers.

Knows no path.
"""

from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import Any

import msgspec

from orion_core.connector_definitions import AUTH_TYPES, CONNECTOR_TYPES
from orion_core.functions.catalogue import CATALOGUE
from orion_server.admin.endpoint import Operation
from orion_server.admin.reports import ErrorEnvelope, ProblemDetails

Json = dict[str, Any]  # a JSON object of the document, of whatever shape the standard says

REF = "#/components/schemas/"


def schemas(operations: Iterable[Operation]) -> Json:
    """The schemas of everything that is read or answered."""
    contents = [content for each in operations for content in (each.body, each.answer) if content is not None]
    declared = [content.type for content in contents if content.type is not None]
    inputs = [function.input for function in CATALOGUE.values()]
    kinds = [*declared, *inputs, *CONNECTOR_TYPES.values(), *AUTH_TYPES.values(), ErrorEnvelope, ProblemDetails]
    unique = tuple(dict.fromkeys(kinds))
    _, components = msgspec.json.schema_components(unique, ref_template=REF + "{name}")
    _describe_functions(components)
    _describe_connectors(components)
    for content in contents:
        if content.envelope == "change":
            name = content.type.__name__
            components[name + "Change"] = _change_of(components[name])
    return dict(sorted(components.items()))


def _change_of(schema: Mapping[str, Any]) -> Json:
    """The same members, none of them required and none with a default: what is left out is kept."""
    change = deepcopy(dict(schema))
    change.pop("required", None)
    change["description"] = "Members left out are kept; null clears what may be null, and keeps any other member."
    for member in change["properties"].values():
        member.pop("default", None)
    return change


def _describe_functions(components: Json) -> None:
    """A task's function: its input depends on its name."""
    components["FunctionCall"] = {
        "description": "Which function a task runs, and with what.",
        "oneOf": [
            {
                "title": function.name,
                "description": function.summary,
                "type": "object",
                "properties": {
                    "name": {"const": function.name},
                    "input": {"$ref": REF + function.input.__name__},
                },
                "required": ["name", "input"],
            }
            for function in CATALOGUE.values()
        ],
    }


def _describe_connectors(components: Json) -> None:
    """A connector's config depends on its type, and its auth on a type of its own."""
    config = [{"$ref": REF + kind.__name__} for kind in CONNECTOR_TYPES.values()]
    components["ConnectorDefinition"]["properties"]["config"] = {
        "anyOf": config,
        "description": "As `connector_type` asks; `type` may be left out.",
    }
    auth = [{"$ref": REF + kind.__name__} for kind in AUTH_TYPES.values()]
    for kind in CONNECTOR_TYPES.values():
        properties = components[kind.__name__]["properties"]
        if "auth" in properties:
            properties["auth"] = {"anyOf": [*auth, {"type": "null"}], "default": None}
