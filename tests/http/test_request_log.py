"""The log of a real server: a line for each request, the same ids everywhere, and no secret."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.http.api import ADMIN, Api, put, task
from tests.http.servers import Server, serving
from tests.services import free_port

KEY = "planted-admin-key"
JSON_LOG = {"ORION_LOGGING__FORMAT": "json", "ORION_ADMIN_AUTH__ENABLED": "true", "ORION_ADMIN_AUTH__API_KEY": KEY}
HEADERS = {"authorization": f"Bearer {KEY}"}


def lines(server: Server, **wanted: object) -> list[dict[str, Any]]:
    """The lines that have these members, once there are some."""
    until = time.monotonic() + 5
    while True:
        every = [json.loads(line) for line in server.log().splitlines() if line.startswith("{")]
        found = [line for line in every if wanted.items() <= line.items()]
        if found or time.monotonic() > until:
            return found
        time.sleep(0.02)


def test_every_request_has_a_line_with_its_ids_and_nothing_secret(tmp_path: Path) -> None:
    with serving(tmp_path, **JSON_LOG) as server, Api(server.url, headers=HEADERS) as api:
        say = task("say", "log", {"message": "hello", "level": "warn"})
        channel = api.service(say, put("data.a", 1))
        failing = api.service(
            task("x", "validation", {"rules": [{"logic": False, "message": "no"}], "on_failure": "reject"})
        )
        secret = {"x-request-id": "my-id", "cookie": "planted-cookie", "x-api-key": "planted-header"}
        answer = api.post(
            f"/api/v1/data/{channel}?token=planted-query", json={"data": {"p": "planted-body"}}, headers=secret
        )
        trace = answer.json()["id"]
        (line,) = lines(server, message="request", request_id="my-id")
        assert (line["path"], line["status"], line["channel"], line["trace_id"]) == (
            f"/api/v1/data/{channel}", 200, channel, trace,
        )  # fmt: skip
        assert line["method"] == "POST"
        assert 0 < line["duration_ms"] < 5000
        assert line["client"] == "127.0.0.1"
        (said,) = lines(server, message="hello")
        assert (said["request_id"], said["trace_id"], said["channel"]) == ("my-id", trace, channel)
        api.call(failing, {}, headers={"x-request-id": "bad"})
        (bad,) = lines(server, message="request", request_id="bad")
        assert (bad["status"], bad["reason"], bad["task_id"], bad["level"]) == (400, "validation_failed", "x", "info")
        api.get("/api/v1/data/nobody", headers={"x-request-id": "lost"})
        assert lines(server, message="request", request_id="lost")[0]["reason"] == "no_route"
        httpx.get(f"{server.url}{ADMIN}/channels?limit=7", headers={"authorization": "Bearer planted-wrong-key"})
        refused = lines(server, message="request", status=401)[0]
        assert (refused["path"], refused["reason"]) == (f"{ADMIN}/channels", "unauthorized")
        assert api.get("/healthz").status_code == 200
        assert server.stop() == 0
        log = server.log()
        assert "/healthz" not in log
        assert lines(server, message="request", path=f"{ADMIN}/workflows", status=201)
        for planted in ("planted-cookie", "planted-header", "planted-query", "planted-body", "planted-wrong-key", KEY):
            assert planted not in log


def test_a_caller_who_leaves_is_logged(tmp_path: Path) -> None:
    with serving(tmp_path, **JSON_LOG) as server, Api(server.url, headers=HEADERS) as api:
        port = free_port()
        hole = subprocess.Popen(
            [sys.executable, "-c", f"import socket,time; s=socket.create_server(('127.0.0.1',{port})); time.sleep(30)"]
        )
        try:
            api.post(f"{ADMIN}/connectors", json={
                "id": "hole", "name": "hole", "connector_type": "http",
                "config": {"url": f"http://127.0.0.1:{port}", "allow_private_urls": True, "retry": {"max_retries": 0}},
            })  # fmt: skip
            channel = api.service(task("call", "http_call", {"connector": "hole", "method": "GET", "path": "/"}))
            with pytest.raises(httpx.ReadTimeout):
                api.call(channel, {}, headers={"x-request-id": "gone"}, timeout=0.5)
            (line,) = lines(server, message="request", request_id="gone")
            assert (line["status"], line["path"]) == (499, f"/api/v1/data/{channel}")
        finally:
            hole.kill()
            hole.wait()


def test_a_reader_who_stops_reading_the_log_does_not_stop_the_server(tmp_path: Path) -> None:
    port = free_port()
    settings = {
        "ORION_SERVER__HOST": "127.0.0.1", "ORION_SERVER__PORT": str(port), "ORION_STORAGE__URL": "sqlite::memory:",
        "ORION_LOG": "warn,orion_server.request_log=info", "ORION_LOGGING__FORMAT": "json",
    }  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "orion_server"], cwd=tmp_path, env={**os.environ, **settings},
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        url = f"http://127.0.0.1:{port}"
        until = time.monotonic() + 20
        while time.monotonic() < until:
            try:
                if httpx.get(f"{url}/readyz").status_code == 200:
                    break
            except httpx.TransportError:
                time.sleep(0.05)
        with httpx.Client(base_url=url) as client:
            for number in range(600):  # some 200 bytes each: more than a pipe holds
                assert client.get(f"/api/v1/data/nobody-{'x' * 200}-{number}").status_code == 404
            assert process.stdout is not None
            os.set_blocking(process.stdout.fileno(), False)
            time.sleep(0.5)
            assert len(os.read(process.stdout.fileno(), 1 << 20)) > 30_000
        process.send_signal(signal.SIGTERM)
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()
