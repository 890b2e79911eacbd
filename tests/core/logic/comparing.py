"""Evaluates rows of rule, data and outcome, and compares outcomes by kind as well as by value."""

from orion_core.logic import Evaluation, Limits, LogicError, Mode, Operator, RuleProblems, compile_rule

NOW = 1_700_000_000.0
MODES = {"template": Mode.TEMPLATE, "strict": Mode.STRICT, None: Mode.LENIENT}


def outcome(
    rule: object,
    data: object = None,
    mode: Mode = Mode.LENIENT,
    operators: dict[str, Operator] | None = None,
) -> dict[str, object]:
    """What a rule makes of its data: {"result": value} or {"error": payload}; a refused rule is an unknown operator."""
    try:
        compiled = compile_rule(rule, mode=mode, operators=operators)
    except RuleProblems:
        return {"error": {"type": "Unknown Operator"}}
    try:
        return {"result": compiled.evaluate(data, Evaluation(NOW, Limits()))}
    except LogicError as error:
        return {"error": error.payload}


def same(left: object, right: object, *, roughly: bool = False) -> bool:
    """Whether two JSON values are equal and of one kind throughout: 1, 1.0 and true differ, member order does not."""
    if type(left) is not type(right):
        return False
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(
            same(mine, other, roughly=roughly) for mine, other in zip(left, right, strict=True)
        )
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key], roughly=roughly) for key in left)
    if roughly and isinstance(left, float) and isinstance(right, float):
        return abs(left - right) <= 1e-9 * max(abs(left), abs(right))
    return left == right
