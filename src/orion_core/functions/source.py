"""Where the parse and publish functions read from. Knows the message's parts, and no format."""

import cython

from orion_core.message import Message
from orion_core.paths import Path


@cython.final
@cython.cclass
class Source:
    """A compiled `source`: `payload`, `payload.<path>`, or a path from the message's root.

    Args:
        text: As the admin wrote it.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.whole_payload = text == "payload"
        self.in_payload = text.startswith("payload.")
        self.path = Path(text.removeprefix("payload."))

    @cython.ccall
    def take(self, message: Message) -> object:
        """What stands there, as a value of the caller's own; None when nothing does."""
        if self.whole_payload:
            return message.payload.take(message.allowance)
        return message.allowance.copy(self.look(message))

    @cython.ccall
    def look(self, message: Message) -> object:
        """What stands there, not to be changed."""
        if self.whole_payload:
            return message.payload.look()
        if self.in_payload:
            return self.path.get(message.payload.look())
        return self.path.get(message.context)


@cython.ccall
def find_in_data(message: Message, name: str, path: Path, stripped: Path) -> object:
    """What a publish function's `source` names: a member of data, else a path in data, else one from `data.`."""
    data = message.context["data"]
    if type(data) is dict and cython.cast(dict, data).get(name) is not None:
        return cython.cast(dict, data)[name]
    found = path.get(data)
    return stripped.get(data) if found is None else found
