"""What reaches outside systems, built from the settings. The only module of the server that names connectors."""

from orion_core import Connector, cluster_connector
from orion_io.clock import Clock
from orion_io.connectors.connectors import Connectors
from orion_io.storage import files_of
from orion_server.settings import Settings


def connectors_of(settings: Settings, clock: Clock, cluster: Connector | None) -> Connectors:
    """What reaches outside systems, from the settings; `cluster` is where servers remember together."""
    engine = settings.engine
    return Connectors(
        clock,
        most=engine.max_pool_cache_entries,
        idle=float(engine.pool_idle_secs),
        interval=float(engine.cache_cleanup_interval_secs),
        own=files_of(settings.storage.url),
        cluster=cluster,
    )


def cluster_of(settings: Settings) -> Connector | None:
    """Where the servers of a cluster remember together; None for a server that remembers alone."""
    cluster = settings.cluster
    if not cluster.redis_url:
        return None
    return cluster_connector(cluster.redis_url, cluster.key_prefix, cluster.timeout_ms / 1000)
