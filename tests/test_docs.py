"""The documentation says what the code has: every reason, every function, every operator."""

import re
from pathlib import Path

import pytest

from orion_core.failures import KINDS
from orion_core.functions.catalogue import CATALOGUE
from orion_core.logic.catalogue import OPERATORS

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"


@pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
def test_every_reason_is_documented_with_its_status_and_code(kind: object) -> None:
    row = f"| {kind.status} | `{kind.code}` | `{kind.reason}` |"  # type: ignore[attr-defined]
    assert row in (DOCS / "errors.md").read_text()


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_function_is_documented(name: str) -> None:
    assert f"`{name}`" in (DOCS / "functions.md").read_text()


def test_every_operator_is_documented() -> None:
    text = (DOCS / "jsonlogic.md").read_text()
    listed = set(re.findall(r"\S+", text[text.index("Operators:") :].replace("`", " ")))
    assert set(OPERATORS) <= listed


@pytest.mark.parametrize("page", [*sorted(DOCS.rglob("*.md")), ROOT / "README.md"], ids=lambda page: page.name)
def test_no_link_leads_nowhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
        assert (page.parent / target).exists(), f"{page.name} links to {target}"
