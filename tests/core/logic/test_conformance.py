"""The recorded suites of the reference engines, wherever they are kept: ORION_SUITES, else beside the checkout."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from orion_core.logic import LogicError, Mode, Operator
from tests.core.logic.comparing import outcome, same

ROOT = Path(__file__).parents[3]
SUITES = Path(os.environ.get("ORION_SUITES", ROOT.parent / "shared" / "suites")) / "jsonlogic"
NEWEST = "datalogic-py 5.9.0"

# What is no target at all, by suite.
SUITES_LEFT_OUT = {
    "v5-flagd": "operators of a feature-flag system, which are no target",
}

# Where ours is neither the newest engine's answer nor a quirk, by the row's operator.
KEPT_FROM_4 = {
    "preserve": "the newest engine has no `preserve`; ours stays as it was in 4.x",
}

# Rows whose recorded expectation is not ours, by origin.
NOT_OURS = {
    "json-logic-engine:additional.json#8": "expects a bound on the accumulator's shape that neither engine has",
}


def is_night(*arguments: object) -> bool:
    """Whether the UTC hour of an instant is before 7 or from 19 on: the operator that one suite registers."""
    if len(arguments) != 1:
        raise LogicError({"type": "Expected exactly one argument"})
    text = arguments[0]["datetime"] if isinstance(arguments[0], dict) else arguments[0]
    try:
        hour = datetime.fromisoformat(str(text)).astimezone(UTC).hour
    except ValueError:
        raise LogicError({"type": "Invalid datetime argument"}) from None
    return hour < 7 or hour >= 19


OPERATORS = {"is_night": Operator("is_night", is_night)}


def uses(rule: object, names: dict[str, str]) -> bool:
    """Whether one of the operators stands anywhere in a rule."""
    if isinstance(rule, dict):
        return any(key in names or uses(member, names) for key, member in rule.items())
    return isinstance(rule, list) and any(uses(element, names) for element in rule)


def expectation(row: dict[str, object]) -> dict[str, object]:
    """What we answer for: the newest engine's outcome where it differs from the recorded one, else the recorded one.

    The recorded outcome is that of 4.0.21 with its optimizer, or of 5.x for rows that came with it. Where the newest
    engine does not differ, that outcome is its own too, whatever 4.0.21 gives without its optimizer. Suites for one
    registered operator expect it to be registered.
    """
    differs = row.get("differs", {})
    if NEWEST in differs and row["suite"] != "cfg-custom-operator" and not uses(row["rule"], KEPT_FROM_4):
        return differs[NEWEST]
    return {key: row[key] for key in ("result", "error") if key in row}


def rows() -> list[object]:
    """Every row as a test of its own, named by its suite and origin."""
    if not SUITES.is_dir():
        missing = pytest.mark.skip(reason=f"the recorded suites are not at {SUITES}")
        return [pytest.param(None, id="suites", marks=missing)]
    found = []
    for path in sorted(SUITES.glob("*.json")):
        for number, row in enumerate(json.loads(path.read_text("utf-8"))):
            reason = SUITES_LEFT_OUT.get(path.stem) or NOT_OURS.get(row["origin"])
            marks = [pytest.mark.skip(reason=reason)] if reason else []
            found.append(pytest.param({"suite": path.stem, **row}, id=f"{path.stem}-{number}", marks=marks))
    return found


@pytest.mark.parametrize("row", rows())
def test_a_recorded_row_holds(row):
    mode = Mode.TEMPLATE if row.get("mode") == "templating" else Mode.LENIENT
    found = outcome(row["rule"], row.get("data"), mode, OPERATORS)
    wanted = expectation(row)
    if wanted.get("error") is True:
        assert "error" in found, found
        return
    if isinstance(wanted.get("error"), str):
        wanted = {"error": {"type": wanted["error"]}}
    assert same(found, wanted, roughly=bool(row.get("approx"))), (row, found, wanted)
