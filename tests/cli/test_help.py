"""Help: on one screen, with an example, and there at once."""

import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from orion_cli.lazily import COMMANDS
from orion_cli.main import app
from tests.cli.running import Cli

SCREEN = 30  # lines
HEAVY = ("rich", "pydantic", "urllib3", "asyncio", "msgspec", "orion_core", "yaml", "tomlkit", "mcp", "ssl")
START = 0.150  # seconds
ASKED = [("--help",), ("workflows", "--help"), ("traces", "tail", "--help")]


def commands() -> Iterator[tuple[str, ...]]:
    root = typer.main.get_command(app)
    context = typer.Context(root)
    for name in COMMANDS:
        found = root.get_command(context, name)
        inner = getattr(found, "commands", None)
        yield (name,)
        for each in inner or ():
            yield (name, each)


ALL = list(commands())


def help_of(path: tuple[str, ...]) -> str:
    """Help, as the installed command shows it, without a process for each."""
    from typer.testing import CliRunner

    result = CliRunner().invoke(app, [*path, "--help"], prog_name="orion-cli", env={"COLUMNS": "100"})
    assert result.exit_code == 0, result.output
    return result.output


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_help_stands_on_one_screen_with_an_example(path: tuple[str, ...]) -> None:
    text = help_of(path)
    assert len(text.splitlines()) <= SCREEN
    is_group = any(other[:-1] == path for other in ALL if len(other) == 2)
    if not is_group:
        assert f"$ orion-cli {' '.join(path)}" in text
    assert "Usage: orion-cli " + " ".join(path) in text


@pytest.mark.parametrize("asked", ASKED, ids=" ".join)
def test_help_imports_nothing_heavy(cli: Cli, asked: tuple[str, ...]) -> None:
    program = (
        "import sys\nfrom orion_cli.main import run\n"
        f"run({list(asked)!r})\nprint([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env=cli.environment
    )
    assert done.stderr.strip() == "[]"


@pytest.mark.parametrize("asked", ASKED, ids=" ".join)
def test_help_is_there_at_once(cli: Cli, asked: tuple[str, ...]) -> None:
    """The processor's time of the fastest of several: what the neighbours of a busy machine cannot change."""

    def spent() -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        cli(*asked)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    assert min(spent() for _ in range(5)) < START


def test_completion_knows_commands_and_asks_the_server_for_ids(cli: Cli, tmp_path: Path) -> None:
    from tests.cli.running import greeting
    from tests.http.api import unique

    workflow = unique("completed")
    cli.write("w.json", greeting(workflow))
    cli("workflows", "create", "-f", "w.json")
    line = f"orion-cli workflows get {workflow[:-1]}"
    asked = {"_ORION_CLI_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": "3"}
    assert workflow in cli(code=None, **asked).out.split()
    asked = {"_ORION_CLI_COMPLETE": "complete_bash", "COMP_WORDS": "orion-cli wor", "COMP_CWORD": "1"}
    assert cli(code=None, **asked).out.split() == ["workflows"]
    for shell in ("bash", "zsh", "fish", "pwsh"):
        assert "orion-cli" in cli("completions", shell).out


def test_completion_without_a_server_is_silent(tmp_path: Path) -> None:
    cli = Cli(tmp_path, "http://127.0.0.1:9")
    asked = {"_ORION_CLI_COMPLETE": "complete_bash", "COMP_WORDS": "orion-cli workflows get x", "COMP_CWORD": "3"}
    ran = cli(code=None, **asked)
    assert (ran.out.strip(), ran.err) == ("", "")
