"""`parse_json`: loads the payload, or JSON text found in the message, into a member of data."""

from typing import Annotated

import cython
import msgspec
from msgspec import Meta

from orion_core.documents import DocumentError, decode
from orion_core.functions.building import Building, Function
from orion_core.functions.function import TaskFunction
from orion_core.functions.source import Source
from orion_core.logic.node import Evaluation
from orion_core.message import Message


class ParseInput(msgspec.Struct, frozen=True, kw_only=True):
    """Input of `parse_json` and `parse_xml`."""

    source: Annotated[str, Meta(min_length=1, description="'payload', 'payload.<path>', or a path such as 'data.raw'.")]
    target: Annotated[str, Meta(min_length=1, description="The member of data to write; a name, not a path.")]


@cython.final
@cython.cclass
class ParseJsonFunction(TaskFunction):
    """A compiled `parse_json`."""

    def __init__(self, source: Source, target: str) -> None:
        self.source = source
        self.target = target

    @cython.ccall
    def start(self, message: Message, evaluation: Evaluation, now: cython.double, deadline: cython.double) -> object:
        """Load it; text that is no JSON stays text, and what is missing is null."""
        value = self.source.take(message)
        if type(value) is str:
            value = self.parse(value, message)
        message.put_member(self.target, value)
        return None

    @cython.cfunc
    def parse(self, text: str, message: Message) -> object:
        encoded = text.encode()
        message.allowance.spend(len(encoded))
        try:
            return decode(encoded, message.payload.max_depth)
        except DocumentError:
            return text


def build(given: ParseInput, building: Building) -> ParseJsonFunction:
    """Compile the source."""
    building.path(given.source, "source", into_data=False)
    return ParseJsonFunction(Source(given.source), given.target)


PARSE_JSON = Function("parse_json", "Loads JSON into a member of data.", ParseInput, build)
