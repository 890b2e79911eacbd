"""YAML as another spelling of JSON: only JSON's types, no tags, no surprises. Knows no definition.

`no`, `2026-01-01` and `0o17` are texts here (YAML 1.2's JSON schema), anchors are refused (they may expand without
bound), and so is a name that stands twice.
"""

import re
from typing import Any

import yaml

from orion_cli.failures import Misused

_KINDS = (
    ("null", re.compile(r"^(?:null|~|)$"), ["n", "~", ""]),
    ("bool", re.compile(r"^(?:true|false)$"), ["t", "f"]),
    ("int", re.compile(r"^-?(?:0|[1-9][0-9]*)$"), list("-0123456789")),
    ("float", re.compile(r"^-?(?:0|[1-9][0-9]*)(?:\.[0-9]*)?(?:[eE][-+]?[0-9]+)?$"), list("-0123456789")),
)


class _Loader(yaml.SafeLoader):
    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 # PyYAML's own form

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.events.AliasEvent):
            raise yaml.composer.ComposerError(None, None, "aliases are not allowed", self.peek_event().start_mark)  # type: ignore[no-untyped-call]
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode) or key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, "a member's name is a text and stands once", key.start_mark
                )
            seen.add(key.value)
        return {str(key.value): self.construct_object(value, deep=True) for key, value in node.value}


def _construct_float(loader: _Loader, node: yaml.ScalarNode) -> float:
    return float(str(loader.construct_scalar(node)))


def _construct_map(loader: _Loader, node: yaml.MappingNode) -> Any:
    return loader.construct_mapping(node)


for _name, _pattern, _first in _KINDS:
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_name}", _pattern, _first)
_Loader.add_constructor("tag:yaml.org,2002:float", _construct_float)
_Loader.add_constructor("tag:yaml.org,2002:map", _construct_map)


def read_yaml(name: str, text: str) -> Any:
    """What a YAML text says, as JSON would say it.

    Args:
        name: Of the file, for messages.
        text: All of it.

    Raises:
        Misused: It is not YAML, or says what JSON cannot.
    """
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506 # a SafeLoader with less
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{name}:{mark.line + 1}:{mark.column + 1}" if mark else name
        raise Misused(f"{place}: not YAML, {error.problem}") from None
    except (yaml.YAMLError, RecursionError) as error:
        raise Misused(f"{name}: not YAML, {str(error) or 'nested too deep'}") from None


def write_yaml(value: object) -> str:
    """A JSON value as YAML."""
    return yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=120)
