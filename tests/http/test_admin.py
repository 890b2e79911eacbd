"""The admin API by its public door: lifecycle, versions, rollout, import and export, connectors, audit, engine."""

from typing import Any

import pytest

from tests.http.api import ADMIN, PARSE, Api, put, task, unique

Json = dict[str, Any]


def message(text: str) -> Json:
    return put("data.version", text)


def test_a_workflow_lives_from_draft_to_archive(api: Api) -> None:
    identity = api.workflow([message("one")], active=False)
    url = f"{ADMIN}/workflows/{identity}"
    assert api.get(url).json()["data"]["status"] == "draft"
    changed = api.put(url, json={"name": "Renamed", "tags": ["x"]}).json()["data"]
    assert (changed["name"], changed["tags"], changed["version"]) == ("Renamed", ["x"], 1)
    assert api.activate("workflows", identity).json()["data"]["status"] == "active"
    assert api.put(url, json={"name": "No"}).status_code == 400
    assert api.post(f"{url}/versions").json()["data"]["version"] == 2
    assert api.post(f"{url}/versions").status_code == 409
    assert api.activate("workflows", identity).json()["data"]["version"] == 2
    versions = api.get(f"{url}/versions").json()
    assert [(row["version"], row["status"]) for row in versions["data"]] == [(2, "active"), (1, "archived")]
    assert api.archive("workflows", identity).json()["data"]["status"] == "archived"
    assert api.archive("workflows", identity).status_code == 400
    assert api.delete(url).status_code == 204
    assert api.get(url).status_code == 404


def test_a_duplicate_id_is_a_conflict(api: Api) -> None:
    identity = api.workflow([message("one")], active=False)
    answer = api.post(f"{ADMIN}/workflows", json={"workflow_id": identity, "name": "x", "tasks": [message("two")]})
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "CONFLICT")


def versions(api: Api, **members: object) -> tuple[str, str]:
    """A workflow with two versions, the first active, and its channel."""
    identity = api.workflow([message("one")], **members)
    api.post(f"{ADMIN}/workflows/{identity}/versions")
    api.put(f"{ADMIN}/workflows/{identity}", json={"tasks": [message("two")]})
    return identity, api.channel(identity)


def share(api: Api, channel: str, requests: int = 200) -> float:
    return sum(api.answer(channel, n)["version"] == "two" for n in range(requests)) / requests


def test_a_canary_takes_its_share_and_then_everything(api: Api) -> None:
    identity, channel = versions(api)
    assert api.activate("workflows", identity, rollout_percentage=10).status_code == 200
    assert 0.02 <= share(api, channel) <= 0.25
    rollout = f"{ADMIN}/workflows/{identity}/rollout"
    assert api.patch(rollout, json={"rollout_percentage": 0}).status_code == 200
    assert share(api, channel, 50) == 0
    assert api.patch(rollout, json={"rollout_percentage": 100}).json()["data"]["rollout_percentage"] == 100
    assert share(api, channel, 50) == 1
    statuses = [row["status"] for row in api.get(f"{ADMIN}/workflows/{identity}/versions").json()["data"]]
    assert statuses == ["active", "archived"]


def test_a_rollout_key_makes_a_share_sticky(api: Api) -> None:
    identity, channel = versions(api, rollout_key={"var": "data"})
    api.activate("workflows", identity, rollout_percentage=50)
    met = {user: {api.answer(channel, f"user-{user}")["version"] for _ in range(5)} for user in range(20)}
    assert all(len(each) == 1 for each in met.values())


@pytest.mark.parametrize("percentage", [-1, 101, "10", 1.5, None, True])
def test_a_share_that_is_none_is_refused(api: Api, percentage: object) -> None:
    identity = api.workflow([message("one")])
    answer = api.patch(f"{ADMIN}/workflows/{identity}/rollout", json={"rollout_percentage": percentage})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "BAD_REQUEST")


def test_what_was_exported_can_be_imported(api: Api) -> None:
    tag = unique("tag_%")
    for number in range(3):
        api.workflow([PARSE, message(str(number))], active=number == 0, tags=[tag], name=f"W{number}", priority=number)
    exported = api.get(f"{ADMIN}/workflows/export", params={"tag": tag}).json()
    assert len(exported["data"]) == 3
    taken = api.post(f"{ADMIN}/workflows/import", json=exported)
    assert taken.status_code in (400, 409)
    for item in exported["data"]:
        item["workflow_id"] = unique("copy")
    assert api.post(f"{ADMIN}/workflows/import", json=exported["data"]).json() == {
        "imported": 3,
        "failed": 0,
        "errors": [],
    }
    again = api.get(f"{ADMIN}/workflows/export", params={"tag": tag, "status": "draft"}).json()["data"]
    names = {"name", "tasks", "condition", "tags", "priority", "continue_on_error", "description"}
    copies = [{name: item[name] for name in names} for item in again if item["workflow_id"].startswith("copy")]
    originals = [{name: item[name] for name in names} for item in exported["data"]]
    assert sorted(copies, key=lambda each: each["name"]) == sorted(originals, key=lambda each: each["name"])


