"""Definitions: every problem at once, each with its place and, where one is near, what was meant."""

from collections.abc import Callable
from typing import Any

import pytest

from orion_core.connector_definitions import read_connector
from orion_core.definitions import read_channel, read_workflow
from orion_core.problems import Problems, at, field_of

TASK = {"id": "t", "function": {"name": "map", "input": {"mappings": []}}}
WORKFLOW = {"name": "W", "tasks": [TASK]}
CHANNEL = {"name": "c", "channel_type": "sync", "protocol": "http", "workflow_id": "w"}
CONNECTOR = {"name": "k", "connector_type": "http", "config": {"url": "https://example.org"}}

PROBLEMS: list[tuple[str, Callable[..., Any], dict[str, Any], list[tuple[str, str]]]] = [
    ("a missing name", read_workflow, {"tasks": [TASK]}, [("/name", "missing member")]),
    ("a blank name", read_workflow, {**WORKFLOW, "name": "  "}, [("/name", "must not be empty")]),
    ("no tasks", read_workflow, {**WORKFLOW, "tasks": []}, [("/tasks", "at least 1")]),
    ("tasks that are no array", read_workflow, {**WORKFLOW, "tasks": {}}, [("/tasks", "an object stands where")]),
    ("an unknown member", read_workflow, {**WORKFLOW, "taks": 1}, [("/taks", "unknown member")]),
    ("a task without an id", read_workflow, {"name": "W", "tasks": [{"function": {"name": "map"}}]},
     [("/tasks/0/id", "missing member")]),
    ("a task without a function", read_workflow, {"name": "W", "tasks": [{"id": "a"}]},
     [("/tasks/0/function", "missing member")]),
    ("a function without a name", read_workflow, {"name": "W", "tasks": [{"id": "a", "function": {}}]},
     [("/tasks/0/function/name", "missing member")]),
    ("two tasks of one id", read_workflow, {"name": "W", "tasks": [TASK, TASK]}, [("/tasks/1/id", "duplicate")]),
    ("a priority that is text", read_workflow, {**WORKFLOW, "priority": "1"}, [("/priority", "Expected 'int'")]),
    ("true where a number belongs", read_workflow, {**WORKFLOW, "priority": True}, [("/priority", "Expected 'int'")]),
    ("a tag that is no text", read_workflow, {**WORKFLOW, "tags": ["a", 2]}, [("/tags/1", "Expected 'str'")]),
    ("an id with a slash", read_workflow, {**WORKFLOW, "workflow_id": "a/b"}, [("/workflow_id", "matching regex")]),
    ("an id and its alias", read_workflow, {**WORKFLOW, "id": "a", "workflow_id": "b"}, [("/workflow_id", "the same")]),
    ("an array instead of a workflow", read_workflow, [], [("", "an array stands where an object")]),  # type: ignore[list-item]
    ("several at once", read_workflow, {"nme": 1, "tasks": [{"id": 3, "function": {"name": "map", "inpt": {}}}]},
     [("/nme", "unknown"), ("/name", "missing"), ("/tasks/0/id", "Expected"), ("/tasks/0/function/inpt", "unknown")]),
    ("a rest channel without a route", read_channel, {**CHANNEL, "protocol": "rest"},
     [("/methods", "at least one"), ("/route_pattern", "must specify")]),
    ("a kafka channel without a topic", read_channel, {**CHANNEL, "protocol": "kafka"}, [("/topic", "topic")]),
    ("an unknown protocol", read_channel, {**CHANNEL, "protocol": "grpc"}, [("/protocol", "Invalid enum")]),
    ("a method that is none", read_channel, {**CHANNEL, "methods": ["GET", "FETCH"]}, [("/methods/1", "FETCH")]),
    ("a broken parameter", read_channel, {**CHANNEL, "route_pattern": "/a/x{id}"}, [("/route_pattern", "parameter")]),
    ("a parameter twice", read_channel, {**CHANNEL, "route_pattern": "/{a}/{a}"}, [("/route_pattern", "twice")]),
    ("a misspelt setting", read_channel, {**CHANNEL, "config": {"timout_ms": 5}}, [("/config/timout_ms", "unknown")]),
    ("a setting of the wrong type", read_channel, {**CHANNEL, "config": {"cache": {"enabled": "yes"}}},
     [("/config/cache/enabled", "Expected 'bool'")]),
    ("config as text that is no JSON", read_channel, {**CHANNEL, "config_json": "{"}, [("/config_json", "not valid")]),
    ("one workflow and several", read_channel, {**CHANNEL, "workflow_ids": ["a"]}, [("/workflow_ids", "not both")]),
    ("an unknown connector type", read_connector, {**CONNECTOR, "connector_type": "grpc"},
     [("/connector_type", "Invalid enum")]),
    ("a connector of another scheme", read_connector, {**CONNECTOR, "config": {"url": "ftp://x"}},
     [("/config/url", "http or https")]),
    ("a connector without a URL", read_connector, {**CONNECTOR, "config": {}}, [("/config/url", "missing")]),
    ("a type that disagrees", read_connector, {**CONNECTOR, "config": {"url": "", "type": "db"}},
     [("/config/type", "of type 'db'")]),
    ("auth without its token", read_connector, {**CONNECTOR, "config": {"url": "", "auth": {"type": "bearer"}}},
     [("/config/auth/token", "missing")]),
    ("auth of no kind", read_connector, {**CONNECTOR, "config": {"url": "", "auth": {"type": "magic"}}},
     [("/config/auth/type", "unknown kind")]),
    ("redis without a URL", read_connector, {"name": "r", "connector_type": "cache", "config": {"backend": "redis"}},
     [("/config/url", "non-empty 'url'")]),
]  # fmt: skip


