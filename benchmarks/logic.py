"""What a rule costs: nanoseconds for each evaluation, called from Python, beside datalogic-py where it is installed.

Run it with `python benchmarks/logic.py [--json FILE]`. Ours and theirs take turns, and each figure is the median of its
rounds. Theirs is given the data as a dict, as a task would give it, and converts it on every call; the smaller the
data, the better it looks, so each rule comes with little more data than it reads.
"""

# a report for the terminal

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from orion_core.logic import Evaluation, Limits, compile_rule
from orion_core.logic import node as compiled_module

try:
    from datalogic_py import Engine
except ImportError:
    Engine = None

ROUNDS = 9
ROUND_NS = 4_000_000  # how long one round of one side lasts, about
ENDLESS = Limits(max_nodes=2**62, max_size=2**62)

ORDER = {
    "data": {
        "order": {
            "id": "O-1", "total": 15_000, "currency": "EUR", "status": "open", "vip": True, "note": None,
            "customer": {"tier": "gold", "name": "Ann", "country": "DE"},
            "tags": ["new", "web", "eu"], "placed": "2024-03-05T14:07:09Z", "rate": 0.19,
        }
    }
}  # fmt: skip
LINES = {"lines": [{"sku": f"s{n}", "price": n * 1.5, "count": n % 7, "stock": n % 3 != 0} for n in range(100)]}
NUMBERS = {"numbers": list(range(100))}

TOTAL = {"var": "data.order.total"}
ALL_LINES = {"var": "lines"}
WORTH = {"*": [{"var": "price"}, {"var": "count"}]}
PAIR = [{"var": "accumulator"}, {"var": "current"}]
BANDS = [(100, "a"), (500, "b"), (1_000, "c"), (5_000, "d"), (10_000, "e")]

TABLE: dict[str, tuple[object, object]] = {
    "greater": ({">": [TOTAL, 10_000]}, ORDER),
    "equal text": ({"==": [{"var": "data.order.currency"}, "EUR"]}, ORDER),
    "and of three": ({"and": [{">": [TOTAL, 100]}, {"==": [{"var": "data.order.status"}, "open"]},
                              {"var": "data.order.vip"}]}, ORDER),
    "if, sixth branch": ({"if": [*(part for limit, name in BANDS for part in ({"<": [TOTAL, limit]}, name)), "f"]},
                         ORDER),
    "cat": ({"cat": [{"var": "data.order.customer.name"}, " from ", {"var": "data.order.customer.country"}]}, ORDER),
    "in a list": ({"in": [{"var": "data.order.customer.tier"}, ["silver", "gold", "platinum"]]}, ORDER),
    "arithmetic": ({"*": [{"+": [TOTAL, 100]}, {"var": "data.order.rate"}]}, ORDER),
    "template": ({"id": {"var": "data.order.id"}, "total": TOTAL, "large": {">": [TOTAL, 10_000]}}, ORDER),
    "filter 100": ({"filter": [ALL_LINES, {">": [{"var": "price"}, 75]}]}, LINES),
    "map 100": ({"map": [ALL_LINES, WORTH]}, LINES),
    "reduce 100": ({"reduce": [ALL_LINES, {"+": [{"var": "accumulator"}, {"var": "current.price"}]}, 0]}, LINES),
    "filter map reduce 100": ({"reduce": [{"map": [{"filter": [ALL_LINES, {"var": "stock"}]}, WORTH]},
                                          {"+": PAIR}, 0]}, LINES),
}  # fmt: skip

