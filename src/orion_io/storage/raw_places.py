"""Statements with `?` places in the spellings of other drivers. Knows no driver."""

import itertools
import re
from functools import lru_cache

_TOKENS = re.compile(r"'(?:[^']|'')*'|[?%]")  # texts are left alone


@lru_cache(maxsize=512)
def numbered(statement: str) -> str:
    """Places as PostgreSQL itself spells them: $1, $2."""
    numbers = itertools.count(1)
    return _TOKENS.sub(lambda found: f"${next(numbers)}" if found[0] == "?" else found[0], statement)


@lru_cache(maxsize=512)
def formatted(statement: str) -> str:
    """Places as Python's % operator has them, and every other % doubled."""
    return _TOKENS.sub(lambda found: "%s" if found[0] == "?" else found[0].replace("%", "%%"), statement)
