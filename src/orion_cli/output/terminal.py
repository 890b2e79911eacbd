"""What a stream can show: whether it is a terminal, whether in colour, and no text that would steer it."""

import os
import re
from collections.abc import Mapping
from typing import TextIO

_STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
COLOURS: Mapping[str, str] = {"red": "31", "green": "32", "yellow": "33", "cyan": "36", "bold": "1", "dim": "2"}


def is_terminal(stream: TextIO) -> bool:
    """Whether somebody looks at it."""
    try:
        return stream.isatty()
    except ValueError:  # closed
        return False


def in_colour(stream: TextIO, *, wanted: bool = True) -> bool:
    """Whether to colour what is written: a terminal that can, and nobody who objects (https://no-color.org)."""
    if not wanted or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return is_terminal(stream)


def harmless(text: str) -> str:
    """The text with its control characters shown instead of obeyed: what a server tells must not steer a terminal."""
    return _STEERING.sub(lambda found: f"\\x{ord(found[0]):02x}", text)


def coloured(text: str, colour: str, *, wanted: bool) -> str:
    """The text between the sequences that colour it (ECMA-48 SGR)."""
    return f"\x1b[{COLOURS[colour]}m{text}\x1b[0m" if wanted else text
