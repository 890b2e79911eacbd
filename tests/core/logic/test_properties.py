"""Properties that hold for every rule and all data."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from orion_core.logic import Evaluation, Limits, LogicError, Mode, RuleProblems, compile_rule, truthy
from orion_core.logic.catalogue import OPERATORS

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=-(10**400), max_value=10**400)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=6)
    | st.sampled_from(
        ["", "a", "a.b", "0", "1d", "24h", "2024-01-01T00:00:00Z", "current", "accumulator", "index", "yyyy"]
    )
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "datetime", "0"]), inner, max_size=3)
    ),
    max_leaves=8,
)
RULES = st.recursive(
    SCALARS | st.sampled_from([{"var": ""}, {"var": "a"}, {"val": [[1], "index"]}, {"var": "accumulator"}]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(st.sampled_from(sorted(OPERATORS)), inner | st.lists(inner, max_size=4)).map(
            lambda pair: dict([pair])
        )
        | st.dictionaries(st.sampled_from(["a", "b", "map"]), inner, max_size=2)
    ),
    max_leaves=12,
)
MODES = st.sampled_from(Mode)


def compiled(rule, mode):
    problems = ()
    try:
        return compile_rule(rule, mode=mode)
    except RuleProblems as refused:
        problems = refused.problems
    assert problems
    assert all(problem.pointer == "" or problem.pointer.startswith("/") for problem in problems)
    return None


@settings(max_examples=600, deadline=None)
@given(rule=RULES, data=VALUES, mode=MODES)
def test_only_a_logic_error_leaves_an_evaluation(rule, data, mode):
    checked = compiled(rule, mode)
    if checked is None:
        return
    before = json.dumps(data)
    failure = None
    try:
        value = checked.evaluate(data, Evaluation(0.0, Limits(max_nodes=20_000, max_size=50_000)))
        json.dumps(value)
        assert checked.truth(data, Evaluation(0.0, Limits())) is truthy(value)
    except LogicError as error:
        failure = error
    assert failure is None or (type(failure.payload) is dict and str(failure))
    assert json.dumps(data) == before


@settings(max_examples=300, deadline=None)
@given(rule=RULES, data=VALUES)
def test_the_same_rule_gives_the_same_twice(rule, data):
    outcomes = []
    checked = compiled(rule, Mode.TEMPLATE)
    evaluation = Evaluation(0.0, Limits())
    for _ in range(2):
        try:
            outcomes.append(json.dumps(checked.evaluate(data, evaluation)))
        except LogicError as error:
            outcomes.append(json.dumps(error.payload))
    assert outcomes[0] == outcomes[1]


@settings(max_examples=300, deadline=None)
@given(value=VALUES)
def test_data_written_as_preserve_comes_back(value):
    assert compile_rule({"preserve": [value]}, mode=Mode.STRICT).constant == value
