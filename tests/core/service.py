"""One channel and its workflow, compiled, and the door through which tests ask it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from orion_core import ActiveChannel, ActiveWorkflow, Bounds, Compiler, Connector, Engine, Problems, SnapshotBuilder
from orion_core.definitions import read_channel, read_workflow
from orion_core.functions.building import Function
from orion_core.protocol import Perform, Request, Respond
from tests.simulator.functions import FUNCTIONS

Json = dict[str, Any]
NO_BODY = object()


def task(identity: str, function: str, given: Json, **members: object) -> Json:
    return {"id": identity, "function": {"name": function, "input": given}, **members}


def put(path: str, logic: object, identity: str = "put", **members: object) -> Json:
    return task(identity, "map", {"mappings": [{"path": path, "logic": logic}]}, **members)


PARSE = task("parse", "parse_json", {"source": "payload", "target": "in"})


def request(path: str = "main", body: object = NO_BODY, **members: Any) -> Request:
    """A request; `body` is what stands under `data`, unless `raw` bytes are given."""
    raw = members.pop("raw", None)
    content = raw if raw is not None else (b"" if body is NO_BODY else json.dumps({"data": body}).encode())
    facts = {
        "id": "00000000-0000-4000-8000-000000000001", "request_id": "req", "method": "POST", "path": path, "query": "",
        "headers": {"content-type": "application/json"}, "body": content, "client": "192.0.2.1",
        "received_at": 1_790_000_000.0, "entropy": 0,
    }  # fmt: skip
    return Request(**{**facts, **members})


@dataclass
class Service:
    """Channels by name, each with a workflow of its own name unless told otherwise."""

    workflows: dict[str, Json]
    channels: dict[str, Json] = field(default_factory=dict)
    bounds: Bounds = field(default_factory=Bounds)
    connectors: dict[str, Connector] = field(default_factory=dict)
    functions: Mapping[str, Function] = field(default_factory=lambda: FUNCTIONS)

    def __post_init__(self) -> None:
        self.engine = Engine(self.bounds)
        problems = Problems()
        active: list[ActiveWorkflow] = []
        for name, document in self.workflows.items():
            versions = document.get("versions", [{"percentage": 100, **document}])
            for number, version in enumerate(versions, 1):
                members = {key: value for key, value in version.items() if key != "percentage"}
                definition = read_workflow({"name": name, **members}, problems)
                assert definition is not None, problems.errors
                active.append(ActiveWorkflow(name, number, version["percentage"], definition))
        channels = []
        for name in {**dict.fromkeys(self.workflows, None), **self.channels}:
            document = {"name": name, "channel_type": "sync", "protocol": "http", **self.channels.get(name, {})}
            if "workflow_ids" not in document:
                document.setdefault("workflow_id", name)
            channel = read_channel(document, problems)
            assert channel is not None, problems.errors
            channels.append(ActiveChannel(name, 1, channel))
        self.compilation = SnapshotBuilder(Compiler(self.functions)).build(active, channels, 1, self.connectors)
        self.engine.install(self.compilation.snapshot, 0.0)

    def step(self, asked: Request, now: float = 0.0) -> Respond | Perform:
        return self.engine.handle(asked, now)

    def ask(self, body: object = NO_BODY, path: str = "main", **members: Any) -> tuple[int, Json]:
        step = self.step(request(path, body, **members))
        assert type(step) is Respond, step
        return step.status, json.loads(step.body) if step.body else {}


def one(*tasks: Json, **members: object) -> Service:
    """A service of one channel called `main`."""
    return Service({"main": {"tasks": list(tasks), **members}})


def data_of(*tasks: Json, body: object = NO_BODY, **members: object) -> Any:
    """What `main` answers as data."""
    status, answer = one(*tasks, **members).ask(body)
    assert status == 200, answer
    return answer["data"]
