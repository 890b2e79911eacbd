"""Channels and workflows for the world: plain ones, waiting ones, nested ones, failing ones."""

from collections.abc import Sequence

from orion_core import (
    ActiveChannel,
    ActiveWorkflow,
    BreakerTerms,
    Compiler,
    Connector,
    Engine,
    Governor,
    Problems,
    Snapshot,
    SnapshotBuilder,
    compile_connector,
)
from orion_core.definitions import read_channel, read_workflow
from tests.simulator.functions import FUNCTIONS

Json = dict[str, object]


def task(identity: str, function: str, given: Json, **members: object) -> Json:
    return {"id": identity, "function": {"name": function, "input": given}, **members}


def note(identity: str, version: int) -> Json:
    """Leaves the version of the workflow in the answer, so that a mixture of snapshots shows."""
    logic = {"merge": [{"var": "data.versions"}, [version]]}
    return task(identity, "map", {"mappings": [{"path": "data.versions", "logic": logic}]})


def ask(identity: str, *names: str, **members: object) -> Json:
    timeout, connector = members.pop("timeout_ms", 60_000), members.pop("connector", None)
    given = {"names": list(names), "output": f"data.{identity}", "timeout_ms": timeout, "connector": connector}
    return task(identity, "ask", given, **members)


def dial(identity: str, **given: object) -> Json:
    return task(identity, "dial", {"connector": "far", "name": identity, "output": f"data.{identity}", **given})


def call(identity: str, channel: str, **given: object) -> Json:
    return task(identity, "channel_call", {"channel": channel, "response_path": f"data.{identity}", **given})


def workflows(version: int) -> dict[str, list[Json]]:
    return {
        "plain": [task("parse", "parse_json", {"source": "payload", "target": "in"}), note("end", version)],
        "waiting": [note("begin", version), ask("one", "a"), ask("two", "b", "c"), note("end", version)],
        "patient": [
            ask("shaky", "a", continue_on_error=True),
            note("between", version),
            ask("again", "b", continue_on_error=True),
            note("end", version),
        ],
        "leaf": [note("begin", version), ask("leaf", "deep"), note("end", version)],
        "middle": [call("inner", "leaf"), note("end", version)],
        "outer": [
            note("begin", version),
            ask("before", "y"),
            call("nested", "middle"),
            ask("after", "z"),
            note("end", version),
        ],
        "hurried": [call("slow", "leaf", timeout_ms=700), note("end", version)],
        "circle": [call("again", "circle"), note("end", version)],
        "limited": [note("begin", version), dial("one", timeout_ms=2000), note("end", version)],
        "narrow": [note("begin", version), dial("one", idempotent=False), note("end", version)],
        "single": [note("begin", version), ask("one", "a"), note("end", version)],
        "once": [note("begin", version), ask("one", "a"), note("end", version)],
        "fragile": [note("begin", version), ask("one", "a", connector="far"), note("end", version)],
        "far_once": [note("begin", version), ask("one", "a"), note("end", version)],
        "far_single": [note("begin", version), ask("one", "a"), note("end", version)],
    }


RATE, BURST = 2.0, 3
PLACES, LINE = 2, 2
WINDOW, FAR_WINDOW = 2.0, 20.0  # the far one outlasts all work: in a store, a claim runs out while the work goes on
THRESHOLD, PAUSE = 1, 0.3
GOVERNANCE: dict[str, Json] = {
    "limited": {"rate_limit": {"requests_per_second": RATE, "burst": BURST}},
    "narrow": {"backpressure": {"max_concurrent": PLACES, "queue_depth": LINE, "queue_timeout_ms": 600}},
    "single": {"cache": {"enabled": True, "ttl_secs": 1}},
    "once": {"deduplication": {"header": "x-key", "window_secs": int(WINDOW), "on_duplicate": "replay"}},
    "far_once": {
        "deduplication": {
            "header": "x-key",
            "window_secs": int(FAR_WINDOW),
            "on_duplicate": "replay",
            "connector": "far",
        },
    },
    "far_single": {"cache": {"enabled": True, "ttl_secs": 1, "connector": "far"}},
}
RETRY = {"max_retries": 3, "retry_delay_ms": 400}


def far() -> Connector:
    config = {"backend": "redis", "url": "redis://far", "retry": RETRY}
    connector = compile_connector("far", "cache", config, Problems())
    assert connector is not None
    return connector


CONNECTORS = {"far": far()}
TIMEOUTS = {"waiting": 3000, "outer": 2500, "leaf": 2200, "narrow": 1300}
# How many marks a request to each channel leaves when every workflow it meets runs to its end.
MARKS = {
    "plain": 1,
    "waiting": 2,
    "patient": 2,
    "leaf": 2,
    "middle": 3,
    "outer": 5,
    "hurried": 3,
    "limited": 2,
    "narrow": 2,
    "single": 2,
    "once": 2,
    "fragile": 2,
    "far_once": 2,
    "far_single": 2,
}


def snapshot(version: int, tasks: dict[str, list[Json]] | None = None) -> Snapshot:
    """Everything compiled, under `version` as its generation."""
    problems = Problems()
    active_workflows, active_channels = [], []
    for name, steps in (tasks or workflows(version)).items():
        workflow = read_workflow({"name": name, "tasks": steps}, problems)
        config = {**GOVERNANCE.get(name, {}), **({"timeout_ms": TIMEOUTS[name]} if name in TIMEOUTS else {})}
        channel = read_channel(
            {"name": name, "channel_type": "sync", "protocol": "http", "workflow_id": name, "config": config}, problems
        )
        assert workflow is not None
        assert channel is not None
        active_workflows.append(ActiveWorkflow(name, version, 100, workflow))
        active_channels.append(ActiveChannel(name, version, channel))
    compilation = SnapshotBuilder(Compiler(FUNCTIONS)).build(active_workflows, active_channels, version, CONNECTORS)
    assert not compilation.faults, compilation.faults
    return compilation.snapshot


def names() -> Sequence[str]:
    return tuple(workflows(1))


def fresh_engine(bounds: object) -> Engine:
    engine = Engine(bounds, Governor(breaker_terms=BreakerTerms(enabled=True, threshold=THRESHOLD, pause=PAUSE)))  # type: ignore[arg-type]
    engine.install(snapshot(1), 0.0)
    return engine
