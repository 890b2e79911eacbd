"""Runs the installed command, as a shell would."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")

PROGRAM = str(Path(sys.executable).parent / "orion-cli")


@dataclass(frozen=True)
class Ran:
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Cli:
    """Runs commands against one server, with a configuration of its own."""

    def __init__(self, folder: Path, url: str | None = None, **variables: str) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("ORION_")}
        self.folder = folder
        self.config = folder / "cli.toml"
        self.environment: dict[str, str] = {
            **kept, "ORION_CLI_CONFIG": str(self.config), "NO_PROXY": "*", "COLUMNS": "100",
            **({"ORION_SERVER_URL": url} if url else {}), **variables,
        }  # fmt: skip

    def __call__(self, *arguments: str, given: str = "", code: int | None = 0, **variables: str) -> Ran:
        """Run a command; its exit code must be `code`, unless that is None."""
        done = subprocess.run(
            [PROGRAM, *arguments], cwd=self.folder, env={**self.environment, **variables}, input=given,
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        ran = Ran(done.returncode, done.stdout, done.stderr)
        assert code is None or ran.code == code, f"{arguments} left with {ran.code}\n{ran.out}\n{ran.err}"
        return ran

    def write(self, name: str, document: object) -> str:
        """A file in the folder; returns its name."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(document if isinstance(document, str) else json.dumps(document, indent=1))
        return name


def eventually(look: Callable[[], T], patience: float = 20.0) -> T:
    """What `look` finds, once it finds something."""
    until = time.monotonic() + patience
    while not (found := look()):
        assert time.monotonic() < until, "nothing came of it"
        time.sleep(0.05)
    return found


def greeting(identity: str, word: str = "Hello") -> Mapping[str, Any]:
    """The documents' first workflow."""
    logic = {"cat": [f"{word}, ", {"var": "data.req.name"}, "!"]}
    return {
        "workflow_id": identity, "name": "Hello World", "condition": True,
        "tasks": [
            {"id": "parse", "function": {"name": "parse_json", "input": {"source": "payload", "target": "req"}}},
            {"id": "greet", "function": {"name": "map", "input": {"mappings": [{"path": "data.req.greeting", "logic": logic}]}}},
        ],
    }  # fmt: skip


def channel_for(workflow: str, name: str) -> Mapping[str, Any]:
    return {
        "channel_id": name, "name": name, "channel_type": "sync", "protocol": "rest", "route_pattern": f"/{name}",
        "methods": ["POST"], "workflow_id": workflow,
    }  # fmt: skip