@pytest.mark.parametrize(("description", "read", "document", "expected"), PROBLEMS, ids=[row[0] for row in PROBLEMS])
def test_a_definition_is_refused_for(
    description: str, read: Callable[..., Any], document: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    problems = Problems()
    read(document, problems)
    found = {problem.pointer: problem.message for problem in problems.errors}
    assert set(found) == {pointer for pointer, _ in expected}
    for pointer, words in expected:
        assert words in found[pointer]


@pytest.mark.parametrize(
    ("member", "meant"), [("taks", "tasks"), ("conditon", "condition"), ("descripton", "description"), ("zzz", None)]
)
def test_a_misspelt_member_comes_with_what_was_meant(member: str, meant: str | None) -> None:
    problems = Problems()
    read_workflow({**WORKFLOW, member: 1}, problems)
    assert problems.errors[0].hint == (None if meant is None else f"did you mean '{meant}'?")


@pytest.mark.parametrize("alias", ["id", "workflow_id"])
def test_an_identifier_may_be_given_as(alias: str) -> None:
    problems = Problems()
    workflow = read_workflow({**WORKFLOW, alias: "mine"}, problems)
    assert workflow is not None
    assert workflow.workflow_id == "mine"


@pytest.mark.parametrize("config", [{"timeout_ms": 5}, '{"timeout_ms": 5}'])
def test_config_json_may_be_an_object_or_its_text(config: object) -> None:
    problems = Problems()
    channel = read_channel({**CHANNEL, "config_json": config}, problems)
    assert channel is not None
    assert channel.config.timeout_ms == 5


def test_the_documented_name_of_the_window_is_accepted() -> None:
    problems = Problems()
    channel = read_channel(
        {**CHANNEL, "config": {"deduplication": {"header": "Idempotency-Key", "retention_secs": 7}}}, problems
    )
    assert channel is not None
    assert channel.config.deduplication is not None
    assert channel.config.deduplication.window_secs == 7


def test_pointers_are_escaped_and_fields_are_plain() -> None:
    assert at("", "a/b", "~", 0) == "/a~1b/~0/0"
    assert field_of("/tasks/0/function/name") == "tasks[0].function.name"
    assert field_of("") == "(root)"
