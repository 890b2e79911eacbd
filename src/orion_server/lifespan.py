"""Starts and stops everything in order. The only place that knows all the pieces; they are wired by hand, visibly."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from orion_core import COMPILED, Compiler, Connector, CorsPolicy
from orion_core.calls import CacheGet
from orion_core.protocol import Done
from orion_io.catching_up import CatchingUp
from orion_io.clock import Clock
from orion_io.presence import Presence
from orion_io.queue.queue import Queue
from orion_io.reload import Installed, report
from orion_io.storage import FileCopies
from orion_server.admin import AdminApi, Documentation, Services
from orion_server.admin.services import unheard
from orion_server.alone import spawn
from orion_server.app import App
from orion_server.authentication import MCP, METRICS, Authentication, Key
from orion_server.bodies import BodyLimits
from orion_server.breakers import CircuitBreakers
from orion_server.clients import Clients
from orion_server.components import OK, Component
from orion_server.consuming import Consuming, consuming_of
from orion_server.control import Answerer, Control, no_assistants
from orion_server.edge import Edge
from orion_server.exchange import Answer
from orion_server.gate import Gate
from orion_server.headers import StandardHeaders
from orion_server.health import Health
from orion_server.limits import PlatformLimits, Together
from orion_server.listening import transport_of
from orion_server.measuring import Measured, counting, metrics_of
from orion_server.problem_details import ProblemPages
from orion_server.queueing import queue_of
from orion_server.request_logging import request_log
from orion_server.runtime import Runtime, ended, open_runtime
from orion_server.settings import Settings
from orion_server.signals import Signals
from orion_server.supervision import Supervision
from orion_server.transports.transport import Transport
from orion_server.version import VERSION

if TYPE_CHECKING:
    from orion_server.mcp.mounting import Assistants

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.02
SHOWN = 20  # names in a line of the log


@dataclass
class Server:
    """A server that is ready to accept requests."""

    app: App
    health: Health
    settings: Settings

    async def run(self) -> None:
        """Accept requests until SIGTERM or SIGINT, then finish those under way."""
        server = self.settings.server
        transport = transport_of(self.app, server, self.health.clock.wall)
        signals = Signals()
        signals.listen()
        serving = asyncio.create_task(transport.serve())
        stopping = asyncio.create_task(signals.stop.wait())
        supervision = Supervision()
        watching = asyncio.create_task(supervision.watch(transport.listening))
        self.health.ready = True
        scheme = "https" if server.tls.enabled else "http"
        facts = {"scheme": scheme, "host": server.host, "port": server.port, "transport": server.transport}
        logger.info("listening", extra={"fields": facts})
        await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
        self.health.ready = False
        stopping.cancel()
        supervision.tell("STOPPING=1")
        if not serving.done():
            logger.info("stopping")
            await self._drain(transport, serving)
        await ended(watching)
        if not serving.cancelled():
            await serving

    async def _drain(self, transport: Transport, serving: "asyncio.Task[None]") -> None:
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
    async with open_runtime(settings, compiler) as runtime, request_log(runtime.clock) as log:
        queue = queue_of(settings, runtime.store, runtime.ledger, runtime.driver, runtime.clock, spawn)
        consuming = consuming_of(runtime)
        runtime.reloader.follow(consuming.installed)
        announce(await runtime.reloader.start(), runtime.reloader.left_out, settings)
        clock = runtime.clock
        presence = presence_of(runtime)
        catching_up = CatchingUp(runtime.store, runtime.reloader)
        health = Health(
            runtime.store, runtime.reloader, clock, runtime.started,
            settings.engine.health_check_timeout_secs, components_of(queue, consuming, runtime),
        )  # fmt: skip
        authentication = authentication_of(settings, clock)
        assistants = assistants_of(settings, lambda: app)
        gate = gate_of(settings, runtime, {MCP: assistants.cors} if assistants else {})
        measured = Measured(runtime, queue, consuming, authentication, gate)
        control = control_of(
            runtime, authentication, health, queue, metrics_of(measured),
            assistants.answer if assistants else no_assistants, presence,
        )  # fmt: skip
        headers = StandardHeaders(tls=settings.server.tls.enabled)
        tallies = runtime.tallies
        edge = Edge(runtime.driver, clock, headers, log, tallies.requests if tallies else None)
        bodies = BodyLimits(settings.ingest.max_payload_size, settings.ingest.max_definitions_size, authentication)
        app = App(edge, control.answer, clock, bodies, gate, headers, log, counting(tallies))
        working = asyncio.create_task(queue.run())
        agreeing = [asyncio.create_task(catching_up.run()), asyncio.create_task(presence.run())]
        consuming.start()
        try:
            async with assistants.serving() if assistants else nullcontext():
                yield Server(app, health, settings)
        finally:
            for task in agreeing:
                await ended(task)
            await consuming.stop(settings.queue.shutdown_timeout_secs)
            await queue.stop(settings.queue.shutdown_timeout_secs)
            await ended(working)


def assistants_of(settings: Settings, application: Callable[[], App]) -> "Assistants | None":
    """What answers `/mcp`; the protocol's SDK is imported only where it is wanted."""
    if not settings.mcp.enabled:
        return None
    from orion_server.mcp.mounting import Assistants

    return Assistants(settings, application)


