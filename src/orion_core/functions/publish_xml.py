"""`publish_xml`: writes a part of data as XML text into a member of data.

Members become elements, array items `<item>`, null an empty element. A name that XML does not allow is mended, and a
character it cannot hold becomes U+FFFD (XML 1.0 section 2.2).
"""

import re

import cython

from orion_core.documents import Allowance, encode
from orion_core.failures import INVALID_DATA, Failure
from orion_core.functions.building import Building, Function
from orion_core.functions.function import TaskFunction
from orion_core.functions.publish_json import PublishInput
from orion_core.functions.source import find_in_data
from orion_core.logic.node import Evaluation
from orion_core.message import Message
from orion_core.paths import Path

MAX_DEPTH = 200
ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;"}
_ESCAPED = re.compile(r"[&<>\"']")
_FORBIDDEN = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NOT_NAME = re.compile(r"[^A-Za-z0-9._-]")


def element_name(name: str) -> str:
    """A member's name as an element's: mended where XML does not allow it."""
    if not name:
        return "_element"
    mended = _NOT_NAME.sub("_", name)
    if mended[0].isascii() and (mended[0].isalpha() or mended[0] == "_"):
        return mended
    return "_" + (mended if mended[0].isalnum() else mended[1:])


def write_xml(name: str, value: object, allowance: Allowance) -> str:
    """One element, with all that is in it.

    Raises:
        RecursionError: The value is nested deeper than 200 levels.
    """
    parts: list[str] = []
    _write(name, value, parts, 0)
    text = "".join(parts)
    allowance.spend(len(text))
    return text


def _write(name: str, value: object, parts: list[str], depth: int) -> None:
    if depth > MAX_DEPTH:
        raise RecursionError
    parts.append(f"<{name}>")
    if isinstance(value, dict):
        for member, child in value.items():
            _write(element_name(member), child, parts, depth + 1)
    elif isinstance(value, list):
        for child in value:
            _write("item", child, parts, depth + 1)
    elif value is not None:
        parts.append(_text(value))
    parts.append(f"</{name}>")


def _text(value: object) -> str:
    text = value if isinstance(value, str) else encode(value).decode()
    return _ESCAPED.sub(lambda found: ESCAPES[found[0]], _FORBIDDEN.sub("\ufffd", text))


@cython.final
@cython.cclass
class PublishXmlFunction(TaskFunction):
    """A compiled `publish_xml`."""

    def __init__(self, source: str, target: str, root: str) -> None:
        self.source = source
        self.path = Path(source)
        self.stripped = Path(source.removeprefix("data."))
        self.target = target
        self.root = root

    @cython.ccall
    def start(self, message: Message, evaluation: Evaluation, now: cython.double, deadline: cython.double) -> object:
        """Write it; a source that is not there is the sender's fault."""
        value = find_in_data(message, self.source, self.path, self.stripped)
        if value is None:
            return Failure(INVALID_DATA, f"PublishXml: Source 'data.{self.source}' not found or is null")
        try:
            text = write_xml(self.root, value, message.allowance)
        except RecursionError:
            return Failure(INVALID_DATA, f"PublishXml: Source is nested deeper than {MAX_DEPTH} levels")
        message.put_member(self.target, text)
        return None


def build(given: PublishInput, building: Building) -> PublishXmlFunction:
    """Compile the source."""
    building.path(given.source, "source", into_data=False)
    return PublishXmlFunction(given.source, given.target, element_name(given.root_element))


PUBLISH_XML = Function("publish_xml", "Writes a part of data as XML text.", PublishInput, build)
