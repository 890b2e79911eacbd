"""The topic for records that failed: each as it was, with headers that say where it lay and what was wrong.

Key, value and headers are the original's bytes, so that whoever repaired the cause can publish them again as they are.
"""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from aiokafka import AIOKafkaProducer  # type: ignore[import-untyped] # it has no types
from aiokafka.errors import KafkaError, MessageSizeTooLargeError, RecordTooLargeError  # type: ignore[import-untyped]

from orion_io.connectors.kafka import CLIENT, access_of
from orion_io.kafka.deliveries import Delivery
from orion_io.kafka.terms import Access

PUBLISH_SECONDS = 30.0
CLOSE_SECONDS = 5.0
MOST_BYTES = 1 << 30  # the brokers say what is too large for them
ERROR_CHARACTERS = 1000
OURS = "orion-"


class DeadLetterTopic:
    """Publishes what failed; it connects when there is something to publish.

    Args:
        access: To the brokers.
        topic: Where it goes.
    """

    def __init__(self, access: Access, topic: str) -> None:
        self._access = access
        self._topic = topic
        self._producer: Any = None
        self._lock = asyncio.Lock()

    async def publish(self, delivery: Delivery, reason: str, error: str, failed_at: int) -> None:
        """Publish a record, and wait until all replicas have it.

        Args:
            delivery: The record.
            reason: A word.
            error: A sentence.
            failed_at: Microseconds since the epoch, UTC.

        Raises:
            KafkaError: It may be there or not.
            OSError: No broker can be reached.
            TimeoutError: Likewise.
        """
        headers = [(name, value) for name, value in delivery.headers if not name.startswith(OURS)]
        headers += headers_of(delivery, reason, error, failed_at)
        async with asyncio.timeout(PUBLISH_SECONDS):
            producer = await self._started()
            try:
                await producer.send_and_wait(self._topic, delivery.value, key=delivery.key, headers=headers)
            except (MessageSizeTooLargeError, RecordTooLargeError):
                # That topic takes less than this one: the record is named there, and lies where it lay.
                headers.append(("orion-value", b"omitted"))
                await producer.send_and_wait(self._topic, None, key=delivery.key or b"", headers=headers)

    async def close(self) -> None:
        """Close the connection."""
        producer, self._producer = self._producer, None
        if producer is not None:
            with suppress(KafkaError, OSError, TimeoutError):
                async with asyncio.timeout(CLOSE_SECONDS):
                    await producer.stop()

    async def _started(self) -> Any:
        async with self._lock:
            if self._producer is None:
                producer = AIOKafkaProducer(
                    bootstrap_servers=list(self._access.brokers), client_id=CLIENT, acks="all",
                    max_request_size=MOST_BYTES, **access_of(self._access),
                )  # fmt: skip
                try:
                    await producer.start()
                except BaseException:
                    with suppress(Exception):
                        await producer.stop()
                    raise
                self._producer = producer
            return self._producer


def headers_of(delivery: Delivery, reason: str, error: str, failed_at: int) -> list[tuple[str, bytes]]:
    """What is said of a record that failed."""
    at = datetime.fromtimestamp(failed_at / 1_000_000, UTC).isoformat()
    said = {
        "reason": reason, "error": error[:ERROR_CHARACTERS], "source-topic": delivery.topic,
        "source-partition": delivery.partition, "source-offset": delivery.offset,
        "source-timestamp": delivery.timestamp, "trace-id": delivery.id, "failed-at": at,
    }  # fmt: skip
    return [(OURS + name, str(value).encode()) for name, value in said.items()]
