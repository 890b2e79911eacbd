"""The life of the process: start, stop, kill, and change under load. Needs servers it may stop."""

import json
import signal
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.http.api import ADMIN, PARSE, Api, put, unique
from tests.http.servers import Server, serving


def test_what_was_active_serves_again_after_a_restart(own_server: Server) -> None:
    with Api(own_server.url) as api:
        channel = api.service(PARSE)
        answer = api.call(channel, {"a": 1}).json()
    assert own_server.stop() == 0
    assert "Orion shut down cleanly" in own_server.log()
    own_server.start()
    with Api(own_server.url) as api:
        assert api.answer(channel, 2) == {"in": 2}
        assert api.get(f"/api/v1/data/traces/{answer['id']}").json()["status"] == "completed"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_idle_server_stops_at_once(own_server: Server, number: int) -> None:
    began = time.monotonic()
    assert own_server.stop(number) == 0
    assert time.monotonic() - began < 5


def test_a_kill_during_admin_writes_loses_nothing_that_was_answered(own_server: Server) -> None:
    answered: list[str] = []
    stop = threading.Event()

    def write() -> None:
        with Api(own_server.url) as api:
            while not stop.is_set():
                identity = unique("kill")
                try:
                    made = api.post(
                        f"{ADMIN}/workflows", json={"workflow_id": identity, "name": "k", "tasks": [PARSE] * 1}
                    )
                except httpx.TransportError:
                    return
                if made.status_code == 201:
                    answered.append(identity)

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    time.sleep(0.7)
    own_server.stop(signal.SIGKILL)
    stop.set()
    for thread in threads:
        thread.join()
    assert own_server.is_whole()
    own_server.start()
    with Api(own_server.url) as api:
        assert answered
        for identity in answered:
            assert api.get(f"{ADMIN}/workflows/{identity}").json()["data"]["tasks"][0]["id"] == "parse"
        listed = api.get(f"{ADMIN}/workflows?limit=1000").json()["data"]
        assert all(row["tasks"] and row["name"] for row in listed)


def test_no_request_fails_while_definitions_change(own_server: Server) -> None:
    with Api(own_server.url) as api:
        channel = api.service(PARSE)
        stop = threading.Event()
        statuses: list[int] = []

        def ask() -> None:
            with Api(own_server.url) as client:
                while not stop.is_set():
                    statuses.append(client.call(channel, 1).status_code)

        threads = [threading.Thread(target=ask) for _ in range(3)]
        for thread in threads:
            thread.start()
        for number in range(15):
            workflow = api.workflow([put("data.n", number)])
            other = api.channel(workflow)
            assert api.answer(other, 0) == {"n": number}
            assert api.post(f"{ADMIN}/engine/reload").status_code == 200
            assert api.archive("channels", other).status_code == 200
            assert api.delete(f"{ADMIN}/workflows/{workflow}").status_code == 204
        stop.set()
        for thread in threads:
            thread.join()
    assert set(statuses) == {200}
    assert len(statuses) > 50


def test_of_many_admins_one_wins(own_server: Server) -> None:
    with Api(own_server.url) as api:
        identity = api.workflow([PARSE])

        def version() -> int:
            with Api(own_server.url) as client:
                return client.post(f"{ADMIN}/workflows/{identity}/versions").status_code

        def activate() -> int:
            with Api(own_server.url) as client:
                return client.activate("workflows", identity).status_code

        with ThreadPoolExecutor(8) as pool:
            made = [future.result() for future in [pool.submit(version) for _ in range(8)]]
            active = [future.result() for future in [pool.submit(activate) for _ in range(8)]]
    assert sorted(made) == [201] + [409] * 7
    assert sorted(active) == [200] + [400] * 7


def test_a_request_under_way_is_finished_before_the_server_stops(own_server: Server) -> None:
    slow = {
        "reduce": [
            [0] * 300,
            {"+": [{"var": "accumulator"}, {"reduce": [[0] * 300, {"+": [{"var": "accumulator"}, 1]}, 0]}]},
            0,
        ]
    }
    with Api(own_server.url) as api:
        channel = api.service(put("data.x", slow))
        with ThreadPoolExecutor(4) as pool:
            asked = [pool.submit(api.call, channel, n) for n in range(8)]
            time.sleep(0.05)
            assert own_server.stop() == 0
            statuses = []
            for future in asked:
                try:
                    statuses.append(future.result().status_code)
                except httpx.TransportError:
                    continue  # not accepted any more
    assert statuses
    assert set(statuses) == {200}


HALF = b"POST /api/v1/data/any HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"


def test_a_client_that_never_finishes_its_request_does_not_keep_the_server(tmp_path: Path) -> None:
    with serving(tmp_path, ORION_SERVER__SHUTDOWN_DRAIN_SECS="1") as server:
        with socket.create_connection(("127.0.0.1", server.port)) as client:
            client.sendall(HALF)
            time.sleep(0.2)
            began = time.monotonic()
            assert server.stop() == 0
        assert 0.9 < time.monotonic() - began < 8
        assert "requests were still under way when the drain time was over" in server.log()
        assert "Orion shut down cleanly" in server.log()


def test_clients_that_left_halfway_are_not_waited_for(own_server: Server) -> None:
    for _ in range(20):
        with socket.create_connection(("127.0.0.1", own_server.port)) as client:
            client.sendall(HALF)
    time.sleep(0.2)
    began = time.monotonic()
    assert own_server.stop() == 0
    assert time.monotonic() - began < 5


