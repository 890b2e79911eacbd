"""How a server stops: the listener first, then requests, then asynchronous work; a second signal ends it at once."""

import resource
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.http.api import PARSE, Api, task
from tests.http.servers import serving

PROGRAM = (str(Path(__file__).parent / "waiting.py"),)


def test_every_request_that_was_begun_gets_its_answer(tmp_path: Path) -> None:
    """A caller who gets none finds that nothing was done: there is no trace without an answer."""
    with serving(tmp_path, PROGRAM, ORION_SERVER__SHUTDOWN_DRAIN_SECS="10") as server, Api(server.url) as api:
        waits = api.service(PARSE, task("wait", "wait", {"ms": 30}))
        quick = api.service(PARSE)
        answered: list[str] = []
        stop = threading.Event()

        def ask(number: int) -> None:
            path = f"/api/v1/data/{quick if number % 2 else waits}" + ("/async" if number % 3 == 0 else "")
            with httpx.Client(base_url=server.url, timeout=20) as client:
                while not stop.is_set():
                    try:
                        answer = client.post(path, json={"data": number})
                    except httpx.TransportError:
                        return
                    assert answer.status_code in (200, 202), answer.text
                    answered.append(answer.json().get("trace_id") or answer.json()["id"])

        threads = [threading.Thread(target=ask, args=(number,)) for number in range(12)]
        for each in threads:
            each.start()
        time.sleep(1.0)
        began = time.monotonic()
        assert server.stop() == 0, server.log()
        assert time.monotonic() - began < 10
        stop.set()
        for each in threads:
            each.join()
    assert len(answered) > 100
    kept = {row[0] for row in server.rows("SELECT id FROM traces")}
    assert kept == set(answered)


def test_work_that_does_not_end_in_time_waits_for_the_next_server(tmp_path: Path) -> None:
    settings = {"ORION_QUEUE__SHUTDOWN_TIMEOUT_SECS": "1"}
    with serving(tmp_path, PROGRAM, **settings) as server:
        with Api(server.url) as api:
            long, short = (api.service(PARSE, task("wait", "wait", {"ms": ms})) for ms in (3000, 500))
            late, soon = api.submit(long, {}), api.submit(short, {})
            time.sleep(0.2)
        began = time.monotonic()
        assert server.stop() == 0
        assert 0.8 < time.monotonic() - began < 4
        found = dict(server.rows("SELECT id, status FROM traces"))
        assert found == {late: "pending", soon: "completed"}
        assert server.rows("SELECT lease_owner, crashes FROM traces WHERE id = ?", late) == [(None, 0)]
        server.start()
        with Api(server.url) as api:
            trace = api.ended(late)
        assert (trace["status"], trace["attempts"]) == ("completed", 2)
        assert [attempt["outcome"] for attempt in trace["attempt_log"]] == ["interrupted", "completed"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_ends_it_at_once(tmp_path: Path, number: int) -> None:
    with serving(tmp_path, PROGRAM) as server, Api(server.url) as api, ThreadPoolExecutor(1) as pool:
        channel = api.service(task("wait", "wait", {"ms": 20_000}))
        asked = pool.submit(api.call, channel, 1)
        accepted = api.submit(channel, {})
        time.sleep(0.3)
        assert server.process is not None
        server.process.send_signal(number)
        time.sleep(0.3)
        assert server.process.poll() is None
        assert server.stop(number) == 128 + number
        with pytest.raises(httpx.TransportError):
            asked.result()
    assert "told to stop again: ending at once" in server.log()
    assert server.rows("SELECT status FROM traces WHERE id = ?", accepted) == [("running",)]


@pytest.mark.sqlite("how full the disk is, is the database server's own affair; its absence is tested")
def test_a_full_disk_refuses_and_loses_nothing(tmp_path: Path) -> None:
    """The disk is as full as the kernel says: files of the process may not grow any more."""
    settings = {"ORION_QUEUE__WORKERS": "1", "ORION_TRACES__SYNC": "none"}
    with serving(tmp_path, PROGRAM, **settings) as server, Api(server.url) as api:
        channel = api.service(PARSE)
        accepted = [api.submit(channel, {"n": 0})]
        api.ended(accepted[0])
        assert server.process is not None
        size = max(path.stat().st_size for path in tmp_path.glob("orion.db*"))
        limit = size + 300_000
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
        path, refused = f"/api/v1/data/{channel}/async", 0
        until = time.monotonic() + 20
        while refused < 5 and time.monotonic() < until:
            answer = api.post(path, json={"data": {"text": "x" * 20_000}})
            if answer.status_code == 202:
                accepted.append(answer.json()["trace_id"])
                continue
            assert (answer.status_code, answer.json()["error"]["reason"]) == (503, "storage_unavailable")
            refused += 1
        assert refused == 5
        for each in accepted:
            assert api.get(f"/api/v1/data/traces/{each}").status_code == 200
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        for each in accepted:
            assert api.ended(each)["status"] == "completed"
        assert api.ended(api.submit(channel, {"n": 1}))["status"] == "completed"
        assert api.get(f"/api/v1/data/traces?channel={channel}").json()["total"] == len(accepted) + 1
