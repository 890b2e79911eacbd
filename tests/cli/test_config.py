"""Contexts, keys, and who gets them."""

import json
from pathlib import Path

import pytest

from tests.cli.running import Cli, channel_for, greeting
from tests.http.api import unique
from tests.http.servers import serving

KEY = "a-key-nobody-may-see"


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory):
    settings = {"ORION_ADMIN_AUTH__ENABLED": "true", "ORION_ADMIN_AUTH__API_KEY": KEY}
    with serving(tmp_path_factory.mktemp("guarded"), **settings) as server:
        yield server


def test_a_key_is_kept_sent_and_never_shown(tmp_path: Path, guarded) -> None:
    cli = Cli(tmp_path)
    cli("config", "set-server", guarded.url)
    cli("workflows", "list", code=4)
    kept = cli("config", "set-key", "-", given=KEY + "\n")
    cli("workflows", "list")
    shown = [kept, cli("config", "show"), cli("config", "show", "-o", "table"), cli("config", "contexts")]
    assert all(KEY not in ran.out + ran.err for ran in shown)
    assert "******" in shown[1].out
    assert cli.config.stat().st_mode & 0o077 == 0


def test_the_environment_stands_before_the_file_and_a_flag_before_both(tmp_path: Path, guarded) -> None:
    cli = Cli(tmp_path)
    cli("config", "set-server", "http://127.0.0.1:9")
    cli("workflows", "list", ORION_SERVER_URL=guarded.url, ORION_API_KEY=KEY)
    cli("--server", "http://127.0.0.1:9", "workflows", "list", code=6, ORION_SERVER_URL=guarded.url)
    shown = cli("config", "show", ORION_SERVER_URL=guarded.url).json
    assert shown["server"] == {"value": guarded.url, "origin": "ORION_SERVER_URL"}


def test_a_stored_key_goes_to_its_own_server_only(tmp_path: Path, guarded) -> None:
    cli = Cli(tmp_path)
    cli("config", "set-server", "http://127.0.0.1:9")
    cli("config", "set-key", KEY)
    cli("workflows", "list", "--server", guarded.url, code=4)
    assert cli("config", "show", "--server", guarded.url).json["key"]["value"] is None
    moved = cli("config", "set-server", guarded.url)
    assert "forgotten" in moved.err
    cli("workflows", "list", code=4)


def test_a_channel_never_sees_the_key(tmp_path: Path, guarded) -> None:
    cli = Cli(tmp_path, guarded.url, ORION_API_KEY=KEY)
    workflow, channel = unique("w"), unique("c")
    look = {"mappings": [{"path": "data.seen", "logic": {"var": "metadata.headers"}}]}
    cli.write("d/w.json", {**greeting(workflow), "tasks": [{"id": "look", "function": {"name": "map", "input": look}}]})
    cli.write("d/c.json", channel_for(workflow, channel))
    cli("apply", "-f", "d")
    answer = cli("send", channel, "-d", '{"data": {}}', "-H", "X-Mine: yes")
    assert KEY not in answer.out
    assert "x-mine" in json.dumps(answer.json).lower()


def test_contexts_are_named_used_and_deleted_and_comments_stay(tmp_path: Path) -> None:
    cli = Cli(tmp_path)
    cli.config.write_text("# mine\n")
    cli("config", "set-server", "http://one:1")
    cli("config", "set-server", "http://two:2", "--context", "two")
    assert [(row["name"], row["current"]) for row in cli("config", "contexts").json] == [
        ("default", True),
        ("two", False),
    ]
    cli("config", "use", "two")
    assert cli("config", "show").json["server"]["value"] == "http://two:2"
    assert cli("config", "show", ORION_CONTEXT="default").json["server"]["value"] == "http://one:1"
    cli("config", "use", "nobody", code=2)
    cli("config", "delete-context", "two", code=2)
    cli("config", "delete-context", "two", "--yes")
    assert cli("config", "show").json["server"]["value"] == "http://one:1"
    assert cli.config.read_text().startswith("# mine\n")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("currant = 'x'", "did you mean 'current'?"),
        ("[contexts.default]\nserv = 'x'", "contexts.default.serv"),
        ("contexts = 1", "contexts"),
        ("[", "cannot be read"),
    ],
)
def test_a_file_that_is_wrong_says_so(tmp_path: Path, text: str, said: str) -> None:
    cli = Cli(tmp_path)
    cli.config.write_text(text)
    assert said in cli("health", code=2).err


@pytest.mark.parametrize("url", ["localhost:8080", "ftp://x", "http://", "http://u:p@host"])
def test_what_is_no_address_is_refused(tmp_path: Path, url: str) -> None:
    ran = Cli(tmp_path)("config", "set-server", url, code=2)
    assert not (tmp_path / "cli.toml").exists()
    assert ran.err
