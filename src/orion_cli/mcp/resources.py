"""What an assistant may read: the functions and their inputs, schemas, examples, operators, and what runs."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from orion_cli.api_paths import ADMIN, path_of
from orion_cli.client import Api

JSON, MARKDOWN, SCHEMA = "application/json", "text/markdown", "application/schema+json"


@dataclass(frozen=True)
class Resource:
    """Something to read.

    Args:
        uri: Where it is; may hold one `{parameter}`.
        name: As people read it.
        description: What is in it.
        media_type: Of its text.
        read: Reads it, given the parameter.
    """

    uri: str
    name: str
    description: str
    media_type: str
    read: Callable[[Api, str], str]

    @property
    def is_template(self) -> bool:
        """Whether its place holds a parameter."""
        return "{" in self.uri


def as_json(value: Any) -> str:
    """A JSON value as text."""
    return json.dumps(value, indent=2, ensure_ascii=False)


def packaged(name: str) -> str:
    """A text of this package."""
    return (files("orion_cli.mcp") / "texts" / name).read_text(encoding="utf-8")


RESOURCES: tuple[Resource, ...] = (
    Resource(
        "orion://functions", "Functions", "What tasks may do, each with the JSON Schema of its input.", JSON,
        lambda api, _: as_json(api.get(f"{ADMIN}/functions")["data"]),
    ),
    Resource(
        "orion://operators", "JSONLogic operators", "Every operator of conditions and mappings, and how they differ.",
        MARKDOWN, lambda _api, _: packaged("operators.md"),
    ),
    Resource(
        "orion://examples", "Workflow examples", "Workflows and channels that work, to begin with.", MARKDOWN,
        lambda _api, _: packaged("examples.md"),
    ),
    Resource(
        "orion://engine/status", "Engine status", "What is loaded now, and what is active and cannot run.", JSON,
        lambda api, _: as_json(api.get(f"{ADMIN}/engine/status")),
    ),
    Resource(
        "orion://functions/{name}", "A function", "One function with the JSON Schema of its input.", JSON,
        lambda api, name: as_json(api.get(f"{ADMIN}/functions{path_of(name)}")["data"]),
    ),
    Resource(
        "orion://schemas/{kind}", "A schema", "JSON Schema of a workflow, channel or connector.", SCHEMA,
        lambda api, kind: as_json(api.get(f"/api/v1/schemas{path_of(kind)}.json")),
    ),
    Resource(
        "orion://workflows/{id}", "A workflow", "The highest version of a workflow.", JSON,
        lambda api, identity: as_json(api.get(f"{ADMIN}/workflows{path_of(identity)}")["data"]),
    ),
)  # fmt: skip


def found(uri: str) -> tuple[Resource, str] | None:
    """The resource of a place, and its parameter; None when there is none."""
    for resource in RESOURCES:
        pattern = re.escape(resource.uri).replace(r"\{", "{").replace(r"\}", "}")
        match = re.fullmatch(re.sub(r"\{\w+\}", "([A-Za-z0-9._-]+)", pattern), uri)
        if match is not None:
            return resource, (match[1] if match.groups() else "")
    return None


def split() -> tuple[Mapping[str, Resource], Mapping[str, Resource]]:
    """Those with a place of their own, and those that are templates."""
    return (
        {each.uri: each for each in RESOURCES if not each.is_template},
        {each.uri: each for each in RESOURCES if each.is_template},
    )
