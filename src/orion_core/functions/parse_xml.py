"""`parse_xml`: loads XML text into a member of data.

No document type, no entity, nothing external is ever read: defusedxml refuses them before they are expanded, and
depth is bounded like JSON's. The root's name is dropped; attributes become `@name`, text `$text`, and siblings of one
name an array.
"""

from xml.sax import SAXException, SAXParseException
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl

import cython
from defusedxml import DefusedXmlException
from defusedxml.sax import parseString

from orion_core.failures import INVALID_DATA, Failure
from orion_core.functions.building import Building, Function
from orion_core.functions.function import TaskFunction
from orion_core.functions.parse_json import ParseInput
from orion_core.functions.source import Source
from orion_core.logic.node import Evaluation
from orion_core.message import Message


class _TooDeep(Exception):
    """Elements are nested deeper than a message may be."""


class _Tree(ContentHandler):
    """Builds the JSON form while the parser reads."""

    def __init__(self, max_depth: int) -> None:
        super().__init__()
        self.root: dict[str, object] = {}
        self._max_depth = max_depth
        self._open: list[dict[str, object]] = []
        self._texts: list[list[str]] = []

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802 - the parser calls it so
        if len(self._open) >= self._max_depth:
            raise _TooDeep
        element: dict[str, object] = {f"@{attribute}": value for attribute, value in attrs.items()}
        if self._open:
            _add(self._open[-1], name, element)
        else:
            self.root = element
        self._open.append(element)
        self._texts.append([])

    def characters(self, content: str) -> None:
        self._texts[-1].append(content)

    def endElement(self, name: str) -> None:  # noqa: N802
        element = self._open.pop()
        text = "".join(self._texts.pop()).strip()
        if text:
            element["$text"] = text


def _add(parent: dict[str, object], name: str, child: object) -> None:
    if name not in parent:
        parent[name] = child
        return
    standing = parent[name]
    if isinstance(standing, list):
        standing.append(child)
    else:
        parent[name] = [standing, child]


def parse_xml(text: str, max_depth: int) -> dict[str, object]:
    """XML text as a JSON object.

    Raises:
        ValueError: It is not well-formed, declares a document type or entities, or is nested too deep; the message
            may be shown to the caller.
    """
    tree = _Tree(max_depth)
    try:
        parseString(text.encode(), tree, forbid_dtd=True, forbid_entities=True, forbid_external=True)
    except SAXParseException as error:
        place = f"line {error.getLineNumber()}, column {error.getColumnNumber()}"
        raise ValueError(f"{error.getMessage()} ({place})") from None
    except DefusedXmlException:
        raise ValueError("document types and entities are not accepted") from None
    except _TooDeep:
        raise ValueError(f"elements are nested deeper than {max_depth} levels") from None
    except SAXException as error:
        raise ValueError(error.getMessage()) from None
    return tree.root


@cython.final
@cython.cclass
class ParseXmlFunction(TaskFunction):
    """A compiled `parse_xml`."""

    def __init__(self, source: Source, target: str) -> None:
        self.source = source
        self.target = target

    @cython.ccall
    def start(self, message: Message, evaluation: Evaluation, now: cython.double, deadline: cython.double) -> object:
        """Load it; what is no XML text is the sender's fault."""
        text = self.source.look(message)
        if type(text) is not str:
            return Failure(INVALID_DATA, f"ParseXml: Source '{self.source.text}' is not a string")
        message.allowance.spend(len(text))
        try:
            value = parse_xml(text, message.payload.max_depth)
        except ValueError as error:
            return Failure(INVALID_DATA, f"Failed to parse XML: {error}")
        message.put_member(self.target, value)
        return None


def build(given: ParseInput, building: Building) -> ParseXmlFunction:
    """Compile the source."""
    building.path(given.source, "source", into_data=False)
    return ParseXmlFunction(Source(given.source), given.target)


PARSE_XML = Function("parse_xml", "Loads XML text into a member of data.", ParseInput, build)
