"""What is written of which part: `orion_io.queue=debug,warn`. Knows names of modules, and opens no log."""

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass

from orion_core import did_you_mean
from orion_server.notes import TRACE

LEVELS: Mapping[str, int] = {
    "trace": TRACE, "debug": logging.DEBUG, "info": logging.INFO, "warn": logging.WARNING, "error": logging.ERROR,
    "off": logging.CRITICAL + 1,
}  # fmt: skip
PACKAGES = ("orion", "orion_core", "orion_io", "orion_server")  # `orion` means all of them
NOISY = ("_granian", "granian", "asyncio", "alembic", "aiosqlite", "mcp", "sqlalchemy")
REPEATING = ("aiokafka",)  # says thirty times a second that a broker is away; who uses it says so once
_TARGET = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*")


@dataclass(frozen=True)
class LogLevels:
    """Levels by name.

    Args:
        base: Of everything that is not named.
        targets: Of modules and packages, with all that is below them.
    """

    base: str
    targets: Mapping[str, str]

    def apply(self) -> None:
        """Set the levels of the loggers there are, and of those to come."""
        known = logging.getLogger().manager.loggerDict
        for name in known:
            if name.partition(".")[0] in PACKAGES:
                logging.getLogger(name).setLevel(logging.NOTSET)
        logging.getLogger().setLevel(LEVELS[self.base])
        for name in NOISY:
            logging.getLogger(name).setLevel(max(LEVELS[self.base], logging.WARNING))
        for name in REPEATING:
            base = LEVELS[self.base]
            logging.getLogger(name).setLevel(base if base <= logging.DEBUG else logging.CRITICAL)
        for target, level in self.targets.items():
            for name in PACKAGES if target == "orion" else (target,):
                logging.getLogger(name).setLevel(LEVELS[level])


def read_levels(text: str) -> LogLevels:
    """Read levels as a setting or a variable spells them: a level, and levels of modules, with commas between.

    Args:
        text: Such as `info`, or `orion_io.queue=debug,warn`; without a level for the rest, that is `info`.

    Raises:
        ValueError: Something in it is no level or no module, or stands twice; the message says what.
    """
    base: str | None = None
    targets: dict[str, str] = {}
    for part in text.split(","):
        target, equals, level = (each.strip() for each in part.rpartition("="))
        level = level.lower()
        if level not in LEVELS:
            hint = did_you_mean(level, LEVELS)
            raise ValueError(f"'{level}' is no level: {hint or 'one of ' + ', '.join(LEVELS)}")
        if not equals:
            if base is not None:
                raise ValueError(f"a level for everything stands twice: {base} and {level}")
            base = level
        elif _TARGET.fullmatch(target) is None:
            raise ValueError(f"'{target}' is no module, such as orion_io.queue")
        elif target in targets:
            raise ValueError(f"the level of {target} stands twice")
        else:
            targets[target] = level
    return LogLevels(base or "info", targets)
