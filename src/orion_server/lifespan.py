"""Starts and stops everything in order. The only place that knows all the pieces; they are wired by hand, visibly."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from orion_core import (
    COMPILED,
    Bounds,
    BreakerTerms,
    Compiler,
    CorsPolicy,
    Engine,
    Governor,
    MemoryBounds,
    StoredHeaders,
)
from orion_core.protocol import Accept
from orion_io.carrier import CARRIERS
from orion_io.clock import Clock
from orion_io.connectors.connectors import Connectors
from orion_io.driver import Driver
from orion_io.queue.accepting import acceptor
from orion_io.queue.queue import Queue
from orion_io.recorder import Recorder
from orion_io.reload import Installed, Reloader
from orion_io.secrets import Secrets
from orion_io.storage import FileCopies, Store, TraceWriter, files_of, open_store
from orion_server.admin import AdminApi, Documentation, Services
from orion_server.app import App
from orion_server.authentication import Authentication, Key
from orion_server.bodies import BodyLimits
from orion_server.clients import Clients
from orion_server.control import Control
from orion_server.edge import Edge
from orion_server.exchange import Answer
from orion_server.gate import Gate
from orion_server.headers import StandardHeaders
from orion_server.health import Health
from orion_server.limits import PlatformLimits
from orion_server.notes import NoteLog
from orion_server.problem_details import ProblemPages
from orion_server.queueing import ledger_of, queue_of
from orion_server.settings import Settings, not_in_force
from orion_server.settings.store import storage_options
from orion_server.signals import Signals
from orion_server.transports.granian import GranianTransport
from orion_server.transports.transport import Certificate
from orion_server.version import VERSION

logger = logging.getLogger("orion.server")

FLUSH_SECONDS = 10.0  # what the last traces may take to reach the disk
POLL_SECONDS = 0.02


@dataclass
class Server:
    """A server that is ready to accept requests."""

    app: App
    health: Health
    settings: Settings

    async def run(self) -> None:
        """Accept requests until SIGTERM or SIGINT, then finish those under way."""
        server = self.settings.server
        tls = server.tls
        certificate = Certificate(Path(tls.cert_path), Path(tls.key_path)) if tls.enabled else None
        transport = GranianTransport(
            self.app, server.host, server.port, server.header_timeout_secs, server.body_timeout_secs, certificate
        )
        signals = Signals()
        signals.listen()
        serving = asyncio.create_task(transport.serve())
        stopping = asyncio.create_task(signals.stop.wait())
        self.health.ready = True
        scheme = "https" if tls.enabled else "http"
        logger.info("listening", extra={"fields": {"scheme": scheme, "host": server.host, "port": server.port}})
        await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
        self.health.ready = False
        stopping.cancel()
        if not serving.done():
            logger.info("stopping")
            await self._drain(transport, serving)
        if not serving.cancelled():
            await serving

    async def _drain(self, transport: GranianTransport, serving: "asyncio.Task[None]") -> None:
        """Stop accepting first; leave as soon as nothing is under way, at the latest when the time is up."""
        limit = self.settings.server.shutdown_drain_secs
        transport.stop()
        deadline = self.health.clock.monotonic() + limit
        while transport.in_flight and self.health.clock.monotonic() < deadline:
            await asyncio.sleep(POLL_SECONDS)
        if transport.in_flight:
            text = "requests were still under way when the drain time was over"
            logger.warning(text, extra={"fields": {"requests": transport.in_flight}})
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)


@asynccontextmanager
async def running(settings: Settings, compiler: Compiler | None = None) -> AsyncIterator[Server]:
    """Everything a server needs, open while the block runs and closed in reverse order.

    Args:
        settings: Read and checked.
        compiler: Knows the functions and operators of definitions; the built-in ones when not given.

    Raises:
        StoreError: The database cannot be opened or migrated.
    """
    clock = Clock()
    started = clock.monotonic()
    store = open_store(settings.storage.url, **storage_options(settings))
    await store.open()
    try:
        await migrate(store)
        writer = store.trace_writer(
            monotonic=clock.monotonic,
            capacity_rows=settings.traces.queue_rows,
            capacity_bytes=settings.traces.queue_bytes,
            report=dropped,
        )
        try:
            notes = NoteLog()
            engine = Engine(bounds_of(settings), governor_of(settings))
            connectors = connectors_of(settings, clock)
            recorder = Recorder(writer, settings.traces.sync, clock)
            ledger = ledger_of(settings, store, clock)
            carriers = {**CARRIERS, **connectors.carriers, Accept: acceptor(ledger)}
            driver = Driver(engine, clock, recorder, notes.take, carriers)
            queue = queue_of(settings, store, ledger, driver, clock)
            compiler = compiler or Compiler(http_timeout=float(settings.engine.global_http_timeout_secs))
            reloader = Reloader(store, engine, compiler, clock, secrets_of(settings), connectors.install)
            announce(await reloader.start(), settings)
            health = Health(store, reloader, clock, started, settings.engine.health_check_timeout_secs)
            authentication = authentication_of(settings, clock)
            control = control_of(settings, store, reloader, driver, clock, health, authentication, queue)
            headers = StandardHeaders(tls=settings.server.tls.enabled)
            edge = Edge(driver, clock, headers)
            gate = gate_of(settings, engine.governor, clock)
            bodies = BodyLimits(settings.ingest.max_payload_size, settings.ingest.max_definitions_size, authentication)
            app = App(edge, control.answer, clock, bodies, gate, headers)
            tending = asyncio.create_task(connectors.tend())
            ledger.start()
            working = asyncio.create_task(queue.run())
            try:
                yield Server(app, health, settings)
            finally:
                await queue.stop(settings.queue.shutdown_timeout_secs)
                working.cancel()
                tending.cancel()
                await asyncio.gather(working, tending, return_exceptions=True)
                await queue.close()
                await connectors.close()
        finally:
            await asyncio.to_thread(close_writer, writer)
    finally:
        await store.close()


def control_of(
    settings: Settings,
    store: Store,
    reloader: Reloader,
    driver: Driver,
    clock: Clock,
    health: Health,
    authentication: Authentication,
    queue: Queue,
) -> Control:
    """Wire the control plane."""
    services = Services(
        store, reloader, driver, clock, copies_of(settings), VERSION, health.started, queue.workers.wake
    )
    probes: Mapping[str, Callable[[], Awaitable[Answer]]] = {
        "/health": health.health, "/healthz": health.live, "/readyz": health.readiness,
    }  # fmt: skip
    pages = ProblemPages()
    return Control(authentication, probes, Documentation().answer, pages.answer, AdminApi(services).answer)


def authentication_of(settings: Settings, clock: Clock) -> Authentication:
    """Who may use the admin API, from the settings."""
    auth = settings.admin_auth
    return Authentication(
        enabled=auth.enabled,
        keys=[
            *(Key(each.key, each.role, each.name) for each in auth.keys),
            *(Key(secret) for secret in (*auth.api_keys, auth.api_key) if secret),
        ],
        header=auth.header,
        failures_per_minute=auth.max_failures_per_minute,
        clock=clock,
    )


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


def governor_of(settings: Settings) -> Governor:
    """What outlives reloads, from the settings."""
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
    )


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


def copies_of(settings: Settings) -> FileCopies:
    """Where the database is copied to, from the settings."""
    return FileCopies(settings.storage.url, Path(settings.storage.backup_dir))


def secrets_of(settings: Settings) -> Secrets:
    """What connectors may refer to, from the settings."""
    secrets = settings.secrets
    return Secrets(os.environ, tuple(secrets.env_allow), tuple(secrets.env_deny), tuple(secrets.folders))


def gate_of(settings: Settings, governor: Governor, clock: Clock) -> Gate:
    """The platform's own rules, from the settings."""
    proxies = settings.server.trusted_proxies
    limited = settings.rate_limit.enabled
    limits = PlatformLimits(settings.rate_limit, settings.governance.rate_limit_keys, clock) if limited else None
    return Gate(Clients(proxies) if proxies else None, limits, governor.cors)


