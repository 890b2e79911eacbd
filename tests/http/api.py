"""A client of the API: short words for what tests do all the time."""

import itertools
import os
import time
from collections.abc import Mapping, Sequence
from typing import Any

import httpx

Json = dict[str, Any]
ADMIN = "/api/v1/admin"
_numbers = itertools.count()

PARSE: Json = {"id": "parse", "function": {"name": "parse_json", "input": {"source": "payload", "target": "in"}}}


def unique(prefix: str = "t") -> str:
    """A name no other test uses, on no other run against the same server."""
    return f"{prefix}-{os.getpid()}-{next(_numbers)}"


def task(identity: str, function: str, given: Mapping[str, object], **members: object) -> Json:
    return {"id": identity, "function": {"name": function, "input": dict(given)}, **members}


def put(path: str, logic: object, identity: str = "put", **members: object) -> Json:
    return task(identity, "map", {"mappings": [{"path": path, "logic": logic}]}, **members)


class Api(httpx.Client):
    """An HTTP client with the admin API's verbs."""

    def __init__(self, base_url: str, **options: Any) -> None:
        super().__init__(base_url=base_url, timeout=30, event_hooks={"response": [check_refusal]}, **options)

    def workflow(self, tasks: Sequence[Json], *, active: bool = True, **members: object) -> str:
        """Create a workflow, activate it unless told otherwise, and return its id."""
        document = {"workflow_id": unique("w"), "name": "Test", "tasks": list(tasks), **members}
        answer = self.post(f"{ADMIN}/workflows", json=document)
        assert answer.status_code == 201, answer.text
        identity: str = answer.json()["data"]["workflow_id"]
        if active:
            assert self.activate("workflows", identity).status_code == 200
        return identity

    def channel(self, workflow_id: str, *, active: bool = True, **members: object) -> str:
        """Create a channel for a workflow, activate it, and return its name."""
        name = unique("c")
        document = {
            "channel_id": name, "name": name, "channel_type": "sync", "protocol": "http", "workflow_id": workflow_id,
            **members,
        }  # fmt: skip
        answer = self.post(f"{ADMIN}/channels", json=document)
        assert answer.status_code == 201, answer.text
        if active:
            activated = self.activate("channels", document["channel_id"])
            assert activated.status_code == 200, activated.text
        return str(document["name"])

    def service(self, *tasks: Json, **members: object) -> str:
        """A live channel with a workflow of these tasks; returns its name."""
        return self.channel(self.workflow(tasks, **members))

    def activate(self, kind: str, identity: str, **members: object) -> httpx.Response:
        return self.patch(f"{ADMIN}/{kind}/{identity}/status", json={"status": "active", **members})

    def archive(self, kind: str, identity: str) -> httpx.Response:
        return self.patch(f"{ADMIN}/{kind}/{identity}/status", json={"status": "archived"})

    def call(self, channel: str, data: object, **members: Any) -> httpx.Response:
        return self.post(f"/api/v1/data/{channel}", json={"data": data}, **members)

    def submit(self, channel: str, data: object, **members: Any) -> str:
        """Ask for asynchronous work; returns the id of its trace."""
        response = self.post(f"/api/v1/data/{channel}/async", json={"data": data}, **members)
        assert response.status_code == 202, response.text
        assert response.json()["status"] == "pending"
        identity: str = response.json()["trace_id"]
        assert response.headers["location"] == f"/api/v1/data/traces/{identity}"
        return identity

    def ended(self, identity: str, seconds: float = 20.0) -> Json:
        """A trace, once it is completed or failed."""
        until = time.monotonic() + seconds
        while True:
            trace: Json = self.get(f"/api/v1/data/traces/{identity}?include=steps,attempts").json()
            if trace["status"] in ("completed", "failed"):
                return trace
            assert time.monotonic() < until, trace
            time.sleep(0.02)

    def answer(self, channel: str, data: object) -> Any:
        """What a channel answers as data."""
        response = self.call(channel, data)
        assert response.status_code == 200, response.text
        return response.json()["data"]


def check_refusal(response: httpx.Response) -> None:
    """Every refusal, whichever layer it comes from, has the documented envelope."""
    if response.status_code < 400:
        return
    response.read()
    assert "accept" in response.headers["vary"]
    if response.request.method == "HEAD":
        return
    error = response.json()["error"]
    assert {"code", "message", "reason", "request_id", "retryable"} <= set(error), response.text
    assert error["request_id"] == response.headers["x-request-id"]
    if response.status_code in (429, 503) and error["retryable"]:
        assert int(response.headers["retry-after"]) >= 1
