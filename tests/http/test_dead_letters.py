"""What fails later, through the public door: tried again by itself or by an admin, given up visibly, discarded."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.http.api import ADMIN, PARSE, Api, put
from tests.http.servers import Server, serving

Json = dict[str, Any]
DLQ = f"{ADMIN}/dlq"
# By hand only: what is due by itself comes too late to disturb.
PATIENT = {"ORION_QUEUE__DLQ_POLL_INTERVAL_SECS": "3600"}
FAILING = put("data.x", {"throw": {"type": "not yet"}})
WORKING = put("data.x", {"var": "data.in.n"})


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("patient"), **PATIENT) as server:
        yield server


@pytest.fixture
def api(server: Server) -> Iterator[Api]:
    with Api(server.url) as api:
        yield api


def failing(api: Api) -> tuple[str, str]:
    """A channel whose workflow fails, and the workflow's id."""
    workflow = api.workflow([PARSE, FAILING])
    return api.channel(workflow), workflow


def mend(api: Api, workflow: str) -> None:
    """Let the workflow work from now on."""
    assert api.post(f"{ADMIN}/workflows/{workflow}/versions").status_code == 201
    assert api.put(f"{ADMIN}/workflows/{workflow}", json={"tasks": [PARSE, WORKING]}).status_code == 200
    assert api.activate("workflows", workflow).status_code == 200


def failed(api: Api, channel: str, number: int) -> str:
    identity = api.submit(channel, {"n": number})
    assert api.ended(identity)["status"] == "failed"
    return identity


def letters(api: Api, channel: str) -> list[Json]:
    rows: list[Json] = api.get(DLQ, params={"channel": channel, "limit": 1000}).json()["data"]
    return rows


def wait_for(api: Api, channel: str, count: int) -> None:
    """Until so many traces of the channel are completed."""
    until = time.monotonic() + 20
    while True:
        where = {"channel": channel, "status": "completed", "documents": "false"}
        if api.get("/api/v1/data/traces", params=where).json()["total"] == count:
            return
        assert time.monotonic() < until, letters(api, channel)
        time.sleep(0.02)


def test_what_failed_is_retried_once_it_is_mended(api: Api) -> None:
    channel, workflow = failing(api)
    identity = failed(api, channel, 7)
    trace = api.ended(identity)
    assert trace["error"]
    letter = trace["dead_letter"]
    assert (letter["status"], letter["retry_count"], letter["max_retries"]) == ("waiting", 0, 5)
    assert letter["next_retry_at"] > trace["completed_at"][:19]
    shown = api.get(f"{DLQ}/{letter['id']}").json()["data"]
    assert (shown["trace_id"], shown["payload"], shown["attempts"]) == (identity, {"n": 7}, 1)
    assert (shown["error_message"], shown["metadata"]["channel"]) == (trace["error"], channel)
    mend(api, workflow)
    answer = api.post(f"{DLQ}/{letter['id']}/retry")
    assert (answer.status_code, answer.json()["data"]["status"]) == (200, "retrying")
    again = api.ended(identity)
    assert (again["id"], again["status"], again["attempts"]) == (identity, "completed", 2)
    assert again["message"]["context"]["data"]["x"] == 7
    assert [attempt["outcome"] for attempt in again["attempt_log"]] == ["failed", "completed"]
    assert "dead_letter" not in again
    assert letters(api, channel) == []
    assert api.get(f"{DLQ}/{letter['id']}").status_code == 404
    entry = api.get(f"{ADMIN}/audit-logs", params={"resource_id": letter["id"]}).json()["data"][0]
    assert (entry["action"], entry["resource_type"], entry["outcome"]) == ("retry", "dead_letter", "done")


def test_a_retry_that_fails_waits_longer(api: Api) -> None:
    channel, _ = failing(api)
    identity = failed(api, channel, 1)
    for count in (1, 2):
        before = api.get(f"{DLQ}/{identity}").json()["data"]
        assert api.post(f"{DLQ}/{identity}/retry").status_code == 200
        assert api.ended(identity)["attempts"] == count + 1
        after = api.get(f"{DLQ}/{identity}").json()["data"]
        assert (after["status"], after["retry_count"]) == ("waiting", count)
        assert after["next_retry_at"] > before["next_retry_at"]


def test_a_discarded_one_stays_failed(api: Api) -> None:
    channel, _ = failing(api)
    identity = failed(api, channel, 1)
    assert api.delete(f"{DLQ}/{identity}").status_code == 204
    trace = api.ended(identity)
    assert (trace["status"], "dead_letter" in trace) == ("failed", False)
    assert api.post(f"{DLQ}/{identity}/retry").status_code == 404


def test_many_are_retried_or_discarded(api: Api) -> None:
    channel, workflow = failing(api)
    identities = [api.submit(channel, {"n": number}) for number in range(20)]
    for identity in identities:
        assert api.ended(identity)["status"] == "failed"
    first = api.get(DLQ, params={"channel": channel, "limit": 15}).json()
    rest = api.get(DLQ, params={"channel": channel, "limit": 15, "cursor": first["next_cursor"]}).json()
    assert {row["trace_id"] for row in (*first["data"], *rest["data"])} == set(identities)
    gone = {"ids": identities[:5]}
    assert api.post(f"{DLQ}/discard", json=gone).json() == {"data": {"discarded": 5, "skipped": 0}}
    mend(api, workflow)
    everything = {"all": True, "channel": channel}
    assert api.post(f"{DLQ}/retry", json=everything).json() == {"data": {"retried": 15, "skipped": 0}}
    wait_for(api, channel, 15)
    assert letters(api, channel) == []
    assert api.post(f"{DLQ}/retry", json=everything).json() == {"data": {"retried": 0, "skipped": 0}}


def test_what_fails_is_tried_again_by_itself_and_given_up_visibly(tmp_path: Path) -> None:
    eager = {"ORION_QUEUE__DLQ_POLL_INTERVAL_SECS": "1", "ORION_QUEUE__DLQ_MAX_RETRIES": "1"}
    with serving(tmp_path, **eager) as server, Api(server.url) as api:
        channel, workflow = failing(api)
        mended = api.submit(channel, {"n": 1})
        assert api.ended(mended)["status"] == "failed"
        mend(api, workflow)
        wait_for(api, channel, 1)
        assert letters(api, channel) == []
        channel, _ = failing(api)
        hopeless = api.submit(channel, {"n": 2})
        until = time.monotonic() + 20
        while (trace := api.ended(hopeless))["dead_letter"]["status"] != "exhausted":
            assert time.monotonic() < until, trace
            time.sleep(0.05)
        assert (trace["status"], trace["attempts"], trace["dead_letter"]["retry_count"]) == ("failed", 2, 1)
        assert "next_retry_at" not in trace["dead_letter"]
        assert server.stop() == 0, server.log()
