"""Who may know whom. Reads the sources, imports nothing of them."""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCES = Path(__file__).parent.parent / "src"
CORE_STANDARD = frozenset({
    "base64", "bisect", "collections", "dataclasses", "datetime", "decimal", "difflib", "enum", "functools", "hashlib",
    "ipaddress", "itertools", "json.encoder", "math", "operator", "re", "types", "typing", "unicodedata", "urllib.parse", "xml.sax", "__future__",
})  # fmt: skip
CORE_THIRD_PARTY = frozenset({"cython", "msgspec"})
GLOSSARY = re.compile(r"\b(manager|helper|util|processor)s?\b", re.IGNORECASE)
CEILING = 400  # lines; beyond it a reader finds two responsibilities

# What the server takes of the command line to answer /mcp with the same tools (docs/decisions/0043).
MOUNTED = frozenset({"orion_cli.client", "orion_cli.failures", "orion_cli.mcp.serving"})

EXCEPTIONS = {
    # Safe XML is a library's work; it is given text and opens nothing (docs/decisions/0005).
    ("orion_core/functions/parse_xml.py", "defusedxml"),
    # States, transitions and their words belong together: splitting the machine would hide it.
    ("orion_core/execution.py", "length"),
}


def modules() -> list[Path]:
    return sorted(SOURCES.rglob("*.py"))


def place(path: Path) -> str:
    return path.relative_to(SOURCES).as_posix()


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{place(path)} imports relatively; the house imports by whole names"
            yield node.module or ""


def layer(name: str) -> str:
    return name.split(".", maxsplit=1)[0]


def refused(path: Path, name: str) -> str | None:
    """Why a module may not import `name`, or None."""
    owner, other = place(path).split("/")[0], layer(name)
    if owner == "orion_core":
        return core_refuses(place(path), name)
    if owner == "orion_io" and other == "orion_server":
        return "drivers know no server"
    if owner == "orion_io" and other == "orion_core":
        allowed = {"orion_core", "orion_core.protocol", "orion_core.calls", "orion_core.definitions"}
        return None if name in allowed else "drivers know the core's contract, not its insides"
    if owner == "orion_cli" and other in ("orion_io", "orion_server"):
        return "the command line is a client of the API"
    if owner == "orion_cli" and other == "orion_core" and not place(path).startswith("orion_cli/offline/"):
        return "only what works without a server knows the core"
    if owner == "orion_server" and other == "orion_cli":
        mounted = place(path).startswith("orion_server/mcp/") and name in MOUNTED
        return None if mounted else "nothing of a server knows its clients, but for the tools it mounts at /mcp"
    if owner == "orion_io" and other == "orion_cli":
        return "drivers know no client"
    if owner == "orion_server" and name.startswith("orion_io.connectors") and not place(path).endswith("connecting.py"):
        return "only connecting.py wires connectors"
    return None


def core_refuses(where: str, name: str) -> str | None:
    top = layer(name)
    if top == "orion_core":
        return siblings_refuse(where, name)
    if top in CORE_THIRD_PARTY or name in CORE_STANDARD or top in CORE_STANDARD:
        return None
    if any(where == path and top == module for path, module in EXCEPTIONS):
        return None
    if top in sys.stdlib_module_names and name.startswith("xml.sax"):
        return None
    return "the core touches no clock, no chance, no file, no network and no other library"


def siblings_refuse(where: str, name: str) -> str | None:
    if where.startswith("orion_core/functions/") and name in ("orion_core.execution", "orion_core.frame"):
        return "functions know messages, not executions"
    if where.startswith("orion_core/governance/") and re.match(r"orion_core\.(functions|logic)", name):
        return "governance counts and answers; it knows neither functions nor logic"
    if where.startswith("orion_core/logic/") and not name.startswith("orion_core.logic"):
        return "logic knows nothing of messages and workflows"
    return None


@pytest.mark.parametrize("path", modules(), ids=place)
def test_a_module_knows_only_what_it_may(path: Path) -> None:
    found = [(name, why) for name in imports(path) if (why := refused(path, name)) is not None]
    assert not found, "; ".join(
        f"{place(path)} imports {name}; it may not be known there because {why}" for name, why in found
    )


@pytest.mark.parametrize("path", [path for path in modules() if "orion_core" in place(path)], ids=place)
def test_the_core_reads_no_clock(path: Path) -> None:
    calls = re.findall(r"\b(?:datetime|date)\.(?:now|utcnow|today)\(", path.read_text())
    assert not calls, f"{place(path)} reads a clock: {calls}"


@pytest.mark.parametrize("path", modules(), ids=place)
def test_a_module_says_what_it_is(path: Path) -> None:
    docstring = ast.get_docstring(ast.parse(path.read_text()))
    assert docstring, f"{place(path)} has no docstring"


@pytest.mark.parametrize("path", modules(), ids=place)
def test_a_file_has_one_responsibility(path: Path) -> None:
    lines = len(path.read_text().splitlines())
    assert lines <= CEILING or (place(path), "length") in EXCEPTIONS, f"{place(path)} has {lines} lines"


@pytest.mark.parametrize("path", modules(), ids=place)
def test_names_come_from_the_glossary(path: Path) -> None:
    names = [
        node.name
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    assert not [name for name in [*names, path.stem] if GLOSSARY.search(name.replace("_", " "))]


@pytest.mark.parametrize("path", sorted(SOURCES.rglob("*.pxd")), ids=place)
def test_a_header_belongs_to_a_module(path: Path) -> None:
    assert path.with_suffix(".py").exists()
