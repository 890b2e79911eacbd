"""From a channel's `config` to its guard, or every problem. Run once per change; asks nothing."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from orion_core.connector import CACHE, Connector
from orion_core.definitions import ChannelConfig, RateLimit, ResponseCache
from orion_core.governance.cors import ANY, CorsPolicy
from orion_core.governance.cors import HEADERS as CORS_HEADERS
from orion_core.governance.cors import METHODS as CORS_METHODS
from orion_core.guard import CacheRule, CapacityRule, DuplicateRule, Guard, RateRule
from orion_core.logic import Mode, Operator, Rule, RuleProblems, compile_rule
from orion_core.problems import Problems, at, did_you_mean

_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")  # RFC 9110 section 5.6.2
_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://[^/\s?#@]+/?", re.IGNORECASE)  # RFC 6454 section 6.2
CACHE_ROOTS = ("data", "headers", "query", "path")
OUTSIDE_BODY = frozenset({"headers", "query", "path", "client_ip", "channel"})
POINTING = frozenset({"var", "val", "missing", "missing_some", "exists"})


def compile_guard(
    config: ChannelConfig,
    channel_id: str,
    operators: Mapping[str, Operator],
    problems: Problems,
    scope: str = "",
    connectors: Mapping[str, Connector] | None = None,
) -> Guard | None:
    """Compile what guards a channel.

    Args:
        config: As the admin wrote it.
        channel_id: Names the limit in `RateLimit` fields.
        operators: JSONLogic operators beyond the built-in ones.
        problems: Receives whatever is wrong, with pointers below `/config`.
        scope: Tells the answers of the present workflows from those of others, for the cache.
        connectors: Those that may be used, by name; None while that does not matter.

    Returns:
        The guard; None when nothing is asked for.
    """
    rate = None if config.rate_limit is None else _rate(config.rate_limit, channel_id, operators, problems)
    validation = None
    if config.validation_logic is not None:
        validation = _strict(config.validation_logic, problems, "/config/validation_logic", operators)
    duplicates = None
    if config.deduplication is not None:
        given = config.deduplication
        check_header(given.header, problems, "/config/deduplication/header")
        store = _store(given.connector, connectors, problems, "/config/deduplication/connector")
        replay = given.on_duplicate == "replay"
        prefix = f"orion:key:{channel_id}:"
        duplicates = DuplicateRule(given.header.lower(), float(given.window_secs), replay, store, prefix)
    capacity = None
    if config.backpressure is not None:
        room = config.backpressure
        capacity = CapacityRule(room.max_concurrent, room.queue_depth, room.queue_timeout_ms / 1000)
    cache = None
    if config.cache is not None:
        store = _store(config.cache.connector, connectors, problems, "/config/cache/connector")
        cache = _cache(config.cache, channel_id, scope, store, problems)
    cors = _cors(config, problems)
    parts = (rate, validation, duplicates, cache, capacity, cors)
    return None if all(part is None for part in parts) else Guard(*parts)


def _rate(given: RateLimit, channel_id: str, operators: Mapping[str, Operator], problems: Problems) -> RateRule:
    burst = given.burst if given.burst is not None else int(given.requests_per_second / 2) + 1
    key = None
    if given.key_logic is not None:
        key = _strict(given.key_logic, problems, "/config/rate_limit/key_logic", operators)
    needs_body = given.key_logic is not None and not roots_of(given.key_logic) <= OUTSIDE_BODY
    return RateRule(float(given.requests_per_second), burst, key, needs_body, channel_id)


def _strict(logic: object, problems: Problems, pointer: str, operators: Mapping[str, Operator]) -> Rule:
    """Compile logic that is read strictly: an unknown operator there is a mistake."""
    try:
        return compile_rule(logic, mode=Mode.STRICT, operators=operators, pointer=pointer)
    except RuleProblems as refused:
        for problem in refused.problems:
            problems.error(problem.pointer, problem.message, hint=problem.hint)
        return compile_rule(None)


def roots_of(logic: object) -> set[str]:
    """The first members that a rule looks at; "" where that cannot be told before it runs."""
    return set(_roots(logic))


def _roots(logic: object) -> Iterator[str]:
    if isinstance(logic, dict):
        for name, given in logic.items():
            if name in POINTING:
                yield from _pointed(given)
            yield from _roots(given)
    elif isinstance(logic, list):
        for item in logic:
            yield from _roots(item)


def _pointed(given: Any) -> Iterator[str]:
    paths = given if isinstance(given, list) else [given]
    if not paths:
        yield ""
    for path in paths[:1]:
        yield path.split(".")[0] if isinstance(path, str) else ""


def _store(
    name: str | None, connectors: Mapping[str, Connector] | None, problems: Problems, pointer: str
) -> Connector | None:
    """The store a connector leads to; None for the memory of this process, which is what a memory connector is."""
    if name is None or connectors is None:
        return None
    connector = connectors.get(name)
    if connector is None:
        problems.error(pointer, f"Connector '{name}' not found", hint=did_you_mean(name, connectors))
        return None
    if connector.kind != CACHE:
        problems.error(pointer, f"Connector '{name}' is no cache", expected="a connector of type 'cache'")
        return None
    return None if connector.config.backend == "memory" else connector


def _cache(
    given: ResponseCache, channel_id: str, scope: str, store: Connector | None, problems: Problems
) -> CacheRule | None:
    if not given.enabled:
        return None
    fields = None
    if given.cache_key_fields is not None:
        if not given.cache_key_fields:
            text = "an empty list would give every request the same answer"
            problems.error("/config/cache/cache_key_fields", text, expected="names, or no list at all")
        fields = tuple(
            _field(text, problems, at("/config/cache/cache_key_fields", index))
            for index, text in enumerate(given.cache_key_fields)
        )
    scope = f"{channel_id} {scope} {given.ttl_secs} {given.cache_key_fields}"
    return CacheRule(float(given.ttl_secs), fields, scope, store, f"orion:answer:{channel_id}:")


def _field(text: str, problems: Problems, pointer: str) -> tuple[str, ...]:
    """A place in the request; one that names no root is a member of `data`."""
    names = tuple(text.split("."))
    if not all(names):
        problems.error(pointer, f"'{text}' is no path", expected="names between dots, such as data.user_id")
    if names[0] in CACHE_ROOTS and len(names) > 1:
        root, *rest = names
        return (root, *(name.lower() for name in rest)) if root == "headers" else names
    return ("data", *names)


def _cors(config: ChannelConfig, problems: Problems) -> CorsPolicy | None:
    given = config.cors
    if given is None or given.allowed_origins is None:
        if given is not None:
            text = "without allowed_origins the global policy applies, and nothing else here is looked at"
            problems.warn("/config/cors", text)
        return None
    for index, origin in enumerate(given.allowed_origins):
        check_origin(origin, problems, at("/config/cors/allowed_origins", index))
    for name in ("allowed_methods", "allowed_headers"):
        for index, value in enumerate(getattr(given, name) or ()):
            check_header(value, problems, at("/config/cors", name, index))
    methods = given.allowed_methods if given.allowed_methods is not None else CORS_METHODS
    headers = given.allowed_headers if given.allowed_headers is not None else CORS_HEADERS
    return CorsPolicy(given.allowed_origins, methods, headers)


def check_origin(origin: str, problems: Problems, pointer: str) -> None:
    """An origin is a scheme, a host and perhaps a port; or `*`, or `null`."""
    if origin not in (ANY, "null") and _ORIGIN.fullmatch(origin) is None:
        problems.error(pointer, f"'{origin}' is no origin", expected="such as https://app.example.com, or *")


def check_header(name: str, problems: Problems, pointer: str) -> None:
    """Header and method names are tokens."""
    if _TOKEN.fullmatch(name) is None:
        problems.error(pointer, f"'{name}' is no name of a header or method")
