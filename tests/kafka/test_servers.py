"""A server that consumes: channels come while it runs, traces and dead letters are where they are looked for."""

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.http.api import ADMIN, PARSE, Api, put, task, unique
from tests.http.servers import Server, serving
from tests.kafka.consuming import committed, consumed, fresh, publish, topic
from tests.other_servers import RealKafka

Json = dict[str, Any]
TRACES = "/api/v1/data/traces"
DLQ = f"{ADMIN}/dlq"
POSITIVE = {"logic": {">": [{"var": "data.in.n"}, 0]}, "message": "n must be positive"}
FAILS = task("check", "validation", {"rules": [POSITIVE], "on_failure": "reject"})


def settings(real: RealKafka, **members: str) -> dict[str, str]:
    names = {
        "enabled": "true", "brokers": f"127.0.0.1:{real.port}", "session_timeout_ms": "2000", "group_id": fresh("group"),
        "lag_poll_interval_secs": "1", **members,
    }  # fmt: skip
    return {f"ORION_KAFKA__{name.upper()}": value for name, value in names.items()}


@pytest.fixture(scope="module")
def server(real: RealKafka, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("server")
    with serving(folder, **settings(real), ORION_METRICS__ENABLED="true") as server:
        yield server
        assert server.stop() == 0, server.log()


@pytest.fixture
def api(server: Server) -> Iterator[Api]:
    with Api(server.url) as api:
        yield api


def until(found: Callable[[], Any]) -> Any:
    end = time.monotonic() + 30
    while not (value := found()):
        assert time.monotonic() < end
        time.sleep(0.05)
    return value


def traces_of(api: Api, channel: str) -> list[Json]:
    found: list[Json] = api.get(TRACES, params={"channel": channel, "mode": "async"}).json()["data"]
    return found


def test_a_channel_made_while_it_runs_consumes(api: Api, real: RealKafka) -> None:
    name = asyncio.run(topic(real.port, 2))
    keep = put("data.seen", {"merge": [[{"var": "metadata.kafka_topic"}, {"var": "metadata.kafka_key"}]]})
    channel = api.channel(api.workflow([PARSE, keep]), channel_type="async", protocol="kafka", topic=name)
    asyncio.run(publish(real.port, name, {"n": 1}, key=b"k", headers=[("authorization", b"secret"), ("x", b"y")]))
    (trace,) = until(lambda: traces_of(api, channel))
    assert trace["status"] == "completed"
    whole = api.get(f"{TRACES}/{trace['id']}").text
    assert "secret" not in whole
    message = json.loads(whole)["message"]["context"]
    assert message["data"] == {"in": {"n": 1}, "seen": [name, "k"]}
    assert message["metadata"]["headers"] == {"x": "y"}
    assert (message["metadata"]["kafka_partition"] in (0, 1), message["metadata"]["kafka_offset"]) == (True, 0)
    until(lambda: f'kafka_consumer_lag{{partition="0",topic="{name}"}} 0.0' in api.get("/metrics").text)


def test_a_failure_is_a_dead_letter_and_tried_again_with_the_record(api: Api, real: RealKafka) -> None:
    name = asyncio.run(topic(real.port))
    workflow = api.workflow([PARSE, FAILS])
    channel = api.channel(workflow, channel_type="async", protocol="kafka", topic=name)
    asyncio.run(publish(real.port, name, {"n": 0}, {"n": 1}))
    until(lambda: len(traces_of(api, channel)) == 2)
    (letter,) = api.get(DLQ, params={"channel": channel}).json()["data"]
    assert "n must be positive" in letter["error_message"]
    (failed,) = [each for each in traces_of(api, channel) if each["status"] == "failed"]
    assert failed["id"] == letter["trace_id"]
    assert api.post(f"{ADMIN}/workflows/{workflow}/versions").status_code == 201
    assert api.put(f"{ADMIN}/workflows/{workflow}", json={"tasks": [PARSE]}).status_code == 200
    assert api.activate("workflows", workflow).status_code == 200
    api.post(f"{DLQ}/{letter['id']}/retry")
    until(lambda: {each["status"] for each in traces_of(api, channel)} == {"completed"})
    again = api.get(f"{TRACES}/{failed['id']}").json()["message"]["context"]
    assert (again["data"], again["metadata"]["kafka_topic"]) == ({"in": {"n": 0}}, name)


def test_archived_channels_leave_their_records_where_they_are(api: Api, server: Server, real: RealKafka) -> None:
    name = asyncio.run(topic(real.port))
    workflow = api.workflow([PARSE])
    channel = api.channel(workflow, channel_type="async", protocol="kafka", topic=name)
    asyncio.run(publish(real.port, name, 1))
    until(lambda: len(traces_of(api, channel)) == 1)
    assert api.archive("channels", channel).status_code == 200
    asyncio.run(publish(real.port, name, 2, 3))
    time.sleep(1)
    assert len(traces_of(api, channel)) == 1
    another = api.channel(workflow, channel_type="async", protocol="kafka", topic=name)
    until(lambda: len(traces_of(api, another)) == 2)


def test_the_files_topics_and_the_dead_letter_topic(real: RealKafka, tmp_path: Path) -> None:
    name, dead, channel, group = (
        asyncio.run(topic(real.port)),
        asyncio.run(topic(real.port)),
        unique("file"),
        fresh("g"),
    )
    topics = json.dumps([{"topic": name, "channel": channel}])
    given = settings(real, topics=topics, dlq__enabled="true", dlq__topic=dead, group_id=group)
    with serving(tmp_path, **given) as server, Api(server.url) as api:
        asyncio.run(publish(real.port, name, {"n": 1}, {"n": 0}, b"hello"))
        time.sleep(1)  # nobody is there to work on them
        assert api.get("/health").json()["components"]["kafka"] == "degraded"
        workflow = api.workflow([PARSE, FAILS])
        document = {"channel_id": channel, "name": channel, "channel_type": "async", "protocol": "http"}
        assert api.post(f"{ADMIN}/channels", json={**document, "workflow_id": workflow}).status_code == 201
        assert api.activate("channels", channel).status_code == 200
        until(lambda: len(traces_of(api, channel)) == 3)
        assert api.get(DLQ).json()["data"] == []
        assert api.get("/health").json()["components"]["kafka"] == "ok"
        assert server.stop() == 0, server.log()
        assert "a topic is held back: there is no active channel" in server.log()
    published = asyncio.run(consumed(real.port, dead, 2))
    assert {each.value for each in published} == {b'{"n": 0}', b"hello"}
    assert asyncio.run(committed(real.port, group, name)) == [3]
