"""Consumption from Kafka, built from the settings; where it is off, nothing of its client is loaded."""

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING

from orion_core import Snapshot
from orion_io.kafka import Access, Terms
from orion_server.runtime import Runtime
from orion_server.settings import Settings

if TYPE_CHECKING:
    from orion_io.kafka.consumption import Consumption
    from orion_io.kafka.group import GroupStatus


class Consuming:
    """What consumes, if anything does.

    Args:
        consumption: None where Kafka is off.
    """

    def __init__(self, consumption: "Consumption | None") -> None:
        self._consumption = consumption
        self._running: asyncio.Task[None] | None = None

    def installed(self, snapshot: Snapshot) -> None:
        """A snapshot came into force."""
        if self._consumption is not None:
            self._consumption.apply(snapshot)

    def start(self) -> None:
        """Begin to consume."""
        if self._consumption is not None:
            self._running = asyncio.create_task(self._consumption.run())

    async def stop(self, seconds: float) -> None:
        """Consume nothing more; what is under way may take `seconds`."""
        if self._consumption is not None and self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)
            await self._consumption.stop(seconds)

    def lag(self) -> Mapping[tuple[str, int], int]:
        """Records behind, by topic and partition."""
        return {} if self._consumption is None else self._consumption.lag()

    def oversized(self) -> int:
        """Results that were too large to be kept."""
        return 0 if self._consumption is None else self._consumption.oversized

    def health(self) -> str | None:
        """In a word; the log says more. None where Kafka is off."""
        if self._consumption is None:
            return None
        return "ok" if all(group.well for group in self.status()) else "degraded"

    def status(self) -> "tuple[GroupStatus, ...]":
        """What each consumer group does."""
        return () if self._consumption is None else self._consumption.status()


def consuming_of(runtime: Runtime) -> Consuming:
    """What consumes, from the settings."""
    settings = runtime.settings
    if not settings.kafka.enabled:
        return Consuming(None)
    from orion_io.kafka.consumption import Consumption  # a client that most servers never need

    return Consuming(
        Consumption(
            access=access_of(settings),
            terms=terms_of(settings, runtime.ledger.terms.owner),
            work=runtime.driver.work,
            outcomes=runtime.ledger,
            clock=runtime.clock,
            stored=runtime.engine.bounds.stored_headers.of,
        )
    )


def access_of(settings: Settings) -> Access:
    """How brokers are reached."""
    kafka = settings.kafka
    return Access(
        brokers=tuple(kafka.brokers),
        tls=kafka.tls,
        sasl_mechanism=kafka.sasl_mechanism,
        auth={"username": kafka.username, "password": kafka.password} if kafka.username else None,
        session_seconds=kafka.session_timeout_ms / 1000,
    )


def terms_of(settings: Settings, owner: str) -> Terms:
    """What is consumed, and within which bounds."""
    kafka = settings.kafka
    return Terms(
        group=kafka.group_id,
        topics=tuple((each.topic, each.channel) for each in kafka.topics),
        processing_seconds=kafka.processing_timeout_ms / 1000,
        most=kafka.max_inflight,
        lag_seconds=float(kafka.lag_poll_interval_secs),
        dead_letters=kafka.dlq.topic if kafka.dlq.enabled else None,
        max_bytes=settings.ingest.max_payload_size,
        max_depth=settings.engine.limits.max_depth,
        max_result=settings.queue.max_result_size_bytes,
        owner=owner,
    )
