"""Reads a JSON document as a declared type and reports everything that is wrong with it. Knows no definition.

A type is a `msgspec.Struct` whose annotations say what is expected; the same declaration makes the OpenAPI schema.
msgspec itself stops at the first mistake, so the walk over objects and lists is ours and leaves go to
`msgspec.convert`.
"""

import re
import types
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec

from orion_core.problems import Problems, at, did_you_mean

T = TypeVar("T", bound=msgspec.Struct)

# "Object contains …" and "Expected `int`, got `str` - at `$[0].x`" are msgspec's own words.
_MISMATCH = re.compile(r"^(?P<what>.*?)(?: - at `\$(?P<path>.*)`)?$", re.DOTALL)
_QUOTED = re.compile(r"(?<=^Invalid enum value) .*", re.DOTALL)
_STEP = re.compile(r"\[(\d+|\.\.\.)\]|\.([^.\[]+)")


def read(document: object, kind: type[T], problems: Problems, pointer: str = "") -> T | None:
    """Read `document` as `kind`.

    Args:
        document: A decoded JSON value.
        kind: The Struct to read it as; its class attribute `ALIASES` may map other spellings to members.
        problems: Receives an error for each unknown, missing or mistaken member.
        pointer: Where in the whole document this one lies.

    Returns:
        The Struct, or None when anything was wrong with it.
    """
    if not isinstance(document, Mapping):
        problems.error(pointer, f"{describe(document)} stands where an object is expected", expected="object")
        return None
    before = len(problems.errors)
    values = _read_members(document, kind, problems, pointer)
    if len(problems.errors) > before:
        return None
    return kind(**values)


def _read_members(
    document: Mapping[str, object], kind: type[msgspec.Struct], problems: Problems, pointer: str
) -> dict[str, object]:
    members = _canonical(document, kind, problems, pointer)
    fields, hints = _declared(kind)
    values: dict[str, object] = {}
    for name in members:
        if name not in fields:
            problems.error(at(pointer, name), f"unknown member '{name}'", hint=did_you_mean(name, fields))
    for name, field in fields.items():
        if name in members:
            where, value = members[name]
            values[field.name] = _read_value(value, hints[field.name], problems, where)
        elif field.required:
            problems.error(at(pointer, name), f"missing member '{name}'", expected=type_name(hints[field.name]))
    return values


@cache
def _declared(kind: type[msgspec.Struct]) -> tuple[Mapping[str, msgspec.structs.FieldInfo], Mapping[str, Any]]:
    """The fields of a type and its annotations; finding them costs more than reading a document by them."""
    fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    return fields, get_type_hints(kind, include_extras=True)


def _canonical(
    document: Mapping[str, object], kind: type[msgspec.Struct], problems: Problems, pointer: str
) -> dict[str, tuple[str, object]]:
    """Members by their proper names, each with the pointer at which it really stood."""
    aliases: Mapping[str, str] = getattr(kind, "ALIASES", {})
    members: dict[str, tuple[str, object]] = {}
    for name, value in document.items():
        proper = aliases.get(name, name)
        if proper in members:
            problems.error(at(pointer, name), f"'{name}' and '{proper}' mean the same; give one of them")
            continue
        members[proper] = (at(pointer, name), value)
    return members


def _read_value(value: object, annotation: Any, problems: Problems, pointer: str) -> object:
    bare, optional = _unwrap(annotation)
    if value is None and optional:
        return None
    if isinstance(bare, type) and issubclass(bare, msgspec.Struct):
        return read(value, bare, problems, pointer)
    origin, arguments = get_origin(bare), get_args(bare)
    if origin is list and _holds_struct(arguments[0]):
        return _read_list(value, annotation, arguments[0], problems, pointer)
    if origin is dict and _holds_struct(arguments[1]):
        return _read_map(value, arguments[1], problems, pointer)
    return _read_leaf(value, annotation, problems, pointer)


