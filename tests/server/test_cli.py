"""The command line as a user calls it: a process, its streams and its exit code."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from orion_server.version import VERSION

COMMAND = (sys.executable, "-m", "orion_server")
ROOT = Path(__file__).parent.parent.parent

FAILING = [
    ("an unknown option is a usage error", ("--frob",), 2, ""),
    ("an unknown command is a usage error", ("frob",), 2, ""),
    ("a missing file", ("validate-config", "-c", "missing.toml"), 1, "missing.toml"),
    ("a mistake in the file", ("validate-config", "-c", "wrong.toml"), 1, "wrong.toml:2: server.prot"),
    ("the file named before the command", ("-c", "wrong.toml", "validate-config"), 1, "wrong.toml:2: server.prot"),
]


def orion(*arguments: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("ORION_")}
    path = os.pathsep.join(
        str(Path(each).absolute()) for each in environ.pop("PYTHONPATH", "").split(os.pathsep) if each
    )
    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=folder, env={**environ, "PYTHONPATH": path, "NO_COLOR": "1", **variables},
        capture_output=True, text=True, encoding="utf-8", timeout=30, check=False,
    )  # fmt: skip


@pytest.mark.parametrize(("description", "arguments", "code", "told"), FAILING, ids=[row[0] for row in FAILING])
def test_a_failing_command_says_why_and_exits(description, arguments, code, told, tmp_path):
    (tmp_path / "wrong.toml").write_text("[server]\nprot = 1\n", encoding="utf-8")
    done = orion(*arguments, folder=tmp_path)
    assert done.returncode == code
    assert told in done.stderr
    assert code == 2 or done.stderr.splitlines()[-1].startswith("Error: ")


def test_a_valid_file_is_summed_up_without_its_secrets(tmp_path):
    text = "[server]\nport = 9090\n[admin_auth]\nenabled = true\napi_key = 'topsecret'\n"
    (tmp_path / "orion.toml").write_text(text, encoding="utf-8")
    done = orion("validate-config", "-c", "orion.toml", folder=tmp_path)
    assert done.returncode == 0
    assert done.stdout.startswith("Configuration is valid.\n")
    assert "server.port = 9090" in done.stdout
    assert "topsecret" not in done.stdout + done.stderr


def test_without_a_file_the_defaults_are_named(tmp_path):
    done = orion("validate-config", folder=tmp_path)
    assert done.returncode == 0
    assert "defaults" in done.stderr


def test_the_version_says_which_form_runs(tmp_path):
    done = orion("--version", folder=tmp_path)
    assert done.returncode == 0
    assert VERSION in done.stdout
    assert "compiled" in done.stdout or "interpreted" in done.stdout


def test_the_version_is_the_package_s():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == VERSION


def test_migrations_are_previewed_applied_and_then_done(tmp_path):
    variables = {"ORION_STORAGE__URL": f"sqlite:{tmp_path / 'orion.db'}"}
    preview = orion("migrate", "--dry-run", folder=tmp_path, **variables)
    assert preview.stdout.startswith("Pending migrations (")
    assert " — " in preview.stdout.splitlines()[1]
    applied = orion("migrate", folder=tmp_path, **variables)
    assert applied.stdout.startswith("Applying ")
    assert applied.stdout.endswith("Migrations applied successfully.\n")
    assert orion("migrate", folder=tmp_path, **variables).stdout == "No pending migrations.\n"


def test_the_example_is_written_once_and_is_valid(tmp_path):
    assert orion("init-config", "orion.toml", folder=tmp_path).returncode == 0
    assert orion("validate-config", "-c", "orion.toml", folder=tmp_path).returncode == 0
    again = orion("init-config", "orion.toml", folder=tmp_path)
    assert again.returncode == 1
    assert "orion.toml" in again.stderr
