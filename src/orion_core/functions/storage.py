"""`storage_read`, `storage_write`, `storage_list`, `storage_delete` and `storage_link`: objects in S3, GCS or a folder.

A path is relative to the connector's base path, and cannot leave it.
"""

from base64 import b64decode, b64encode
from typing import Annotated, Any, Literal

import cython
from msgspec import Meta

from orion_core.calls import ObjectContent as Content
from orion_core.calls import ObjectDelete, ObjectGet, ObjectList, ObjectPut, ObjectSign
from orion_core.connector import STORAGE, Connector
from orion_core.failures import INVALID_DATA, Failure
from orion_core.functions.building import Building, Function
from orion_core.functions.connected import ConnectorFunction, ConnectorInput, Output, json_text, keep, place, read_text
from orion_core.logic.node import Evaluation
from orion_core.message import Message

LONGEST_PATH = 1024  # bytes, of S3's keys
ObjectPath = Annotated[Any, Meta(description="JSONLogic for the path, below the connector's base path.")]
MediaType = Annotated[str, Meta(max_length=255, pattern=r"^[\w.+-]+/[\w.+-]+(\s*;.*)?$")]


class StorageReadInput(ConnectorInput, frozen=True, kw_only=True):
    """Input of `storage_read`."""

    path: ObjectPath
    read_as: Annotated[
        Literal["auto", "json", "text", "base64"],
        Meta(description="`auto`: JSON where it is JSON, else text or base64."),
    ] = "auto"
    output: Output = "data"
    facts_path: Annotated[str | None, Meta(description="Where size, etag, date and media type go.")] = None


class StorageWriteInput(ConnectorInput, frozen=True, kw_only=True):
    """Input of `storage_write`."""

    path: ObjectPath
    content: Annotated[Any, Meta(description="JSONLogic for the content: a text as it is, else as JSON.")]
    encoding: Annotated[Literal["text", "base64"], Meta(description="How a text stands for bytes.")] = "text"
    content_type: MediaType | None = None
    overwrite: Annotated[bool, Meta(description="Whether an object that is there is replaced.")] = True
    output: Annotated[str | None, Meta(description="Where path, size and etag go.")] = None


class StorageListInput(ConnectorInput, frozen=True, kw_only=True):
    """Input of `storage_list`."""

    prefix: Annotated[Any, Meta(description="JSONLogic for a folder; all of the connector's when empty.")] = ""
    limit: Annotated[int, Meta(ge=1, le=10_000)] = 1000
    output: Output = "data"


class StorageDeleteInput(ConnectorInput, frozen=True, kw_only=True):
    """Input of `storage_delete`."""

    path: ObjectPath


class StorageLinkInput(ConnectorInput, frozen=True, kw_only=True):
    """Input of `storage_link`."""

    path: ObjectPath
    method: Literal["GET", "PUT"] = "GET"
    expires_secs: Annotated[int, Meta(ge=1, le=604_800)] = 900
    output: Output = "data"


def check_object_path(text: object, *, empty: bool = False) -> str | None:
    """What is wrong with a path below a base path; None when nothing is."""
    if not isinstance(text, str):
        return "must be a text"
    if text == "" and empty:
        return None
    if not 0 < len(text.encode(errors="replace")) <= LONGEST_PATH:
        return f"must have 1 to {LONGEST_PATH} bytes"
    if "\\" in text or any(character < " " or character == "\x7f" for character in text):
        return "holds a backslash or a control character"
    if any(part in ("", ".", "..") for part in (text.removesuffix("/") if empty else text).split("/")):
        return "holds an empty segment, '.' or '..'"
    return None


