"""Asynchronous work, built from the settings. Runs none of it."""

import os
import socket

from orion_io.clock import Clock
from orion_io.driver import Driver
from orion_io.queue.backoff import seconds_before
from orion_io.queue.ledger import Ledger
from orion_io.queue.queue import Queue
from orion_io.queue.room import Room
from orion_io.queue.workers import Workers, WorkRules
from orion_io.storage import Store
from orion_io.storage.queue_table import Terms
from orion_server.settings import Settings

DEATHS = 5  # processes that may die while they work on one request, before it is parked unheard


def ledger_of(settings: Settings, store: Store, clock: Clock) -> Ledger:
    """What keeps asynchronous requests, from the settings."""
    queue = settings.queue
    terms = Terms(
        owner=owner_of(clock),
        lease=queue.lease_secs * 1_000_000,
        suspects=False,
        deaths=DEATHS,
        max_retries=queue.dlq_max_retries,
        backoff=seconds_before,
    )
    room = Room(queue.buffer_size, queue.max_queue_memory_bytes)
    return Ledger(store.raw(durable=True), terms, room, wall_us=clock.wall_us, monotonic=clock.monotonic)


def queue_of(settings: Settings, ledger: Ledger, driver: Driver, clock: Clock) -> Queue:
    """Who works on what the ledger keeps, from the settings."""
    queue = settings.queue
    rules = WorkRules(
        queue.workers, queue.processing_timeout_ms / 1000, queue.poll_interval_ms / 1000, queue.max_result_size_bytes
    )
    return Queue(ledger, Workers(ledger, driver, clock, rules))


def owner_of(clock: Clock) -> str:
    """A name for this process that no other has, now or later."""
    return f"{socket.gethostname()[:64]}:{os.getpid()}:{clock.uuid()[-12:]}"
