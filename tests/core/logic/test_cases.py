"""Every operator and rule of the reference, one row each."""

import json
from pathlib import Path

import pytest

from tests.core.logic.comparing import MODES, outcome, same

CASES = Path(__file__).parents[1] / "cases" / "logic"
ROWS = [
    pytest.param(row, id=f"{path.stem}: {row['description']}")
    for path in sorted(CASES.glob("*.json"))
    for row in json.loads(path.read_text("utf-8"))
]


@pytest.mark.parametrize("row", ROWS)
def test_a_rule_gives_what_the_reference_says(row):
    found = outcome(row["rule"], row.get("data"), MODES[row.get("mode")])
    wanted = {key: row[key] for key in ("result", "error") if key in row}
    assert same(found, wanted), found


def test_there_is_a_case_for_every_operator():
    from orion_core.logic.catalogue import OPERATORS

    text = json.dumps([param.values[0]["rule"] for param in ROWS])
    assert [name for name in OPERATORS if json.dumps(name) + ":" not in text] == []
