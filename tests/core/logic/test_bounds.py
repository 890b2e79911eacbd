"""No rule outlives its budget, whatever it does; nothing it builds is larger or deeper than allowed."""

import pytest

from orion_core.logic import Evaluation, LimitExceeded, Limits, Mode, compile_rule, text_of

DOUBLINGS = list(range(60))
ACCUMULATOR = {"var": "accumulator"}
OUTER = {"val": [[1], "many"]}
LONG = {"val": [[1], "text"]}
MANY = list(range(20_000))

BOMBS = [  # description, rule
    ("a text that doubles", {"reduce": [DOUBLINGS, {"cat": [ACCUMULATOR, ACCUMULATOR]}, "x"]}),
    ("a text that triples", {"reduce": [DOUBLINGS, {"cat": [ACCUMULATOR, ACCUMULATOR, ACCUMULATOR]}, "x"]}),
    ("an array that doubles", {"reduce": [DOUBLINGS, {"merge": [ACCUMULATOR, ACCUMULATOR]}, [1]]}),
    ("an array that holds itself twice", {"reduce": [DOUBLINGS, [ACCUMULATOR, ACCUMULATOR], 0]}),
    ("an object that holds itself twice", {"reduce": [DOUBLINGS, {"a": ACCUMULATOR, "b": ACCUMULATOR}, 0]}),
    ("an error that holds itself twice", {"try": [{"reduce": [
        DOUBLINGS, {"if": [{"==": [{"var": ""}, 59]}, {"throw": ACCUMULATOR}, {"a": ACCUMULATOR, "b": ACCUMULATOR}]}, 0,
    ]}, {"var": ""}]}),
    ("an array wound up", {"reduce": [{"var": "many"}, [ACCUMULATOR], 0]}),
    ("an array wound up and written", {"cat": [{"reduce": [{"var": "many"}, [ACCUMULATOR], 0]}, ""]}),
    ("an array wound up in a fold", {"reduce": [[1], {"length": {"cat": {"reduce": [OUTER, [ACCUMULATOR], 0]}}}, 0]}),
    ("wound-up arrays compared", {"reduce": [
        {"var": "many"}, {"if": [{"===": [ACCUMULATOR, [ACCUMULATOR]]}, 1, [ACCUMULATOR]]}, 0,
    ]}),
    ("loops in loops in loops", {"map": [
        {"var": "many"}, {"map": [OUTER, {"some": [{"val": [[3], "many"]}, False]}]},
    ]}),
    ("a long list searched for each element", {"map": [{"var": "many"}, {"in": [-1, OUTER]}]}),
    ("a long list merged for each element", {"map": [{"var": "many"}, {"merge": OUTER}]}),
    ("a long list written for each element", {"map": [{"var": "many"}, {"cat": OUTER}]}),
    ("a long list sorted for each element", {"map": [{"var": "many"}, {"sort": [OUTER]}]}),
    ("a long list sliced for each element", {"map": [{"var": "many"}, {"slice": [OUTER, 1]}]}),
    ("a long list summed for each element", {"map": [{"var": "many"}, {"+": OUTER}]}),
    ("a long list's largest for each element", {"map": [{"var": "many"}, {"max": OUTER}]}),
    ("a long list compared for each element", {"map": [{"var": "many"}, {"===": [OUTER, {"val": [[1], "same"]}]}]}),
    ("a long list grouped for each element", {"map": [{"var": "many"}, {"group_by": [OUTER, 1]}]}),
    ("paths missed for each element", {"map": [{"var": "many"}, {"missing": {"val": [[1], "texts"]}}]}),
    ("a long text compared for each element", {"map": [{"var": "many"}, {"==": [LONG, LONG]}]}),
    ("a long text put in order for each element", {"map": [{"var": "many"}, {"<": [LONG, LONG]}]}),
    ("a long text looked up for each element", {"map": [{"var": "many"}, {"in": [LONG, {"val": [[1], "long"]}]}]}),
    ("a long path followed for each element", {"map": [{"var": "many"}, {"var": LONG}]}),
    ("a long path missed for each element", {"map": [{"var": "many"}, {"missing": LONG}]}),
    ("a long text searched for each element", {"map": [{"var": "many"}, {"in": ["y", {"val": [[1], "text"]}]}]}),
    ("a long text raised for each element", {"map": [{"var": "many"}, {"upper": {"val": [[1], "text"]}}]}),
    ("a long text split for each element", {"map": [{"var": "many"}, {"split": [{"val": [[1], "text"]}, ""]}]}),
    ("a long text cut for each element", {"map": [{"var": "many"}, {"substr": [{"val": [[1], "text"]}, 1]}]}),
    ("a long text tried for each element", {"map": [{"var": "many"}, {"starts_with": [{"val": [[1], "text"]}, "y"]}]}),
]  # fmt: skip
DATA = {"long": ["x" * 1_000_000], "many": MANY, "same": list(MANY), "text": "x" * 1_000_000, "texts": ["a.b"] * 20_000}


@pytest.mark.parametrize(("description", "rule"), BOMBS, ids=[row[0] for row in BOMBS])
def test_a_bomb_is_stopped(description, rule):
    evaluation = Evaluation(0.0, Limits(max_nodes=200_000, max_size=1_000_000))
    with pytest.raises(LimitExceeded) as stopped:
        compile_rule(rule, mode=Mode.TEMPLATE).evaluate(DATA, evaluation)
    assert stopped.value.payload == {"type": "Limit Exceeded"}


def test_a_rule_cannot_catch_its_bound():
    rule = compile_rule({"try": [{"map": [{"var": "many"}, {"some": [OUTER, False]}]}, "caught"]})
    with pytest.raises(LimitExceeded):
        rule.evaluate(DATA, Evaluation(0.0, Limits(max_nodes=50_000)))


def test_all_rules_of_an_evaluation_share_its_budget():
    rule = compile_rule({"map": [{"var": "xs"}, {"+": [{"var": ""}, 1]}]})
    evaluation = Evaluation(0.0, Limits(max_nodes=100))
    data = {"xs": [1, 2, 3, 4, 5]}
    with pytest.raises(LimitExceeded):
        for _ in range(10):
            rule.evaluate(data, evaluation)


def test_a_rule_sees_no_scope_that_a_failed_one_left():
    evaluation = Evaluation(0.0, Limits())
    failing = compile_rule({"map": [["inner"], {"throw": "x"}]})
    asking = compile_rule([{"val": [[1], "index"]}, {"val": [[1], "s"]}])
    with pytest.raises(Exception, match="the rule failed: x"):
        failing.evaluate({"s": "other"}, evaluation)
    assert asking.evaluate({"s": "mine"}, evaluation) == [None, "mine"]


def test_a_deep_value_is_not_written_as_text():
    value = None
    for _ in range(100_000):
        value = [value]
    with pytest.raises(LimitExceeded):
        text_of(value)


def test_a_deep_value_is_not_compared():
    rule = compile_rule({"===": [{"var": "a"}, {"var": "b"}]})
    values = {}
    for name in ("a", "b"):
        value = None
        for _ in range(100_000):
            value = [value]
        values[name] = value
    with pytest.raises(LimitExceeded):
        rule.evaluate(values, Evaluation(0.0, Limits()))


def test_useful_work_stays_well_within_the_default_budget():
    rule = compile_rule({"reduce": [{"map": [{"var": "many"}, {"*": [{"var": ""}, 2]}]},
                                    {"+": [{"var": "current"}, ACCUMULATOR]}, 0]})  # fmt: skip
    assert rule.evaluate(DATA, Evaluation(0.0, Limits())) == sum(MANY) * 2
