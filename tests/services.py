"""Real services for tests, each a process of its own on a free port, from the machine's packages."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

PATH = "/usr/local/bin:/usr/local/sbin:/usr/bin:/usr/sbin"
PATIENCE = 20.0  # seconds a service may take to listen or to stop


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def needed(program: str, config: pytest.Config) -> str:
    """Where a program is; without it the test is skipped, or fails where services are required."""
    found = shutil.which(program, path=PATH)
    if found is None:
        (pytest.fail if config.getoption("--require-services") else pytest.skip)(f"{program} is not installed")
    return found


@contextmanager
def listening(command: Sequence[str], folder: Path, port: int) -> Iterator["subprocess.Popen[bytes]"]:
    """A process that listens on a port, stopped at the end; what it says is in `folder`."""
    log = folder / "service.log"
    with log.open("ab") as output:
        process = subprocess.Popen(command, cwd=folder, stdout=output, stderr=output)
    try:
        _wait_for(port, process, log)
        yield process
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(PATIENCE)
        process.kill()


def _wait_for(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        assert process.poll() is None, log.read_text()
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise AssertionError(f"nothing listens on {port}: {log.read_text()}")


@contextmanager
def redis_server(folder: Path, port: int, config: pytest.Config, *options: str) -> Iterator["subprocess.Popen[bytes]"]:
    """A Redis that keeps nothing on disk."""
    program = needed("redis-server", config)
    command = (program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", *options)
    with listening(command, folder, port) as process:
        yield process
