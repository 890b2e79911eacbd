"""What systemd is told of a server."""

import socket
import time
from pathlib import Path

import pytest

from orion_server.supervision import Supervision
from tests.http.servers import serving

WATCHDOGS = [  # description, environment, seconds between two signs of life
    ("nobody asks", {}, 0.0),
    ("every ten seconds", {"WATCHDOG_USEC": "10000000"}, 5.0),
    ("meant for another process", {"WATCHDOG_USEC": "10000000", "WATCHDOG_PID": "1"}, 0.0),
    ("no number", {"WATCHDOG_USEC": "soon"}, 0.0),
]


@pytest.mark.parametrize(("description", "environment", "seconds"), WATCHDOGS, ids=[row[0] for row in WATCHDOGS])
def test_signs_of_life_come_twice_as_often_as_asked(
    description: str, environment: dict[str, str], seconds: float
) -> None:
    assert Supervision(environment).interval == seconds


def test_who_is_gone_is_not_waited_for(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    Supervision({}).tell("READY=1")
    assert not caplog.records
    Supervision({"NOTIFY_SOCKET": str(tmp_path / "nobody")}).tell("READY=1")
    assert "cannot be told" in caplog.records[0].message


@pytest.mark.parametrize("abstract", [False, True])
def test_systemd_is_told_when_the_server_is_ready_alive_and_stopping(tmp_path: Path, abstract: bool) -> None:
    name = f"\0orion-{time.monotonic_ns()}" if abstract else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(name)
        systemd.settimeout(10)
        settings = {"NOTIFY_SOCKET": name.replace("\0", "@"), "WATCHDOG_USEC": "100000"}
        with serving(tmp_path, **settings) as server:
            assert systemd.recv(100) == b"READY=1"
            began = time.monotonic()
            assert [systemd.recv(100) for _ in range(5)] == [b"WATCHDOG=1"] * 5
            assert time.monotonic() - began < 2
            assert server.process is not None
            server.process.terminate()
            while (told := systemd.recv(100)) == b"WATCHDOG=1":
                pass
            assert told == b"STOPPING=1"
            assert server.process.wait(20) == 0, server.log()
