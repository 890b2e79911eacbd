"""The documents' session as it stands, and what every command has in common."""

import json
import socket
import subprocess
from pathlib import Path

import pytest

from tests.cli.running import PROGRAM, Cli, channel_for, greeting, saying
from tests.http.api import unique


def test_the_documents_session(tmp_path: Path, server_url: str) -> None:
    cli = Cli(tmp_path)
    workflow, channel = unique("w"), unique("hello")
    cli("config", "set-server", server_url)
    assert cli("health").json["status"] == "ok"
    cli("workflows", "create", "-d", json.dumps(greeting(workflow)))
    cli("workflows", "activate", workflow)
    cli("channels", "create", "-d", json.dumps(channel_for(workflow, channel)))
    cli("channels", "activate", channel)
    assert workflow in cli("workflows", "list").out
    assert channel in cli("channels", "list").out
    answer = cli("send", channel, "-d", '{ "data": { "name": "World" } }').json
    assert answer["data"] == {"req": {"name": "World", "greeting": "Hello, World!"}}


def test_everything_a_workflow_goes_through(cli: Cli) -> None:
    workflow = unique("w")
    name = cli.write("hello.json", greeting(workflow))
    assert cli("workflows", "validate", "-f", name).json[0]["valid"] is True
    assert cli("workflows", "create", "-f", name, "-q").out == workflow + "\n"
    assert (
        cli("workflows", "update", workflow, "-d", '{"description": "Says hello"}').json["description"] == "Says hello"
    )
    report = cli("workflows", "test", workflow, "-d", '{"data": {"name": "x"}}').json
    assert report["output"]["req"]["greeting"] == "Hello, x!"
    assert cli("workflows", "activate", workflow, "--rollout", "40").json["rollout_percentage"] == 40
    assert cli("workflows", "rollout", workflow, "60").json["rollout_percentage"] == 60
    assert cli("workflows", "new-version", workflow).json["version"] == 2
    assert [row["version"] for row in cli("workflows", "versions", workflow).json] == [2, 1]
    assert cli("workflows", "get", workflow, "--version", "1").json["status"] == "active"
    assert cli("workflows", "archive", workflow).json["status"] == "archived"
    exported = cli("workflows", "export").json["data"]
    assert workflow in [each["workflow_id"] for each in exported]
    cli("workflows", "delete", workflow, "--yes")
    cli("workflows", "get", workflow, code=3)
    mine = [each for each in exported if each["workflow_id"] == workflow]
    assert cli("workflows", "import", "-f", "-", given=json.dumps({"data": mine})).json["imported"] == 1


def test_a_connector_is_made_tried_and_deleted_and_its_secret_is_never_shown(cli: Cli) -> None:
    name = unique("k")
    config = {
        "url": "http://127.0.0.1:9",
        "auth": {"type": "bearer", "token": "tell-nobody"},
        "allow_private_urls": True,
    }
    document = {"id": name, "name": name, "connector_type": "http", "config": config}
    made = cli("connectors", "create", "-d", json.dumps(document), code=None)
    shown = [
        made,
        cli("connectors", "get", name),
        cli("connectors", "list"),
        cli("connectors", "get", name, "-o", "table"),
    ]
    assert all("tell-nobody" not in ran.out + ran.err for ran in shown)
    assert cli("connectors", "test", name, code=1).json["ok"] is False
    assert cli("connectors", "circuit-breakers").json["breakers"] == {}
    cli("connectors", "reload")
    cli("connectors", "delete", name, "-y")
    cli("connectors", "get", name, code=3)


def test_the_engine_and_the_audit_log(cli: Cli) -> None:
    workflow = unique("w")
    cli("workflows", "create", "-d", json.dumps(greeting(workflow)))
    assert "generation" in cli("engine", "status").json
    assert cli("engine", "reload").json["reloaded"] is True
    entries = cli("audit-logs", "list", "--action", "create", "--id", workflow).json
    assert [entry["resource_id"] for entry in entries] == [workflow]


def test_functions_and_schemas_are_the_servers(cli: Cli) -> None:
    names = [each["name"] for each in cli("functions", "list").json]
    assert "http_call" in names
    assert cli("functions", "get", "map").json["input_schema"]["required"] == ["mappings"]
    cli("functions", "get", "mpa", code=3)
    for kind in ("workflow", "channel", "connector"):
        assert cli("schema", kind).json["$id"] == f"/api/v1/schemas/{kind}.json"
    with_schema = {"$schema": "workflow.schema.json", **greeting(unique("w"))}
    cli("workflows", "create", "-d", json.dumps(with_schema))


