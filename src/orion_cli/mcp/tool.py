"""What a tool is: its name, what it takes, what it may do, and how it asks the API. Knows no protocol."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from orion_cli.client import Api

Json = dict[str, Any]  # a JSON object, of whatever shape the API says
Call = Callable[["Api", Mapping[str, Any]], Json]


@dataclass(frozen=True)
class Tool:
    """One thing an assistant can do.

    Args:
        name: As assistants call it.
        title: As people read it.
        description: When to use it and what it answers.
        takes: JSON Schemas of its arguments, by name.
        required: Those that must be given.
        gives: JSON Schemas of the members of its result.
        call: Asks the API.
        read_only: Whether it changes nothing.
        destructive: Whether it may take away or replace what is there.
        idempotent: Whether calling it twice is as good as once.
        open_world: Whether it reaches beyond the Orion server.
    """

    name: str
    title: str
    description: str
    takes: Mapping[str, Json]
    required: tuple[str, ...]
    gives: Mapping[str, Json]
    call: Call
    read_only: bool = False
    destructive: bool = False
    idempotent: bool = False
    open_world: bool = False

    @property
    def input_schema(self) -> Json:
        """Of its arguments."""
        return {
            "type": "object",
            "properties": dict(self.takes),
            "required": list(self.required),
            "additionalProperties": False,
        }

    @property
    def output_schema(self) -> Json:
        """Of its result."""
        return {"type": "object", "properties": dict(self.gives), "required": list(self.gives)}


OBJECT: Json = {"type": "object"}
OBJECTS: Json = {"type": "array", "items": OBJECT}
COUNT: Json = {"type": "integer"}
WARNINGS: Json = {"type": "array", "items": OBJECT, "description": "What runs, but probably not as meant."}
PAGE: Mapping[str, Json] = {
    "limit": {"type": "integer", "minimum": 1, "maximum": 200, "default": 50, "description": "How many at most."},
    "offset": {"type": "integer", "minimum": 0, "default": 0, "description": "How many to leave out first."},
}
STATUS: Json = {"enum": ["draft", "active", "archived"], "description": "Only those with a version of this status."}
LOGIC: Json = {"description": "JSONLogic or a literal; see the resource orion://operators."}


def text(description: str, **more: Any) -> Json:
    """A text."""
    return {"type": "string", "description": description, **more}


def entity(about: str, /, **members: Json) -> Json:
    """An object of which some members are described; the server says what is wrong with the others."""
    return {"type": "object", "description": about, "properties": members}


def listed(api: "Api", path: str, name: str, arguments: Mapping[str, Any], *filters: str) -> Json:
    """One page of a list, under a name of its own."""
    query = {each: arguments.get(each) for each in (*filters, "limit", "offset")}
    query["limit"] = query["limit"] or PAGE["limit"]["default"]
    page = api.get(path, query)
    return {name: page["data"], "total": page.get("total", len(page["data"]))}


def one(answer: Mapping[str, Any], name: str) -> Json:
    """One thing under a name of its own, with the server's warnings."""
    return {name: answer["data"], "warnings": answer.get("warnings", [])}
