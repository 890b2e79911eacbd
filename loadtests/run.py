"""Requests per second and percentiles of real servers, beside yardsticks, in one run.

`python loadtests/run.py` (or `make load`) starts the server that is installed here, once with each transport, and the
yardsticks: Granian's own hello with a body, nginx that only says 200, and the same job written by hand with FastAPI. It
drives them in turn with `wrk` (one thread, 50 connections), and reports medians and ratios; docs/benchmarks.md says how
to read them. With `--pin`, servers have one core and `wrk` another.
"""

# a report for the terminal; wrk and our own server are started

import argparse
import json
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from statistics import median
from typing import Any

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "benchmarks")]

from machine import describe  # found beside this file
from scenarios import BODY, GUARDS, SCENARIOS  # as above
from started import Orion, Processes, by_hand, ceiling, cpu_seconds, resident_kib, yardstick  # as above

ADMIN = "/api/v1/admin"
TRANSPORTS = ("granian", "direct")
LATER = "async_accept"
ONE_EACH = "one_task", "governed"  # what is asked of every transport; the rest is the same behind either
PIN = ("taskset", "-c")  # and a core
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


def drive(url: str, script: Path, seconds: int, server: int, before: tuple[str, ...] = ()) -> dict[str, float]:
    """One round of wrk against the server that is process `server`; `before` is put before its command."""
    command = [*before, "wrk", "-t1", "-c50", f"-d{seconds}s", "-s", str(script), url]
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


def durable(folder: Path) -> dict[str, float]:
    """Asynchronous requests a second that the ledger keeps, beside one commit for each, on the disk of the folder."""
    script = str(HERE / "durable.py")
    done = subprocess.run([sys.executable, "-P", script, str(folder)], capture_output=True, text=True, check=True)
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def places_of(options: argparse.Namespace, servers: list[Orion]) -> dict[str, tuple[str, int]]:
    """Everything that is driven of our servers: all scenarios of the first, and a few of the others."""
    first, *others = servers
    chosen = [options.scenario] if options.scenario else list(SCENARIOS)
    found = {name: first.place(name) for name in chosen}
    if not options.scenario:
        found[LATER] = first.place("one_task/async")
    for server in others:
        found |= {f"{server.transport}: {name}": server.place(name) for name in chosen if name in ONE_EACH}
    return found


def in_turn(names: Iterable[str], rounds: int) -> Iterator[str]:
    """Whom to drive, one after the other. What is accepted for later comes last: it is worked on while others run."""
    for _ in range(rounds):
        yield from (name for name in names if name != LATER)
    yield from (name for name in names if name == LATER for _ in range(rounds))


def measure(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Start everything, drive it in turn, and gather medians."""
    script = folder / "post.lua"
    script.write_text(SCRIPT.replace("{body}", BODY))
    processes = Processes(folder, (*PIN, "0") if options.pin else ())
    apart = (*PIN, "1") if options.pin else ()
    try:
        servers = [Orion(processes, transport) for transport in TRANSPORTS]
        time.sleep(0.5)
        idle = {server.transport: resident_kib(server.process) for server in servers}
        urls = {"granian_rsgi": yardstick(processes, "rsgi"), "granian_asgi": yardstick(processes, "asginl"),
                "nginx": ceiling(processes), "by_hand": by_hand(processes)}  # fmt: skip
        upstream = urls["granian_rsgi"][0]
        for server in servers:
            define(server.base, upstream)
        bare: list[float] = []
        urls |= places_of(options, servers)
        rounds: dict[str, list[dict[str, float]]] = {name: [] for name in urls}
        for name in in_turn(urls, options.rounds):
            url, process = urls[name]
            rounds[name].append(drive(url, script, options.seconds, process, apart))
            if name == "http_call":
                bare.append(alone(upstream, options.seconds))
        busy = {server.transport: resident_kib(server.process) for server in servers}
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
    facts = {"pinned": options.pin, "ready_seconds": round(servers[0].ready, 3), "idle_kib": idle, "busy_kib": busy}
    kept = traces([server.database for server in servers], folder)
    return {**facts, **kept, "figures": figures, "durable_accepts": durable(folder)}


def traces(databases: list[Path], folder: Path) -> dict[str, int]:
    """How many traces reached the disk, and how many the servers said they dropped."""
    stored = 0
    for path in databases:
        with closing(sqlite3.connect(path)) as database:
            stored += database.execute("SELECT count(*) FROM traces").fetchone()[0]
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
    for name in ONE_EACH:
        direct = figures.get(f"direct: {name}")
        if direct is not None:
            for other in ("nginx", "by_hand", "granian_rsgi"):
                found[f"direct: {name} / {other}"] = direct["rps"] / figures[other]["rps"]
            found[f"direct: {name} / on granian, cpu"] = direct["cpu_us"] / figures[name]["cpu_us"]
    for name, row in figures.items():
        if ONE_EACH[0] in name:
            found[f"{name}, p99 / p50"] = row["p99_us"] / row["p50_us"]
    return {name: round(value, 3) for name, value in found.items()}


def show(report: dict[str, Any]) -> None:
    print(f"{'':<20}{'req/s':>10}{'p50 µs':>10}{'p99 µs':>10}{'cpu µs':>10}{'errors':>8}")
    for name, row in report["figures"].items():
        times = f"{row['p50_us']:>10.0f}{row['p99_us']:>10.0f}{row['cpu_us']:>10.1f}"
        print(f"{name:<20}{row['rps']:>10.0f}{times}{row['errors']:>8.0f}")
    for name, value in report["ratios"].items():
        print(f"{name:<40}{value:>8.2f}")
    for name, value in report["durable_accepts"].items():
        print(f"durable accepts a second, {name:<10}{value:>8g}")
    for name in ("pinned", "ready_seconds", "traces_stored", "traces_dropped"):
        print(f"{name:<36}{report[name]:>12}")
    for name in ("idle_kib", "busy_kib"):
        print(f"{name:<36}{'  '.join(f'{transport} {kib}' for transport, kib in report[name].items())}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=3, help="of each round")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--scenario", choices=list(SCENARIOS), help="only this one")
    parser.add_argument("--pin", action="store_true", help="servers on the first core, wrk on the second")
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