def presence_of(runtime: Runtime) -> Presence:
    """This server among those of its database, under the name by which it claims work."""
    engine = runtime.engine
    presence = Presence(
        runtime.store, runtime.clock, identity=runtime.ledger.terms.owner, version=VERSION,
        generation=lambda: engine.snapshot.generation,
    )  # fmt: skip
    runtime.reloader.follow(lambda _snapshot: presence.changed())
    return presence


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
        public=(METRICS,) if settings.metrics.public else (),
    )


def control_of(
    runtime: Runtime,
    authentication: Authentication,
    health: Health,
    queue: Queue,
    metrics: Answerer,
    assistants: Answerer,
    presence: Presence,
) -> Control:
    """Wire the control plane."""
    settings = runtime.settings
    copies = FileCopies(settings.storage.url, Path(settings.storage.backup_dir))
    breakers = CircuitBreakers(runtime.engine.governor, runtime.driver, runtime.clock)
    services = Services(
        runtime.store, runtime.reloader, runtime.driver, runtime.clock, copies, VERSION, health.started,
        presence, breakers, queue.workers.wake, runtime.tallies.audited if runtime.tallies else unheard,
    )  # fmt: skip
    probes: Mapping[str, Callable[[], Awaitable[Answer]]] = {
        "/health": health.health, "/healthz": health.live, "/readyz": health.readiness,
    }  # fmt: skip
    pages = ProblemPages()
    return Control(
        authentication,
        probes,
        Documentation().answer,
        pages.answer,
        metrics,
        assistants,
        AdminApi(services).answer,
    )


def components_of(queue: Queue, consuming: Consuming, runtime: Runtime) -> Mapping[str, Component]:
    """What `/health` asks beside database and engine; without these, synchronous requests are answered all the same."""
    components = {"queue": Component(lambda: OK if queue.ledger.room.left_over else "full")}
    if consuming.health() is not None:
        components["kafka"] = Component(lambda: consuming.health() or OK)
    cluster = runtime.engine.governor.cluster
    if cluster is not None:
        components["cluster"] = Component(partial(cluster_state, runtime, cluster.store))
    return components


async def cluster_state(runtime: Runtime, store: Connector) -> str:
    """Whether the store answers where the servers of a cluster remember together."""
    deadline = runtime.clock.monotonic() + runtime.settings.engine.health_check_timeout_secs
    outcome = await runtime.driver.ask(CacheGet(store, deadline, "orion:health"))
    return OK if isinstance(outcome, Done) else "away"


def gate_of(settings: Settings, runtime: Runtime, cors: Mapping[str, CorsPolicy]) -> Gate:
    """The platform's own rules, from the settings."""
    proxies = settings.server.trusted_proxies
    cluster = runtime.engine.governor.cluster
    limits = None
    if settings.rate_limit.enabled:
        together = None if cluster is None else Together(cluster.store, runtime.driver.ask)
        limits = PlatformLimits(settings.rate_limit, settings.governance.rate_limit_keys, runtime.clock, together)
    return Gate(Clients(proxies) if proxies else None, limits, runtime.engine.governor.cors, cors)


def announce(installed: Installed, left_out: Sequence[str], settings: Settings) -> None:
    """Say what runs, and what does not."""
    facts = {
        "version": VERSION, "core": "compiled" if COMPILED else "interpreted",
        "workflows": installed.workflows, "channels": installed.channels,
    }  # fmt: skip
    logger.info("Orion %s", VERSION, extra={"fields": facts})
    if left_out:
        names = ", ".join(left_out[:SHOWN]) + (", …" if len(left_out) > SHOWN else "")
        fields = {"channels": len(left_out)}
        logger.info("[channels] says that these are not run here: %s", names, extra={"fields": fields})
    report(installed.faults)
    if not settings.admin_auth.enabled:
        logger.warning("the admin API is open to everybody who can reach it; set admin_auth.enabled")
