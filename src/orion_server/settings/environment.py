"""`ORION_SECTION__KEY` variables as values for settings. Knows names and types, no rules between settings."""

import re
import types
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Union, get_args, get_origin

import msgspec

from orion_core import did_you_mean
from orion_server.settings.walk import bare, paths

# Values by path, each with the variable it came from.
Given = dict[tuple[str, ...], tuple[str, object]]

PREFIX = "ORION_"
FROM_FILE = "_FILE"
_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
MAX_FILE = 65_536  # bytes; a secret is short
ALIASES = {"ORION_ENV": ("environment",), "ORION_LOG": ("logging", "level")}


def variables() -> dict[str, tuple[tuple[str, ...], Any]]:
    """Every variable there is, with its setting's path and type."""
    known = {PREFIX + "__".join(path).upper(): (path, annotation) for path, annotation, _ in paths()}
    return known | {name: (path, str) for name, path in ALIASES.items()}


def read_environment(environ: Mapping[str, str]) -> tuple[Given, list[tuple[str, str]]]:
    """The settings that the environment gives.

    Args:
        environ: All variables.

    Returns:
        Values by path, each with the variable it came from; and problems, as pairs of variable and text. A variable
        without a double underscore that names no setting is somebody else's.
    """
    known = variables()
    values: Given = {}
    problems: list[tuple[str, str]] = []
    for name, text in sorted(environ.items()):
        if not name.startswith(PREFIX):
            continue
        target, from_file = _target(name, known)
        if target is None:
            if "__" in name:
                problems.append((name, _unknown(name, known)))
            continue
        path, annotation = target
        if path in values:
            problems.append((name, f"the same setting is given by {values[path][0]}"))
            continue
        try:
            values[path] = (name, _value(_content(text) if from_file else text, annotation))
        except (OSError, ValueError) as error:
            problems.append((name, str(error) if isinstance(error, ValueError) else f"cannot read the file: {error}"))
    return values, problems


def _content(path: str) -> str:
    """What a file named by a `_FILE` variable holds, without white space around it."""
    with Path(path).open("rb") as opened:
        content = opened.read(MAX_FILE + 1)
    if len(content) > MAX_FILE:
        raise ValueError(f"the file is larger than {MAX_FILE} bytes")
    try:
        return content.decode().strip()
    except UnicodeDecodeError:
        raise ValueError("the file is not UTF-8") from None


def _target(
    name: str, known: Mapping[str, tuple[tuple[str, ...], Any]]
) -> tuple[tuple[tuple[str, ...], Any] | None, bool]:
    if name in known:
        return known[name], False
    if name.endswith(FROM_FILE) and name[: -len(FROM_FILE)] in known:
        return known[name[: -len(FROM_FILE)]], True
    return None, False


def _unknown(name: str, known: Mapping[str, object]) -> str:
    hint = did_you_mean(name, known)
    return "no setting has this name" + (f"; {hint}" if hint else "")


def _value(text: str, annotation: Any) -> object:
    """A variable's text as its setting's type; wrong text is a ValueError that says what was expected."""
    kind = bare(annotation)
    if kind is bool:
        if text not in ("true", "false"):
            raise ValueError("expected true or false")
        return text == "true"
    if kind is int or kind is float:
        try:
            return _integer(text) if kind is int else float(text)
        except ValueError:
            raise ValueError(f"expected {'an integer' if kind is int else 'a number'}") from None
    if _may_be_number(annotation):
        return _number_or_text(text)
    if get_origin(kind) is list:
        return _list(text)
    return text


def _may_be_number(annotation: Any) -> bool:
    """Whether a setting is a word or a number."""
    inner = get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation
    return get_origin(inner) in (Union, types.UnionType) and any(bare(each) is float for each in get_args(inner))


def _number_or_text(text: str) -> object:
    try:
        return float(text)
    except ValueError:
        return text


def _integer(text: str) -> int:
    if _INTEGER.fullmatch(text) is None:
        raise ValueError
    return int(text)


def _list(text: str) -> object:
    """A JSON array, or items between commas."""
    if text.lstrip().startswith("["):
        try:
            return msgspec.json.decode(text)
        except msgspec.DecodeError as error:
            raise ValueError(f"expected a JSON array: {error}") from None
    return [item.strip() for item in text.split(",") if item.strip()]
