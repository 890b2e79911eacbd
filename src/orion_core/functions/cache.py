"""`cache_read`, `cache_write`, `cache_delete` and `cache_incr`: values under keys, in memory or in Redis.

A text is kept as it is and anything else as JSON, so that other programs read what they expect; what is read and is
JSON becomes the value it spells.
"""

from typing import Annotated, Any, Literal

import cython
from msgspec import Meta

from orion_core.calls import CacheDelete, CacheGet, CacheIncrement, CachePut
from orion_core.connector import CACHE, Connector
from orion_core.failures import INVALID_DATA, Failure
from orion_core.functions.building import Building, Function
from orion_core.functions.connected import ConnectorFunction, ConnectorInput, Output, json_text, keep, read_text
from orion_core.logic import text_of
from orion_core.logic.node import Evaluation
from orion_core.message import Message

LONGEST_KEY = 4096  # characters
Key = Annotated[Any, Meta(description="JSONLogic for the key.")]
Ttl = Annotated[int, Meta(ge=1, le=31_536_000, description="Seconds; the connector's default when not given.")]


class CacheReadInput(ConnectorInput, frozen=True, kw_only=True):
    """Input of `cache_read`."""

    key: Key
    output: Output = "data"
    read_as: Annotated[
        Literal["json", "text"], Meta(description="`json` reads JSON where it is JSON; `text` never does.")
    ] = "json"


class CacheWriteInput(ConnectorInput, frozen=True, kw_only=True):
    """Input of `cache_write`."""

    key: Key
    value: Annotated[Any, Meta(description="JSONLogic for the value.")]
    ttl_secs: Ttl | None = None


class CacheDeleteInput(ConnectorInput, frozen=True, kw_only=True):
    """Input of `cache_delete`."""

    key: Annotated[Any, Meta(description="JSONLogic for the key, or for an array of keys.")]
    output: Annotated[str | None, Meta(description="Where the number of keys that were there goes.")] = None


class CacheIncrInput(ConnectorInput, frozen=True, kw_only=True):
    """Input of `cache_incr`."""

    key: Key
    by: Annotated[Any, Meta(description="JSONLogic for the whole number that is added.")] = 1
    ttl_secs: Annotated[Ttl | None, Meta(description="Of a counter that is new.")] = None
    output: Output = "data"


@cython.cfunc
def key_of(value: object) -> str:
    """A key as text, or "" for one that cannot be used."""
    text = text_of(value)
    return text if 0 < len(text) <= LONGEST_KEY and "\x00" not in text else ""


@cython.cfunc
def no_key(name: str) -> object:
    return Failure(INVALID_DATA, f"{name}: the key must be a text of 1 to {LONGEST_KEY} characters")


@cython.cclass
class CacheFunction(ConnectorFunction):
    """What the four have in common: a key."""

    def __init__(self, given: Any, building: Building) -> None:
        ConnectorFunction.__init__(self, given, building, CACHE)
        self.key = building.rule(given.key, "key")

    @cython.ccall
    def is_idempotent(self, action: object) -> cython.bint:
        """Reading, writing and removing are."""
        return True

    def outline(self, action: Any) -> dict[str, object]:
        """The key."""
        return {"key": action.key}


@cython.final
@cython.cclass
class CacheReadFunction(CacheFunction):
    """A compiled `cache_read`."""

    def __init__(self, given: CacheReadInput, building: Building) -> None:
        CacheFunction.__init__(self, given, building)
        self.output = building.path(given.output, "output")
        self.as_text = given.read_as == "text"

    @cython.ccall
    def ask(self, connector: Connector, message: Message, evaluation: Evaluation, deadline: cython.double) -> object:
        """Read the key."""
        key = key_of(self.key.evaluate(message.context, evaluation))
        return CacheGet(connector, deadline, key) if key else no_key("cache_read")

    @cython.ccall
    def conclude(self, value: Any, message: Message, evaluation: Evaluation) -> object:
        """Keep the value; null for a key that is not there."""
        found: object = None
        if value is not None:
            found = value.decode(errors="replace") if self.as_text else read_text(value, message.payload.max_depth)
        keep(message, self.output, found)
        return None

    def scripted(self, value: object) -> object:
        """The value itself; null for a key that is not there."""
        return None if value is None else json_text(value)


