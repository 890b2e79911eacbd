"""Where compiled and interpreted code, or Python's numbers and JSON's, are known to part ways."""

import pytest

from orion_core.logic import Evaluation, Limits, LogicError, Mode, Operator, compile_rule, text_of, truthy
from tests.core.logic.comparing import outcome, same

HUGE = 10**4_000

ROWS = [  # description, rule, data, outcome
    ("the last of no elements", {"slice": [{"var": "e"}, -1]}, {"e": []}, {"result": []}),
    ("a place below zero", {"var": "e.-1"}, {"e": [1]}, {"result": None}),
    ("a place of the empty array", {"var": "e.0"}, {"e": []}, {"result": None}),
    ("a place beyond machine integers", {"var": "e.99999999999999999999"}, {"e": [1]}, {"result": None}),
    ("a key that only looks like a place", {"var": "o.-1"}, {"o": {"-1": 1}}, {"result": 1}),
    ("true is no index", {"val": ["e", True]}, {"e": [1, 2]}, {"result": None}),
    ("false is no number to max", {"max": [False, 1]}, None, {"error": {"type": "Invalid Arguments"}}),
    ("true stays true", {"var": "t"}, {"t": True}, {"result": True}),
    ("true is not one among texts", {"in": [True, [1]]}, None, {"result": False}),
    ("one is not true strictly", {"===": [{"var": "a"}, True]}, {"a": 1}, {"result": False}),
    ("a negative remainder", {"%": [{"var": "a"}, 3]}, {"a": -7}, {"result": -1}),
    ("a sum past 32 bits", {"+": [{"var": "a"}, 1]}, {"a": 2**31 - 1}, {"result": 2**31}),
    ("a sum at 53 bits", {"+": [{"var": "a"}, 1]}, {"a": 2**53}, {"result": 2**53 + 1}),
    ("a sum of doubles at 53 bits", {"+": [{"var": "a"}, 1.0]}, {"a": 2**53}, {"result": 2**53 + 1}),
    ("a product at 63 bits", {"*": [{"var": "a"}, 2]}, {"a": 2**62}, {"result": 2.0**63}),
    ("a difference at 63 bits", {"-": [{"var": "a"}, 1]}, {"a": -(2**63)}, {"result": -(2**63)}),
    ("a huge integer passes", {"var": "a"}, {"a": HUGE}, {"result": HUGE}),
    ("a huge integer in a sum", {"+": [{"var": "a"}, 1]}, {"a": HUGE}, {"error": {"type": "NaN"}}),
    ("a huge integer in a quotient", {"/": [1, {"var": "a"}]}, {"a": HUGE}, {"error": {"type": "NaN"}}),
    ("a huge integer in a remainder", {"%": [{"var": "a"}, 2]}, {"a": HUGE}, {"error": {"type": "NaN"}}),
    ("a huge integer rounded", {"abs": {"var": "a"}}, {"a": -HUGE}, {"error": {"type": "Invalid Arguments"}}),
    ("a huge integer is the largest", {"max": [{"var": "a"}, 1e308]}, {"a": HUGE}, {"result": HUGE}),
    ("a huge integer compared", {">": [{"var": "a"}, 1.5]}, {"a": HUGE}, {"result": True}),
    ("a huge integer compared with a text", {"<": [{"var": "a"}, "1"]}, {"a": HUGE}, {"result": False}),
    ("a huge integer equal to none", {"==": [{"var": "a"}, None]}, {"a": HUGE}, {"result": False}),
    ("a huge integer as a path", {"var": {"var": "a"}}, {"a": HUGE}, {"result": None}),
    ("a huge integer as a place", {"val": ["e", {"var": "a"}]}, {"a": HUGE, "e": [1]}, {"result": None}),
    ("a huge integer in a slice", {"slice": ["abc", {"var": "a"}]}, {"a": HUGE}, {"error": {"type": "NaN"}}),
    ("a huge integer needed", {"missing_some": [{"var": "a"}, ["a"]]}, {"a": HUGE}, {"result": []}),
    ("a huge integer times a duration", {"*": ["1d", {"var": "a"}]}, {"a": HUGE}, {"error": {"type": "NaN"}}),
    ("huge integers sorted", {"sort": [{"var": "a"}]}, {"a": [HUGE, 1.5, -HUGE]}, {"result": [-HUGE, 1.5, HUGE]}),
    ("a long number in a text", {"+": [{"var": "a"}, 1]}, {"a": "9" * 100_000}, {"error": {"type": "NaN"}}),
    ("zeros in front of a number in a text", {"+": [{"var": "a"}, 1]}, {"a": "0" * 1_000 + "7"}, {"result": 8}),
    ("an underscore spells no number", {"+": ["1_000", 1]}, None, {"error": {"type": "NaN"}}),
    ("another script's digits spell no number", {"+": ["١", 1]}, None, {"error": {"type": "NaN"}}),
    ("another script's digits name no place", {"var": "e.١"}, {"e": [1, 2]}, {"result": None}),
    ("a text of many digits is no duration", {"type": "9" * 30 + "d"}, None, {"result": "string"}),
    ("seconds past the calendar", {"parse_date": ["9" * 18, "%s"]}, None, {"error": {"type": "Failed to parse date"}}),
    ("the largest double squared", {"*": [1.7e308, 1.7e308]}, None, {"result": None}),
    ("zero times infinity never comes up", {"*": [1e308, 1e308, 0]}, None, {"result": None}),
    ("half a surrogate is a text like any", {"cat": ["\ud800", [["\ud800"]]]}, None, {"result": '\ud800["\ud800"]'}),
    ("a duration scaled by zero times nothing", {"*": ["1d", 0]}, None, {"result": "0d:0h:0m:0s"}),
]  # fmt: skip


