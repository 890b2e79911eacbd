"""The schemas for editors accept what the server accepts and refuse what it refuses, as far as a schema can tell."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from orion_core import Compiler, Problems
from orion_core.connector_definitions import read_connector
from orion_core.definitions import read_channel, read_workflow
from orion_core.functions.catalogue import CATALOGUE
from orion_server.admin.examples import CHANNEL, CONNECTOR, WORKFLOW
from orion_server.admin.json_schemas import KINDS, definition_schema, input_schema
from tests.admin.conftest import Admin
from tests.admin.test_documentation import ask

pytestmark = pytest.mark.anyio


def is_sound(kind: str, document: Mapping[str, Any]) -> bool:
    problems = Problems()
    if kind == "workflow":
        definition = read_workflow(document, problems)
        if definition is not None:
            Compiler().workflow(definition, "w", 1, problems)
    elif kind == "channel":
        read_channel(document, problems)
    else:
        read_connector(document, problems)
    return not problems


def calling(name: str, given: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**WORKFLOW, "tasks": [{"id": "a", "function": {"name": name, "input": given}}]}


DOCUMENTS: list[tuple[str, str, Mapping[str, Any], bool]] = [  # kind, what it is, document, whether it is sound
    ("workflow", "the example", WORKFLOW, True),
    ("workflow", "id for workflow_id", {**{k: v for k, v in WORKFLOW.items() if k != "workflow_id"}, "id": "x"}, True),
    ("workflow", "no tasks", {**WORKFLOW, "tasks": []}, False),
    ("workflow", "no name", {k: v for k, v in WORKFLOW.items() if k != "name"}, False),
    ("workflow", "a misspelt member", {**WORKFLOW, "condtion": True}, False),
    ("workflow", "a misspelt member of a task", {**WORKFLOW, "tasks": [{**WORKFLOW["tasks"][0], "nmae": ""}]}, False),
    ("workflow", "an id that is none", {**WORKFLOW, "workflow_id": "a b"}, False),
    ("workflow", "an unknown function", calling("mpa", {}), False),
    ("workflow", "an input of another function", calling("map", {"source": "payload"}), False),
    ("workflow", "an input that lacks something", calling("http_call", {}), False),
    ("workflow", "a misspelt member of an input", calling("log", {"message": "x", "levle": "info"}), False),
    ("workflow", "a value that is not possible", calling("log", {"message": "x", "level": "loud"}), False),
    ("workflow", "a function with an alias", calling("validate", {"rules": []}), True),
    ("channel", "the example", CHANNEL, True),
    ("channel", "an unknown protocol", {**CHANNEL, "protocol": "smtp"}, False),
    ("channel", "a misspelt member of config", {**CHANNEL, "config": {"timeout": 5}}, False),
    ("channel", "an alias inside", {**CHANNEL, "config": {"deduplication": {"header": "k", "retention_secs": 5}}}, True),
    ("connector", "the example", CONNECTOR, True),
    ("connector", "a config of another type", {**CONNECTOR, "connector_type": "kafka"}, False),
    ("connector", "an auth that is none", {**CONNECTOR, "config": {"url": "http://x", "auth": {"type": "magic"}}}, False),
    ("connector", "a type that is none", {**CONNECTOR, "connector_type": "smtp"}, False),
]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "document", "sound"), [(kind, doc, sound) for kind, _, doc, sound in DOCUMENTS],
    ids=[f"{kind}: {what}" for kind, what, *_ in DOCUMENTS],
)  # fmt: skip
def test_schema_and_server_agree(kind: str, document: Mapping[str, Any], sound: bool) -> None:
    assert is_sound(kind, document) is sound
    assert Draft202012Validator(definition_schema(kind)).is_valid(document) is sound


@pytest.mark.parametrize("kind", KINDS)
async def test_a_schema_is_served_and_is_one(kind: str) -> None:
    answer = await ask(f"/api/v1/schemas/{kind}.json")
    schema = json.loads(answer.body)
    assert answer.content_type == "application/schema+json"
    assert schema["$id"].endswith(f"{kind}.json")
    Draft202012Validator.check_schema(schema)


def test_an_editor_is_told_which_input_is_wrong() -> None:
    """Not that none of the functions fits: the function's name decides which schema is asked."""
    wrong = calling("log", {"message": "x", "level": "loud"})
    errors = list(Draft202012Validator(definition_schema("workflow")).iter_errors(wrong))
    assert [list(error.absolute_path) for error in errors] == [["tasks", 0, "function", "input", "level"]]


async def test_every_function_is_listed_with_a_schema_of_its_own(admin: Admin) -> None:
    listed = await admin.data("GET", "/functions")
    assert [each["name"] for each in listed] == sorted(CATALOGUE)
    for each in listed:
        Draft202012Validator.check_schema(each["input_schema"])
        assert each["description"]
        assert await admin.data("GET", f"/functions/{each['name']}") == each
    status, body = await admin.ask("GET", "/functions/mpa")
    assert (status, body["error"]["reason"]) == (404, "not_found")


DOCUMENTED = [  # function, input as the public documentation has it
    ("parse_json", {"source": "payload", "target": "order"}),
    ("map", {"mappings": [{"path": "data.order.tier", "logic": "vip"}]}),
    ("http_call", {"connector": "slack-webhook", "method": "POST", "body_logic": {"var": "data.event"}}),
    (
        "channel_call",
        {"channel": "customer-lookup", "data_logic": {"var": "data.id"}, "response_path": "data.customer"},
    ),
]


@pytest.mark.parametrize(("name", "given"), DOCUMENTED, ids=[name for name, _ in DOCUMENTED])
def test_documented_inputs_fit(name: str, given: Mapping[str, Any]) -> None:
    Draft202012Validator(input_schema(CATALOGUE[name])).validate(given)


def test_the_examples_are_files_an_editor_may_check() -> None:
    document = {"$schema": "http://localhost:8080/api/v1/schemas/workflow.json", **WORKFLOW}
    assert Draft202012Validator(definition_schema("workflow")).is_valid(document)