@cython.final
@cython.cclass
class CacheWriteFunction(CacheFunction):
    """A compiled `cache_write`."""

    def __init__(self, given: CacheWriteInput, building: Building) -> None:
        CacheFunction.__init__(self, given, building)
        self.value = building.rule(given.value, "value")
        self.ttl = 0.0 if given.ttl_secs is None else float(given.ttl_secs)

    @cython.ccall
    def ask(self, connector: Connector, message: Message, evaluation: Evaluation, deadline: cython.double) -> object:
        """Write the value."""
        key = key_of(self.key.evaluate(message.context, evaluation))
        if not key:
            return no_key("cache_write")
        value = json_text(self.value.evaluate(message.context, evaluation))
        return CachePut(connector, deadline, key, value, ttl_of(self.ttl, connector))

    @cython.ccall
    def conclude(self, value: Any, message: Message, evaluation: Evaluation) -> object:
        """Nothing comes back."""
        return None

    def outline(self, action: Any) -> dict[str, object]:
        """Key, value and time to live."""
        return {"key": action.key, "value": read_text(action.value, 200), "ttl_secs": action.ttl or None}


@cython.final
@cython.cclass
class CacheDeleteFunction(CacheFunction):
    """A compiled `cache_delete`."""

    def __init__(self, given: CacheDeleteInput, building: Building) -> None:
        CacheFunction.__init__(self, given, building)
        self.output = None if given.output is None else building.path(given.output, "output")

    @cython.ccall
    def ask(self, connector: Connector, message: Message, evaluation: Evaluation, deadline: cython.double) -> object:
        """Remove the key, or each of an array of keys."""
        found: Any = self.key.evaluate(message.context, evaluation)
        keys = tuple([key_of(each) for each in (found if isinstance(found, list) else [found])])
        if not keys or "" in keys:
            return no_key("cache_delete")
        return CacheDelete(connector, deadline, keys)

    @cython.ccall
    def conclude(self, value: Any, message: Message, evaluation: Evaluation) -> object:
        """Say how many keys there were."""
        if self.output is not None:
            keep(message, self.output, value)
        return None

    def outline(self, action: Any) -> dict[str, object]:
        """The keys."""
        return {"keys": list(action.keys)}

    def scripted(self, value: object) -> object:
        """How many keys there were."""
        return 0 if value is None else value


@cython.final
@cython.cclass
class CacheIncrFunction(CacheFunction):
    """A compiled `cache_incr`."""

    def __init__(self, given: CacheIncrInput, building: Building) -> None:
        CacheFunction.__init__(self, given, building)
        self.by = building.rule(given.by, "by")
        self.ttl = 0.0 if given.ttl_secs is None else float(given.ttl_secs)
        self.output = building.path(given.output, "output")

    @cython.ccall
    def ask(self, connector: Connector, message: Message, evaluation: Evaluation, deadline: cython.double) -> object:
        """Add to the counter."""
        key = key_of(self.key.evaluate(message.context, evaluation))
        if not key:
            return no_key("cache_incr")
        by: Any = self.by.evaluate(message.context, evaluation)
        if isinstance(by, float) and by.is_integer():
            by = int(by)
        if type(by) is not int or not -(2**63) <= by < 2**63:
            return Failure(INVALID_DATA, "cache_incr: 'by' must be a whole number of 64 bits")
        return CacheIncrement(connector, deadline, key, by, ttl_of(self.ttl, connector))

    @cython.ccall
    def is_idempotent(self, action: object) -> cython.bint:
        """What was counted twice is counted twice."""
        return False

    @cython.ccall
    def conclude(self, value: Any, message: Message, evaluation: Evaluation) -> object:
        """Keep the counter's new value."""
        keep(message, self.output, value)
        return None

    def outline(self, action: Any) -> dict[str, object]:
        """Key, step and time to live."""
        return {"key": action.key, "by": action.by, "ttl_secs": action.ttl or None}

    def scripted(self, value: object) -> object:
        """The counter's new value."""
        return 1 if value is None else value


@cython.cfunc
def ttl_of(given: cython.double, connector: Connector) -> cython.double:
    """The task's time to live, else the connector's default, else 0.0: for ever."""
    return given if given > 0.0 else float(connector.config.default_ttl_secs or 0)


CACHE_READ = Function("cache_read", "Reads a value from a cache.", CacheReadInput, CacheReadFunction, connector=True)
CACHE_WRITE = Function("cache_write", "Writes a value to a cache.", CacheWriteInput, CacheWriteFunction, connector=True)
CACHE_DELETE = Function(
    "cache_delete", "Removes keys from a cache.", CacheDeleteInput, CacheDeleteFunction, connector=True
)
CACHE_INCR = Function(
    "cache_incr", "Adds to a counter in a cache, atomically.", CacheIncrInput, CacheIncrFunction, connector=True
)