KEY = "correct horse battery staple"


@pytest.mark.parametrize(
    ("header", "right", "wrong"),
    [
        ("Authorization", f"Bearer {KEY}", ["", KEY, "Bearer x", f"Basic {KEY}"]),
        ("X-API-Key", KEY, ["", "x", f"Bearer {KEY}"]),
    ],
)
def test_the_admin_api_asks_for_its_key(tmp_path: Path, header: str, right: str, wrong: list[str]) -> None:
    settings = {
        "ORION_ADMIN_AUTH__ENABLED": "true",
        "ORION_ADMIN_AUTH__API_KEY": KEY,
        "ORION_ADMIN_AUTH__HEADER": header,
    }
    with serving(tmp_path, **settings) as server, Api(server.url) as api:
        for path in (f"{ADMIN}/workflows", "/api/v1/data/traces"):
            for value in wrong:
                refused = api.get(path, headers={header: value} if value else {})
                assert (refused.status_code, refused.json()["error"]["code"]) == (401, "UNAUTHORIZED")
                assert KEY not in refused.text
            assert api.get(path, headers={header: right}).status_code == 200
        assert api.get("/health").status_code == 200
        assert api.get("/docs/").status_code == 200
        made = api.post(f"{ADMIN}/workflows", json={"name": "x", "tasks": [PARSE]}, headers={header: right})
        assert made.status_code == 201
        entry = api.get(f"{ADMIN}/audit-logs", headers={header: right}).json()["data"][0]
        assert entry["principal"].startswith("key:")
        assert KEY not in server.log()


def test_keys_have_names_and_roles(tmp_path: Path) -> None:
    keys = [{"name": "ci", "key": "k-write"}, {"name": "board", "key": "k-read", "role": "read"}]
    settings = {"ORION_ADMIN_AUTH__ENABLED": "true", "ORION_ADMIN_AUTH__KEYS": json.dumps(keys)}
    document = {"name": "x", "tasks": [PARSE]}
    reads, writes = {"authorization": "Bearer k-read"}, {"authorization": "Bearer k-write"}
    with serving(tmp_path, **settings) as server, Api(server.url) as api:
        assert api.post(f"{ADMIN}/workflows", json=document, headers=writes).status_code == 201
        assert api.get(f"{ADMIN}/workflows", headers=reads).json()["total"] == 1
        assert api.post(f"{ADMIN}/workflows/validate", json=document, headers=reads).status_code == 200
        refused = api.post(f"{ADMIN}/workflows", json=document, headers=reads)
        assert (refused.status_code, refused.json()["error"]["reason"]) == (403, "forbidden")
        assert "'write'" in refused.json()["error"]["message"]
        assert api.delete(f"{ADMIN}/workflows/x", headers=reads).status_code == 403
        entries = api.get(f"{ADMIN}/audit-logs", headers=reads).json()["data"]
        assert [(entry["principal"], entry["outcome"]) for entry in entries] == [
            ("key:board", "refused"), ("key:board", "refused"), ("key:ci", "done"),
        ]  # fmt: skip
        assert "k-read" not in server.log()


def test_guessing_keys_is_slowed_down(tmp_path: Path) -> None:
    settings = {
        "ORION_ADMIN_AUTH__ENABLED": "true",
        "ORION_ADMIN_AUTH__API_KEY": KEY,
        "ORION_ADMIN_AUTH__MAX_FAILURES_PER_MINUTE": "3",
        "ORION_SERVER__TRUSTED_PROXIES": "127.0.0.1",
    }
    with serving(tmp_path, **settings) as server, Api(server.url) as api:

        def show(key: str, client: str = "192.0.2.1") -> httpx.Response:
            return api.get(f"{ADMIN}/workflows", headers={"authorization": f"Bearer {key}", "x-forwarded-for": client})

        assert [show(KEY).status_code for _ in range(10)] == [200] * 10
        assert [show(f"guess {number}").status_code for number in range(4)] == [401, 401, 401, 429]
        refused = show(KEY)  # not even compared now
        assert (refused.status_code, refused.json()["error"]["reason"]) == (429, "too_many_failures")
        assert 15 <= int(refused.headers["retry-after"]) <= 20
        assert show(KEY, "192.0.2.2").status_code == 200
        assert api.get(f"{ADMIN}/workflows").status_code == 401


def test_nothing_else_is_open_when_keys_are_asked_for(tmp_path: Path) -> None:
    settings = {"ORION_ADMIN_AUTH__ENABLED": "true", "ORION_ADMIN_AUTH__API_KEY": KEY}
    with serving(tmp_path, **settings) as server, Api(server.url) as api:
        paths = {path for path in api.get("/api/v1/openapi.json").json()["paths"] if path.startswith("/api/")}
        closed = {path for path in paths if api.get(path.replace("{", "").replace("}", "")).status_code == 401}
    schemas = {f"/api/v1/schemas/{kind}.json" for kind in ("workflow", "channel", "connector")}
    data = {"/api/v1/data/{channel}", "/api/v1/data/{channel}/async"}
    assert paths - closed == {"/api/v1/openapi.json", *schemas, *data}


def test_a_taken_address_is_said_plainly(own_server: Server, tmp_path: Path) -> None:
    folder = tmp_path / "second"
    folder.mkdir()
    second = Server(folder)
    second.port = own_server.port
    with pytest.raises(AssertionError, match="cannot listen on"):
        second.start()
