"""Reads bodies and query strings of admin requests, and says everything that is wrong with them. Knows no endpoint."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import msgspec

from orion_core import DefinitionProblems, DocumentError, Problem, Problems, at, decode, did_you_mean
from orion_core.reading import describe, read
from orion_server.admin.endpoint import Parameter
from orion_server.exchange import Call, Refusal

T = TypeVar("T", bound=msgspec.Struct)

MAX_FIELDS = 100
_OFFSET = re.compile(r" ?\(byte (\d+)\)")
_INTEGER = re.compile(r"[+-]?[0-9]{1,30}")
_INSTANT = re.compile(r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(\.\d{1,9})?(?:([Zz])|[+ -]\d\d:\d\d)?", re.ASCII)
_BOOLEANS: Mapping[str, bool] = {"true": True, "1": True, "false": False, "0": False}


# --- bodies -------------------------------------------------------------------------------------------------------


def read_json(call: Call, max_depth: int) -> object:
    """Decode the body of a call.

    Args:
        call: The call.
        max_depth: How deep arrays and objects may be nested.

    Raises:
        Refusal: 400, there is no body or it is not JSON; 415, it says to be something else (RFC 9110 section 15.5.16).
    """
    if not call.body:
        raise Refusal(400, "BAD_REQUEST", "The request has no body; a JSON document is expected", "missing_body")
    check_media_type(call.headers.get("content-type"))
    try:
        return decode(call.body, max_depth)
    except DocumentError as error:
        raise Refusal(400, "BAD_REQUEST", _misread(str(error), call.body), "invalid_json") from None


def check_media_type(given: str | None) -> None:
    """Let `application/json` and every `+json` pass (RFC 6839 section 3.1); refuse the rest, and none, with 415."""
    essence = (given or "").partition(";")[0].strip().lower()
    if essence == "application/json" or essence.endswith("+json"):
        return
    shown = f", not '{essence[:100]}'" if essence else ""
    text = f"Content-Type must be application/json for requests with a body{shown}"
    raise Refusal(415, "UNSUPPORTED_MEDIA_TYPE", text, "unsupported_media_type")


def _misread(said: str, body: bytes) -> str:
    """What the decoder said, its byte offset as line and column counted from 1."""
    found = _OFFSET.search(said)
    if found is not None:
        before = body[: int(found[1])]
    elif "truncated" in said:
        before = body
    else:
        return f"The request body is not acceptable JSON: {said}"
    column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8", "replace")) + 1
    line = before.count(b"\n") + 1
    return f"The request body is not acceptable JSON at line {line}, column {column}: {_OFFSET.sub('', said)}"


def read_as(document: object, kind: type[T]) -> T:
    """Read a small document that is no definition.

    Raises:
        DefinitionProblems: Everything that is wrong with it.
    """
    problems = Problems()
    value = read(document, kind, problems)
    if value is None:
        raise DefinitionProblems(problems.errors)
    return value


def as_object(document: object) -> dict[str, object]:
    """The document, which must be a JSON object.

    Raises:
        DefinitionProblems: It is something else.
    """
    if isinstance(document, dict):
        return document
    text = f"{describe(document)} stands where an object is expected"
    raise DefinitionProblems([Problem("", text, "object")])


def canonical(document: Mapping[str, object], kind: type[msgspec.Struct]) -> dict[str, object]:
    """The document with its members under their proper names.

    An alias beside its proper name stays, so that reading the document reports it.
    """
    aliases: Mapping[str, str] = getattr(kind, "ALIASES", {})
    proper: dict[str, object] = {}
    for name, value in document.items():
        target = aliases.get(name, name)
        proper[name if target in proper or (target != name and target in document) else target] = value
    return proper


def without_nulls(document: Mapping[str, object], kind: type[msgspec.Struct]) -> dict[str, object]:
    """The document without optional members that are null: null means what leaving the member out means."""
    optional = {field.encode_name for field in msgspec.structs.fields(kind) if not field.required}
    return {name: value for name, value in document.items() if value is not None or name not in optional}


def put_over(
    stored: Mapping[str, object], given: Mapping[str, object], kind: type[msgspec.Struct]
) -> dict[str, object]:
    """A stored document with what is given put over it.

    Null clears a member that may be null or any JSON value, and keeps any other: clients that write every member they
    know, unset ones as null, then lose nothing.
    """
    fields = msgspec.structs.fields(kind)
    keeps = {field.encode_name for field in fields if field.default is not None and not _holds_any(field.type)}
    changes = {name: value for name, value in given.items() if value is not None or name not in keeps}
    return without_nulls({**stored, **changes}, kind)


def _holds_any(annotation: object) -> bool:
    return getattr(annotation, "__origin__", annotation) is Any


# --- query strings ------------------------------------------------------------------------------------------------


def read_query(query: str, parameters: Iterable[Parameter]) -> dict[str, object]:
    """Read a query string.

    Args:
        query: As it came, without the question mark.
        parameters: The ones that are known.

    Returns:
        A value for each parameter, given or default.

    Raises:
        Refusal: 400, one is unknown, given twice, or not what it should be.
    """
    known = {parameter.name: parameter for parameter in parameters}
    values = {name: parameter.default for name, parameter in known.items()}
    problems = Problems()
    seen: set[str] = set()
    for name, text in _fields(query):
        if name not in known:
            _unknown(name, known, problems)
        elif name in seen:
            problems.error(at("", name), f"query parameter '{name}' is given twice")
        else:
            values[name] = _value(known[name], text, problems)
        seen.add(name)
    if problems:
        raise Refusal(400, "BAD_REQUEST", told(problems.errors), "invalid_query", problems.errors)
    return values


def _fields(query: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(query, keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS)
    except ValueError as error:
        wrong = "not percent-encoded UTF-8" if isinstance(error, UnicodeError) else "too many parameters"
        raise Refusal(400, "BAD_REQUEST", f"Invalid query string: {wrong}", "invalid_query") from None


def _unknown(name: str, known: Iterable[str], problems: Problems) -> None:
    expected = "one of " + ", ".join(known) if known else "no query parameters"
    text = f"unknown query parameter '{name[:64]}'"
    problems.error(at("", name[:64]), text, expected=expected, hint=did_you_mean(name[:64], known))


def _value(parameter: Parameter, text: str, problems: Problems) -> object:
    if parameter.kind == "integer":
        return _integer(parameter, text, problems)
    if parameter.kind == "boolean":
        return _chosen(parameter, text.lower(), _BOOLEANS, "true or false", problems)
    if parameter.kind == "instant":
        return _instant(parameter, text, problems)
    if parameter.kind == "words":
        return _words(parameter, text, problems)
    if parameter.choices:
        choices = {choice: choice for choice in parameter.choices}
        return _chosen(parameter, text, choices, "one of " + ", ".join(choices), problems)
    return text


def _integer(parameter: Parameter, text: str, problems: Problems) -> object:
    if not _INTEGER.fullmatch(text):
        problems.error(at("", parameter.name), f"'{text[:64]}' is not an integer", expected="integer")
        return None
    number = int(text)
    if parameter.bounds is None:
        return number
    smallest, largest = parameter.bounds
    return min(max(number, smallest), largest)


def _chosen(
    parameter: Parameter, text: str, choices: Mapping[str, object], expected: str, problems: Problems
) -> object:
    if text in choices:
        return choices[text]
    where = at("", parameter.name)
    problems.error(
        where, f"'{text[:64]}' is not possible here", expected=expected, hint=did_you_mean(text[:64], choices)
    )
    return None


def _words(parameter: Parameter, text: str, problems: Problems) -> object:
    """Some of the choices, each once; none of them is a way to ask for nothing."""
    choices = {choice: choice for choice in parameter.choices}
    words = [word.strip() for word in text.split(",") if word.strip()]
    expected = "some of " + ", ".join(choices)
    return frozenset(_chosen(parameter, word, choices, expected, problems) for word in words)


def _instant(parameter: Parameter, text: str, problems: Problems) -> object:
    """Microseconds since the epoch; an instant without an offset is UTC, as the API itself writes them."""
    try:
        return read_instant(text)
    except ValueError:
        where = at("", parameter.name)
        problems.error(where, f"'{text[:64]}' is not an instant", expected="RFC 3339, such as 2026-04-16T12:34:56Z")
        return None


def read_instant(text: str) -> int:
    """An RFC 3339 instant as microseconds since the epoch; a `+` that a query string turned into a space is mended.

    Raises:
        ValueError: It is none.
    """
    if not _INSTANT.fullmatch(text):
        raise ValueError("not RFC 3339")
    instant = datetime.fromisoformat(text[:10] + "T" + text[11:].upper().replace(" ", "+"))
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=UTC)
    since = instant - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


# --- words --------------------------------------------------------------------------------------------------------

SHOWN = 5


def told(problems: Iterable[Problem]) -> str:
    """Problems as one line for the envelope's message; each stands in `problems` too."""
    lines = [f"{problem.field}: {problem.message}" if problem.pointer else problem.message for problem in problems]
    more = f"; and {len(lines) - SHOWN} more" if len(lines) > SHOWN else ""
    return "; ".join(lines[:SHOWN]) + more
