"""The parts of an outgoing HTTP request: its URL, its headers, its content. Knows no task and sends nothing."""

import re
from base64 import b64encode
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, unquote, urlencode

from orion_core.connector_definitions import HttpConnector
from orion_core.documents import encode
from orion_core.logic import text_of

_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")  # RFC 9110 section 5.6.2
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?")  # W3C Trace Context, 3.2
_PARAMETER = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\\]")
SAFE = "/:@!$&'()*+,;=~-._%?"
FRAMING = frozenset({
    "host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "trailer", "keep-alive",
    "proxy-connection", "expect",
})  # fmt: skip
HTTP_DATE = "%a, %d %b %Y %H:%M:%S GMT"


class Unsendable(Exception):
    """A value that cannot stand where it was asked to; the message is for the caller."""


def join_url(base: str, path: object, parameters: Mapping[str, object], query: Iterable[tuple[str, object]]) -> str:
    """The URL of a request: the connector's, a path below it, and parameters.

    Args:
        base: The connector's URL; its own query string stays.
        path: Text; what it lacks in percent-encoding is done, and a query string in it is kept.
        parameters: What stands for `{name}` in the path, encoded whole.
        query: Names and values; null is left out, an array is repeated.

    Raises:
        Unsendable: The path would leave the connector's URL, or cannot be written.
    """
    base, _, own = without_user(base.partition("#")[0]).partition("?")
    text = path if isinstance(path, str) else text_of(path)
    text, _, embedded = _filled(text, parameters).partition("?")
    if text:
        base = f"{base.rstrip('/')}/{_path(text)}"
    fields = "&".join(part for part in (own, _escaped(embedded), _fields(query)) if part)
    return f"{base}?{fields}" if fields else base


def without_user(url: str) -> str:
    """A URL without the user information before its host."""
    scheme, found, rest = url.partition("://")
    authority, slash, path = rest.partition("/")
    return f"{scheme}{found}{authority.rpartition('@')[2]}{slash}{path}"


def _filled(path: str, parameters: Mapping[str, object]) -> str:
    if not parameters:
        return path

    def value(found: "re.Match[str]") -> str:
        name = found[1]
        if name not in parameters:
            return found[0]
        text = plain_text(parameters[name], f"path parameter '{name}'")
        if text in ("", ".", ".."):
            raise Unsendable(f"path parameter '{name}' is '{text}', which is no segment of a path")
        return quote(text, safe="")

    return _PARAMETER.sub(value, path)


def _path(text: str) -> str:
    text = text.lstrip("/")
    if "#" in text or _CONTROL.search(text):
        raise Unsendable("the path holds a character that no path has")
    if any(unquote(segment) in (".", "..") for segment in text.split("/")):
        raise Unsendable("the path holds a dot segment, which would leave the connector's URL")
    return _escaped(text)


def _escaped(text: str) -> str:
    if "#" in text or _CONTROL.search(text):
        raise Unsendable("the query holds a character that no URL has")
    return quote(_BAD_ESCAPE.sub("%25", text), safe=SAFE)


def _fields(query: Iterable[tuple[str, object]]) -> str:
    return urlencode(
        [
            (name, plain_text(each, f"query parameter '{name}'"))
            for name, value in query
            for each in (value if isinstance(value, list) else (value,))
            if each is not None
        ]
    )


def plain_text(value: object, what: str) -> str:
    """A scalar as text; objects and arrays as JSON."""
    if isinstance(value, str):
        return value
    if value is None:
        raise Unsendable(f"{what} is null")
    return encode(value).decode()


class Headers:
    """The headers of a request, in the documented layers: each overrides what came before.

    Args:
        config: Its headers, then what authenticates it.
        incoming: The headers of the request that is being worked on: its trace goes on.
    """

    def __init__(self, config: HttpConnector, incoming: object) -> None:
        self._values: dict[str, str] = {}
        if isinstance(incoming, dict):
            self._trace(incoming)
        for name, value in config.headers.items():
            self.put(name, value)
        if not config.auth and "@" in config.url.partition("://")[2].partition("/")[0]:
            user = config.url.partition("://")[2].partition("/")[0].rpartition("@")[0]
            name, _, password = user.partition(":")
            self.put("authorization", basic(unquote(name), unquote(password)))
        for name, value in credentials(config.auth):
            self.put(name, value)

    def _trace(self, incoming: Mapping[str, Any]) -> None:
        parent = incoming.get("traceparent")
        if isinstance(parent, str) and _TRACEPARENT.fullmatch(parent):
            self.put("traceparent", parent)
            if isinstance(incoming.get("tracestate"), str):
                self.put("tracestate", incoming["tracestate"])

    def put(self, name: str, value: object) -> None:
        """Set a header; null removes it.

        Raises:
            Unsendable: It holds a line break or another character that no header has (RFC 9110 section 5.5).
        """
        if value is None:
            self._values.pop(name.lower(), None)
            return
        text = plain_text(value, f"header '{name}'").strip(" \t")
        if any((character < " " and character != "\t") or character == "\x7f" for character in text):
            raise Unsendable(f"header '{name}' holds a control character")
        self._values[name.lower()] = text

    def get(self, name: str) -> str:
        """The value of a header, "" when there is none."""
        return self._values.get(name, "")

    def pairs(self) -> tuple[tuple[str, str], ...]:
        """All of them."""
        return tuple(self._values.items())


def credentials(auth: Any) -> tuple[tuple[str, str], ...]:
    """The header that authenticates a connector's requests."""
    if not auth:
        return ()
    if auth["type"] == "bearer":
        return (("authorization", f"Bearer {auth['token']}"),)
    if auth["type"] == "basic":
        return (("authorization", basic(auth["username"], auth["password"])),)
    return ((auth["header"], auth["key"]),)


def basic(username: str, password: str) -> str:
    """RFC 7617."""
    return f"Basic {b64encode(f'{username}:{password}'.encode()).decode()}"


def check_header_name(name: str) -> str | None:
    """Why a task may not set a header, or None."""
    if _TOKEN.fullmatch(name) is None:
        return f"'{name}' is no name of a header"
    return f"'{name}' is set by the connection itself" if name.lower() in FRAMING else None


def encode_body(content: object, content_type: str) -> bytes:
    """The content as its media type asks: JSON, a form, or a text as it is."""
    essence = content_type.partition(";")[0].strip().lower()
    is_json = essence == "application/json" or essence.endswith("+json")
    if essence == "application/x-www-form-urlencoded" and isinstance(content, dict):
        return _fields(content.items()).encode()
    if isinstance(content, str) and not is_json:
        return content.encode()
    return encode(content)


def retry_after(value: str | None, now: float) -> float:
    """Seconds that `Retry-After` asks for (RFC 9110 section 10.2.3), 0.0 when it says nothing.

    Args:
        value: The field's value: seconds, or a date.
        now: The wall instant, Unix seconds.
    """
    if value is None:
        return 0.0
    if value.strip().isdigit():
        return float(value[:12])
    try:
        instant = datetime.strptime(value.strip(), HTTP_DATE).replace(tzinfo=UTC)
    except ValueError:
        return 0.0
    return max(0.0, instant.timestamp() - now)
