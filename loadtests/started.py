"""What the load tests start: our server with each transport, and the yardsticks beside it."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

HERE = Path(__file__).parent


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(url: str) -> float:
    """Seconds until a server answers."""
    began = time.perf_counter()
    while time.perf_counter() - began < 20:
        try:
            with urllib.request.urlopen(url, timeout=1):  # our own server
                return time.perf_counter() - began
        except OSError:
            time.sleep(0.005)
    raise SystemExit(f"{url} does not answer")


def cpu_seconds(process: int) -> float:
    """What a process and its living children have used (Linux: proc(5), fields 14 and 15 of `stat`)."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    stats = [Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split() for number in (process, *children)]
    return sum(int(fields[11]) + int(fields[12]) for fields in stats) / os.sysconf("SC_CLK_TCK")


def resident_kib(process: subprocess.Popen[bytes]) -> int:
    """Resident memory of a process and its children."""
    out = subprocess.run(["ps", "-o", "rss=", "--pid", str(process.pid), "--ppid", str(process.pid)],
                         capture_output=True, text=True, check=False).stdout  # fmt: skip
    return sum(map(int, out.split()))


class Processes:
    """Everything that was started, to be stopped whatever happens.

    Args:
        folder: Where they run, and log.
        before: Put before each command.
    """

    def __init__(self, folder: Path, before: tuple[str, ...] = ()) -> None:
        self.folder = folder
        self.before = before
        self.started: list[subprocess.Popen[bytes]] = []

    def start(self, *command: str, **variables: str) -> subprocess.Popen[bytes]:
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen(
                [*self.before, *command], cwd=self.folder, env={**os.environ, **variables}, stdout=log, stderr=log
            )
        self.started.append(process)
        return process

    def stop(self) -> None:
        for process in self.started:
            process.send_signal(signal.SIGTERM)
        for process in self.started:
            process.wait(60)  # one that has accepted much for later is given time to end it


def yardstick(processes: Processes, interface: str) -> tuple[str, int]:
    """Granian's own hello with a body. Returns its address and its process."""
    port = free_port()
    target = f"hello:{'rsgi' if interface == 'rsgi' else 'asgi'}"
    command = [sys.executable, "-m", "granian", "--interface", interface, "--http", "1", "--no-ws", "--no-log"]
    command += ["--loop", "uvloop", "--port", str(port), "--working-dir", str(HERE), target]
    process = processes.start(*command, PYTHONPATH=str(HERE))
    wait_for_port(port)
    return f"http://127.0.0.1:{port}/", process.pid


def wait_for_port(port: int) -> None:
    for _ in range(2000):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.01)
    raise SystemExit(f"nothing listens on {port}")


def ceiling(processes: Processes) -> tuple[str, int]:
    """nginx that says 200 and nothing else, by one process. Returns its address and that process."""
    port = free_port()
    (processes.folder / "ceiling.conf").write_text((HERE / "ceiling.conf").read_text().replace("PORT", str(port)))
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin") or "nginx"
    process = processes.start(program, "-p", ".", "-e", "error.log", "-g", "daemon off;", "-c", "ceiling.conf")
    wait_for_port(port)
    return f"http://127.0.0.1:{port}/", process.pid


def by_hand(processes: Processes) -> tuple[str, int]:
    """FastAPI on uvicorn, doing what `governed` does. Returns its address and its process."""
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "--loop", "uvloop", "--http", "httptools", "--no-access-log",
               "--log-level", "warning", "--port", str(port), "--app-dir", str(HERE), "by_hand:app"]  # fmt: skip
    process = processes.start(*command)
    wait_for_port(port)
    return f"http://127.0.0.1:{port}/orders", process.pid


class Orion:
    """A server of ours.

    Args:
        processes: Where it is started.
        transport: What it speaks HTTP with.
    """

    def __init__(self, processes: Processes, transport: str) -> None:
        self.transport = transport
        self.database = processes.folder / f"{transport}.db"
        port = free_port()
        self.base = f"http://127.0.0.1:{port}"
        self.process = processes.start(
            sys.executable, "-P", "-m", "orion_server", ORION_SERVER__HOST="127.0.0.1", ORION_SERVER__PORT=str(port),
            ORION_SERVER__TRANSPORT=transport, ORION_STORAGE__URL=f"sqlite:{self.database}",
            ORION_QUEUE__BUFFER_SIZE="10000000", ORION_QUEUE__MAX_QUEUE_MEMORY_BYTES="0",
        )  # fmt: skip
        self.ready = wait_for(f"{self.base}/readyz")

    def place(self, scenario: str) -> tuple[str, int]:
        """Where a scenario is asked for, and of which process."""
        return f"{self.base}/api/v1/data/{scenario}", self.process.pid
