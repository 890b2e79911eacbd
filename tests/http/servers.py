"""Starts and stops real servers, each on a free port with a database of its own."""

import os
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.services import free_port
from tests.storages import rows, storages

PATIENCE = 60.0  # seconds a server may take to start or stop: two processors may have ten others to serve


class Server:
    """A server process.

    Args:
        folder: Where it runs, and its log lies; servers of one folder share a database.
        program: What python is given to run.
        settings: Further variables.
    """

    def __init__(self, folder: Path, program: Sequence[str] = ("-m", "orion_server"), **settings: str) -> None:
        self._program = program
        self.folder = folder
        self.port = free_port()
        self.certificate = settings.get("ORION_SERVER__TLS__CERT_PATH")
        self.url = f"{'https' if self.certificate else 'http'}://127.0.0.1:{self.port}"
        self.storage_url = settings.get("ORION_STORAGE__URL") or storages.of(folder)
        self._settings = settings
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        environment = {
            **os.environ,
            "ORION_SERVER__HOST": "127.0.0.1",
            "ORION_SERVER__PORT": str(self.port),
            "ORION_STORAGE__URL": self.storage_url,
            **self._settings,
        }
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-P", *self._program], cwd=self.folder, env=environment, stdout=log, stderr=log
            )
        self._wait_until_ready()

    def _wait_until_ready(self) -> None:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            assert self.process is not None
            assert self.process.poll() is None, self.log()
            try:
                if httpx.get(f"{self.url}/readyz", timeout=1, verify=self.trust()).status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.02)
        raise AssertionError(f"the server is not ready after {PATIENCE} s: {self.log()}")

    def trust(self) -> ssl.SSLContext | bool:
        """What a client trusts: the server's own certificate, where it has one."""
        return ssl.create_default_context(cafile=self.certificate) if self.certificate else True

    def stop(self, with_signal: int = signal.SIGTERM) -> int:
        """Stop it. Returns its exit code."""
        assert self.process is not None
        self.process.send_signal(with_signal)
        return self.process.wait(PATIENCE)

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """What its database holds; `?` stands for a value."""
        return rows(self.storage_url, query, *values)

    def is_whole(self) -> bool:
        """Whether its database is sound, where a kill of the server could leave it otherwise."""
        return not self.storage_url.startswith("sqlite:") or self.rows("PRAGMA integrity_check") == [("ok",)]

    def log(self) -> str:
        return (self.folder / "server.log").read_text()


@contextmanager
def serving(folder: Path, program: Sequence[str] = ("-m", "orion_server"), **settings: str) -> Iterator[Server]:
    """A server that is ready, stopped at the end if it still runs."""
    server = Server(folder, program, **settings)
    try:
        server.start()
        yield server
    finally:
        if server.process is not None and server.process.poll() is None:
            server.stop(signal.SIGKILL)
