"""`publish_json`: writes a part of data as JSON text into a member of data."""

from typing import Annotated

import cython
import msgspec
from msgspec import Meta

from orion_core.documents import encode
from orion_core.failures import INVALID_DATA, Failure
from orion_core.functions.building import Building, Function
from orion_core.functions.function import TaskFunction
from orion_core.functions.source import find_in_data
from orion_core.logic.node import Evaluation
from orion_core.message import Message
from orion_core.paths import Path


class PublishInput(msgspec.Struct, frozen=True, kw_only=True):
    """Input of `publish_json` and `publish_xml`."""

    source: Annotated[str, Meta(min_length=1, description="A member of data, or a path in it.")]
    target: Annotated[str, Meta(min_length=1, description="The member of data to write; a name, not a path.")]
    pretty: Annotated[bool, Meta(description="Indent JSON by two spaces.")] = False
    root_element: Annotated[str, Meta(min_length=1, description="Name of the outermost XML element.")] = "root"


@cython.final
@cython.cclass
class PublishJsonFunction(TaskFunction):
    """A compiled `publish_json`."""

    def __init__(self, source: str, target: str, pretty: cython.bint) -> None:
        self.source = source
        self.path = Path(source)
        self.stripped = Path(source.removeprefix("data."))
        self.target = target
        self.pretty = pretty

    @cython.ccall
    def start(self, message: Message, evaluation: Evaluation, now: cython.double, deadline: cython.double) -> object:
        """Write it; a source that is not there is the sender's fault."""
        value = find_in_data(message, self.source, self.path, self.stripped)
        if value is None:
            return Failure(INVALID_DATA, f"PublishJson: Source 'data.{self.source}' not found or is null")
        text = encode(value)
        if self.pretty:
            text = msgspec.json.format(text, indent=2)
        message.allowance.spend(len(text))
        message.put_member(self.target, text.decode())
        return None


def build(given: PublishInput, building: Building) -> PublishJsonFunction:
    """Compile the source."""
    building.path(given.source, "source", into_data=False)
    return PublishJsonFunction(given.source, given.target, given.pretty)


PUBLISH_JSON = Function("publish_json", "Writes a part of data as JSON text.", PublishInput, build)
