"""Servers killed at any moment under load of asynchronous requests: what was accepted ends, and ends visibly."""

import random
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.http.api import PARSE, Api, task
from tests.http.loads import KILLS, PROGRAM, SETTINGS, Load, all_end, channels
from tests.http.servers import serving

pytestmark = pytest.mark.endurance


def test_a_server_killed_again_and_again(tmp_path: Path, repeats: Callable[[int], int]) -> None:
    chance = random.Random(7)
    with serving(tmp_path, PROGRAM, **SETTINGS) as server, Api(server.url) as api:
        load = Load([server], channels(api), 3)
        with load.running():
            for _ in range(repeats(KILLS)):
                time.sleep(chance.uniform(0.05, 0.6))
                server.stop(signal.SIGKILL)
                server.start()
        all_end(api, load.promised)
        assert server.stop() == 0, server.log()[-2000:]


def test_what_kills_its_servers_is_parked_and_its_neighbours_are_completed(tmp_path: Path) -> None:
    with serving(tmp_path, PROGRAM, **SETTINGS) as server:
        with Api(server.url) as api:
            innocent = api.service(PARSE, task("wait", "wait", {"ms": 1500}))
            deadly = api.service(PARSE, task("answer", "wait", {"ms": 500}), task("die", "die", {}))  # after its 202
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
