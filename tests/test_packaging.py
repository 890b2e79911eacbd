"""The command line's own distribution asks for what its sources import, and agrees with the server's."""

import ast
import re
import sys
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
ALONE = ROOT / "packaging" / "orion-cli" / "pyproject.toml"
# What is imported under another name than it is installed by, and what comes with something that is asked for.
DISTRIBUTIONS = {"yaml": "pyyaml"}
WITH_MCP = {"mcp_types", "uvicorn", "anyio", "jsonschema", "starlette"}


def project(path: Path) -> dict[str, Any]:
    return dict(tomllib.loads(path.read_text())["project"])


def asked(dependencies: list[str]) -> dict[str, str]:
    """Names of distributions and what is said of their versions."""
    parts = [re.match(r"([A-Za-z0-9-]+)(?:\[\w+\])?(.*)", each) for each in dependencies]
    return {part[1].lower(): part[2] for part in parts if part is not None}


def imported() -> set[str]:
    found: set[str] = set()
    for package in ("orion_cli", "orion_core"):
        for path in (ROOT / "src" / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Import):
                    found |= {alias.name.partition(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom):
                    found.add((node.module or "").partition(".")[0])
    return {name for name in found if name not in sys.stdlib_module_names and not name.startswith("orion_")}


def test_it_asks_for_what_is_imported_and_for_nothing_else() -> None:
    wanted = {DISTRIBUTIONS.get(name, name) for name in imported() - WITH_MCP}
    assert set(asked(project(ALONE)["dependencies"])) == wanted


def test_it_agrees_with_the_servers_distribution() -> None:
    server, alone = project(ROOT / "pyproject.toml"), project(ALONE)
    assert (alone["version"], alone["requires-python"]) == (server["version"], server["requires-python"])
    assert alone["scripts"]["orion-cli"] == server["scripts"]["orion-cli"]
    build = tomllib.loads((ROOT / "pyproject.toml").read_text())["build-system"]["requires"]
    extras = [each for extra in server["optional-dependencies"].values() for each in extra]
    known = asked([*server["dependencies"], *extras, *build])
    assert {name: known.get(name) for name in asked(alone["dependencies"])} == asked(alone["dependencies"])


def test_both_versions_are_what_the_programs_say() -> None:
    from orion_cli.version import VERSION as CLI
    from orion_server.version import VERSION as SERVER

    assert project(ROOT / "pyproject.toml")["version"] == CLI == SERVER
