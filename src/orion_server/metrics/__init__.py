"""Numbers for Prometheus: which families there are, and the page that shows them. Imported only when they are on."""

from orion_server.metrics.page import Metrics, Source
from orion_server.metrics.work import lag_source, queue_source

__all__ = ["Metrics", "Source", "lag_source", "queue_source"]
