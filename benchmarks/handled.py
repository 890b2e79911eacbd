"""What a request costs the core, bytes in to bytes out, and what each function adds to it.

Run it with `python benchmarks/handled.py [--json FILE]`. Each figure is the median of interleaved rounds.
"""

# a report for the terminal

import argparse
import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median

from orion_core import ActiveChannel, ActiveWorkflow, Bounds, Compiler, Engine, Problems, SnapshotBuilder
from orion_core.definitions import read_channel, read_workflow
from orion_core.protocol import Request, Respond

ROUNDS = 7
CALLS = 20_000
HEADERS = {"host": "localhost:8080", "content-type": "application/json", "content-length": "46"}
ORDER = b'{"data":{"order_id":"ORD-9182","total":25000}}'

Task = dict[str, object]


def task(identity: str, function: str, given: object, **members: object) -> Task:
    return {"id": identity, "function": {"name": function, "input": given}, **members}


def put(path: str, logic: object, identity: str, **members: object) -> Task:
    return task(identity, "map", {"mappings": [{"path": path, "logic": logic}]}, **members)


PARSE = task("parse", "parse_json", {"source": "payload", "target": "order"})
FLAG = task(
    "flag", "map",
    {"mappings": [
        {"path": "data.order.flagged", "logic": True},
        {"path": "data.order.alert", "logic": {"cat": ["High-value order: $", {"var": "data.order.total"}]}},
    ]},
    condition={">": [{"var": "data.order.total"}, 10000]},
)  # fmt: skip

SCENARIOS: dict[str, list[Task]] = {
    "1 task: parse_json": [PARSE],
    "high-value order": [PARSE, FLAG],
    "4 tasks": [PARSE, *(put(f"data.order.n{n}", {"+": [{"var": "data.order.total"}, n]}, f"t{n}") for n in range(3))],
    "+ map, a literal": [PARSE, put("data.x", 1, "a")],
    "+ map, arithmetic": [PARSE, put("data.x", {"*": [{"var": "data.order.total"}, 1.1]}, "a")],
    "+ a condition that fails": [PARSE, put("data.x", 1, "a", condition={"<": [{"var": "data.order.total"}, 1]})],
    "+ filter": [PARSE, task("f", "filter", {"condition": {">": [{"var": "data.order.total"}, 1]}})],
    "+ validation, two rules": [PARSE, task("v", "validation", {"rules": [
        {"logic": {">": [{"var": "data.order.total"}, 1]}, "message": "a"},
        {"logic": {"var": "data.order.order_id"}, "message": "b"}]})],
    "+ log": [PARSE, task("l", "log", {"message": {"var": "data.order.order_id"}})],
    "+ publish_json": [PARSE, task("p", "publish_json", {"source": "order", "target": "text"})],
    "+ publish_xml": [PARSE, task("p", "publish_xml", {"source": "order", "target": "text"})],
    "+ channel_call": [PARSE, task("c", "channel_call", {"channel": "leaf", "response_path": "data.r"})],
}  # fmt: skip


def engine_of(tasks: list[Task], config: Mapping[str, object] | None = None) -> Engine:
    """An engine with one channel of these tasks, guarded as `config` says, and one it may call."""
    problems = Problems()
    workflows, channels = [], []
    for name, steps in (("orders", tasks), ("leaf", [PARSE])):
        workflow = read_workflow({"name": name, "tasks": steps}, problems)
        channel = read_channel(
            {"name": name, "channel_type": "sync", "protocol": "http", "route_pattern": f"/{name}", "methods": ["POST"],
             "workflow_id": name, "config": config or {}}, problems)  # fmt: skip
        if workflow is None or channel is None:
            raise SystemExit(f"{name}: {problems.errors}")
        workflows.append(ActiveWorkflow(name, 1, 100, workflow))
        channels.append(ActiveChannel(name, 1, channel))
    compilation = SnapshotBuilder(Compiler()).build(workflows, channels, 1)
    if compilation.faults:
        raise SystemExit(f"{compilation.faults}")
    engine = Engine(Bounds())
    engine.install(compilation.snapshot, 0.0)
    return engine


def asking(engine: Engine) -> Callable[[], None]:
    """A round of requests."""

    def ask() -> None:
        handle = engine.handle
        for _ in range(CALLS):
            handle(Request("id", "id", "POST", "orders", "", HEADERS, ORDER, "127.0.0.1", 1.7e9, 7), 0.0)

    answer = engine.handle(Request("id", "id", "POST", "orders", "", HEADERS, ORDER, "127.0.0.1", 1.7e9, 7), 0.0)
    if type(answer) is not Respond or answer.status != 200:
        raise SystemExit(f"{answer}")
    return ask


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    options = parser.parse_args()
    rounds = {name: asking(engine_of(tasks)) for name, tasks in SCENARIOS.items()}
    times: dict[str, list[float]] = {name: [] for name in rounds}
    for _ in range(ROUNDS):
        for name, ask in rounds.items():
            began = time.perf_counter_ns()
            ask()
            times[name].append((time.perf_counter_ns() - began) / CALLS)
    figures = {name: round(median(each)) for name, each in times.items()}
    print(f"{'core.handle, bytes in to bytes out':<36}{'ns':>8}")
    for name, figure in figures.items():
        print(f"{name:<36}{figure:>8}")
    if options.json:
        options.json.write_text(json.dumps({"handled_ns": figures}, indent=1) + "\n")


if __name__ == "__main__":
    main()
