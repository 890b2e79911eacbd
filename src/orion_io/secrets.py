"""References to secrets in connectors: `${NAME}` for the environment, `file:/path` for a file. Reads no definition.

A definition that holds references only may be shown, exported and backed up. Orion's own variables are not to be had:
they hold the keys of the admin API.
"""

import os
import re
from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path

from orion_core import Problems, at

_REFERENCE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
FILE = "file:"
LARGEST = 65_536  # bytes of a file


class Secrets:
    """What references stand for.

    Args:
        environment: The variables.
        allowed: Patterns of variables that may be named.
        denied: Patterns of those that may not; they win.
        folders: Where files may lie.
    """

    def __init__(
        self,
        environment: Mapping[str, str] = os.environ,
        allowed: tuple[str, ...] = ("*",),
        denied: tuple[str, ...] = ("ORION_*",),
        folders: tuple[str, ...] = ("/run/secrets",),
    ) -> None:
        self._environment = environment
        self._allowed = allowed
        self._denied = denied
        self._folders = tuple(Path(folder).resolve() for folder in folders)

    def resolve(self, value: object, problems: Problems, pointer: str, used: set[str]) -> object:
        """A copy of a JSON value with every reference in its texts replaced.

        Args:
            value: Part of a connector's config.
            problems: Receives a problem for each reference that leads nowhere.
            pointer: Where it lies.
            used: Receives what the references stand for.
        """
        if isinstance(value, Mapping):
            return {name: self.resolve(child, problems, at(pointer, name), used) for name, child in value.items()}
        if isinstance(value, list):
            return [self.resolve(child, problems, at(pointer, index), used) for index, child in enumerate(value)]
        if not isinstance(value, str):
            return value

        def variable(found: re.Match[str]) -> str:
            read = self._variable(found[1], problems, pointer)
            used.add(read)
            return read

        if value.startswith(FILE + "/"):
            read = self._file(value, problems, pointer)
            used.add(read)
            return read
        return _REFERENCE.sub(variable, value)

    def _variable(self, name: str, problems: Problems, pointer: str) -> str:
        refused = any(fnmatchcase(name, pattern) for pattern in self._denied)
        if refused or not any(fnmatchcase(name, pattern) for pattern in self._allowed):
            problems.error(pointer, f"the environment variable '{name}' may not be used by connectors")
        elif name not in self._environment:
            problems.error(pointer, f"the environment variable '{name}' is not set")
        else:
            return self._environment[name]
        return ""

    def _file(self, reference: str, problems: Problems, pointer: str) -> str:
        path = Path(reference.removeprefix(FILE)).resolve()
        if not any(path.is_relative_to(folder) for folder in self._folders):
            allowed = ", ".join(map(str, self._folders)) or "no folder at all"
            problems.error(pointer, f"'{reference}' may not be read by connectors", expected=f"a file in {allowed}")
            return ""
        try:
            with path.open("rb") as file:
                content = file.read(LARGEST + 1)
            if len(content) > LARGEST:
                problems.error(pointer, f"'{reference}' is larger than {LARGEST} bytes")
            return content.decode().removesuffix("\n").removesuffix("\r")
        except (OSError, UnicodeError) as error:
            problems.error(pointer, f"'{reference}' cannot be read: {type(error).__name__}")
            return ""
