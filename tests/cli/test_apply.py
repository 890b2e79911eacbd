"""A folder of definitions, applied: as a whole or not at all, and once."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from tests.cli.running import Cli, channel_for, greeting
from tests.http.api import unique
from tests.http.servers import serving


@pytest.fixture
def own(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory):
    """A server of the test's own: what prunes, prunes everything."""
    with serving(tmp_path_factory.mktemp("own")) as server:
        yield Cli(tmp_path, server.url)


def calling(workflow: str, channel: str, connector: str | None = None) -> dict[str, Any]:
    tasks = [
        {"id": "call", "function": {"name": "channel_call", "input": {"channel": channel, "response_path": "data.x"}}}
    ]
    if connector is not None:
        given = {"connector": connector, "method": "GET", "response_path": "data.y"}
        tasks.append({"id": "fetch", "function": {"name": "http_call", "input": given}})
    return {"workflow_id": workflow, "name": workflow, "tasks": tasks}


def test_definitions_come_into_force_after_what_they_need(cli: Cli) -> None:
    a, b, c = (unique(name) for name in "abc")
    # The names are such that neither order of files nor of ids would do.
    cli.write("d/1.json", channel_for(f"{a}-outer", f"{a}-channel"))
    cli.write("d/2.json", calling(f"{a}-outer", f"{b}-inner", c))
    cli.write("d/3.yaml", json.dumps(channel_for(f"{b}-workflow", f"{b}-inner")))
    cli.write("d/4.json", [greeting(f"{b}-workflow")])
    cli.write("d/5.json", {"id": c, "name": c, "connector_type": "http", "config": {"url": "https://example.invalid"}})
    cli.write("d/tests/case.json", {"workflow_id": "x", "data": {"data": 1}, "expected_output": {}})
    plan = cli("apply", "-f", "d", "--dry-run").json
    assert [change["kind"] for change in plan["changes"]] == ["connector", "workflow", "channel", "workflow", "channel"]
    assert cli("diff", "-f", "d", code=1).json["changes"] == plan["changes"]
    cli("apply", "-f", "d")
    assert cli("channels", "get", f"{a}-channel").json["status"] == "active"
    again = cli("apply", "-f", "d")
    assert again.json == {"changes": [], "unchanged": 5, "dry_run": False}
    assert "Nothing to do" in again.err
    cli("diff", "-f", "d")


def test_a_change_becomes_a_version_and_is_shown_as_a_difference(cli: Cli) -> None:
    workflow = unique("w")
    cli.write("d/w.json", greeting(workflow))
    cli("apply", "-f", "d")
    cli.write("d/w.json", {**greeting(workflow, "Hallo"), "description": "New"})
    shown = cli("diff", "-f", "d", "-o", "table", code=1).out
    assert f"~ update workflow {workflow}" in shown
    assert '-                  "Hello, "' in shown
    assert '+                  "Hallo, "' in shown
    cli("apply", "-f", "d")
    found = cli("workflows", "get", workflow).json
    assert (found["version"], found["status"], found["description"]) == (2, "active", "New")
    cli.write("d/w.json", greeting(workflow, "Hallo"))  # what is taken away is taken away there too
    cli("apply", "-f", "d")
    assert cli("workflows", "get", workflow).json["description"] is None


def test_somebodys_draft_is_left_alone_while_what_is_in_force_is_in_step(cli: Cli) -> None:
    workflow = unique("w")
    cli.write("d/w.json", greeting(workflow))
    cli("apply", "-f", "d")
    cli("workflows", "new-version", workflow)
    cli("workflows", "update", workflow, "-d", '{"description": "mine, half done"}')
    assert cli("apply", "-f", "d").json["changes"] == []
    assert cli("workflows", "get", workflow).json["description"] == "mine, half done"


def test_somebodys_draft_is_written_over_by_name_and_comes_back_when_it_failed(cli: Cli) -> None:
    workflow = unique("a")
    cli.write("d/w.json", greeting(workflow))
    cli("apply", "-f", "d")
    cli("workflows", "new-version", workflow)
    cli("workflows", "update", workflow, "-d", '{"description": "mine, half done"}')
    cli.write("d/w.json", greeting(workflow, "Hallo"))
    cli.write("d/z.json", channel_for(unique("nobody"), unique("z")))
    assert "(writes over its draft)" in cli("diff", "-f", "d", "-o", "table", code=1).out
    cli("apply", "-f", "d", code=1)
    found = cli("workflows", "get", workflow).json
    assert (found["status"], found["description"]) == ("draft", "mine, half done")
    (cli.folder / "d/z.json").unlink()
    cli.write("d/w.json", greeting(workflow))
    assert cli("apply", "-f", "d").json["changes"] == []