NAME = {"var": "data.order.customer.name"}
TAGS = {"var": "data.order.tags"}
PLACED = {"var": "data.order.placed"}
ALL_NUMBERS = {"var": "numbers"}
OPERATORS: dict[str, tuple[object, object]] = {
    "var": (TOTAL, ORDER),
    "var with a default": ({"var": ["data.order.zip", "none"]}, ORDER),
    "val": ({"val": ["data", "order", "total"]}, ORDER),
    "exists": ({"exists": ["data", "order", "total"]}, ORDER),
    "missing": ({"missing": ["data.order.id", "data.order.zip"]}, ORDER),
    "missing_some": ({"missing_some": [1, ["data.order.id", "data.order.zip"]]}, ORDER),
    **{name: ({name: [TOTAL, 15_000]}, ORDER) for name in ("==", "===", "!=", "!==", "<", "<=", ">", ">=")},
    "!": ({"!": TOTAL}, ORDER),
    "!!": ({"!!": TOTAL}, ORDER),
    "and": ({"and": [TOTAL, NAME]}, ORDER),
    "or": ({"or": [{"var": "data.order.note"}, NAME]}, ORDER),
    "if": ({"if": [{"var": "data.order.vip"}, "yes", "no"]}, ORDER),
    "??": ({"??": [{"var": "data.order.note"}, NAME]}, ORDER),
    "switch": ({"switch": [{"var": "data.order.status"}, [["closed", 0], ["open", 1]], 2]}, ORDER),
    **{name: ({name: [TOTAL, 7]}, ORDER) for name in ("+", "-", "*", "/", "%", "max", "min")},
    **{name: ({name: TOTAL}, ORDER) for name in ("abs", "ceil", "floor", "type")},
    "cat of two": ({"cat": ["Dear ", NAME]}, ORDER),
    "substr": ({"substr": [NAME, 1, 2]}, ORDER),
    "in a text": ({"in": ["n", NAME]}, ORDER),
    "length": ({"length": NAME}, ORDER),
    "starts_with": ({"starts_with": [NAME, "A"]}, ORDER),
    "ends_with": ({"ends_with": [NAME, "n"]}, ORDER),
    **{name: ({name: NAME}, ORDER) for name in ("upper", "lower", "trim")},
    "split": ({"split": [PLACED, "-"]}, ORDER),
    "merge": ({"merge": [TAGS, "last"]}, ORDER),
    "sort": ({"sort": [TAGS]}, ORDER),
    "slice": ({"slice": [TAGS, 1]}, ORDER),
    "distinct": ({"distinct": TAGS}, ORDER),
    "group_by": ({"group_by": [TAGS, {"var": ""}]}, ORDER),
    **{name: ({name: {"var": "data.order.customer"}}, ORDER) for name in ("keys", "values", "entries")},
    "all 100": ({"all": [ALL_NUMBERS, {">=": [{"var": ""}, 0]}]}, NUMBERS),
    "some 100": ({"some": [ALL_NUMBERS, {"==": [{"var": ""}, 99]}]}, NUMBERS),
    "none 100": ({"none": [ALL_NUMBERS, {"<": [{"var": ""}, 0]}]}, NUMBERS),
    "map 100 with its index": ({"map": [ALL_NUMBERS, {"val": [[1], "index"]}]}, NUMBERS),
    "try": ({"try": [{"throw": "x"}, {"var": "type"}]}, ORDER),
    "datetime": ({"datetime": PLACED}, ORDER),
    "timestamp": ({"timestamp": "1d2h"}, ORDER),
    "date + duration": ({"+": [PLACED, "1d"]}, ORDER),
    "date_diff": ({"date_diff": [PLACED, "2024-01-01T00:00:00Z", "days"]}, ORDER),
    "format_date": ({"format_date": [PLACED, "yyyy-MM-dd"]}, ORDER),
    "parse_date": ({"parse_date": ["05/03/2024", {"cat": ["dd/MM/", {"var": "zz"}, "yyyy"]}]}, ORDER),
    "now": ({"now": []}, ORDER),
}


def timed(call: Callable[[], object]) -> Callable[[], float]:
    """A round of so many calls that it lasts about ROUND_NS; gives nanoseconds for each."""
    count = 8
    while (spent := _spend(call, count)) < ROUND_NS / 4:
        count *= 2
    count = max(1, round(count * ROUND_NS / spent))
    return lambda: _spend(call, count) / count


def _spend(call: Callable[[], object], count: int) -> int:
    started = time.perf_counter_ns()
    for _ in range(count):
        call()
    return time.perf_counter_ns() - started


def ours(rule: object, data: object) -> Callable[[], object]:
    """An evaluation by this engine, with a budget that lasts."""
    compiled = compile_rule(rule)
    evaluation = Evaluation(1_700_000_000.0, ENDLESS)
    return lambda: compiled.evaluate(data, evaluation)


def measure(rule: object, data: object) -> dict[str, float]:
    """Nanoseconds of ours, of theirs, and their ratio."""
    sides = {"orion": timed(ours(rule, data))}
    if Engine is not None:
        theirs: Any = Engine(templating=True).compile(rule)
        sides["datalogic"] = timed(lambda: theirs.evaluate(data))
    rounds: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(ROUNDS):
        for name, run in sides.items():
            rounds[name].append(run())
    figures = {name: round(median(found), 1) for name, found in rounds.items()}
    if "datalogic" in figures:
        figures["ratio"] = round(figures["datalogic"] / figures["orion"], 2)
    return figures


def report(title: str, rules: dict[str, tuple[object, object]]) -> dict[str, dict[str, float]]:
    """Measure a table of rules and print it."""
    print(f"\n{title:26} {'orion ns':>10} {'datalogic ns':>13} {'ratio':>7}")
    results = {}
    for name, (rule, data) in rules.items():
        results[name] = figures = measure(rule, data)
        theirs = (
            f"{figures['datalogic']:13.1f} {figures['ratio']:7.2f}" if "ratio" in figures else f"{'-':>13} {'-':>7}"
        )
        print(f"{name:26} {figures['orion']:10.1f} {theirs}")
    return results


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    target = parser.parse_args().json
    form = "interpreted" if str(compiled_module.__file__).endswith(".py") else "compiled"
    print(f"rules {form}, Python {sys.version.split()[0]}; nanoseconds an evaluation, the call from Python included")
    figures: dict[str, object] = {
        "form": form,
        "python": sys.version.split()[0],
        "evaluation": timed(lambda: Evaluation(0.0, ENDLESS))(),
        "rules": report("twelve rules", TABLE),
        "operators": report("by operator", OPERATORS),
    }
    if target is not None:
        target.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
