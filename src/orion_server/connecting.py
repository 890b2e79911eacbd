"""What reaches outside systems, built from the settings. The only module of the server that names connectors."""

from orion_io.clock import Clock
from orion_io.connectors.connectors import Connectors
from orion_io.storage import files_of
from orion_server.settings import Settings


def connectors_of(settings: Settings, clock: Clock) -> Connectors:
    """What reaches outside systems, from the settings."""
    engine = settings.engine
    return Connectors(
        clock,
        most=engine.max_pool_cache_entries,
        idle=float(engine.pool_idle_secs),
        interval=float(engine.cache_cleanup_interval_secs),
        own=files_of(settings.storage.url),
    )
