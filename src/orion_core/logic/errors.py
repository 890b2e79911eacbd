"""What can go wrong with a rule: problems found when it is compiled, errors raised when it is evaluated.

Knows no node and no operator.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

NAN: Final = "NaN"
INVALID_ARGUMENTS: Final = "Invalid Arguments"
UNKNOWN_OPERATOR: Final = "Unknown Operator"
LIMIT_EXCEEDED: Final = "Limit Exceeded"


@dataclass(frozen=True)
class RuleProblem:
    """One thing wrong, or suspicious, in a rule.

    Args:
        pointer: RFC 6901 pointer to the place, below the pointer that was given to the compiler.
        message: What is wrong, in words the author of the rule may read.
        hint: What was probably meant.
    """

    pointer: str
    message: str
    hint: str | None = None


class RuleProblems(Exception):
    """A rule that cannot be compiled; `problems` lists everything found."""

    def __init__(self, problems: Iterable[RuleProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(f"{problem.pointer or '/'}: {problem.message}" for problem in self.problems))


class LogicError(Exception):
    """A rule that failed while it was evaluated.

    Args:
        payload: What `try` hands to its last argument: an object whose `type` names the failure, or whatever
            object `throw` was given.
    """

    def __init__(self, payload: object) -> None:
        super().__init__(payload)
        self.payload = payload

    def __str__(self) -> str:
        """The failure's type, which comes from the rule or from a fixed list and may be shown to a caller."""
        if type(self.payload) is dict and type(self.payload.get("type")) is str:
            return f"the rule failed: {self.payload['type']}"
        return "the rule failed"


class LimitExceeded(LogicError):
    """A rule that ran into one of its bounds. `try` lets it through, so that a rule cannot outlive its budget."""

    def __init__(self, bound: str) -> None:
        super().__init__({"type": LIMIT_EXCEEDED})
        self.bound = bound

    def __str__(self) -> str:
        return f"the rule was stopped: {self.bound}"


def not_a_number() -> LogicError:
    """The error of a calculation or comparison with something that is no number."""
    return LogicError({"type": NAN})


def invalid_arguments() -> LogicError:
    """The error of arguments of a wrong kind or number."""
    return LogicError({"type": INVALID_ARGUMENTS})
