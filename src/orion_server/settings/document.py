"""The settings as a page for people and as a commented file, both from the declaration."""

import json
import sys
from itertools import groupby

from orion_server.settings.types import Settings
from orion_server.settings.walk import description, paths, value_at

HEAD = """# Configuration

Every setting has a default; `orion-server` runs without a file. `orion-server -c FILE` reads TOML;
variables win over it: `ORION_SECTION__KEY`, or `ORION_SECTION__KEY_FILE` for a file that holds the value. Lists
are given as `a, b` or as JSON. An unknown key or variable is refused, with its line and what was probably meant;
`orion-server validate-config` says so without starting, and `orion-server init-config FILE` writes this as a file.
"""


def page() -> str:
    """Markdown: a table for each section."""
    parts = [HEAD]
    for section, settings in groupby(paths(), key=lambda each: each[0][:-1]):
        parts.append(f"\n## `[{'.'.join(section)}]`\n" if section else "\n## Top level\n")
        parts.append("\n| key | default | what it is |\n|---|---|---|\n")
        for path, annotation, _ in settings:
            parts.append(f"| `{path[-1]}` | `{_shown(path)}` | {description(annotation)} |\n")
    return "".join(parts)


def example() -> str:
    """TOML: every setting, commented out, with its default."""
    parts = ["# Orion: every setting, commented out, with its default.\n"]
    for section, settings in groupby(paths(), key=lambda each: each[0][:-1]):
        parts.append(f"\n[{'.'.join(section)}]\n" if section else "\n")
        for path, annotation, _ in settings:
            value = value_at(Settings(), path)
            text = description(annotation) + ("" if value is not None else " Not set by default.")
            parts.append(f"# {text}\n# {path[-1]} = {_shown(path) or 100}\n")
    return "".join(parts)


def _shown(path: tuple[str, ...]) -> str:
    value = value_at(Settings(), path)
    return "" if value is None else json.dumps(value)


if __name__ == "__main__":
    sys.stdout.write(example() if "--example" in sys.argv else page())
