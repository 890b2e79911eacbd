"""Definitions checked and test cases run without a server, as the documents have them."""

import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import pytest

from tests.cli.running import Cli, channel_for, greeting

FRAUD: dict[str, Any] = {
    "workflow_id": "fraud-detection", "name": "Fraud",
    "tasks": [
        {"id": "parse", "function": {"name": "parse_json", "input": {"source": "payload", "target": "order"}}},
        {"id": "high", "condition": {">": [{"var": "data.order.amount"}, 10000]}, "function": {"name": "map", "input": {
            "mappings": [{"path": "data.order.risk", "logic": "high"}, {"path": "data.order.requires_review", "logic": True}]}}},
    ],
}  # fmt: skip
CASE: dict[str, Any] = {  # the documents' own
    "workflow_id": "fraud-detection",
    "data": {"data": {"amount": 15000, "country": "US"}},
    "expected_output": {"order": {"amount": 15000, "country": "US", "risk": "high", "requires_review": True}},
}
FETCH: dict[str, Any] = {
    "workflow_id": "fetch", "name": "Fetch",
    "tasks": [
        {"id": "get", "function": {"name": "http_call", "input": {
            "connector": "stock", "method": "GET", "path": "/left", "response_path": "data.left", "retry": {"max_retries": 2}}}},
        {"id": "read", "function": {"name": "db_read", "input": {
            "connector": "shop", "query": "SELECT id FROM items WHERE name = ?", "params": ["x"], "output": "data.rows"}}},
        {"id": "when", "function": {"name": "map", "input": {"mappings": [{"path": "data.at", "logic": {"now": []}}]}}},
    ],
}  # fmt: skip


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    """No server: whoever asks one waits in vain."""
    return Cli(tmp_path, "http://127.0.0.1:9")


def test_the_documents_folder_passes(cli: Cli) -> None:
    cli.write("workflows/fraud-detection.json", FRAUD)
    cli.write("workflows/tests/fraud-high-risk.json", CASE)
    rows = cli("test", "workflows", "--junit", "results.xml").json
    assert [(row["case"], row["workflow"], row["result"]) for row in rows] == [
        ("fraud-high-risk", "fraud-detection", "passed")
    ]
    suite = ElementTree.parse(cli.folder / "results.xml").getroot()[0]
    assert (suite.get("tests"), suite.get("failures")) == ("1", "0")


def test_a_case_that_fails_shows_the_difference_and_fails_the_build(cli: Cli) -> None:
    cli.write("w/fraud.json", FRAUD)
    cli.write("w/tests/a.json", {**CASE, "expected_output": {"order": {"amount": 15000}}})
    cli.write("w/tests/b.json", CASE)
    ran = cli("test", "w", "--junit", "r.xml", code=1)
    assert [row["result"] for row in ran.json] == ["failed", "passed"]
    assert '+    "risk": "high"' in ran.err
    assert "1 of 2 test cases failed" in ran.err
    failure = ElementTree.parse(cli.folder / "r.xml").getroot().find(".//failure")
    assert failure is not None
    assert '"risk": "high"' in (failure.text or "")


def test_connectors_answer_as_the_script_says_and_the_clock_stands(cli: Cli) -> None:
    cli.write("w/fetch.json", FETCH)
    answered = {"status": 200, "headers": {}, "body": {"left": 3}}
    outcomes = {
        "get": {"attempts": [{"error": {"code": "timeout"}}, {"value": answered}]},
        "read": {"value": [{"id": 7}]},
    }
    case = {
        "workflow_id": "fetch", "data": {"data": {}}, "outcomes": outcomes, "now": "2026-04-16T12:00:00Z",
        "expected_output": {"left": {"left": 3}, "rows": [{"id": 7}], "at": "2026-04-16T12:00:00Z"},
        "expected_steps": {"get": "executed", "read": "executed"}, "expected_matched": True,
    }  # fmt: skip
    cli.write("w/tests/case.json", case)
    assert cli("test", "w", "-q").out == "case\n"


def test_a_failure_can_be_what_is_expected(cli: Cli) -> None:
    cli.write("w/fetch.json", FETCH)
    down = {"get": {"error": {"code": "connector_failed", "message": "down"}}}
    case = {"workflow_id": "fetch", "data": {"data": {}}, "outcomes": down, "expected_output": None}
    cli.write("w/tests/case.json", {**case, "expected_errors": ["connector_failed"]})
    cli("test", "w")
    cli.write("w/tests/case.json", case)
    assert "the workflow failed: task 'get'" in cli("test", "w", code=1).err


