"""Servers killed at any moment under load of asynchronous requests: what was accepted ends, and ends visibly."""

import random
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest

from tests.database_servers import DatabaseServer, postgres
from tests.http.api import PARSE, Api, put, task
from tests.http.servers import Server, serving

PROGRAM = (str(Path(__file__).parent / "waiting.py"),)
KILLS = 50
LEASE = 1  # seconds
SETTINGS = {"ORION_QUEUE__LEASE_SECS": str(LEASE), "ORION_QUEUE__POLL_INTERVAL_MS": "100", "ORION_QUEUE__WORKERS": "4"}
pytestmark = pytest.mark.endurance


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


def test_a_server_killed_fifty_times(tmp_path: Path) -> None:
    chance = random.Random(7)
    with serving(tmp_path, PROGRAM, **SETTINGS) as server, Api(server.url) as api:
        load = Load([server], channels(api), 3)
        with load.running():
            for _ in range(KILLS):
                time.sleep(chance.uniform(0.05, 0.6))
                server.stop(signal.SIGKILL)
                server.start()
        all_end(api, load.promised)
        assert server.stop() == 0, server.log()[-2000:]


def test_two_servers_on_one_database_killed_fifty_times(tmp_path: Path, postgres_server: DatabaseServer) -> None:
    settings = {**SETTINGS, "ORION_STORAGE__URL": postgres_server.new_database()}
    folders = [tmp_path / "one", tmp_path / "other"]
    for each in folders:
        each.mkdir()
    with serving(folders[0], PROGRAM, **settings) as one, Api(one.url) as api:
        names = channels(api)
        with serving(folders[1], PROGRAM, **settings) as other:
            load = Load([one, other], names, 3)

            def kill(server: Server) -> None:
                chance = random.Random(server.port)
                for _ in range(KILLS // 2):
                    time.sleep(chance.uniform(0.05, 0.6))
                    server.stop(signal.SIGKILL)
                    server.start()

            with load.running(), ThreadPoolExecutor(2) as pool:
                list(pool.map(kill, (one, other)))
            all_end(api, load.promised)
            assert other.stop() == 0, other.log()[-2000:]


def test_a_database_that_is_away_for_ten_seconds(tmp_path: Path, pytestconfig: pytest.Config) -> None:
    """Refusals are 503, what was accepted survives, and nobody has to restart anything."""
    with postgres(pytestconfig) as database, ExitStack() as stack:
        here = stack.enter_context(ExitStack())
        process = here.enter_context(database.running())
        settings = {**SETTINGS, "ORION_STORAGE__URL": database.url}
        server = stack.enter_context(serving(tmp_path, PROGRAM, **settings))
        api = stack.enter_context(Api(server.url))
        load = Load([server], channels(api), 3)
        with load.running():
            time.sleep(1.0)
            database.kill(process)
            time.sleep(10)
            assert load.refused > 10
            refused = api.post(f"/api/v1/data/{load.channels[0]}/async", json={"data": 1})
            error = refused.json()["error"]
            assert (refused.status_code, error["reason"]) == (503, "storage_unavailable")
            assert httpx.get(f"{server.url}/health").status_code == 503
            before = len(load.promised)
            here.close()
            stack.enter_context(database.running())
            until = time.monotonic() + 20
            while len(load.promised) < before + 50:
                assert time.monotonic() < until
                time.sleep(0.05)
        all_end(api, load.promised)
        assert server.process is not None
        assert server.process.poll() is None
        assert server.stop() == 0, server.log()[-2000:]


def test_what_kills_its_servers_is_parked_and_its_neighbours_are_completed(tmp_path: Path) -> None:
    with serving(tmp_path, PROGRAM, **SETTINGS) as server:
        with Api(server.url) as api:
            innocent = api.service(PARSE, task("wait", "wait", {"ms": 1500}))
            deadly = api.service(PARSE, task("die", "die", {}))
            neighbours = [api.submit(innocent, {"n": n}) for n in range(2)]
            time.sleep(0.3)
            killer = api.submit(deadly, {})
        assert server.process is not None
        assert server.process.wait(20) == -signal.SIGKILL
        server.start()
        with Api(server.url) as api:
            for each in neighbours:
                trace = api.ended(each, 30)
                assert trace["status"] == "completed"
                assert [attempt["outcome"] for attempt in trace["attempt_log"]] == ["lost", "completed"]
            trace = api.ended(killer, 30)
            reason = "Parked: it killed its worker twice, the second time alone in a process (SIGKILL)"
            assert (trace["status"], trace["error"], trace["attempts"]) == ("failed", reason, 2)
            assert [attempt["outcome"] for attempt in trace["attempt_log"]] == ["lost", "crashed"]
            assert trace["dead_letter"]["status"] == "exhausted"
            assert api.ended(api.submit(innocent, {}))["status"] == "completed"
        assert server.process.poll() is None  # it lives: suspects are worked on elsewhere
        assert server.stop() == 0