@pytest.mark.parametrize(("description", "rule", "data", "wanted"), ROWS, ids=[row[0] for row in ROWS])
def test_a_sharp_corner(description, rule, data, wanted):
    found = outcome(rule, data)
    assert same(found, wanted), str(found)[:200]


TRUTH = [(None, False), (False, False), (0, False), (0.0, False), (-0.0, False), ("", False), ([], False), ({}, False),
         (True, True), (1, True), (0.5, True), ("0", True), (" ", True), ([0], True), ({"a": None}, True),
         (HUGE, True)]  # fmt: skip


@pytest.mark.parametrize(("value", "wanted"), TRUTH)
def test_what_is_truthy(value, wanted):
    assert truthy(value) is wanted
    assert compile_rule({"var": ""}).truth(value, Evaluation(0.0, Limits())) is wanted


def test_the_text_of_values():
    assert [text_of(value) for value in (None, True, 1, 1.0, "a", [1, "a"], {"a": None})] == [
        "", "true", "1", "1.0", "a", '[1,"a"]', '{"a":null}',
    ]  # fmt: skip


NOW = [
    (0.0, "1970-01-01T00:00:00Z"),
    (-0.5, "1969-12-31T23:59:59Z"),
    (1_700_000_000.9, "2023-11-14T22:13:20Z"),
    (253_402_300_800.0, "+10000-01-01T00:00:00Z"),
    (1e300, "+262142-12-31T23:59:59Z"),
]


@pytest.mark.parametrize(("now", "wanted"), NOW)
def test_now_is_what_it_was_told(now, wanted):
    assert compile_rule({"now": []}).evaluate(None, Evaluation(now, Limits())) == wanted


def test_data_is_handed_on_uncopied():
    data = {"xs": [{"a": 1}]}
    result = compile_rule({"filter": [{"var": "xs"}, True]}).evaluate(data, Evaluation(0.0, Limits()))
    assert result[0] is data["xs"][0]


def test_a_registered_operator_is_called_with_values():
    operators = {"twice": Operator("twice", lambda value: value * 2, 1, 1)}
    rule = {"+": [{"twice": {"var": "n"}}, {"twice": [1]}]}
    assert outcome(rule, {"n": 5}, Mode.STRICT, operators) == {"result": 12}


def test_a_registered_operator_with_a_wrong_number_of_arguments():
    operators = {"twice": Operator("twice", lambda value: value * 2, 1, 1)}
    assert outcome({"twice": [1, 2]}, None, Mode.LENIENT, operators) == {"error": {"type": "Invalid Arguments"}}


def test_whatever_a_registered_operator_raises_is_an_error_of_the_rule():
    def broken(value: object) -> object:
        return [][5]

    rule = compile_rule({"broken": 1}, operators={"broken": Operator("broken", broken)})
    with pytest.raises(LogicError) as failed:
        rule.evaluate(None, Evaluation(0.0, Limits()))
    assert failed.value.payload == {"type": "broken failed"}
    assert isinstance(failed.value.__cause__, IndexError)