def test_a_channel_in_the_folder_is_called_as_on_a_server(cli: Cli) -> None:
    given = {"channel": "greeter", "data": {"name": "World"}, "response_path": "data.said"}
    outer = {
        "workflow_id": "outer",
        "name": "Outer",
        "tasks": [{"id": "call", "function": {"name": "channel_call", "input": given}}],
    }
    cli.write("w/outer.json", outer)
    cli.write("w/inner.json", greeting("inner"))
    cli.write("w/channel.json", {**channel_for("inner", "greeter")})
    said = {"said": {"req": {"name": "World", "greeting": "Hello, World!"}}}
    cli.write("w/tests/case.json", {"workflow_id": "outer", "data": {"data": {}}, "expected_output": said})
    cli("test", "w")


@pytest.mark.parametrize(
    ("case", "said", "code"),
    [
        ({**CASE, "workflow_id": "nobody"}, "'nobody' is not in these files", 1),
        ({**CASE, "data": {"amount": 1}}, "put the payload one level deeper", 2),
        ({**CASE, "expected_outptu": 1}, "did you mean 'expected_output'?", 2),
        ({**CASE, "now": "yesterday"}, "not an instant", 2),
        ({**CASE, "outcomes": {"x": 1}}, "outcomes.x", 2),
        ({**CASE, "expected_steps": {"high": "skipped"}}, "task 'high' was executed, not skipped", 1),
        ({**CASE, "expected_errors": ["TASK_ERROR"]}, "errors are none, not TASK_ERROR", 1),
        ({**CASE, "expected_output": {"order": {**CASE["expected_output"]["order"], "requires_review": 1}}}, "not as expected", 1),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_case_is_said(cli: Cli, case: object, said: str, code: int) -> None:
    cli.write("w/fraud.json", FRAUD)
    cli.write("w/tests/case.json", case)
    assert said in cli("test", "w", code=code).err


def test_sound_definitions_are_valid(cli: Cli) -> None:
    cli.write("d/w.json", greeting("w"))
    cli.write("d/c.yaml", "channel_id: c\nname: c\nchannel_type: sync\nprotocol: http\nworkflow_id: w\n")
    cli.write(
        "d/k.json", {"id": "k", "name": "k", "connector_type": "db", "config": {"connection_string": "${DB_URL}"}}
    )
    cli.write("d/tests/case.json", {"workflow_id": "w", "data": {"data": {}}, "expected_output": {}})
    rows = cli("validate", "d").json
    assert {row["kind"] for row in rows} == {"workflow", "channel", "connector", "case"}
    assert not any(row["errors"] for row in rows)


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({"workflow_id": "w", "name": "W", "tasks": [{"id": "a", "function": {"name": "mpa"}}]}, "did you mean 'map'?"),
        ({"workflow_id": "w", "name": "W", "condition": {"vra": 1}, "tasks": []}, "at least 1"),
        ({**channel_for("w", "c"), "config": {"timeout": 1}}, "config.timeout"),
        ({**channel_for("w", "c"), "config": {"validation_logic": {"nope": 1}}}, "config.validation_logic"),
        ({"id": "k", "name": "k", "connector_type": "db", "config": {}}, "config.connection_string"),
        ([channel_for("w", "c"), {**channel_for("w", "d"), "route_pattern": "/c"}], "channel 'c' answers POST on '/c'"),
    ],
)
def test_what_is_not_sound_is_said_with_its_place(cli: Cli, document: object, said: str) -> None:
    cli.write("d/x.json", document)
    ran = cli("validate", "d", code=1)
    assert said in ran.err
    assert "d/x.json:" in ran.err


def test_a_connectors_lines_are_not_shown(cli: Cli) -> None:
    cli.write(
        "k.json",
        '{"id": "k", "name": "k", "connector_type": "http",\n "config": {"url": "https://x", "tokn": "tell-nobody"}}',
    )
    ran = cli("validate", "k.json", code=1)
    assert "k.json:2:" in ran.err
    assert "tell-nobody" not in ran.err
