"""What tells requests apart: the keys of limits, of repeated requests and of kept answers. Keeps none of them."""

from hashlib import sha256
from typing import Any

import cython

from orion_core.documents import canonical, encode
from orion_core.guard import CacheRule
from orion_core.protocol import Request


@cython.ccall
def text_key(value: object) -> str:
    """A value as the key of a limit."""
    return value if type(value) is str else encode(value).decode()


@cython.ccall
def bare_key(given: str) -> str:
    """An idempotency key without the quotes of a structured field (draft-ietf-httpapi-idempotency-key, section 2.1)."""
    key = given.strip()
    return key[1:-1] if len(key) > 1 and key[0] == key[-1] == '"' else key


@cython.ccall
def fingerprint_of(request: Request, view: dict[str, Any]) -> bytes:
    """Of all that makes two requests the same, members of objects in whatever order."""
    return sha256(canonical([request.method, request.path, request.query, view["data"]])).digest()


@cython.ccall
def answer_key(rule: CacheRule, request: Request, view: dict[str, Any]) -> bytes:
    """Everything that tells this request's answer from others, whole: nothing is hashed, so nothing collides."""
    said: list[Any] = [rule.scope, request.method, view["path"]]
    if rule.fields is None:
        said += (view["query"], view["data"])
    else:
        said += [member(view, field) for field in rule.fields]
    return canonical(said)


def member(view: object, names: tuple[str, ...]) -> list[object]:
    """What stands at a place, as an array of one; an empty one where nothing does."""
    value: Any = view
    for name in names:
        if type(value) is not dict or name not in value:
            return []
        value = value[name]
    return [value]
