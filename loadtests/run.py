"""Requests per second and percentiles of a real server, beside Granian's own hello with a body, in one run.

`python loadtests/run.py` (or `make load`) starts the server that is installed here and two yardsticks, drives them in
turn with `wrk` (one thread, 50 connections), and reports medians and ratios; docs/benchmarks.md says how to read them.
"""

# a report for the terminal; wrk and our own server are started

import argparse
import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from statistics import median
from typing import Any

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "benchmarks")]

from machine import describe  # found beside this file
from scenarios import BODY, GUARDS, SCENARIOS  # as above

ADMIN = "/api/v1/admin"
SCRIPT = """
wrk.method = "POST"
wrk.body = [[{body}]]
wrk.headers["Content-Type"] = "application/json"
done = function(summary, latency)
  local e = summary.errors
  local errors = e.status + e.connect + e.read + e.timeout
  io.write(string.format("P50 %d P99 %d ERR %d ALL %d", latency:percentile(50), latency:percentile(99), errors,
    summary.requests))
end
"""


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


def post(url: str, document: object, method: str = "POST") -> None:
    content = json.dumps(document).encode()
    request = urllib.request.Request(url, content, {"content-type": "application/json"}, method=method)
    with urllib.request.urlopen(request):  # our own server
        pass


def define(base: str, upstream: str) -> None:
    """Create and activate every scenario; `upstream` is where `http_call` goes."""
    config = {"url": upstream, "allow_private_urls": True, "retry": {"max_retries": 0}}
    post(f"{base}{ADMIN}/connectors", {"name": "upstream", "connector_type": "http", "config": config})
    for name, workflows in SCENARIOS.items():
        ids = [f"{name}-{number}" for number in range(len(workflows))]
        for priority, (identity, tasks) in enumerate(zip(ids, workflows, strict=True)):
            document = {"workflow_id": identity, "name": identity, "priority": priority, "tasks": tasks}
            post(f"{base}{ADMIN}/workflows", document)
            post(f"{base}{ADMIN}/workflows/{identity}/status", {"status": "active"}, "PATCH")
        channel = {"channel_id": name, "name": name, "channel_type": "sync", "protocol": "http", "workflow_ids": ids,
                   "config": GUARDS.get(name, {})}  # fmt: skip
        post(f"{base}{ADMIN}/channels", channel)
        post(f"{base}{ADMIN}/channels/{name}/status", {"status": "active"}, "PATCH")


def drive(url: str, script: Path, seconds: int, server: int) -> dict[str, float]:
    """One round of wrk against the server that is process `server`."""
    command = ["wrk", "-t1", "-c50", f"-d{seconds}s", "-s", str(script), url]
    before = cpu_seconds(server)
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    spent = cpu_seconds(server) - before
    rate = re.search(r"Requests/sec:\s+([\d.]+)", out)
    tail = re.search(r"P50 (\d+) P99 (\d+) ERR (\d+) ALL (\d+)", out)
    if rate is None or tail is None:
        raise SystemExit(out)
    p50, p99, errors, requests = map(float, tail.groups())
    return {"rps": float(rate[1]), "p50_us": p50, "p99_us": p99, "cpu_us": spent / requests * 1e6, "errors": errors}


