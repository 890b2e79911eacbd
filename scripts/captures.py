"""Makes docs/captures from real sessions: the installed orion-cli at a terminal, before a real server.

Run from the repository's folder: `ORION_INTERPRETED=1 .venv/bin/python -m scripts.captures`.
"""

import io
import json
import re
import shlex
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.text import Text

from tests.cli.running import Cli, channel_for, greeting
from tests.cli.terminal import at_terminal
from tests.http.servers import serving

OUT = Path(__file__).parent.parent / "docs" / "captures"
WIDTH = 96
# No font is fetched from anywhere: the viewer's own fixed-width font does.
FORMAT = re.sub(r"@font-face \{\{.*?\}\}\s*|<!--.*?-->\s*", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)

BAD = """{
  "workflow_id": "orders",
  "name": "Orders",
  "tasks": [
    { "id": "parse", "function": { "name": "parse_jsno", "input": { "source": "payload", "target": "order" } } },
    { "id": "flag", "condition": { ">": [{ "var": "data.order.total" }, 10000] },
      "function": { "name": "log", "input": { "message": "large", "level": "loud" } } }
  ]
}
"""
CASE = {
    "workflow_id": "hello-world",
    "data": {"data": {"name": "World"}},
    "expected_output": {"req": {"name": "World", "greeting": "Hello, World!"}},
}


def session(cli: Cli, name: str, *lines: tuple[str, int]) -> None:
    """Type commands, each with the exit code it must have, and keep what is seen."""
    seen = Text()
    for line, code in lines:
        seen.append(f"$ {line}\n", style="bold")
        seen.append(Text.from_ansi(at_terminal(cli, *shlex.split(line)[1:], code=code).rstrip("\n")))
        seen.append("\n")
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    console.print(seen)
    svg = console.export_svg(title="orion-cli", code_format=FORMAT, unique_id=name)
    (OUT / f"{name}.svg").write_text(svg)


def main() -> None:
    """Make every capture."""
    OUT.mkdir(exist_ok=True)
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        server = stack.enter_context(serving(Path(stack.enter_context(tempfile.TemporaryDirectory()))))
        cli = Cli(Path(folder), server.url, COLUMNS=str(WIDTH))
        cli.write("services/hello.json", greeting("hello-world"))
        cli.write("services/channel.json", channel_for("hello-world", "hello"))
        cli.write("services/tests/world.json", CASE)
        cli.write("orders.json", BAD)
        session(
            cli, "session",
            ("orion-cli health", 0),
            ("orion-cli apply -f services/", 0),
            ("orion-cli workflows list", 0),
            ("orion-cli channels list", 0),
            ("""orion-cli send hello -d '{ "data": { "name": "World" } }'""", 0),
        )  # fmt: skip
        session(cli, "problems", ("orion-cli workflows create -f orders.json", 1))
        session(cli, "test", ("orion-cli test services/", 0))
        cli.write("services/hello.json", json.dumps({**greeting("hello-world", "Hallo"), "description": "In German"}))
        session(cli, "test-failed", ("orion-cli test services/", 1))
        session(cli, "apply", ("orion-cli apply -f services/", 0), ("orion-cli apply -f services/", 0))
        server.stop()


if __name__ == "__main__":
    sys.exit(main())
