"""Inputs of the functions that reach outside systems. Their definitions are read and checked; running them waits for
the connectors, so a workflow that uses one is refused when it is activated, and says why."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from orion_core.functions.building import Building, Function

Connector = Annotated[str, Meta(min_length=1, description="Name of the connector.")]
Output = Annotated[str, Meta(min_length=1, description="Dotted path for the result.")]


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
LOGIC_MEMBERS = ("filter", "key_logic", "value_logic")


def check(given: msgspec.Struct, building: Building) -> None:
    """Check the logic and note the connector of an input that cannot be compiled yet."""
    building.refer("connector", given.connector, "connector")  # type: ignore[attr-defined] # every input has one
    for name in LOGIC_MEMBERS:
        value = getattr(given, name, None)
        if value is not None:
            building.rule(value, name)


MONGO_READ = Function("mongo_read", "Finds documents in MongoDB.", MongoReadInput, None, connector=True)
PUBLISH_KAFKA = Function("publish_kafka", "Publishes a message to Kafka.", PublishKafkaInput, None, connector=True)
