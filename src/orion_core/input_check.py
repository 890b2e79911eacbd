"""Whether a request's input is as its channel wants it. Remembers nothing."""

from typing import Any

import cython

from orion_core.documents import DocumentError
from orion_core.failures import LIMIT_EXCEEDED, VALIDATION_FAILED, Failure
from orion_core.logic import LimitExceeded, LogicError
from orion_core.logic.node import Evaluation, Rule


@cython.ccall
def input_flaw(validation: Rule, view: dict[str, Any], evaluation: Evaluation) -> object:
    """A `Failure` that says what is wrong, or None."""
    try:
        if validation.truth(view, evaluation):
            return None
    except LimitExceeded as error:
        return Failure(LIMIT_EXCEEDED, f"validation_logic: {error}")
    except (LogicError, DocumentError) as error:
        return Failure(VALIDATION_FAILED, f"Input validation error: {error}")
    return Failure(VALIDATION_FAILED, "Input validation failed")
