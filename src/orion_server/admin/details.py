"""What an audit entry says of a change: masked, and bounded whatever the size of the documents. Knows no definition."""

from collections.abc import Iterator
from itertools import zip_longest

import msgspec

from orion_core import at, encode, mask
from orion_core.masking import is_secret

MAX_CHANGES = 50
MAX_VALUE = 512  # bytes of JSON of one value
MAX_MEMBER = 4096  # bytes of JSON of one member of a whole document
MAX_PATH = 512  # characters
_ABSENT = object()


def differences(before: object, after: object) -> list[dict[str, object]]:
    """Every place at which two JSON documents differ.

    Args:
        before: The old document.
        after: The new one.

    Returns:
        One `{"path", "from", "to"}` for each place, `path` a JSON pointer (RFC 6901). A value that is not there has no
        member; secrets are masked; a large value is replaced by its size. After fifty places, the rest is counted.
    """
    found = list(_walk(before, after, "", ""))
    shown = found[:MAX_CHANGES]
    if len(found) > MAX_CHANGES:
        shown.append({"path": "", "more": len(found) - MAX_CHANGES})
    return shown


def _walk(before: object, after: object, path: str, name: str) -> Iterator[dict[str, object]]:
    """Go down as long as both sides are objects, or arrays, whose members may be shown one by one."""
    if _opaque(name) or type(before) is not type(after):
        yield from _compare(before, after, path, name)
    elif isinstance(before, dict) and isinstance(after, dict):
        for member in {**before, **after}:
            yield from _walk(before.get(member, _ABSENT), after.get(member, _ABSENT), at(path, member), member)
    elif isinstance(before, list) and isinstance(after, list):
        for index, (old, new) in enumerate(zip_longest(before, after, fillvalue=_ABSENT)):
            yield from _walk(old, new, at(path, index), "")
    else:
        yield from _compare(before, after, path, name)


def _opaque(name: str) -> bool:
    """Whether everything below a member of this name is masked, so that nothing below may be shown alone."""
    return name == "headers" or is_secret(name)


def _compare(before: object, after: object, path: str, name: str) -> Iterator[dict[str, object]]:
    if before is not _ABSENT and after is not _ABSENT and encode(before) == encode(after):
        return
    change: dict[str, object] = {"path": path[:MAX_PATH]}
    if before is not _ABSENT:
        change["from"] = _shown(before, name)
    if after is not _ABSENT:
        change["to"] = _shown(after, name)
    yield change


def _shown(value: object, name: str, most: int = MAX_VALUE) -> object:
    masked = mask(value, name=name)
    size = len(encode(masked))
    return masked if size <= most else {"omitted_bytes": size}


def whole(document: msgspec.Struct) -> dict[str, object]:
    """A view of something new, each member masked, or replaced by its size when it is large."""
    members = msgspec.structs.asdict(document)
    members.pop("config_json", None)  # repeats `config`
    return {name: _shown(value, name, MAX_MEMBER) for name, value in members.items()}