@cython.cclass
class StorageFunction(ConnectorFunction):
    """What they have in common: a path."""

    def __init__(self, given: Any, building: Building, name: str, path: Any, member: str) -> None:
        ConnectorFunction.__init__(self, given, building, STORAGE)
        self.name = name
        self.path = building.rule(path, member)

    @cython.ccall
    def ask(self, connector: Connector, message: Message, evaluation: Evaluation, deadline: cython.double) -> object:
        """Check the path, and act on it."""
        path: Any = self.path.evaluate(message.context, evaluation)
        wrong = check_object_path(path, empty=self.name == "storage_list")
        if wrong is not None:
            return Failure(INVALID_DATA, f"{self.name}: the path {wrong}")
        return self.act(connector, path, message, evaluation, deadline)

    @cython.ccall
    def act(
        self, connector: Connector, path: str, message: Message, evaluation: Evaluation, deadline: cython.double
    ) -> object:
        """The action on a path that was checked."""
        raise NotImplementedError

    @cython.ccall
    def is_idempotent(self, action: object) -> cython.bint:
        """An object is read, written and removed whole."""
        return True

    def outline(self, action: Any) -> dict[str, object]:
        """The path."""
        return {"path": action.path}


@cython.final
@cython.cclass
class StorageReadFunction(StorageFunction):
    """A compiled `storage_read`."""

    def __init__(self, given: StorageReadInput, building: Building) -> None:
        StorageFunction.__init__(self, given, building, "storage_read", given.path, "path")
        self.read_as = given.read_as
        self.output = building.path(given.output, "output")
        self.facts = None if given.facts_path is None else building.path(given.facts_path, "facts_path")

    @cython.ccall
    def act(
        self, connector: Connector, path: str, message: Message, evaluation: Evaluation, deadline: cython.double
    ) -> object:
        """Read the object."""
        return ObjectGet(connector, deadline, path, connector.config.max_object_bytes)

    @cython.ccall
    def conclude(self, value: Any, message: Message, evaluation: Evaluation) -> object:
        """Keep the content; null for an object that is not there."""
        if value is None:
            place(message, self.output, None)
            return None
        body: bytes = value.body
        message.allowance.spend(len(body))
        place(message, self.output, content_of(body, self.read_as, message.payload.max_depth))
        if self.facts is not None:
            keep(message, self.facts, value.facts)
        return None

    def scripted(self, value: object) -> object:
        """The content; null for an object that is not there."""
        return None if value is None else Content(json_text(value), {})


@cython.cfunc
def content_of(body: bytes, read_as: str, max_depth: cython.int) -> object:
    """Bytes as JSON, text or base64: as the task says, else the first of these that they are."""
    if read_as == "base64":
        return b64encode(body).decode()
    if read_as == "text":
        return body.decode(errors="replace")
    try:
        body.decode()
    except UnicodeError:
        return b64encode(body).decode()
    return read_text(body, max_depth)


@cython.final
@cython.cclass
class StorageWriteFunction(StorageFunction):
    """A compiled `storage_write`."""

    def __init__(self, given: StorageWriteInput, building: Building) -> None:
        StorageFunction.__init__(self, given, building, "storage_write", given.path, "path")
        self.content = building.rule(given.content, "content")
        self.binary = given.encoding == "base64"
        self.content_type = given.content_type
        self.overwrite = given.overwrite
        self.output = None if given.output is None else building.path(given.output, "output")

    @cython.ccall
    def act(
        self, connector: Connector, path: str, message: Message, evaluation: Evaluation, deadline: cython.double
    ) -> object:
        """Write the object."""
        content: Any = self.content.evaluate(message.context, evaluation)
        media_type = self.content_type
        if self.binary:
            try:
                body = b64decode(content, validate=True)
            except (TypeError, ValueError):
                return Failure(INVALID_DATA, "storage_write: 'content' is not base64")
            media_type = media_type or "application/octet-stream"
        else:
            body = json_text(content)
            media_type = media_type or ("text/plain; charset=utf-8" if type(content) is str else "application/json")
        most: int = connector.config.max_object_bytes
        if len(body) > most:
            text = f"storage_write: the object is larger than {most} bytes (max_object_bytes)"
            return Failure(INVALID_DATA, text)
        return ObjectPut(connector, deadline, path, body, media_type, self.overwrite)

    @cython.ccall
    def is_idempotent(self, action: Any) -> cython.bint:
        """One that may not replace anything would find its own first try there."""
        return self.overwrite

    @cython.ccall
    def conclude(self, value: Any, message: Message, evaluation: Evaluation) -> object:
        """Say what was written."""
        if self.output is not None:
            keep(message, self.output, value)
        return None

    def outline(self, action: Any) -> dict[str, object]:
        """Path, size and media type."""
        return {"path": action.path, "bytes": len(action.body), "content_type": action.media_type}

    def scripted(self, value: object) -> object:
        """What was written."""
        return {} if value is None else value