def test_nothing_is_changed_when_one_definition_is_not_sound(cli: Cli) -> None:
    good, bad = unique("a-good"), unique("b-bad")
    cli.write("d/good.json", greeting(good))
    cli.write("d/bad.json", {"workflow_id": bad, "name": "Bad", "tasks": [{"id": "x", "function": {"name": "mpa"}}]})
    ran = cli("apply", "-f", "d", code=1)
    assert "d/bad.json:8:13: tasks[0].function.name" in ran.err
    assert "nothing was changed" in ran.err
    cli("workflows", "get", good, code=3)


def test_what_was_done_is_taken_back_when_a_step_fails(cli: Cli) -> None:
    old, new, channel, connector = unique("old"), unique("new"), unique("z"), unique("k")
    first = {"id": connector, "name": connector, "connector_type": "http", "config": {"url": "https://one.invalid"}}
    cli.write("d/old.json", greeting(old))
    cli.write("d/k.json", first)
    cli("apply", "-f", "d")
    cli.write("d/old.json", greeting(old, "Hallo"))
    cli.write("d/new.json", greeting(new))
    cli.write("d/k.json", {**first, "config": {"url": "https://two.invalid"}})
    # Sound by itself, and refused when it is activated: nobody has the workflow it names.
    cli.write("d/z.json", channel_for(unique("nobody"), channel))
    ran = cli("apply", "-f", "d", code=1)
    assert "3 change(s) made before were taken back" in ran.err
    assert "has no active version" in ran.err
    assert "d/z.json" in ran.err
    cli("workflows", "get", new, code=3)
    cli("channels", "get", channel, code=3)
    assert cli("connectors", "get", connector).json["config"]["url"] == "https://one.invalid"
    found = cli("workflows", "get", old).json
    assert found["status"] == "active"
    assert "Hello, " in json.dumps(found["tasks"])


def test_connectors_are_checked_before_any_is_changed(cli: Cli) -> None:
    """A secret that was replaced could not be taken back."""
    first, second = unique("k"), unique("l")
    for name, url in ((first, "https://a.invalid"), (second, "ftp://a.invalid")):
        cli.write(f"d/{name}.json", {"id": name, "name": name, "connector_type": "http", "config": {"url": url}})
    assert "nothing was changed" in cli("apply", "-f", "d", code=1).err
    assert "http or https" in cli("connectors", "validate", "-f", f"d/{second}.json", code=1).err
    cli("connectors", "get", first, code=3)


def test_a_circle_is_named(cli: Cli) -> None:
    workflow, channel = unique("w"), unique("c")
    cli.write("d/w.json", calling(workflow, channel))
    cli.write("d/c.json", channel_for(workflow, channel))
    ran = cli("apply", "-f", "d", code=2)
    assert workflow in ran.err
    assert channel in ran.err


def test_prune_takes_out_of_force_what_the_folder_does_not_have(own: Cli) -> None:
    own.write("d/w.json", greeting("kept"))
    own.write("d/c.json", channel_for("kept", "kept"))
    own.write("e/w.json", greeting("gone"))
    own.write("e/c.json", channel_for("gone", "gone"))
    own.write("e/k.json", {"id": "gone", "name": "gone", "connector_type": "cache", "config": {"backend": "memory"}})
    own("apply", "-f", "d", "-f", "e")
    assert own("apply", "-f", "d").json["changes"] == []
    assert "--yes" in own("apply", "-f", "d", "--prune", code=2).err
    gone = own("apply", "-f", "d", "--prune", "--yes").json["changes"]
    assert [(change["action"], change["kind"]) for change in gone] == [
        ("archive", "channel"), ("archive", "workflow"), ("disable", "connector"),
    ]  # fmt: skip
    assert own("apply", "-f", "d", "--prune", "--yes").json["changes"] == []
    assert own("workflows", "get", "gone").json["status"] == "archived"
    assert own("connectors", "get", "gone").json["enabled"] is False
    own("apply", "-f", "e")
    assert own("channels", "get", "gone").json["status"] == "active"
    assert own("connectors", "get", "gone").json["enabled"] is True


