"""The documentation says what the code has: every reason, every function, every operator."""

import re
from pathlib import Path

import pytest

from orion_cli.lazily import COMMANDS
from orion_cli.mcp.toolbox import TOOLS
from orion_core.failures import KINDS, Kind
from orion_core.functions.catalogue import CATALOGUE
from orion_core.logic.catalogue import OPERATORS
from orion_server.problem_details.document import page as errors_page
from orion_server.problem_details.reasons import REASONS

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"


@pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
def test_every_failure_of_the_core_is_in_the_table_of_reasons(kind: Kind) -> None:
    reason = REASONS[kind.reason]
    assert (reason.status, reason.code, reason.retryable) == (kind.status, kind.code, kind.retryable)
    assert reason.plane != "admin"


def test_the_page_of_errors_is_as_the_table_says() -> None:
    text = (DOCS / "errors.md").read_text()
    assert text == errors_page(), "docs/errors.md is stale: python -m orion_server.problem_details.document"


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_function_is_documented(name: str) -> None:
    assert f"`{name}`" in (DOCS / "functions.md").read_text()


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_documented(name: str) -> None:
    assert f"`{name}`" in (DOCS / "cli.md").read_text() or f"`{name} serve`" in (DOCS / "cli.md").read_text()


@pytest.mark.parametrize("name", [tool.name for tool in TOOLS])
def test_every_tool_is_documented(name: str) -> None:
    assert f"`{name}`" in (DOCS / "mcp.md").read_text()


def test_every_operator_is_documented() -> None:
    text = (DOCS / "jsonlogic.md").read_text()
    listed = set(re.findall(r"\S+", text[text.index("Operators:") :].replace("`", " ")))
    assert set(OPERATORS) <= listed


@pytest.mark.parametrize("page", [*sorted(DOCS.rglob("*.md")), ROOT / "README.md"], ids=lambda page: page.name)
def test_no_link_leads_nowhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
        assert (page.parent / target).exists(), f"{page.name} links to {target}"
