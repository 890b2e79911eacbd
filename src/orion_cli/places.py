"""Where in a text a JSON pointer leads (RFC 6901). Knows nothing but texts that were read before without a mistake."""

import json
import re
from dataclasses import dataclass
from typing import Any

_SPACE = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder()


@dataclass(frozen=True)
class Spot:
    """A place in a text, counted from 1, and the line it is on."""

    line: int
    column: int
    text: str


def spot_in_json(text: str, pointer: str) -> Spot:
    """The place of a pointer in JSON; where it leads to nothing, of the last object or array on the way."""
    at = _space(text, 0)
    for segment in segments_of(pointer):
        found = _step(text, at, segment)
        if found is None:
            break
        at = found
    return _spot(text, at)


def segments_of(pointer: str) -> list[str]:
    """A pointer's segments, unescaped."""
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]


def _step(text: str, at: int, segment: str) -> int | None:
    """Where a member or an item of the value at `at` begins; None when there is none."""
    if text[at] == "[":
        return _item(text, at, segment)
    return _member(text, at, segment) if text[at] == "{" else None


def _member(text: str, at: int, name: str) -> int | None:
    at = _space(text, at + 1)
    while text[at] == '"':
        key, after = _DECODER.raw_decode(text, at)
        value = _space(text, _space(text, after) + 1)
        if key == name:
            return value
        _, after = _DECODER.raw_decode(text, value)
        at = _space(text, after)
        at = _space(text, at + 1) if text[at] == "," else at
    return None


def _item(text: str, at: int, index: str) -> int | None:
    at = _space(text, at + 1)
    count = 0
    while text[at] != "]":
        if str(count) == index:
            return at
        _, after = _DECODER.raw_decode(text, at)
        at = _space(text, after)
        at = _space(text, at + 1) if text[at] == "," else at
        count += 1
    return None


def _space(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _spot(text: str, at: int) -> Spot:
    start = text.rfind("\n", 0, at) + 1
    end = text.find("\n", at)
    return Spot(text.count("\n", 0, at) + 1, at - start + 1, text[start : end if end >= 0 else len(text)])


def spot_in_yaml(text: str, pointer: str) -> Spot:
    """The place of a pointer in YAML, found as `spot_in_json` finds it."""
    import yaml

    node: Any = yaml.compose(text, Loader=yaml.SafeLoader)  # a node of PyYAML's
    for segment in segments_of(pointer):
        inner = _inner(node, segment)
        if inner is None:
            break
        node = inner
    return _spot(text, node.start_mark.index if node is not None else 0)


def _inner(node: object, segment: str) -> object | None:
    import yaml

    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == segment), None)
    if isinstance(node, yaml.SequenceNode) and segment.isdecimal() and int(segment) < len(node.value):
        item: object = node.value[int(segment)]
        return item
    return None
