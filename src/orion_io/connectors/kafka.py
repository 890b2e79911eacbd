"""Kafka connectors on aiokafka: one producer for each, which batches what many workflows publish at once."""

import ssl
from contextlib import suppress
from typing import Any

import anyio
from aiokafka import AIOKafkaProducer  # type: ignore[import-untyped] # it has no types
from aiokafka.conn import create_conn  # type: ignore[import-untyped]
from aiokafka.errors import (  # type: ignore[import-untyped]
    AuthenticationFailedError,
    KafkaConnectionError,
    KafkaError,
    KafkaTimeoutError,
    ProducerClosed,
    SaslAuthenticationFailed,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
    UnsupportedSaslMechanismError,
)

from orion_core import Connector
from orion_core.calls import KafkaPublish, Probe
from orion_io.carrier import Carrier
from orion_io.connectors.carrying import CallFailed, Progress, carrier
from orion_io.connectors.pools import Pools

CLIENT = "orion"
ACKS = {"all": "all", "leader": 1, "none": 0}
OVERHEAD = 4096  # bytes that a batch takes beside its messages
CLOSE_SECONDS = 5.0
_DENIED = (
    AuthenticationFailedError,
    SaslAuthenticationFailed,
    TopicAuthorizationFailedError,
    UnsupportedSaslMechanismError,
)


class KafkaPool:
    """The producer of one connector; it connects when it is first used."""

    def __init__(self, connector: Connector) -> None:
        self._config = connector.config
        self._producer: Any = None
        self._lock = anyio.Lock()

    async def producer(self) -> Any:
        """The producer, connected; who fails to connect leaves nothing behind."""
        if self._producer is None:
            async with self._lock:
                if self._producer is None:
                    self._producer = await started(self._config)
        return self._producer

    async def close(self) -> None:
        """Send what waits to be sent, and close."""
        if self._producer is not None:
            with anyio.move_on_after(CLOSE_SECONDS), suppress(KafkaError, OSError):
                await self._producer.stop()

    async def publish(self, action: KafkaPublish, progress: Progress) -> dict[str, object]:
        """Publish a message, and wait for the brokers."""
        producer = await self.producer()
        sent = await producer.send(
            action.topic, action.value, key=action.key, partition=action.partition, headers=list(action.headers)
        )
        progress.sent = True
        record = await sent
        if record is None:  # nobody was asked to say
            return {"topic": action.topic, "partition": None, "offset": None}
        return {"topic": record.topic, "partition": record.partition, "offset": record.offset}

    async def brokers(self) -> dict[str, object]:
        """Who is there."""
        producer = await self.producer()
        metadata = await producer.client.fetch_all_metadata()
        return {"server": "kafka", "brokers": len(metadata.brokers())}


async def started(config: Any) -> Any:
    """A producer that has met its brokers.

    Raises:
        KafkaError: It has not; the reason that a broker gave is preferred to "unable to bootstrap".
    """
    access = access_of(config)
    producer = AIOKafkaProducer(
        bootstrap_servers=config.brokers, client_id=CLIENT, acks=ACKS[config.acks],
        enable_idempotence=config.idempotent, linger_ms=config.linger_ms,
        compression_type=None if config.compression == "none" else config.compression,
        max_request_size=config.max_message_bytes + OVERHEAD, **access,
    )  # fmt: skip
    try:
        await producer.start()
    except BaseException as error:
        with anyio.CancelScope(shield=True), anyio.move_on_after(CLOSE_SECONDS), suppress(Exception):
            await producer.stop()
        if isinstance(error, KafkaConnectionError) and config.auth:
            await knock(config.brokers[0], access)
        raise
    return producer


def access_of(config: Any) -> dict[str, Any]:
    """How brokers are to be spoken to."""
    auth = config.auth or {}
    return {
        "security_protocol": ("SASL_" if auth else "") + ("SSL" if config.tls else "PLAINTEXT"),
        "ssl_context": ssl.create_default_context() if config.tls else None,
        "sasl_mechanism": config.sasl_mechanism,
        "sasl_plain_username": auth.get("username"),
        "sasl_plain_password": auth.get("password"),
    }


async def knock(broker: str, access: dict[str, Any]) -> None:
    """Ask one broker directly, for the client keeps to itself why nobody let it in.

    Raises:
        KafkaError: As the broker says.
    """
    host, _, port = broker.rpartition(":")
    connection = await create_conn(host.strip("[]"), int(port), client_id=CLIENT, **access)
    connection.close()


async def _publish(pool: KafkaPool, action: KafkaPublish, progress: Progress) -> object:
    return await pool.publish(action, progress)


async def _probe(pool: KafkaPool, action: Probe, progress: Progress) -> object:
    return await pool.brokers()


def explain(error: Exception) -> CallFailed | None:
    """What the client's exceptions mean."""
    detail = f"{type(error).__name__}: {error}"
    if isinstance(error, _DENIED):
        return CallFailed("connector_refused", "refused the connector", retryable=False, detail=detail, happened=False)
    if isinstance(error, KafkaConnectionError | UnknownTopicOrPartitionError):
        return CallFailed("connector_failed", "could not be reached", retryable=True, detail=detail, happened=False)
    if isinstance(error, KafkaTimeoutError | ProducerClosed):
        return CallFailed("connector_failed", "did not take the message in time", retryable=True, detail=detail)
    if isinstance(error, KafkaError):
        again = bool(error.retriable)
        code = "connector_failed" if again else "connector_refused"
        return CallFailed(code, "did not take the message", retryable=again, detail=detail)
    if isinstance(error, AssertionError | ValueError):  # of a partition that the topic does not have
        return CallFailed("connector_refused", "could not take it", retryable=False, detail=detail, happened=False)
    return None


def carriers(pools: Pools) -> dict[type, Carrier]:
    """Who carries out publishing."""
    return {KafkaPublish: carrier(pools, _publish, explain)}


PROBE = (_probe, explain)