def test_an_import_is_all_or_nothing_unless_it_may_be_partial(api: Api) -> None:
    good, bad = {"workflow_id": unique("w"), "name": "g", "tasks": [message("x")]}, {"name": "b", "tasks": []}
    assert api.post(f"{ADMIN}/workflows/import", json=[good, bad]).status_code == 400
    assert api.get(f"{ADMIN}/workflows/{good['workflow_id']}").status_code == 404
    partial = api.post(f"{ADMIN}/workflows/import?partial=true", json=[good, bad]).json()
    assert (partial["imported"], partial["failed"], partial["errors"][0]["index"]) == (1, 1, 1)


@pytest.mark.parametrize("tag", ["fraud", "a_b", "50%", "ä"])
def test_a_list_is_filtered_by_its_exact_tag(api: Api, tag: str) -> None:
    mine = api.workflow([message("x")], active=False, tags=[unique(tag), tag])
    api.workflow([message("x")], active=False, tags=[tag.replace("_", "x").replace("%", "yy") + "z"])
    found = api.get(f"{ADMIN}/workflows", params={"tag": tag, "limit": 1000}).json()
    assert mine in [row["workflow_id"] for row in found["data"]]
    assert all(tag in row["tags"] for row in found["data"])


def test_an_active_version_is_listed_although_a_draft_hides_it(api: Api) -> None:
    identity, _ = versions(api, tags=[tag := unique("tag")])
    found = api.get(f"{ADMIN}/workflows", params={"status": "active", "tag": tag}).json()["data"]
    assert [(row["workflow_id"], row["version"]) for row in found] == [(identity, 1)]


@pytest.mark.parametrize(
    ("query", "limit", "offset"),
    [({}, 50, 0), ({"limit": 0}, 1, 0), ({"limit": 5000}, 1000, 0), ({"offset": -3}, 50, 0)],
)
def test_paging_is_clamped_and_says_so(api: Api, query: dict[str, int], limit: int, offset: int) -> None:
    found = api.get(f"{ADMIN}/channels", params=query).json()
    assert (found["limit"], found["offset"]) == (limit, offset)


@pytest.mark.parametrize("query", ["limit=abc", "sort_by=zzz", "sort_order=up", "status=live", "stauts=active"])
def test_a_query_that_cannot_be_read_is_refused(api: Api, query: str) -> None:
    answer = api.get(f"{ADMIN}/workflows?{query}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "BAD_REQUEST")


# --- what must hold before something runs --------------------------------------------------------------------------


def test_every_problem_comes_at_once_with_its_place_and_what_was_meant(api: Api) -> None:
    broken = {"nmae": "x", "tasks": [{"id": "a", "function": {"name": "mapp", "input": {}}}, {"id": 3}]}
    answer = api.post(f"{ADMIN}/workflows", json=broken)
    assert answer.status_code == 400
    problems = {each["pointer"]: each for each in answer.json()["error"]["problems"]}
    assert {"/nmae", "/name", "/tasks/1/id", "/tasks/1/function"} <= set(problems)
    assert "name" in problems["/nmae"]["hint"]


def test_an_input_is_read_as_its_function_declares(api: Api) -> None:
    mappings = {"mappings": [{"path": "data.x", "logik": 1}], "extra": 1}
    report = api.post(f"{ADMIN}/workflows/validate", json={"name": "x", "tasks": [task("t", "map", mappings)]}).json()
    assert report["valid"] is False
    fields = {error["field"] for error in report["errors"]}
    assert {"tasks[0].function.input.mappings[0].logik", "tasks[0].function.input.extra"} <= fields


def test_a_near_miss_of_an_operator_is_a_warning(api: Api) -> None:
    report = api.post(
        f"{ADMIN}/workflows/validate", json={"name": "x", "tasks": [put("data.x", {"vra": "data.y"})]}
    ).json()
    assert report["valid"] is True
    assert "var" in str(report["warnings"])


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (task("t", "channel_call", {"channel": "nobody-has-this"}), "not found"),
        (task("t", "http_call", {"connector": "nobody-has-this"}), "not found"),
    ],
)
def test_what_cannot_run_never_becomes_active(api: Api, step: Json, words: str) -> None:
    identity = api.workflow([step], active=False)
    answer = api.activate("workflows", identity)
    assert answer.status_code == 400
    assert words in answer.json()["error"]["message"]
    assert api.get(f"{ADMIN}/workflows/{identity}").json()["data"]["status"] == "draft"


def test_a_channel_needs_an_active_workflow(api: Api) -> None:
    draft = api.workflow([message("x")], active=False)
    for workflow_id in (draft, "nobody-has-this", None):
        name = api.channel(workflow_id, active=False)  # type: ignore[arg-type]
        answer = api.activate("channels", name)
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "BAD_REQUEST")


def test_two_active_channels_share_neither_name_nor_route(api: Api) -> None:
    workflow = api.workflow([message("x")])
    route = f"/{unique('r')}/{{id}}"
    first = api.channel(workflow, route_pattern=route, methods=["GET"])
    for members in ({"name": first}, {"route_pattern": route.replace("{id}", "{other}"), "methods": ["GET", "PUT"]}):
        second = unique("c")
        api.channel(workflow, active=False, channel_id=second, **{"name": second, **members})
        assert api.activate("channels", second).status_code in (400, 409)
    other = unique("c")
    api.channel(workflow, channel_id=other, name=other, route_pattern=route, methods=["DELETE"])


