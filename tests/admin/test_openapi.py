"""The OpenAPI document: valid, whole, and made of what is really answered."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from orion_core import Problems
from orion_core.connector_definitions import read_connector
from orion_core.definitions import read_channel, read_workflow
from orion_core.functions.catalogue import CATALOGUE
from orion_server.admin import Documentation
from orion_server.admin.elsewhere import OPERATIONS
from orion_server.admin.endpoint import Operation
from orion_server.admin.examples import CHANNEL, CONNECTOR, WORKFLOW
from orion_server.admin.openapi import operation_id
from orion_server.admin.routes import ENDPOINTS

DOCUMENT: dict[str, Any] = json.loads(Documentation().document)
EVERY: tuple[Operation, ...] = (*ENDPOINTS, *OPERATIONS)


def references(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for member in value.values():
            yield from references(member)
    elif isinstance(value, list):
        for item in value:
            yield from references(item)


def resolve(reference: str) -> object:
    found: Any = DOCUMENT
    for segment in reference.removeprefix("#/").split("/"):
        found = found[segment]
    return found


def test_it_is_openapi_3_1_about_orion() -> None:
    assert DOCUMENT["openapi"] == "3.1.0"
    assert "Orion" in DOCUMENT["info"]["title"]
    assert DOCUMENT["components"]["securitySchemes"]


@pytest.mark.parametrize("operation", EVERY, ids=lambda each: f"{each.method} {each.path}")
def test_every_operation_is_described(operation: Operation) -> None:
    described = DOCUMENT["paths"][operation.path][operation.method.lower()]
    assert described["summary"]
    assert str(operation.status) in described["responses"]
    assert "500" in described["responses"]
    assert ("requestBody" in described) == (operation.body is not None)
    named = {each["name"] for each in described["parameters"] if each["in"] == "path"}
    assert all("{" + name + "}" in operation.path for name in named)
    assert len(named) == operation.path.count("{")


def test_nothing_else_is_described() -> None:
    described = {(method.upper(), path) for path, methods in DOCUMENT["paths"].items() for method in methods}
    assert described == {(each.method, each.path) for each in EVERY}


def test_operation_ids_differ() -> None:
    names = [operation_id(each) for each in EVERY]
    assert len(set(names)) == len(names)


def test_every_reference_leads_somewhere() -> None:
    found = set(references(DOCUMENT))
    assert found
    for reference in found:
        assert isinstance(resolve(reference), dict), reference


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_function_has_its_input_described(name: str) -> None:
    choices = DOCUMENT["components"]["schemas"]["FunctionCall"]["oneOf"]
    mine = next(choice for choice in choices if choice["properties"]["name"] == {"const": name})
    assert resolve(mine["properties"]["input"]["$ref"])


def test_a_change_asks_for_no_member() -> None:
    change = DOCUMENT["components"]["schemas"]["WorkflowDefinitionChange"]
    assert "required" not in change
    assert all("default" not in member for member in change["properties"].values())


EXAMPLES = [(read_workflow, WORKFLOW), (read_channel, CHANNEL), (read_connector, CONNECTOR)]


@pytest.mark.parametrize(("read", "example"), EXAMPLES, ids=["workflow", "channel", "connector"])
def test_examples_work(read: Any, example: object) -> None:
    problems = Problems()
    read(example, problems)
    assert not problems.errors
