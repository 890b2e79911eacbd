"""Instances of one database that run different channels."""

from pathlib import Path

from tests.http.api import ADMIN, Api, put
from tests.http.servers import Server, serving


def test_each_instance_runs_the_channels_it_is_told_to(tmp_path: Path) -> None:
    with serving(tmp_path) as server, Api(server.url) as api:
        workflow = api.workflow([put("data.here", True)])
        for name in ("orders.eu", "orders.us", "payments", "orders.test"):
            api.channel(workflow, channel_id=name, name=name, route_pattern=f"/r/{name}", methods=["POST"])
        calls = [{"id": "call", "function": {"name": "channel_call", "input": {"channel": "payments"}}}]
        caller = api.workflow(calls)
        api.channel(caller, channel_id="orders.calls", name="orders.calls")
        assert server.stop() == 0
    settings = {"ORION_CHANNELS__INCLUDE": "orders.*", "ORION_CHANNELS__EXCLUDE": "*.test"}
    with serving(tmp_path, **settings) as server, Api(server.url) as api:
        found = {name: api.call(name, {}).status_code for name in ("orders.eu", "orders.us", "payments", "orders.test")}
        assert found == {"orders.eu": 200, "orders.us": 200, "payments": 404, "orders.test": 404}
        assert api.post("/api/v1/data/r/payments", json={"data": {}}).status_code == 404
        status = api.get(f"{ADMIN}/engine/status").json()
        assert status["channels"] == ["orders.calls", "orders.eu", "orders.us"]
        assert status["channels_left_out"] == ["orders.test", "payments"]
        assert status["faults"] == []
        called = api.call("orders.calls", {})
        assert (called.status_code, called.json()["status"]) == (400, "error")  # what it calls is not run here
        # The admin API knows all of them: they are one database's.
        assert len(api.get(f"{ADMIN}/channels").json()["data"]) == 5
        assert api.activate("channels", "orders.test").json()["error"]["reason"] == "no_draft"
        assert "is not in force" not in server.log()
        assert _left_out(server) == 2


def _left_out(server: Server) -> int:
    """How many channels the log says are not run."""
    line = next(line for line in server.log().splitlines() if "not run here" in line)
    return line.count("payments") + line.count("orders.test")
