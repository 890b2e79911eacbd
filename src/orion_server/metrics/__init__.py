"""Numbers for Prometheus: which families there are, and the page that shows them. Imported only when they are on."""

from orion_server.metrics.guards import connector_source, guard_source
from orion_server.metrics.page import Metrics, Source
from orion_server.metrics.paths import pattern_of
from orion_server.metrics.platform import engine_source, process_source, storage_source
from orion_server.metrics.traffic import error_source, message_source, request_source
from orion_server.metrics.work import lag_source, queue_source

__all__ = [
    "Metrics",
    "Source",
    "connector_source",
    "engine_source",
    "error_source",
    "guard_source",
    "lag_source",
    "message_source",
    "pattern_of",
    "process_source",
    "queue_source",
    "request_source",
    "storage_source",
]
