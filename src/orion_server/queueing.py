"""Asynchronous work, built from the settings. Runs none of it."""

import os
import socket

from orion_io.clock import Clock
from orion_io.driver import Driver
from orion_io.queue.backoff import pause_before
from orion_io.queue.dead_letters import Retries
from orion_io.queue.ledger import Ledger
from orion_io.queue.quarantine import Quarantine, Spawn
from orion_io.queue.queue import Queue, Tender
from orion_io.queue.retention import Retention
from orion_io.queue.room import Room
from orion_io.queue.workers import Workers, WorkRules
from orion_io.selection import Selection
from orion_io.storage import Store
from orion_io.storage.queue_table import Terms
from orion_server.settings import Settings

DEATHS = 5  # processes that may die while they work on one request, before it is parked unheard


def ledger_of(settings: Settings, store: Store, clock: Clock, suspects_owner: str | None = None) -> Ledger:
    """What keeps asynchronous requests, from the settings.

    Args:
        settings: Read and checked.
        store: Where they are kept.
        clock: Tells the time.
        suspects_owner: The name under which suspects are claimed, and nothing else; None for an ordinary server.
    """
    queue = settings.queue
    chance = Clock()  # the ledger's thread draws from its own
    terms = Terms(
        owner=suspects_owner or owner_of(clock),
        lease=queue.lease_secs * 1_000_000,
        suspects=suspects_owner is not None,
        deaths=DEATHS,
        max_retries=queue.dlq_max_retries,
        backoff=lambda retry: pause_before(retry, chance.chance()),
        selection=Selection(settings.channels.include, settings.channels.exclude),
    )
    room = Room(queue.buffer_size, queue.max_queue_memory_bytes)
    return Ledger(store.raw(durable=True), terms, room, wall_us=clock.wall_us, monotonic=clock.monotonic)


def rules_of(settings: Settings, workers: int) -> WorkRules:
    """How work is done, from the settings, by so many workers."""
    queue = settings.queue
    return WorkRules(
        workers, queue.processing_timeout_ms / 1000, queue.poll_interval_ms / 1000, queue.max_result_size_bytes
    )


def queue_of(settings: Settings, store: Store, ledger: Ledger, driver: Driver, clock: Clock, spawn: Spawn) -> Queue:
    """Who works on what the ledger keeps, from the settings.

    Args:
        settings: Read and checked.
        store: Where it is kept.
        ledger: Keeps it.
        driver: Runs it.
        clock: Tells the time.
        spawn: Starts a process for suspects.
    """
    queue = settings.queue
    workers = Workers(ledger, driver, clock, rules_of(settings, queue.workers))
    tenders: list[Tender] = [Quarantine(ledger, f"{ledger.terms.owner}:alone", spawn).run]
    if queue.dlq_retry_enabled:
        retries = Retries(
            store, clock, interval=float(queue.dlq_poll_interval_secs), wake=workers.wake,
            room=lambda: ledger.room.left_over,
        )  # fmt: skip
        tenders.append(retries.run)
    if queue.trace_retention_hours:
        keep, interval = queue.trace_retention_hours * 3600.0, float(queue.trace_cleanup_interval_secs)
        tenders.append(Retention(store, clock, keep=keep, interval=interval).run)
    return Queue(ledger, workers, tenders)


def owner_of(clock: Clock) -> str:
    """A name for this process that no other has, now or later."""
    return f"{socket.gethostname()[:64]}:{os.getpid()}:{clock.uuid()[-12:]}"