@cython.final
@cython.cclass
class StorageListFunction(StorageFunction):
    """A compiled `storage_list`."""

    def __init__(self, given: StorageListInput, building: Building) -> None:
        StorageFunction.__init__(self, given, building, "storage_list", given.prefix, "prefix")
        self.limit = given.limit
        self.output = building.path(given.output, "output")

    @cython.ccall
    def act(
        self, connector: Connector, path: str, message: Message, evaluation: Evaluation, deadline: cython.double
    ) -> object:
        """List the objects."""
        return ObjectList(connector, deadline, path, self.limit)

    @cython.ccall
    def conclude(self, value: Any, message: Message, evaluation: Evaluation) -> object:
        """Keep the list."""
        keep(message, self.output, value)
        return None

    def outline(self, action: Any) -> dict[str, object]:
        """Prefix and limit."""
        return {"prefix": action.prefix, "limit": action.limit}

    def scripted(self, value: object) -> object:
        """The list."""
        return [] if value is None else value


@cython.final
@cython.cclass
class StorageDeleteFunction(StorageFunction):
    """A compiled `storage_delete`."""

    def __init__(self, given: StorageDeleteInput, building: Building) -> None:
        StorageFunction.__init__(self, given, building, "storage_delete", given.path, "path")

    @cython.ccall
    def act(
        self, connector: Connector, path: str, message: Message, evaluation: Evaluation, deadline: cython.double
    ) -> object:
        """Remove the object."""
        return ObjectDelete(connector, deadline, path)

    @cython.ccall
    def conclude(self, value: Any, message: Message, evaluation: Evaluation) -> object:
        """Nothing comes back."""
        return None


@cython.final
@cython.cclass
class StorageLinkFunction(StorageFunction):
    """A compiled `storage_link`."""

    def __init__(self, given: StorageLinkInput, building: Building) -> None:
        StorageFunction.__init__(self, given, building, "storage_link", given.path, "path")
        self.method = given.method
        self.seconds = float(given.expires_secs)
        self.output = building.path(given.output, "output")

    @cython.ccall
    def act(
        self, connector: Connector, path: str, message: Message, evaluation: Evaluation, deadline: cython.double
    ) -> object:
        """Sign a link."""
        return ObjectSign(connector, deadline, path, self.method, self.seconds)

    @cython.ccall
    def conclude(self, value: Any, message: Message, evaluation: Evaluation) -> object:
        """Keep the link."""
        keep(message, self.output, value)
        return None

    def scripted(self, value: object) -> object:
        """The link."""
        return "https://storage.example/signed" if value is None else value


STORAGE_READ = Function("storage_read", "Reads an object.", StorageReadInput, StorageReadFunction, connector=True)
STORAGE_WRITE = Function("storage_write", "Writes an object.", StorageWriteInput, StorageWriteFunction, connector=True)
STORAGE_LIST = Function("storage_list", "Lists objects.", StorageListInput, StorageListFunction, connector=True)
STORAGE_DELETE = Function(
    "storage_delete", "Removes an object.", StorageDeleteInput, StorageDeleteFunction, connector=True
)
STORAGE_LINK = Function(
    "storage_link", "Makes a link to an object that works without credentials for a while.", StorageLinkInput,
    StorageLinkFunction, connector=True,
)  # fmt: skip
