"""The yardstick of `direct`: what somebody would write by hand, with FastAPI, to do what the `governed` channel does.

A request is validated, counted against a rate limit and a limit of concurrency, looked up by its idempotency key when
it has one, answered with the same headers, counted by status and duration, logged by one line, and kept as a row of a
SQLite table that a thread writes in batches. None of it can be changed without a restart: that Orion has beyond it.
"""

import asyncio
import json
import logging
import os
import queue
import sqlite3
import sys
import threading
import time
import uuid
from bisect import bisect_left
from collections import OrderedDict
from typing import Any

from fastapi import FastAPI, HTTPException, Request, Response
from pydantic import BaseModel

RATE, BURST = 10_000_000.0, 1_000_000_000.0
WINDOW = 300.0
HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"strict-origin-when-cross-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
]
BOUNDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

log = logging.getLogger("requests")
logging.basicConfig(level=logging.INFO, stream=sys.stdout, format="%(asctime)s [%(levelname)s] %(message)s")


class Order(BaseModel):
    """What is ordered."""

    order_id: str
    total: float


class Asked(BaseModel):
    """The body of a request."""

    data: Order


class Traces:
    """Rows in a table, written by a thread as they come."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.rows: queue.SimpleQueue[tuple[Any, ...]] = queue.SimpleQueue()
        threading.Thread(target=self.run, daemon=True).start()

    def run(self) -> None:
        database = sqlite3.connect(self.path)
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA synchronous=NORMAL")
        database.execute(
            "CREATE TABLE IF NOT EXISTS traces (id TEXT PRIMARY KEY, at REAL, ms REAL, body TEXT, answer TEXT)"
        )
        while True:
            rows = [self.rows.get()]
            while len(rows) < 1000 and not self.rows.empty():
                rows.append(self.rows.get())
            with database:
                database.executemany("INSERT INTO traces VALUES (?, ?, ?, ?, ?)", rows)


class Bucket:
    """A token bucket."""

    def __init__(self) -> None:
        self.tokens, self.at = BURST, time.monotonic()

    def take(self) -> bool:
        now = time.monotonic()
        self.tokens = min(BURST, self.tokens + (now - self.at) * RATE)
        self.at = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


app = FastAPI(openapi_url=None)
traces = Traces(os.environ.get("TRACES", "by_hand.db"))
bucket = Bucket()
places = asyncio.Semaphore(1000)
seen: OrderedDict[str, float] = OrderedDict()
counted: dict[int, list[int]] = {}


class Around:
    """What every request is given: an id, headers, a count and a line. Plain ASGI: FastAPI's own form costs more."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = time.monotonic()
        given = dict(scope["headers"]).get(b"x-request-id")
        identity = given.decode("latin-1") if given else str(uuid.uuid4())
        scope["state"] = {"identity": identity}
        status = 500

        async def sending(message: dict[str, Any]) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], *HEADERS, (b"x-request-id", identity.encode())]
            await send(message)

        await self.app(scope, receive, sending)
        seconds = time.monotonic() - started
        buckets = counted.setdefault(status, [0] * (len(BOUNDS) + 1))
        buckets[bisect_left(BOUNDS, seconds)] += 1
        log.info("%s %s %d %.3f ms %s", scope["method"], scope["path"], status, seconds * 1000, identity)


app.add_middleware(Around)


@app.post("/orders")
async def orders(asked: Asked, request: Request) -> Response:
    """Take an order in."""
    if not bucket.take():
        raise HTTPException(429)
    if asked.data.total <= 0:
        raise HTTPException(400)
    key = request.headers.get("idempotency-key")
    if key is not None:
        now = time.monotonic()
        while seen and next(iter(seen.values())) < now - WINDOW:
            seen.popitem(last=False)
        if key in seen:
            raise HTTPException(409)
        seen[key] = now
    started = time.monotonic()
    async with places:
        data = {"order": asked.data.model_dump()}
        answer = json.dumps({"id": request.state.identity, "status": "ok", "data": data, "errors": []})
    milliseconds = (time.monotonic() - started) * 1000
    traces.rows.put(
        (request.state.identity + uuid.uuid4().hex, time.time(), milliseconds, asked.model_dump_json(), answer)
    )
    return Response(answer, media_type="application/json")
