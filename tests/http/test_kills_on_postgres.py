"""Servers on one PostgreSQL, killed at any moment under load; and the database itself stopped."""

import random
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from tests.database_servers import DatabaseServer, postgres
from tests.http.api import Api
from tests.http.loads import KILLS, PROGRAM, SETTINGS, Load, all_end, channels
from tests.http.servers import Server, serving

pytestmark = pytest.mark.endurance


def test_two_servers_on_one_database_killed_again_and_again(
    tmp_path: Path, postgres_server: DatabaseServer, repeats: Callable[[int], int]
) -> None:
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
                for _ in range(repeats(KILLS) // 2):
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
