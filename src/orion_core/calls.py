"""Actions on connectors: the part of the contract with drivers that names outside systems, and what they give back.

Each action carries the connector it is for and the instant by which it must be over. None has a text form beyond its
name and its connector's, for what is sent may be secret.
"""

from typing import Any

import msgspec

from orion_core.connector import Connector

UNASKED = "unavailable"  # the code of what was not even asked of a store that is known to be away


class Call(msgspec.Struct, frozen=True):
    """Something to do on an outside system.

    Args:
        connector: Which.
        deadline: Monotonic instant, seconds; `inf` for no limit.
    """

    connector: Connector
    deadline: float

    def __repr__(self) -> str:
        return f"<{type(self).__name__} on {self.connector.name}>"


class Probe(Call, frozen=True):
    """Find out whether the system is there and lets us in: `Done` with a few facts about it, a JSON object."""


# --- http ---------------------------------------------------------------------------------------------------------


class HttpCall(Call, frozen=True):
    """Send a request: `Done` with an `HttpAnswer`, whatever its status.

    Args:
        method: Upper-case.
        url: Absolute, encoded; its host's spelling was checked.
        headers: Pairs, names lower-case.
        body: The content; None for none.
    """

    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes | None


class HttpAnswer(msgspec.Struct, frozen=True):
    """What came back: decoded content, header names lower-case."""

    status: int
    headers: dict[str, str]
    body: bytes


# --- caches -------------------------------------------------------------------------------------------------------


class CacheGet(Call, frozen=True):
    """Read a key: `Done` with its bytes, or with None when there is no such key."""

    key: str


class CachePut(Call, frozen=True):
    """Write a key, for `ttl` seconds, 0.0 for ever: `Done(None)`."""

    key: str
    value: bytes
    ttl: float


class CacheAdd(Call, frozen=True):
    """Write a key that is not there, for `ttl` seconds: `Done(None)`, or `Done` with the bytes that are there."""

    key: str
    value: bytes
    ttl: float


class CacheSwap(Call, frozen=True):
    """Write a key that still holds `expected`, for `ttl` seconds; remove it when `value` is None: `Done(None)`."""

    key: str
    expected: bytes
    value: bytes | None
    ttl: float


class CacheDelete(Call, frozen=True):
    """Remove keys: `Done` with how many there were."""

    keys: tuple[str, ...]


class CacheIncrement(Call, frozen=True):
    """Add to a counter, one of 0 where there is none: `Done` with its new value. A new one lives for `ttl` seconds."""

    key: str
    by: int
    ttl: float


# --- what the servers of a cluster count together --------------------------------------------------------------------


class RateTake(Call, frozen=True):
    """Take a token of a bucket that gets `rate` a second and holds `burst`: `Done` with a `Taken`."""

    key: str
    rate: float
    burst: int


class Taken(msgspec.Struct, frozen=True):
    """What became of a token that was asked for.

    Args:
        wait: 0.0 when there was one, else the seconds until there is.
        left: Tokens left.
    """

    wait: float
    left: float


class BreakerAsk(Call, frozen=True):
    """Ask a breaker for a call, whose pause is `pause` seconds: `Done` with a `BreakerWord`."""

    key: str
    pause: float


class BreakerTell(Call, frozen=True):
    """Tell a breaker what became of a call: `Done` with a `BreakerWord`.

    Args:
        key: `channel:connector`.
        era: That of the word by which the call was made.
        end: "succeeded", "failed", or "abandoned": nobody will know.
        threshold: Failures in a row that open it.
        pause: Seconds it then stays open.
    """

    key: str
    era: str
    end: str
    threshold: int
    pause: float


class BreakerWord(msgspec.Struct, frozen=True):
    """How a breaker stands.

    Args:
        state: "closed", "open" or "half_open".
        era: Another one after each change of state.
        failures: In a row.
        wait: Seconds until the probe, when it is open.
        admitted: Whether the call that was asked for may be made.
        turned: Whether the state changed by what was asked or told.
    """

    state: str
    era: str
    failures: int
    wait: float
    admitted: bool
    turned: bool


class BreakerList(Call, frozen=True):
    """Name the breakers that have something to tell: `Done` with their states, by key."""


class BreakerReset(Call, frozen=True):
    """Close a breaker, by an admin's word: `Done` with whether it had anything to forget."""

    key: str


# --- databases ----------------------------------------------------------------------------------------------------


class Statement(msgspec.Struct, frozen=True):
    """A statement in the database's own spelling, and its parameters in the order of their places."""

    text: str
    values: tuple[Any, ...]


class SqlCall(Call, frozen=True):
    """Run statements in one transaction: `Done` with a tuple of `SqlResult`, one for each.

    Args:
        statements: In order.
        read_only: Whether the transaction may change nothing.
        max_rows: More than these, of one statement, is a failure.
        max_bytes: As is more than this in all.
        once: Names the effect; where it is there already, nothing runs and it gives what it gave then. "" for none.
    """

    statements: tuple[Statement, ...]
    read_only: bool
    max_rows: int
    max_bytes: int
    once: str = ""


class SqlResult(msgspec.Struct, frozen=True):
    """What one statement gave.

    Args:
        rows: JSON objects, by column; None for a statement that gives none.
        affected: Rows it changed, or gave.
        last_id: The id the database gave to the last row it inserted, where it has such; else None.
    """

    rows: list[dict[str, Any]] | None
    affected: int
    last_id: int | None = None


class MongoFind(Call, frozen=True):
    """Find documents: `Done` with a list of JSON objects (relaxed MongoDB Extended JSON v2)."""

    database: str
    collection: str
    filter: Any
    projection: Any
    sort: tuple[tuple[str, int], ...]
    skip: int
    limit: int
    max_rows: int
    max_bytes: int


class MongoChange(Call, frozen=True):
    """Change documents: `Done` with a JSON object of counts and ids.

    Args:
        operation: "insert", "update", "replace" or "delete".
        documents: To insert, or one that replaces.
        filter: Which to change.
        change: How.
        many: Whether all that match, or the first.
        upsert: Whether to insert one when none matches.
    """

    database: str
    collection: str
    operation: str
    documents: Any
    filter: Any
    change: Any
    many: bool
    upsert: bool


# --- kafka and storage --------------------------------------------------------------------------------------------


class KafkaPublish(Call, frozen=True):
    """Publish a message and wait until the brokers have it: `Done` with `{topic, partition, offset}`."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]
    partition: int | None


class ObjectGet(Call, frozen=True):
    """Read an object: `Done` with an `ObjectContent`, or with None when there is none."""

    path: str
    max_bytes: int


class ObjectContent(msgspec.Struct, frozen=True):
    """An object's bytes and what is known of it, a JSON object."""

    body: bytes
    facts: dict[str, Any]


class ObjectPut(Call, frozen=True):
    """Write an object whole: `Done` with what is known of it. With `overwrite` False one that is there is kept."""

    path: str
    body: bytes
    media_type: str
    overwrite: bool


class ObjectList(Call, frozen=True):
    """List the objects under a prefix, by path: `Done` with a list of JSON objects."""

    prefix: str
    limit: int


class ObjectDelete(Call, frozen=True):
    """Remove an object; one that is not there is no failure: `Done(None)`."""

    path: str


class ObjectSign(Call, frozen=True):
    """Make a link that works without credentials for `seconds`: `Done` with the URL."""

    path: str
    method: str
    seconds: float
