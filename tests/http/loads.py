"""Asynchronous load that goes on whatever happens to servers, and what it was promised."""

import random
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.http.api import PARSE, Api, put, task
from tests.http.servers import Server

PROGRAM = (str(Path(__file__).parent / "waiting.py"),)
KILLS = 50
LEASE = 1  # seconds
SETTINGS = {"ORION_QUEUE__LEASE_SECS": str(LEASE), "ORION_QUEUE__POLL_INTERVAL_MS": "100", "ORION_QUEUE__WORKERS": "4"}


class Load:
    """Clients that go on asking whatever happens, and remember what they were promised."""

    def __init__(self, servers: Sequence[Server], channels: Sequence[str], clients: int) -> None:
        self.promised: list[tuple[str, int]] = []
        self.refused = 0
        self.channels = channels
        self._servers = servers
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._ask, args=(number,)) for number in range(clients)]

    @contextmanager
    def running(self) -> Iterator[None]:
        for each in self._threads:
            each.start()
        try:
            yield
        finally:
            self._stop.set()
            for each in self._threads:
                each.join()

    def _ask(self, number: int) -> None:
        chance = random.Random(number)
        count = number
        with httpx.Client(timeout=5) as client:
            while not self._stop.is_set():
                count += 1000
                url = f"{chance.choice(self._servers).url}/api/v1/data/{chance.choice(self.channels)}/async"
                try:
                    answer = client.post(url, json={"data": {"n": count}})
                except httpx.TransportError:
                    time.sleep(0.02)
                    continue
                if answer.status_code == 202:
                    self.promised.append((answer.json()["trace_id"], count))
                else:
                    assert answer.status_code == 503, answer.text
                    self.refused += 1
                time.sleep(chance.uniform(0.0, 0.02))


def channels(api: Api) -> list[str]:
    """A channel whose requests take a while, one whose are quick, and one that keeps their order."""
    slow = task("wait", "wait", {"ms": 40})
    workflow, quick = api.workflow([PARSE, slow]), api.workflow([PARSE, put("data.n", {"var": "data.in.n"})])
    return [api.channel(workflow), api.channel(quick), api.channel(quick, config={"ordering": "fifo"})]


def all_end(api: Api, promised: Sequence[tuple[str, int]]) -> None:
    """Everything that was promised is completed: nothing is lost, stuck, failed or parked."""
    assert len(promised) > 100
    for identity, number in promised:
        trace = api.ended(identity, 60)
        assert trace["status"] == "completed", trace
        assert trace["message"]["payload"] == {"n": number}
    for status in ("pending", "running"):
        assert api.get(f"/api/v1/data/traces?status={status}").json()["total"] == 0
