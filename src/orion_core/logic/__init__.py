"""JSONLogic: rules compiled once and evaluated often. Knows no channel, workflow or message.

Values are JSON as decoded: exact dict, list, str, int, float, bool and None.
"""

from orion_core.logic.compiler import Mode, compile_rule
from orion_core.logic.errors import LimitExceeded, LogicError, RuleProblem, RuleProblems
from orion_core.logic.node import Evaluation, Limits, Rule
from orion_core.logic.registered import Operator
from orion_core.logic.text import text_of
from orion_core.logic.truth import truthy

__all__ = [
    "Evaluation",
    "LimitExceeded",
    "Limits",
    "LogicError",
    "Mode",
    "Operator",
    "Rule",
    "RuleProblem",
    "RuleProblems",
    "compile_rule",
    "text_of",
    "truthy",
]