def test_secrets_are_neither_shown_nor_compared(cli: Cli) -> None:
    name = unique("k")
    config = {"url": "https://u:tell-nobody@x.invalid/a", "auth": {"type": "bearer", "token": "tell-nobody"}}
    document = {
        "id": name,
        "name": name,
        "connector_type": "http",
        "config": {**config, "headers": {"X-A": "tell-nobody"}},
    }
    cli.write("d/k.json", document)
    runs = [cli("diff", "-f", "d", "-o", "table", code=1), cli("apply", "-f", "d")]
    again = cli("apply", "-f", "d")
    assert again.json["changes"] == []
    assert "--secrets" in again.err
    cli.write("d/k.json", {**document, "config": {**document["config"], "max_redirects": 3, "max_connections": 7}})
    runs += [again, cli("diff", "-f", "d", "-o", "table", code=1), cli("apply", "-f", "d", "-o", "table")]
    assert '+    "max_redirects": 3' in runs[-1].out
    assert len(cli("apply", "-f", "d", "--secrets").json["changes"]) == 1
    cli.write("d/k.json", {**document, "config": {**config, "password": "tell-nobody"}})
    runs.append(cli("apply", "-f", "d", code=1))
    assert all("tell-nobody" not in ran.out + ran.err for ran in runs)


def test_status_and_share_of_a_file_are_honoured(cli: Cli) -> None:
    draft, shared = unique("draft"), unique("shared")
    cli.write("d/draft.json", {**greeting(draft), "status": "draft"})
    cli.write("d/shared.json", {**greeting(shared), "status": "active", "rollout_percentage": 30})
    cli("apply", "-f", "d")
    assert cli("workflows", "get", draft).json["status"] == "draft"
    assert cli("workflows", "get", shared).json["rollout_percentage"] == 30
    cli.write("d/shared.json", {**greeting(shared), "rollout_percentage": 70})
    assert cli("apply", "-f", "d").json["changes"][0]["action"] == "rollout"
    assert cli("workflows", "get", shared).json["rollout_percentage"] == 70
    cli.write("d/shared.json", {**greeting(shared), "status": "archived"})
    cli("apply", "-f", "d")
    assert cli("workflows", "get", shared).json["status"] == "archived"
    assert cli("apply", "-f", "d").json["changes"] == []


def test_an_export_can_be_applied_elsewhere(cli: Cli, own: Cli) -> None:
    workflow, other = unique("w"), unique("o")
    for each in (workflow, other):
        cli("workflows", "create", "-d", json.dumps(greeting(each)))
    cli("workflows", "activate", workflow)
    rows = [row for row in cli("workflows", "export").json["data"] if row["workflow_id"] in (workflow, other)]
    own.write("export.json", {"data": rows})
    own("apply", "-f", "export.json")
    assert own("workflows", "get", workflow).json["status"] == "active"
    assert own("workflows", "get", other).json["status"] == "draft"
    assert own("apply", "-f", "export.json").json["changes"] == []


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({"name": "x"}, "neither a workflow"),
        ({"name": "x", "tasks": []}, "needs 'workflow_id'"),
        ([{"workflow_id": "x", "tasks": []}, {"id": "x", "tasks": []}], "stands twice"),
        ({"workflow_id": "x", "tasks": [], "status": "on"}, "'on' is no status"),
    ],
)
def test_what_is_no_definition_is_refused_by_name(cli: Cli, document: object, said: str) -> None:
    cli.write("d/x.json", document)
    ran = cli("apply", "-f", "d", code=2)
    assert said in ran.err
    assert "d/x.json" in ran.err


def test_two_hundred_definitions_in_step_take_no_time(own: Cli) -> None:
    for number in range(100):
        own.write(f"many/w{number}.json", greeting(f"w{number}"))
        own.write(f"many/c{number}.json", channel_for(f"w{number}", f"c{number}"))
    assert len(own("apply", "-f", "many").json["changes"]) == 200
    begun = time.monotonic()
    again = own("apply", "-f", "many")
    took = time.monotonic() - begun
    assert again.json == {"changes": [], "unchanged": 200, "dry_run": False}
    assert took < 2.0