def _read_list(value: object, annotation: Any, item: Any, problems: Problems, pointer: str) -> object:
    if not isinstance(value, list):
        problems.error(pointer, f"{describe(value)} stands where an array is expected", expected="array")
        return None
    for meta in getattr(annotation, "__metadata__", ()):
        if meta.min_length is not None and len(value) < meta.min_length:
            problems.error(pointer, f"the array must hold at least {meta.min_length}", expected="a non-empty array")
        if meta.max_length is not None and len(value) > meta.max_length:
            problems.error(pointer, f"the array may hold at most {meta.max_length}, and holds {len(value)}")
    return [_read_value(each, item, problems, at(pointer, index)) for index, each in enumerate(value)]


def _read_map(value: object, item: Any, problems: Problems, pointer: str) -> object:
    if not isinstance(value, dict):
        problems.error(pointer, f"{describe(value)} stands where an object is expected", expected="object")
        return None
    return {name: _read_value(each, item, problems, at(pointer, name)) for name, each in value.items()}


def _read_leaf(value: object, annotation: Any, problems: Problems, pointer: str) -> object:
    try:
        return msgspec.convert(value, annotation)
    except msgspec.ValidationError as error:
        found = _MISMATCH.match(str(error))
        what, path = (found["what"], found["path"]) if found else (str(error), None)
        place = pointer + _pointer_of(path or "")
        shown = _QUOTED.sub("", what)  # a value in a wrong place may be a secret
        problems.error(place, shown.replace("`", "'"), expected=type_name(annotation))
        return None


def _pointer_of(path: str) -> str:
    """msgspec's `[0].name` as a pointer; it writes `[...]` where it does not say which key of an object."""
    steps = [index or name for index, name in _STEP.findall(path)]
    return at("", *(step for step in steps if step != "..."))


def _unwrap(annotation: Any) -> tuple[Any, bool]:
    """The type itself without `Annotated` and without `| None`, and whether null is allowed."""
    if hasattr(annotation, "__metadata__"):
        return _unwrap(annotation.__origin__)
    if get_origin(annotation) in (Union, types.UnionType):
        rest = [each for each in get_args(annotation) if each is not type(None)]
        if len(rest) == 1:
            return _unwrap(rest[0])[0], True
    return annotation, annotation is Any or annotation is object


def _holds_struct(annotation: Any) -> bool:
    bare, _ = _unwrap(annotation)
    if isinstance(bare, type) and issubclass(bare, msgspec.Struct):
        return True
    return get_origin(bare) in (list, dict) and _holds_struct(get_args(bare)[-1])


_NAMES: Mapping[Any, str] = {
    str: "string", int: "integer", float: "number", bool: "true or false", dict: "object", list: "array",
}  # fmt: skip


def type_name(annotation: Any) -> str:
    """How a type is called in words an admin reads."""
    bare, optional = _unwrap(annotation)
    origin = get_origin(bare) or bare
    arguments = get_args(bare)
    if origin is list and arguments:
        name = f"array of {type_name(arguments[0])}"
    elif arguments and origin not in (dict, list):
        name = "one of " + ", ".join(_choices(bare))
    elif isinstance(origin, type) and issubclass(origin, msgspec.Struct):
        name = "object"
    else:
        name = _NAMES.get(origin, "any JSON value")
    return f"{name} or null" if optional and bare is not Any and bare is not object else name


def _choices(annotation: Any) -> Iterator[str]:
    for each in get_args(annotation):
        bare, _ = _unwrap(each)
        if isinstance(each, str):
            yield repr(each)
        elif get_origin(bare) is Literal:
            yield from _choices(bare)
        else:
            yield type_name(each) + _bounds(each)


def _bounds(annotation: Any) -> str:
    """What a number may be, where both ends are told."""
    for meta in getattr(annotation, "__metadata__", ()):
        if meta.ge is not None and meta.le is not None:
            return f" from {meta.ge} to {meta.le}"
    return ""


def describe(value: object) -> str:
    """What a JSON value is, in words: "a string", "null"."""
    words: Mapping[type, str] = {
        dict: "an object", list: "an array", str: "a string", bool: "a boolean",
        int: "an integer", float: "a number", type(None): "null",
    }  # fmt: skip
    return words.get(type(value), "a value")