def test_traces_are_listed_shown_waited_for_and_followed(cli: Cli) -> None:
    workflow, channel = unique("w"), unique("c")
    cli.write("d/w.json", greeting(workflow))
    cli.write("d/c.json", channel_for(workflow, channel))
    cli("apply", "-f", "d")
    trace = cli("send", channel, "-d", '{"data": {}}', "-q").out.strip()
    cli("traces", "tail", "--channel", channel, "--count", "1")
    assert [row["id"] for row in cli("traces", "list", "--channel", channel).json] == [trace]
    assert cli("traces", "get", trace).json["status"] == "completed"
    assert cli("traces", "wait", trace, "-q").out == trace + "\n"
    cli("traces", "wait", unique("no-such"), code=3)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("workflows", "get", "nobody"), 3),
        (("workflows", "lst"), 2),
        (("wrokflows",), 2),
        (("workflows", "create", "-d", "{"), 2),
        (("workflows", "create", "-f", "nowhere.json"), 2),
        (("workflows", "create", "-d", '{"name": 1}'), 1),
        (("workflows", "delete", "x"), 2),
        (("--server", "http://127.0.0.1:9", "health"), 6),
        (("--server", "nonsense", "health"), 2),
        (("workflows", "delete", "..", "--yes"), 2),
        (("send", "../admin/engine/reload"), 2),
        (("send", "x", "-H", "no colon"), 2),
        (("--context", "nobody", "health"), 2),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_exit_codes_are_as_documented(cli: Cli, arguments: tuple[str, ...], code: int) -> None:
    ran = cli(*arguments, code=code)
    assert ran.err
    assert not ran.out.strip().startswith("{")
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("body", [b"<html>", b"[1]", b'{"hello": "world"}', b""])
def test_a_server_that_is_not_orion_is_said(cli: Cli, body: bytes) -> None:
    with saying(body) as url:
        assert "not as Orion does" in cli("workflows", "list", "--server", url, code=1).err


def test_a_server_that_does_not_answer_is_too_late(cli: Cli) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        ran = cli("--timeout", "0.3", "--server", url, "workflows", "list", code=7)
    assert "did not answer within 0.3 s" in ran.err


def test_a_key_no_header_can_carry_is_said_and_not_shown(cli: Cli) -> None:
    ran = cli("workflows", "list", ORION_API_KEY="two\nlines", code=2)
    assert "ORION_API_KEY" in ran.err
    assert "two" not in ran.err


def test_what_exists_already_is_a_conflict(cli: Cli) -> None:
    document = json.dumps(greeting(unique("w")))
    cli("workflows", "create", "-d", document)
    assert "already exists" in cli("workflows", "create", "-d", document, code=5).err


def test_a_problem_is_shown_with_its_file_and_line(cli: Cli) -> None:
    name = cli.write(
        "bad.json",
        '{"workflow_id": "bad", "name": "Bad",\n "tasks": [\n  {"id": "a",\n   "function": {"name": "mpa",\n    "input": {}}}]}',
    )
    ran = cli("workflows", "create", "-f", name, code=1)
    assert "bad.json:4:25: tasks[0].function.name: Unknown function 'mpa'" in ran.err
    assert '| "function": {"name": "mpa",' in ran.err
    assert "did you mean 'map'?" in ran.err


def test_a_problem_in_yaml_and_in_an_array_has_its_line_too(cli: Cli) -> None:
    cli.write("bad.yaml", "workflow_id: bad\nname: Bad\ntasks:\n  - id: a\n    fnction: {}\n")
    assert "bad.yaml:5:14: tasks[0].fnction" in cli("workflows", "create", "-f", "bad.yaml", code=1).err
    cli.write("many.json", '[\n{"workflow_id": "a"},\n{"workflow_id": "b", "nme": 1}\n]')
    assert "many.json:3:29: nme" in cli("workflows", "validate", "-f", "many.json", code=1).err


@pytest.mark.parametrize(
    "text", ["a: 1\na: 2", "a: &x [1]\nb: *x", "a: [", "? [1]\n: 2", "!!python/object:os.system x"]
)
def test_yaml_that_json_could_not_say_is_refused(cli: Cli, text: str) -> None:
    cli.write("odd.yaml", text)
    assert "odd.yaml" in cli("workflows", "create", "-f", "odd.yaml", code=2).err


@pytest.mark.parametrize("text", ['{"a": 1, "a": 2}', '{"a": NaN}', "[" * 100_000])
def test_json_that_would_lose_something_is_refused(cli: Cli, text: str) -> None:
    cli.write("odd.json", text)
    assert "odd.json" in cli("workflows", "create", "-f", "odd.json", code=2).err


def test_a_program_gets_json_and_tables_are_asked_for(cli: Cli) -> None:
    workflow = unique("w")
    cli("workflows", "create", "-d", json.dumps(greeting(workflow)))
    assert any(row["workflow_id"] == workflow for row in cli("workflows", "list").json)
    table = cli("workflows", "list", "-o", "table").out
    assert table.splitlines()[0].split()[:4] == ["ID", "NAME", "VERSION", "STATUS"]
    assert "\x1b" not in table
    assert f"workflow_id: {workflow}\n" in cli("workflows", "get", workflow, "-o", "yaml").out
    assert workflow in cli("workflows", "list", "-q").out.split()


def test_a_server_cannot_steer_the_terminal(cli: Cli) -> None:
    document = {**greeting(unique("w")), "name": "bad\x1b[2Jname"}
    workflow = cli("workflows", "create", "-d", json.dumps(document), "-q").out.strip()
    shown = cli("workflows", "get", workflow, "-o", "table").out
    assert "\x1b" not in shown
    assert "bad\\x1b[2Jname" in shown


def test_what_cannot_be_undone_asks_where_somebody_can_answer(cli: Cli) -> None:
    ran = cli("workflows", "delete", "anything", code=2)
    assert "--yes" in ran.err


def test_a_closed_pipe_is_no_crash(cli: Cli) -> None:
    done = subprocess.run(
        f"{PROGRAM} workflows export | head -c 1",
        shell=True,
        env=cli.environment,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert b"Traceback" not in done.stderr
