"""Families of the server itself: its engine, its storage, its event loop, its audit log. Counts none."""

from collections.abc import Callable, Iterable

from prometheus_client.metrics_core import GaugeMetricFamily, Metric

from orion_core import Engine
from orion_io.reload import Reloader
from orion_io.storage import Stopwatch, Store
from orion_server.metrics.families import counter, histogram
from orion_server.metrics.page import Source
from orion_server.tallies import Tallies


def engine_source(engine: Engine, reloader: Reloader) -> Source:
    """The families of what is active, and of how it came into force."""

    def families() -> Iterable[Metric]:
        tally = reloader.tally
        text = "Workflow versions in force."
        yield GaugeMetricFamily("active_workflows", text, value=engine.snapshot.workflows)
        text = "Reloads of the engine, those by a change of what is active included."
        counts = [(("success",), tally.done), (("failure",), tally.failed)]
        yield counter("engine_reloads_total", text, ("status",), counts)
        text = "How long reloads took that put something in force."
        yield histogram("engine_reload_duration_seconds", text, (), [((), tally.seconds)])
        text = "How long reloads waited for the one before; requests never wait."
        yield histogram("engine_lock_wait_seconds", text, ("mode",), [(("write",), tally.waited)])

    return families


def storage_source(store: Store, queries: Stopwatch, dropped: Callable[[], int]) -> Source:
    """The families of the control plane's database.

    Args:
        store: Knows its connections.
        queries: How long calls took.
        dropped: How many traces were dropped because the database did not keep up.
    """

    def families() -> Iterable[Metric]:
        text = "How long the storage took, by what it was asked."
        durations = [((operation,), tally) for operation, tally in queries.seconds.items()]
        yield histogram("db_query_duration_seconds", text, ("operation",), durations)
        connections = store.connections()
        yield GaugeMetricFamily("db_pool_size", "Connections of the storage that are open.", value=connections.size)
        yield GaugeMetricFamily("db_pool_idle", "Those of them that nobody uses.", value=connections.idle)
        text = "Traces of synchronous requests that were dropped because the storage did not keep up."
        yield counter("traces_dropped_total", text, (), [((), dropped())])

    return families


def process_source(tallies: Tallies) -> Source:
    """The families of the process beyond the client library's own, and of the audit log."""

    def families() -> Iterable[Metric]:
        text = "How late the event loop was, looked at four times a second."
        yield histogram("event_loop_lag_seconds", text, (), [((), tallies.lag)])
        text = "Events of the audit log."
        yield counter("admin_audit_events_total", text, ("action", "resource_type"), tallies.audit.items())

    return families
