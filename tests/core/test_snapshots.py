"""A snapshot that was built upon the one before is the one that would have been built from nothing."""

from dataclasses import dataclass
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from orion_core import ActiveChannel, ActiveWorkflow, Compiler, Connector, Problems, SnapshotBuilder, compile_connector
from orion_core.building_snapshots import Compilation
from orion_core.definitions import read_channel, read_workflow
from orion_core.routing import split_path
from orion_core.snapshot import METHODS, Snapshot
from tests.core.service import PARSE, Service, put, request

PATTERNS = (None, "/a", "/a/{x}", "/a/b", "/{y}/b")
PATHS = ("a", "a/b", "a/c", "z/b", "one", "two", "none")
CONFIGS: tuple[dict[str, Any], ...] = (
    {},
    {"rate_limit": {"requests_per_second": 1}},
    {"validation_logic": {"no such operator": 1}},
    {"cache": {"enabled": True, "connector": "kept"}},
)


def workflow(name: str, version: int, share: int, form: int) -> ActiveWorkflow:
    function = "map" if form < 2 else "nobody knows this"
    document = {
        "name": name,
        "tasks": [PARSE, {**put("data.v", form), "function": {**put("data.v", form)["function"], "name": function}}],
    }
    definition = read_workflow(document, Problems())
    assert definition is not None
    return ActiveWorkflow(name, version, share, definition)


def channel(
    name: str, version: int, pattern: str | None, workflows: list[str], config: dict[str, Any]
) -> ActiveChannel:
    document = {
        "name": name, "channel_type": "sync", "protocol": "http", "route_pattern": pattern, "methods": ["GET", "POST"],
        "workflow_ids": workflows, "config": config,
    }  # fmt: skip
    problems = Problems()
    definition = read_channel(document, problems)
    assert definition is not None, problems.errors
    return ActiveChannel(name, version, definition)


def connector(url: str) -> dict[str, Connector]:
    made = compile_connector("kept", "cache", {"backend": "redis", "url": url}, Problems())
    assert made is not None
    return {"kept": made}


# Few of each, so that what is drawn again is often the same object, as it is when a store is read again.
WORKFLOWS = [
    workflow(name, version, share, form) for name in ("v", "w") for version in (1, 2) for share in (40, 100) for form in (0, 1, 2)
]  # fmt: skip
CHANNELS = [
    channel(name, version, pattern, names, config)
    for version, (pattern, names, config) in enumerate(
        (pattern, names, config) for pattern in PATTERNS for names in (["v"], ["w", "v"]) for config in CONFIGS
    )
    for name in ("one", "two")
]
CONNECTORS = [{}, connector("redis://one"), connector("redis://other")]


@dataclass(frozen=True)
class State:
    """What is active at a moment."""

    workflows: tuple[ActiveWorkflow, ...]
    channels: tuple[ActiveChannel, ...]
    connectors: dict[str, Connector]


def each_once(active: list[Any], *members: str) -> tuple[Any, ...]:
    return tuple({tuple(getattr(each, member) for member in members): each for each in active}.values())


STATES = st.builds(
    lambda workflows, channels, connectors: State(
        each_once(workflows, "workflow_id", "version"), each_once(channels, "channel_id"), connectors
    ),
    st.lists(st.sampled_from(WORKFLOWS), max_size=4),
    st.lists(st.sampled_from(CHANNELS), max_size=3),
    st.sampled_from(CONNECTORS),
)


def told(compilation: Compilation) -> Any:
    """Everything that can be seen of a snapshot, but for which objects it is made of."""
    snapshot = compilation.snapshot
    channels = {
        name: (
            each.id, each.version, each.fault, each.guard is not None,
            each.guard is not None and each.guard.cache is not None and each.guard.cache.store and each.guard.cache.store.fingerprint,
            [(share.workflow.id, share.workflow.version, share.first, share.end) for share in each.shares],
        )
        for name, each in snapshot.channels.items()
    }  # fmt: skip
    faults = {(fault.kind, fault.id, fault.version, fault.problems) for fault in compilation.faults}
    return channels, faults, snapshot.workflows, [led(snapshot, method, path) for path in PATHS for method in METHODS]


def led(snapshot: Snapshot, method: str, path: str) -> Any:
    match = snapshot.routes.match(method, split_path(path))
    return match.target.name if match.target is not None else match.allowed, match.parameters


@given(st.lists(STATES, min_size=1, max_size=6))
def test_a_change_gives_what_a_start_would_give(states: list[State]) -> None:
    builder = SnapshotBuilder(Compiler())
    for generation, state in enumerate(states):
        given = (state.workflows, state.channels, generation, state.connectors)
        assert told(builder.build(*given)) == told(SnapshotBuilder(Compiler()).build(*given))


def test_what_did_not_change_is_what_it_was() -> None:
    builder = SnapshotBuilder(Compiler())
    one, two = CHANNELS[0], CHANNELS[1]
    before = builder.build(WORKFLOWS[3:4], (one, two), 1).snapshot.channels
    after = builder.build(WORKFLOWS[3:4], (one,), 2).snapshot.channels
    assert after["one"] is before["one"]
    share = builder.build(WORKFLOWS[4:5], (one,), 3).snapshot.channels["one"].shares[0]
    assert share.workflow is not before["one"].shares[0].workflow


def test_a_table_that_was_changed_is_as_it_was_to_those_who_have_it() -> None:
    builder = SnapshotBuilder(Compiler())
    routed = next(each for each in CHANNELS if each.definition.route_pattern == "/a/{x}")
    old = builder.build((), (routed,), 1).snapshot
    new = builder.build((), (), 2).snapshot
    assert (led(old, "GET", "a/c"), led(new, "GET", "a/c")) == ((routed.definition.name, {"x": "c"}), ((), {}))


def test_paths_that_are_asked_for_are_remembered_in_one_spelling() -> None:
    service = Service({"main": {"tasks": [PARSE]}}, {"main": {"route_pattern": "/static/path", "methods": ["POST"]}})
    for path in ("static/path", "st%61tic/path", "static//path", "/static/path", "static/path/"):
        assert service.ask(1, path)[0] == 200
    assert service.step(request("static/path", 1, method="BREW")).status == 405  # type: ignore[union-attr]
    direct = service.engine.snapshot.direct
    assert {path: sorted(methods) for path, methods in direct.items()} == {"static/path": ["POST"]}
    assert service.ask(1, "main")[0] == 200
    assert sorted(direct) == ["main", "static/path"]
    assert service.ask(1, "static/path")[0] == 200
