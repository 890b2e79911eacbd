"""Durable accepts: asynchronous requests a second that the ledger keeps, beside a commit for each, on the same disk.

`python loadtests/durable.py [FOLDER]` prints JSON. Both write the same rows through the same statement with
`synchronous=FULL`; they take turns. The ledger serves many callers who wait, each until its own commit is through.
"""

import asyncio
import json
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import uvloop

from orion_io.clock import Clock
from orion_io.queue.ledger import Ledger
from orion_io.queue.room import Room
from orion_io.storage import Store, open_store
from orion_io.storage.queue_rows import Waiting
from orion_io.storage.queue_table import Places, QueueTable, Terms

CALLERS = 256  # who wait at once
SECONDS = 1.0  # of each round
ROUNDS = 5
CLOCK = Clock()
TERMS = Terms(owner="load", lease=60_000_000, suspects=False, deaths=5, max_retries=5, backoff=lambda retry: 1.0)
BODY = '{"order_id":"ORD-9182","total":25000}'
FACTS = '{"http_method":"POST","headers":{"content-type":"application/json","user-agent":"wrk"},"channel":"orders"}'


def a_request() -> Waiting:
    identity = CLOCK.uuid()
    return Waiting(
        id=identity, request_id=identity, channel="orders", channel_id="orders", channel_version=1, order_key=None,
        received_at=CLOCK.wall_us(), input_json=BODY, metadata_json=FACTS,
    )  # fmt: skip


def one_by_one(store: Store) -> float:
    """Accepts a second with a commit for each, one after the other."""
    raw = store.raw(durable=True)()
    table = QueueTable(raw, TERMS, Places(), CLOCK.wall_us)
    until = time.perf_counter() + SECONDS
    count = 0
    while time.perf_counter() < until:
        raw.begin()
        table.accept([a_request()], table.now())
        raw.commit()
        count += 1
    raw.close()
    return count / SECONDS


async def in_groups(store: Store) -> float:
    """Accepts a second through the ledger."""
    room = Room(10_000_000, 0)
    ledger = Ledger(store.raw(durable=True), TERMS, room, wall_us=CLOCK.wall_us, monotonic=CLOCK.monotonic)
    ledger.start()
    until = time.perf_counter() + SECONDS
    count = 0

    async def go() -> None:
        nonlocal count
        while time.perf_counter() < until:
            await ledger.accept(a_request(), 10.0)
            count += 1

    await asyncio.gather(*(go() for _ in range(CALLERS)))
    await ledger.close(10.0)
    return count / SECONDS


async def measure(folder: Path) -> dict[str, float]:
    """Medians of rounds that take turns."""
    store = open_store(f"sqlite:{folder}/durable.db")
    await store.open()
    await store.migrate()
    alone, grouped = [], []
    for _ in range(ROUNDS):
        alone.append(await asyncio.to_thread(one_by_one, store))
        grouped.append(await in_groups(store))
    await store.close()
    pairs = zip(grouped, alone, strict=True)
    return {
        "one_by_one": round(median(alone)),
        "ledger": round(median(grouped)),
        "ratio": round(median(many / one for many, one in pairs), 2),
    }


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(dir=sys.argv[1] if len(sys.argv) > 1 else None) as made:
        print(json.dumps(uvloop.run(measure(Path(made)))))
