"""Inputs of the functions that reach outside systems. Their definitions are read and checked; running them waits for
the connectors, so a workflow that uses one is refused when it is activated, and says why."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from orion_core.functions.building import Building, Function

Connector = Annotated[str, Meta(min_length=1, description="Name of the connector.")]
Output = Annotated[str, Meta(min_length=1, description="Dotted path for the result.")]
TimeoutMs = Annotated[int, Meta(ge=1, le=86_400_000)]


class HttpCallInput(msgspec.Struct, frozen=True, kw_only=True):
    """Input of `http_call`."""

    connector: Connector
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"] = "GET"
    path: str | None = None
    path_logic: Any = None
    query: dict[str, Any] = msgspec.field(default_factory=dict)
    headers: dict[str, str] = msgspec.field(default_factory=dict)
    body: Any = None
    body_logic: Any = None
    response_path: str | None = None
    timeout_ms: TimeoutMs = 30_000


class SqlInput(msgspec.Struct, frozen=True, kw_only=True):
    """Input of `db_read` and `db_write`."""

    connector: Connector
    query: Annotated[str, Meta(min_length=1, description="SQL with the database's own placeholders.")]
    params: Annotated[list[Any], Meta(description="JSONLogic for each parameter.")] = msgspec.field(
        default_factory=list
    )
    output: Output = "data"


class CacheReadInput(msgspec.Struct, frozen=True, kw_only=True):
    """Input of `cache_read`."""

    connector: Connector
    key: Any
    output: Output = "data"


class CacheWriteInput(msgspec.Struct, frozen=True, kw_only=True):
    """Input of `cache_write`."""

    connector: Connector
    key: Any
    value: Any
    ttl_secs: Annotated[int, Meta(ge=1)] | None = None


class MongoReadInput(msgspec.Struct, frozen=True, kw_only=True):
    """Input of `mongo_read`."""

    connector: Connector
    database: Annotated[str, Meta(min_length=1)]
    collection: Annotated[str, Meta(min_length=1)]
    filter: Any = msgspec.field(default_factory=dict)
    output: Output = "data"


class PublishKafkaInput(msgspec.Struct, frozen=True, kw_only=True):
    """Input of `publish_kafka`."""

    connector: Connector
    topic: Annotated[str, Meta(min_length=1, max_length=249)]
    key_logic: Any = None
    value_logic: Any = None


# Which members of these inputs are JSONLogic: checked now, so that a mistake shows before the function can run.
LOGIC_MEMBERS = ("path_logic", "body_logic", "params", "key", "value", "filter", "key_logic", "value_logic", "query")


def check(given: msgspec.Struct, building: Building) -> None:
    """Check the logic and note the connector of an input that cannot be compiled yet."""
    building.refer("connector", given.connector, "connector")  # type: ignore[attr-defined] # every input has one
    for name in LOGIC_MEMBERS:
        value = getattr(given, name, None)
        if value is not None:
            building.rule(value, name)


HTTP_CALL = Function("http_call", "Calls an HTTP API through a connector.", HttpCallInput, None, connector=True)
DB_READ = Function("db_read", "Runs a SQL query and keeps its rows.", SqlInput, None, connector=True)
DB_WRITE = Function("db_write", "Runs a SQL statement that changes rows.", SqlInput, None, connector=True)
CACHE_READ = Function("cache_read", "Reads a value from a cache.", CacheReadInput, None, connector=True)
CACHE_WRITE = Function("cache_write", "Writes a value to a cache.", CacheWriteInput, None, connector=True)
MONGO_READ = Function("mongo_read", "Finds documents in MongoDB.", MongoReadInput, None, connector=True)
PUBLISH_KAFKA = Function("publish_kafka", "Publishes a message to Kafka.", PublishKafkaInput, None, connector=True)
