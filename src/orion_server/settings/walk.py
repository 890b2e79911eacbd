"""Every setting by its dotted path. Knows the shape of settings, not where they come from."""

import types
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta

from orion_server.settings.types import Section, Settings


def bare(annotation: Any) -> Any:
    """A type without its documentation and without `| None`."""
    if get_origin(annotation) is Annotated:
        return bare(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        return bare(next(each for each in get_args(annotation) if each is not type(None)))
    return annotation


def is_section(annotation: Any) -> bool:
    """Whether a type is a table of its own."""
    return isinstance(bare(annotation), type) and issubclass(bare(annotation), Section)


def members(kind: type[Section]) -> Mapping[str, Any]:
    """The annotations of a table's members, in order."""
    hints = get_type_hints(kind, include_extras=True)
    return {field.name: hints[field.name] for field in msgspec.structs.fields(kind)}


def paths(kind: type[Section] = Settings, prefix: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any, bool]]:
    """Every setting that is no table: its path, its annotation, and whether it is secret."""
    for name, annotation in members(kind).items():
        if is_section(annotation):
            yield from paths(bare(annotation), (*prefix, name))
        else:
            yield (*prefix, name), annotation, name in kind.SECRET


def value_at(settings: Section, path: tuple[str, ...]) -> Any:
    """The value of a setting."""
    value: Any = settings
    for name in path:
        value = getattr(value, name)
    return value


def description(annotation: Any) -> str:
    """The documentation of a setting."""
    for each in getattr(annotation, "__metadata__", ()):
        if isinstance(each, Meta) and each.description is not None:
            return each.description
    return ""
