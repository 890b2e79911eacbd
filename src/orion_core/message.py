"""The tree a workflow reads and writes: data, metadata, temp_data, and the payload it came with.

Knows no workflow and no logic. Whatever is written is the message's own: arrays and objects are copied in, so that
neither a compiled rule nor another part of the tree changes with it.
"""

from typing import Any

import cython

from orion_core.documents import Allowance, decode_checked
from orion_core.paths import Path, PathError


@cython.final
@cython.freelist(16)  # type: ignore[no-untyped-call]  # the stub leaves it untyped
@cython.cclass
class Payload:
    """What a request carried. Kept as it came, so that each `parse_json` has a copy of its own.

    Args:
        text: The JSON text, of checked depth, or None when there is only a value.
        value: The decoded value.
        max_depth: Depth limit for decoding `text` again.
    """

    def __init__(self, text: Any, value: object, max_depth: cython.int) -> None:
        self.text = text
        self.value = value
        self.max_depth = max_depth
        self.taken = False

    @cython.ccall
    def take(self, allowance: Allowance) -> object:
        """The payload as a value the caller may change."""
        if self.text is None:
            return allowance.copy(self.value)
        if self.taken:
            allowance.spend(len(bytes(self.text)))
            return decode_checked(self.text)
        self.taken = True
        return self.value

    @cython.ccall
    def look(self) -> object:
        """The payload as a value that must not be changed."""
        if self.taken:
            return decode_checked(self.text)
        return self.value


@cython.ccall
def new_payload(text: Any, value: object, max_depth: cython.int) -> Payload:
    """A payload, made without a call of `__init__`: each request makes one, and that call is most of its cost."""
    payload: Payload = Payload.__new__(Payload)
    payload.text = text
    payload.value = value
    payload.max_depth = max_depth
    payload.taken = False
    return payload


@cython.final
@cython.freelist(16)  # type: ignore[no-untyped-call]  # the stub leaves it untyped
@cython.cclass
class Message:
    """One message on its way through the workflows of a channel.

    Args:
        payload: What came with the request.
        metadata: Facts about the request; the message's own from here on.
        allowance: How much the message may grow; shared with the messages of nested calls.
    """

    def __init__(self, payload: Payload, metadata: dict[str, Any], allowance: Allowance) -> None:
        self.payload = payload
        self.context: dict[str, Any] = {"data": {}, "metadata": metadata, "temp_data": {}}
        self.errors: list[dict[str, Any]] = []
        self.allowance = allowance

    @cython.ccall
    def write(self, path: Path, value: object) -> None:
        """Write a copy of `value` at `path`; an object written at a root is merged into it.

        Raises:
            PathError: The path cannot be written.
            DocumentError: The message would grow beyond its size limit.
        """
        if type(value) is dict or type(value) is list or type(value) is str:
            value = self.allowance.copy(value)
        self.put(path, value)

    @cython.ccall
    def put_member(self, name: str, value: object) -> None:
        """Write `value` itself as a member of data; `name` is no path.

        Raises:
            PathError: Data is no object now.
        """
        data = self.context["data"]
        if type(data) is not dict:
            raise PathError(f"'data' holds no object, so its member '{name}' cannot be written")
        cython.cast(dict, data)[name] = value

    @cython.ccall
    def put(self, path: Path, value: object) -> None:
        """Write `value` itself at `path`: for values nobody else holds.

        Raises:
            PathError: The path cannot be written.
        """
        if path.length > 1:
            path.set(self.context, value)
            return
        standing = self.context.get(path.text)
        if type(standing) is dict and type(value) is dict:
            cython.cast(dict, standing).update(value)
        elif path.text == "metadata":
            raise PathError("'metadata' holds an object and takes no other value")
        else:
            self.context[path.text] = value


@cython.ccall
def new_message(payload: Payload, metadata: dict[str, Any], allowance: Allowance) -> Message:
    """A message, made as `new_payload` makes payloads."""
    message: Message = Message.__new__(Message)
    message.payload = payload
    message.context = {"data": {}, "metadata": metadata, "temp_data": {}}
    message.errors = []
    message.allowance = allowance
    return message
