"""What somebody sees who looks: tables, colours where they are wanted, and questions."""

import json

from tests.cli.running import Cli, greeting
from tests.cli.terminal import at_terminal
from tests.http.api import unique


def test_a_table_in_colour_and_without(cli: Cli) -> None:
    workflow = unique("w")
    cli.write("w.json", greeting(workflow))
    cli("apply", "-f", "w.json")
    seen = at_terminal(cli, "workflows", "list")
    assert "\x1b[32mactive" in seen
    assert workflow in seen
    for quietly in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        assert "\x1b[3" not in at_terminal(cli, "workflows", "list", **quietly)
    assert "\x1b[3" not in at_terminal(cli, "--no-color", "workflows", "list")
    assert json.loads(at_terminal(cli, "workflows", "get", workflow, "-o", "json"))["workflow_id"] == workflow


def test_a_difference_is_coloured_and_a_refusal_too(cli: Cli) -> None:
    workflow = unique("w")
    cli.write("w.json", greeting(workflow))
    cli("apply", "-f", "w.json")
    cli.write("w.json", greeting(workflow, "Hallo"))
    seen = at_terminal(cli, "diff", "-f", "w.json", code=1)
    assert '\x1b[31m    -                  "Hello, "' in seen
    assert '\x1b[32m    +                  "Hallo, "' in seen
    assert "\x1b[31merror:\x1b[0m" in at_terminal(cli, "workflows", "get", "nobody", code=3)


def test_what_takes_away_asks_and_does_as_it_is_told(cli: Cli) -> None:
    workflow = unique("w")
    cli("workflows", "create", "-d", json.dumps(greeting(workflow)))
    seen = at_terminal(cli, "workflows", "delete", workflow, answer="n", code=2)
    assert f"Delete workflow {workflow}, all versions? [y/N]" in seen
    assert "Nothing was done" in seen
    cli("workflows", "get", workflow)
    at_terminal(cli, "workflows", "delete", workflow, answer="y")
    cli("workflows", "get", workflow, code=3)


def test_a_key_is_typed_unseen(cli: Cli) -> None:
    seen = at_terminal(cli, "config", "set-key", answer="typed-in-secret")
    assert "Key:" in seen
    assert "typed-in-secret" not in seen
    assert "typed-in-secret" in cli.config.read_text()


def test_long_work_shows_a_bar(cli: Cli) -> None:
    for number in range(25):
        cli.write(f"many/{number}.json", greeting(unique(f"w{number}")))
    assert "Applying" in at_terminal(cli, "apply", "-f", "many")