def alone(url: str, seconds: int) -> float:
    """One round of the bare client. Returns requests per second."""
    command = [sys.executable, str(HERE / "bare_client.py"), url, str(seconds)]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


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
    """Everything that was started, to be stopped whatever happens."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.started: list[subprocess.Popen[bytes]] = []

    def start(self, *command: str, **variables: str) -> subprocess.Popen[bytes]:
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen(
                command, cwd=self.folder, env={**os.environ, **variables}, stdout=log, stderr=log
            )
        self.started.append(process)
        return process

    def stop(self) -> None:
        for process in self.started:
            process.send_signal(signal.SIGTERM)
        for process in self.started:
            process.wait(20)


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


def durable(folder: Path) -> dict[str, float]:
    """Asynchronous requests a second that the ledger keeps, beside one commit for each, on the disk of the folder."""
    script = str(HERE / "durable.py")
    done = subprocess.run([sys.executable, "-P", script, str(folder)], capture_output=True, text=True, check=True)
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def measure(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Start everything, drive it in turn, and gather medians."""
    script = folder / "post.lua"
    script.write_text(SCRIPT.replace("{body}", BODY))
    processes = Processes(folder)
    try:
        port = free_port()
        base = f"http://127.0.0.1:{port}"
        server = processes.start(sys.executable, "-P", "-m", "orion_server", ORION_SERVER__HOST="127.0.0.1",
                                 ORION_SERVER__PORT=str(port), ORION_QUEUE__BUFFER_SIZE="10000000",
                                 ORION_QUEUE__MAX_QUEUE_MEMORY_BYTES="0")  # fmt: skip
        ready = wait_for(f"{base}/readyz")
        time.sleep(0.5)
        idle = resident_kib(server)
        urls = {"granian_rsgi": yardstick(processes, "rsgi"), "granian_asgi": yardstick(processes, "asginl")}
        upstream = urls["granian_rsgi"][0]
        define(base, upstream)
        bare: list[float] = []
        chosen = [options.scenario] if options.scenario else list(SCENARIOS)
        urls |= {name: (f"{base}/api/v1/data/{name}", server.pid) for name in chosen}
        if not options.scenario:
            urls["async_accept"] = (f"{base}/api/v1/data/one_task/async", server.pid)
        rounds: dict[str, list[dict[str, float]]] = {name: [] for name in urls}
        for _ in range(options.rounds):
            for name, (url, process) in urls.items():
                rounds[name].append(drive(url, script, options.seconds, process))
                if name == "http_call":
                    bare.append(alone(upstream, options.seconds))
        busy = resident_kib(server)
    finally:
        processes.stop()
    figures = {name: {key: median(each[key] for each in rows) for key in rows[0]} for name, rows in rounds.items()}
    for name, rows in rounds.items():
        figures[name]["errors"] = sum(row["errors"] for row in rows)
    if "governed" in rounds and "one_task" in rounds:  # round by round, for the machine drifts
        pairs = zip(rounds["governed"], rounds["one_task"], strict=True)
        figures["governed"]["cpu_ratio"] = round(median(one["cpu_us"] / other["cpu_us"] for one, other in pairs), 3)
    if "http_call" in rounds:  # as above; the upstream takes its share of the machine in both
        calls = zip(rounds["http_call"], bare, strict=True)
        figures["http_call"]["bare_ratio"] = round(median(one["rps"] / other for one, other in calls), 3)
        figures["http_call"]["bare_rps"] = median(bare)
    facts = {"ready_seconds": round(ready, 3), "idle_kib": idle, "busy_kib": busy, **traces(folder)}
    return {**facts, "figures": figures, "durable_accepts": durable(folder)}


def traces(folder: Path) -> dict[str, int]:
    """How many traces reached the disk, and how many the server said it dropped."""
    with sqlite3.connect(folder / "orion.db") as database:
        stored = database.execute("SELECT count(*) FROM traces").fetchone()[0]
    database.close()
    dropped = sum(map(int, re.findall(r"traces were dropped\s.*?traces=(\d+)", (folder / "log").read_text())))
    return {"traces_stored": stored, "traces_dropped": dropped}


def ratios(figures: dict[str, dict[str, float]]) -> dict[str, float]:
    """What the targets speak of."""
    found: dict[str, float] = {}
    if "http_call" in figures:
        found["http_call / bare client"] = figures["http_call"]["bare_ratio"]
    one = figures.get("one_task")
    if one is not None:
        found["one_task / granian_rsgi"] = one["rps"] / figures["granian_rsgi"]["rps"]
        found["one_task / granian_asgi"] = one["rps"] / figures["granian_asgi"]["rps"]
        for name in ("four_tasks", "twelve_workflows"):
            if name in figures:
                found[f"{name} / one_task"] = figures[name]["rps"] / one["rps"]
        if "governed" in figures:
            found["governed / one_task, cpu"] = figures["governed"]["cpu_ratio"]
    return {name: round(value, 3) for name, value in found.items()}


def show(report: dict[str, Any]) -> None:
    print(f"{'':<20}{'req/s':>10}{'p50 µs':>10}{'p99 µs':>10}{'cpu µs':>10}{'errors':>8}")
    for name, row in report["figures"].items():
        times = f"{row['p50_us']:>10.0f}{row['p99_us']:>10.0f}{row['cpu_us']:>10.1f}"
        print(f"{name:<20}{row['rps']:>10.0f}{times}{row['errors']:>8.0f}")
    for name, value in report["ratios"].items():
        print(f"{name:<36}{value:>8.2f}")
    for name, value in report["durable_accepts"].items():
        print(f"durable accepts a second, {name:<10}{value:>8g}")
    for name in ("ready_seconds", "idle_kib", "busy_kib", "traces_stored", "traces_dropped"):
        print(f"{name:<36}{report[name]:>12}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=3, help="of each round")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--scenario", choices=list(SCENARIOS), help="only this one")
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        print("wrk is not installed: apt-get install wrk, or your system's package", file=sys.stderr)
        raise SystemExit(2)
    with tempfile.TemporaryDirectory() as folder:
        report = {"machine": describe(), **measure(options, Path(folder))}
    report["ratios"] = ratios(report["figures"])
    show(report)
    results = HERE / "results"
    results.mkdir(exist_ok=True)
    path = results / f"{report['machine']['measured_at'][:10]}-{report['machine']['core']}.json"
    path.write_text(json.dumps(report, indent=1) + "\n")
    print(f"written to {path}")


if __name__ == "__main__":
    main()