def test_validation_logic_is_read_strictly(api: Api) -> None:
    workflow = api.workflow([message("x")])
    document = {"name": unique(), "channel_type": "sync", "protocol": "http", "workflow_id": workflow,
                "config": {"validation_logic": {"and": [{"vra": "data.x"}]}}}  # fmt: skip
    answer = api.post(f"{ADMIN}/channels", json=document)
    assert answer.status_code == 400
    [problem] = answer.json()["error"]["problems"]
    assert problem["pointer"].startswith("/config/validation_logic/and/0")


# --- connectors, engine, audit ---------------------------------------------------------------------------------------

SECRET = "sk-live-1234567890"


def connector(api: Api, **config: object) -> Json:
    document = {
        "name": unique("payments"), "connector_type": "http",
        "config": {"type": "http", "url": "https://api.example.org/v1", "auth": {"type": "bearer", "token": SECRET}, **config},
    }  # fmt: skip
    answer = api.post(f"{ADMIN}/connectors", json=document)
    assert answer.status_code == 201, answer.text
    assert SECRET not in answer.text
    found: Json = answer.json()["data"]
    return found


def test_a_connectors_secrets_are_never_shown(api: Api) -> None:
    made = connector(api)
    url = f"{ADMIN}/connectors/{made['id']}"
    shown = api.get(url)
    assert shown.json()["data"]["config"]["auth"]["token"] == "******"
    config = {**shown.json()["data"]["config"], "max_response_size": 5}
    assert api.put(url, json={"config": config}).json()["data"]["config"]["max_response_size"] == 5
    seen = [
        shown,
        api.get(f"{ADMIN}/connectors?limit=1000"),
        api.get(f"{ADMIN}/audit-logs?limit=1000"),
        api.delete(url),
    ]
    assert all(SECRET not in answer.text for answer in seen)
    assert api.get(url).status_code == 404


@pytest.mark.parametrize(
    "document",
    [
        {"connector_type": "grpc"},
        {"config": "text"},
        {"config": {"type": "http", "url": "ftp://x"}},
        {"config": {"type": "db", "connection_string": "x"}},
        {"name": " "},
    ],
)
def test_a_connector_that_makes_no_sense_is_refused(api: Api, document: Json) -> None:
    sound = {"name": unique(), "connector_type": "http", "config": {"type": "http", "url": "https://x"}}
    assert api.post(f"{ADMIN}/connectors", json={**sound, **document}).status_code == 400


def test_a_connectors_name_is_its_own(api: Api) -> None:
    first = connector(api)
    again = {"name": first["name"], "connector_type": "cache", "config": {"backend": "memory"}}
    assert api.post(f"{ADMIN}/connectors", json=again).status_code == 409


def test_breakers_and_reloads_answer(api: Api) -> None:
    assert api.get(f"{ADMIN}/connectors/circuit-breakers").json() == {"enabled": False, "breakers": {}}
    assert api.post(f"{ADMIN}/connectors/circuit-breakers/a%3Ab").status_code == 404
    assert api.post(f"{ADMIN}/connectors/reload").status_code == 200
    assert api.post(f"{ADMIN}/engine/reload").json()["reloaded"] is True


def test_the_engine_says_what_it_runs(api: Api) -> None:
    name = api.service(message("x"))
    status = api.get(f"{ADMIN}/engine/status").json()
    assert name in status["channels"]
    assert {"version", "uptime_seconds", "workflows_count", "active_workflows"} <= set(status)


def test_every_act_is_audited_and_refused_attempts_too(api: Api) -> None:
    identity = api.workflow([message("x")])
    api.activate("workflows", identity)
    found = api.get(f"{ADMIN}/audit-logs", params={"resource_id": identity}).json()
    assert [(row["action"], row["outcome"]) for row in found["data"]] == [
        ("activate", "refused"), ("activate", "done"), ("create", "done"),
    ]  # fmt: skip
    assert found["pagination"] == {"offset": 0, "limit": 50, "total": 3}
    only = api.get(f"{ADMIN}/audit-logs?action=activate&resource_type=workflow&limit=5").json()["data"]
    assert {(row["action"], row["resource_type"]) for row in only} == {("activate", "workflow")}


def test_the_api_documents_itself(api: Api) -> None:
    document = api.get("/api/v1/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    assert {f"{ADMIN}/workflows/{{id}}/status", "/api/v1/data/traces", "/health"} <= set(document["paths"])
    page = api.get("/docs/")
    assert (page.status_code, page.headers["content-type"].split(";")[0]) == (200, "text/html")
    assert "http://" not in page.text.replace("http://www.w3.org", "")
    assert "https://" not in page.text
    assert (
        "script-src" in page.headers["content-security-policy"]
        or "default-src 'self'" in page.headers["content-security-policy"]
    )
