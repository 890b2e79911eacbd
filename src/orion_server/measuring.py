"""What `/metrics` shows, wired from all the pieces that count. Where metrics are off, nothing of it is loaded."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from orion_io.queue.queue import Queue
from orion_server.app import Patterns
from orion_server.authentication import Authentication
from orion_server.consuming import Consuming
from orion_server.control import Answerer, no_metrics
from orion_server.gate import Gate
from orion_server.request_tally import RequestTally
from orion_server.runtime import Runtime
from orion_server.tallies import Tallies

if TYPE_CHECKING:
    from orion_server.metrics import Source


@dataclass(frozen=True)
class Measured:
    """The pieces that count, or know a number."""

    runtime: Runtime
    queue: Queue
    consuming: Consuming
    authentication: Authentication
    gate: Gate


def counting(tallies: Tallies | None) -> tuple[RequestTally, Patterns] | None:
    """What counts requests that are no data requests, and under which patterns."""
    if tallies is None:
        return None
    from orion_server.metrics import pattern_of

    return tallies.requests, pattern_of


def metrics_of(measured: Measured) -> Answerer:
    """What answers `/metrics`; the library is imported only when it answers."""
    tallies = measured.runtime.tallies
    if tallies is None:
        return no_metrics
    from orion_server.metrics import Metrics

    return Metrics(sources_of(measured, tallies)).answer


def sources_of(measured: Measured, tallies: Tallies) -> "tuple[Source, ...]":
    """Where every family comes from."""
    from orion_server import metrics

    runtime = measured.runtime
    governor = runtime.engine.governor
    lag = (metrics.lag_source(measured.consuming.lag),) if runtime.settings.kafka.enabled else ()
    return (
        metrics.request_source(tallies.requests),
        metrics.message_source(tallies.messages, tallies.notes),
        metrics.error_source(lambda: errors_of(measured, tallies)),
        metrics.connector_source(tallies.notes, governor),
        metrics.guard_source(tallies.notes, governor, runtime.engine, lambda: measured.gate.refusals),
        metrics.engine_source(runtime.engine, runtime.reloader),
        metrics.storage_source(runtime.store, tallies.queries, lambda: runtime.traces.dropped),
        metrics.process_source(tallies),
        metrics.queue_source(measured.queue.facts),
        *lag,
    )


def errors_of(measured: Measured, tallies: Tallies) -> dict[str, int]:
    """How many errors there were, by their documented types."""
    runtime, messages, refusals = measured.runtime, tallies.messages, tallies.notes.refusals
    full = sum(count for (_, reason), count in refusals.items() if reason == "at_capacity")
    return {
        "auth_failure": measured.authentication.refusals,
        "backpressure": full + runtime.ledger.room.refusals,
        "dlq_exhausted": runtime.ledger.exhausted,
        "engine": messages.total("error"),
        "kafka_processing": messages.consumption.get("error", 0),
        "kafka_timeout": messages.consumption.get("timeout", 0),
        "panic": tallies.notes.bugs,
        "result_size_exceeded": measured.queue.workers.oversized + measured.consuming.oversized(),
        "timeout": messages.total("timeout"),
    }
