"""What runs requests, whoever brings them: store, engine, connectors, driver, ledger. Knows no HTTP."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from orion_core import (
    Bounds,
    BreakerTerms,
    ClusterTerms,
    Compiler,
    Connector,
    CorsPolicy,
    Engine,
    Governor,
    MemoryBounds,
    StoredHeaders,
)
from orion_core.protocol import Accept
from orion_io.carrier import CARRIERS
from orion_io.clock import Clock
from orion_io.driver import Driver
from orion_io.following import Following
from orion_io.queue.accepting import acceptor
from orion_io.queue.ledger import Ledger
from orion_io.recorder import Recorder
from orion_io.reload import Reloader
from orion_io.secrets import Secrets
from orion_io.selection import Selection
from orion_io.storage import Store, TraceWriter, open_store
from orion_server.connecting import cluster_of, connectors_of
from orion_server.notes import NoteLog
from orion_server.queueing import ledger_of
from orion_server.settings import Settings
from orion_server.settings.store import storage_options
from orion_server.tallies import Tallies, tallies_of

logger = logging.getLogger(__name__)

FLUSH_SECONDS = 10.0  # what the last traces may take to reach the disk
LEDGER_SECONDS = 10.0  # what the last commits of asynchronous work may take


@dataclass(frozen=True)
class Runtime:
    """What runs requests, open; its definitions are installed when `reloader.start` is called."""

    settings: Settings
    clock: Clock
    started: float
    store: Store
    engine: Engine
    reloader: Reloader
    ledger: Ledger
    driver: Driver
    traces: TraceWriter
    tallies: Tallies | None


@asynccontextmanager
async def open_runtime(
    settings: Settings, compiler: Compiler | None = None, *, suspects_owner: str | None = None
) -> AsyncIterator[Runtime]:
    """Everything that runs requests, open while the block runs and closed in reverse order.

    Args:
        settings: Read and checked.
        compiler: Knows the functions and operators of definitions; the built-in ones when not given.
        suspects_owner: The name under which suspects are claimed, and nothing else; None for an ordinary server.

    Raises:
        StoreError: The database cannot be opened or migrated.
    """
    clock = Clock()
    started = clock.monotonic()
    async with AsyncExitStack() as stack:
        tallies = tallies_of(settings, clock)
        store = open_store(
            settings.storage.url, **storage_options(settings), stopwatch=tallies.queries if tallies else None
        )
        await store.open()
        stack.push_async_callback(store.close)
        await migrate(store)
        writer = store.trace_writer(
            monotonic=clock.monotonic,
            capacity_rows=settings.traces.queue_rows,
            capacity_bytes=settings.traces.queue_bytes,
            report=dropped,
        )
        stack.push_async_callback(asyncio.to_thread, close_writer, writer)
        cluster = cluster_of(settings)
        engine = Engine(bounds_of(settings), governor_of(settings, cluster))
        connectors = connectors_of(settings, clock, cluster)
        stack.push_async_callback(connectors.close)
        tending = asyncio.create_task(connectors.tend())
        stack.push_async_callback(ended, tending)
        ledger = ledger_of(settings, store, clock, suspects_owner)
        ledger.start()
        stack.push_async_callback(ledger.close, LEDGER_SECONDS)
        recorder = Recorder(writer, settings.traces.sync, clock)
        carriers = {**CARRIERS, **connectors.carriers, Accept: acceptor(ledger)}
        note = NoteLog().take
        driver = Driver(
            engine, clock, recorder, tallies.notes.before(note) if tallies else note, carriers,
            tallies.messages if tallies else None, await opened_tracing(settings, stack),
        )  # fmt: skip
        compiler = compiler or Compiler(http_timeout=float(settings.engine.global_http_timeout_secs))
        selection = Selection(settings.channels.include, settings.channels.exclude)
        reloader = Reloader(
            store, engine, compiler, clock, secrets_of(settings), connectors.install, selection,
            patience=float(settings.engine.reload_timeout_secs),
        )  # fmt: skip
        if tallies:
            stack.push_async_callback(ended, asyncio.create_task(tallies.watch(clock)))
        yield Runtime(settings, clock, started, store, engine, reloader, ledger, driver, writer, tallies)


async def opened_tracing(settings: Settings, stack: AsyncExitStack) -> Following | None:
    """What follows requests, closed with the stack; its library is loaded only where tracing is on."""
    if not settings.tracing.enabled:
        return None
    from orion_server.tracing import open_tracing

    tracing = await asyncio.to_thread(open_tracing, settings.tracing)
    stack.push_async_callback(asyncio.to_thread, tracing.close)
    return tracing


async def ended(task: "asyncio.Task[None]") -> None:
    """End what goes on in the background, and wait for it."""
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def bounds_of(settings: Settings) -> Bounds:
    """What one request may use, from the settings."""
    engine = settings.engine
    return Bounds(
        engine.limits.max_depth,
        engine.limits.max_nodes,
        engine.limits.max_message_bytes,
        engine.max_channel_call_depth,
        engine.default_channel_call_timeout_ms / 1000,
        StoredHeaders(tuple(settings.traces.deny_headers)),
    )


def governor_of(settings: Settings, cluster: Connector | None) -> Governor:
    """What outlives reloads, from the settings; `cluster` is where other servers remember the same."""
    governance, breaker = settings.governance, settings.engine.circuit_breaker
    return Governor(
        MemoryBounds(
            governance.rate_limit_keys,
            governance.idempotency_keys,
            governance.idempotency_bytes,
            governance.cache_entries,
            governance.cache_bytes,
            breaker.max_breakers,
        ),
        CorsPolicy(settings.cors.allowed_origins),
        BreakerTerms(breaker.enabled, breaker.failure_threshold, float(breaker.recovery_timeout_secs)),
        None
        if cluster is None
        else ClusterTerms(cluster, settings.cluster.rate_limits == "open", settings.cluster.deduplication == "open"),
    )


def secrets_of(settings: Settings) -> Secrets:
    """What connectors may refer to, from the settings."""
    secrets = settings.secrets
    return Secrets(os.environ, tuple(secrets.env_allow), tuple(secrets.env_deny), tuple(secrets.folders))


async def migrate(store: Store) -> None:
    """Bring the database up to this version; nothing is imported for one that is."""
    pending = await store.pending_migrations()
    if pending:
        logger.info("migrating the database", extra={"fields": {"migrations": len(pending)}})
        await store.migrate()


def dropped(count: int) -> None:
    """Traces were dropped because the disk did not keep up."""
    logger.warning("traces were dropped", extra={"fields": {"traces": count}})


def close_writer(writer: TraceWriter) -> None:
    """Write what is left of the traces."""
    writer.close(FLUSH_SECONDS)
