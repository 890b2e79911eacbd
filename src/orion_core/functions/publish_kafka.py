"""`publish_kafka`: a message to a topic, acknowledged by the brokers before the workflow goes on."""

from typing import Annotated, Any

import cython
import msgspec
from msgspec import Meta
from msgspec.structs import replace

from orion_core.calls import KafkaPublish
from orion_core.connector import KAFKA, Connector
from orion_core.documents import encode
from orion_core.failures import INVALID_DATA, Failure
from orion_core.functions.building import Building, Function
from orion_core.functions.connected import (
    IDEMPOTENCY_KEY,
    ConnectorFunction,
    ConnectorInput,
    json_text,
    keep,
    read_text,
)
from orion_core.logic import text_of
from orion_core.logic.node import Evaluation
from orion_core.message import Message

Topic = Annotated[str, Meta(min_length=1, max_length=249, pattern=r"^[A-Za-z0-9._-]+$")]


class PublishKafkaInput(ConnectorInput, frozen=True, kw_only=True):
    """Input of `publish_kafka`."""

    topic: Annotated[Topic | None, Meta(description="The connector's when not given.")] = None
    key_logic: Annotated[Any, Meta(description="JSONLogic for the key: a text as it is, else as JSON.")] = None
    value_logic: Annotated[
        Any, Meta(description="JSONLogic for the value, sent as JSON, null as a tombstone; all of data when not given.")
    ] = None
    headers: Annotated[dict[str, Any], Meta(description="JSONLogic for each header; null leaves it out.")] = (
        msgspec.field(default_factory=dict)
    )
    partition: Annotated[int, Meta(ge=0)] | None = None
    output: Annotated[str | None, Meta(description="Where topic, partition and offset go.")] = None


@cython.final
@cython.cclass
class PublishKafkaFunction(ConnectorFunction):
    """A compiled `publish_kafka`."""

    def __init__(self, given: PublishKafkaInput, building: Building) -> None:
        ConnectorFunction.__init__(self, given, building, KAFKA)
        self.topic = given.topic
        self.key = building.rule(given.key_logic, "key_logic")
        whole = {"var": "data"} if given.value_logic is None else given.value_logic
        self.value = building.rule(whole, "value_logic")
        self.headers = tuple((name, building.rule(logic, "headers", name)) for name, logic in given.headers.items())
        self.partition = given.partition
        self.output = None if given.output is None else building.path(given.output, "output")

    @cython.ccall
    def ask(self, connector: Connector, message: Message, evaluation: Evaluation, deadline: cython.double) -> object:
        """Publish the message."""
        context: Any = message.context
        key: object = self.key.evaluate(context, evaluation)
        value: object = self.value.evaluate(context, evaluation)
        pairs = [(name, rule.evaluate(context, evaluation)) for name, rule in self.headers]
        trace = context["metadata"].get("headers") or {}
        headers = [
            (name, trace[name].encode()) for name in ("traceparent", "tracestate") if isinstance(trace.get(name), str)
        ]
        headers.extend([(name, text_of(text).encode()) for name, text in pairs if text is not None])
        body = None if value is None else encode(value)
        most: int = connector.config.max_message_bytes
        if body is not None and len(body) > most:
            text = f"publish_kafka: the message is larger than {most} bytes (max_message_bytes)"
            return Failure(INVALID_DATA, text)
        return KafkaPublish(
            connector, deadline, self.topic or connector.config.topic, None if key is None else json_text(key), body,
            tuple(headers), self.partition,
        )  # fmt: skip

    @cython.ccall
    def under_key(self, action: Any, key: str) -> object:
        """The message with a header that consumers can tell a repeated one by, unless it has one."""
        if IDEMPOTENCY_KEY in [name for name, _ in action.headers]:
            return action
        return replace(action, headers=(*action.headers, (IDEMPOTENCY_KEY, key.encode())))

    @cython.ccall
    def conclude(self, value: Any, message: Message, evaluation: Evaluation) -> object:
        """Say where the message lies."""
        if self.output is not None:
            keep(message, self.output, value)
        return None

    def outline(self, action: Any) -> dict[str, object]:
        """The message."""
        return {
            "topic": action.topic,
            "key": None if action.key is None else action.key.decode(),
            "value": None if action.value is None else read_text(action.value, 200),
            "headers": {name: text.decode() for name, text in action.headers},
            "partition": action.partition,
        }

    def scripted(self, value: object) -> object:
        """Where the message lies."""
        return {"topic": self.topic, "partition": 0, "offset": 0} if value is None else value


PUBLISH_KAFKA = Function(
    "publish_kafka", "Publishes a message to Kafka.", PublishKafkaInput, PublishKafkaFunction, connector=True
)
