"""What compiles, what does not, and where the problems are said to be."""

import pytest

from orion_core.logic import Evaluation, Limits, Mode, RuleProblem, RuleProblems, compile_rule
from tests.core.logic.comparing import outcome


def problems(rule, **options):
    with pytest.raises(RuleProblems) as refused:
        compile_rule(rule, **options)
    return {problem.pointer: problem for problem in refused.value.problems}


def nested(depth, wrap=lambda inner: {"!": inner}, innermost=True):
    rule = innermost
    for _ in range(depth):
        rule = wrap(rule)
    return rule


STRICT = [  # description, rule, pointers of the problems
    ("an unknown operator", {"foo": 1}, ["/foo"]),
    ("an unknown operator inside another", {"if": [{"foo": 1}, 2, 3]}, ["/if/0/foo"]),
    ("an object with several members", {"if": [{"a": 1, "b": 2}, 2, 3]}, ["/if/0"]),
    ("too few arguments", {"==": [1]}, ["/=="]),
    ("too many arguments", {"map": [[1], 1, 2]}, ["/map"]),
    ("arguments that have to be an array", {"and": True}, ["/and"]),
    ("a name with a slash and a tilde", {"a/b~c": 1}, ["/a~1b~0c"]),
    ("an argument without an array around it", {"!": {"foo": 1}}, ["/!/foo"]),
    ("a case of a switch", {"switch": [1, [[1, {"foo": 1}]]]}, ["/switch/1/0/1/foo"]),
    ("an argument that is never looked at", {"!": [1, {"foo": 1}]}, ["/!/1/foo"]),
    ("the arguments of an unknown operator", {"foo": [{"bar": 1}]}, ["/foo", "/foo/0/bar"]),
    (
        "several problems at once",
        [{"foo": 1}, {"==": []}, {"a": 1, "b": {"bar": 1}}],
        ["/0/foo", "/1/==", "/2", "/2/b/bar"],
    ),
]


@pytest.mark.parametrize(("description", "rule", "pointers"), STRICT, ids=[row[0] for row in STRICT])
def test_strict_mode_refuses_with_pointers(description, rule, pointers):
    assert sorted(problems(rule, mode=Mode.STRICT)) == sorted(pointers)


def test_pointers_begin_where_the_rule_stands():
    assert list(problems({"foo": 1}, mode=Mode.STRICT, pointer="/config/validation_logic")) == [
        "/config/validation_logic/foo"
    ]


def test_strict_mode_says_what_was_probably_meant():
    assert problems({"fliter": [[], True]}, mode=Mode.STRICT)["/fliter"] == RuleProblem(
        "/fliter", "'fliter' is no operator", "did you mean 'filter'?"
    )


def test_what_is_preserved_is_not_compiled():
    rule = {"preserve": {"foo": 1, "bar": {"nope": 1}}}
    assert compile_rule(rule, mode=Mode.STRICT).constant == {"foo": 1, "bar": {"nope": 1}}


def test_lenient_mode_refuses_objects_with_several_members():
    assert list(problems({"if": [False, {"a": 1, "b": 2}, 3]}, mode=Mode.LENIENT)) == ["/if/1"]


WARNINGS = [  # description, rule, pointers of the warnings
    ("a letter left out", {"fiter": [[], True]}, ["/fiter"]),
    ("a letter too many", {"iff": [1, 2]}, ["/iff"]),
    ("two letters exchanged", {"a": {"rdeuce": 1}, "b": 1}, ["/a/rdeuce"]),
    ("a sign too many", {"=>": [1, 2]}, ["/=>"]),
    ("a sign left out", {"=": [1, 1]}, ["/="]),
    ("a lone sign", {"$": 1}, []),
    ("four equal signs", {"====": [1, 1]}, ["/===="]),
    ("a short word", {"id": {"var": "x"}}, []),
    ("a word of two letters", {"nr": 1}, []),
    ("a word far from any operator", {"total": 1}, []),
    ("an object with several members", {"fiter": 1, "other": 2}, []),
    ("a known operator", {"filter": [[], True]}, []),
]


@pytest.mark.parametrize(("description", "rule", "pointers"), WARNINGS, ids=[row[0] for row in WARNINGS])
def test_template_mode_warns_of_probable_mistakes(description, rule, pointers):
    assert [warning.pointer for warning in compile_rule(rule).warnings] == pointers


def test_a_rule_nested_beyond_the_limit_is_refused():
    (pointer,) = problems(nested(201))
    assert pointer.count("/") == 200
    assert compile_rule(nested(199)).constant is False


@pytest.mark.parametrize("depth", [10_000, 1_000_000])
@pytest.mark.parametrize(
    "wrap", [lambda inner: {"!": inner}, lambda inner: [inner], lambda inner: {"x": inner, "y": 1}]
)
def test_no_depth_upsets_the_compiler(depth, wrap):
    refused = problems(nested(depth, wrap))
    assert [problem.message for problem in refused.values()] == ["the rule is nested deeper than 200 levels"]


DEEP = [  # description, levels added by each round, round
    ("a chain of not", 1, lambda inner: {"!": inner}),
    ("a chain of not, with arrays", 2, lambda inner: {"!": [inner]}),
    ("conditions in conditions", 2, lambda inner: {"if": [inner, {"var": "a"}, 2]}),
    ("loops in loops", 2, lambda inner: {"some": [{"var": "xs"}, inner]}),
    ("folds in folds", 2, lambda inner: {"reduce": [{"var": "xs"}, inner, 0]}),
    ("sums in sums", 2, lambda inner: {"+": [{"var": "a"}, inner]}),
    ("texts in texts", 2, lambda inner: {"cat": [{"var": "a"}, inner, "x"]}),
    ("attempts in attempts", 2, lambda inner: {"try": [{"throw": "x"}, inner]}),
    ("arrays in arrays", 1, lambda inner: [inner, {"var": "a"}]),
]


@pytest.mark.parametrize(("description", "levels", "wrap"), DEEP, ids=[row[0] for row in DEEP])
def test_the_deepest_rule_evaluates(description, levels, wrap):
    rule = nested(198 // levels, wrap, {"var": "a"})
    assert outcome(rule, {"a": 1, "xs": [1]}).keys() == {"result"}


CONSTANTS = [  # rule, its value when it is constant
    (True, True),
    ({"+": [1, {"*": [2, 3]}]}, 7),
    ({"if": [{">": [2, 1]}, "a", "b"]}, "a"),
    ([1, {"cat": ["a", "b"]}], [1, "ab"]),
    ({"a": {"+": [1, 1]}, "b": []}, {"a": 2, "b": []}),
]


@pytest.mark.parametrize(("rule", "value"), CONSTANTS)
def test_what_depends_on_nothing_is_folded(rule, value):
    compiled = compile_rule(rule)
    assert compiled.is_constant
    assert compiled.constant == value


@pytest.mark.parametrize("rule", [{"now": []}, {"var": ""}, {"throw": "x"}, {"+": ["x", 1]}, {"map": [[1], 1]}])
def test_what_may_fail_or_depends_on_something_is_not_folded(rule):
    assert not compile_rule(rule).is_constant


def test_a_later_change_of_the_document_does_not_reach_the_rule():
    kept = {"deep": [1]}
    listed = [1, 2]
    rule = compile_rule({"a": {"preserve": kept}, "b": listed})
    kept["deep"].append(2)
    listed.append(3)
    assert rule.evaluate(None, Evaluation(0.0, Limits())) == {"a": {"deep": [1]}, "b": [1, 2]}