async def migrate(store: Store) -> None:
    """Bring the database up to this version; nothing is imported for one that is."""
    pending = await store.pending_migrations()
    if pending:
        logger.info("migrating the database", extra={"fields": {"migrations": len(pending)}})
        await store.migrate()


def announce(installed: Installed, settings: Settings) -> None:
    """Say what runs, what cannot, and what was asked for in vain."""
    facts = {
        "version": VERSION, "core": "compiled" if COMPILED else "interpreted",
        "workflows": installed.workflows, "channels": installed.channels,
    }  # fmt: skip
    logger.info("Orion %s", VERSION, extra={"fields": facts})
    for fault in installed.faults:
        problems = "; ".join(f"{problem.pointer}: {problem.message}" for problem in fault.problems)
        logger.error("cannot run: %s '%s' version %s: %s", fault.kind, fault.id, fault.version, problems)
    if not settings.admin_auth.enabled:
        logger.warning("the admin API is open to everybody who can reach it; set admin_auth.enabled")
    for name in not_in_force(settings):
        logger.warning("the setting %s is not in force in this version yet", name)


def dropped(count: int) -> None:
    """Traces were dropped because the disk did not keep up."""
    logger.warning("traces were dropped", extra={"fields": {"traces": count}})


def close_writer(writer: TraceWriter) -> None:
    """Write what is left of the traces."""
    writer.close(FLUSH_SECONDS)
