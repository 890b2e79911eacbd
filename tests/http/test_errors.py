"""Errors in the form their caller asks for (RFC 9457), from every layer, and the pages their types lead to."""

import httpx
import pytest

from tests.http.api import ADMIN, PARSE, Api, put

PROBLEM = "application/problem+json"
ACCEPTS = [
    ("problem details alone", PROBLEM, True),
    ("before JSON", f"{PROBLEM}, application/json;q=0.9", True),
    ("after JSON", f"{PROBLEM};q=0.5, application/json", False),
    ("as welcome as JSON", f"application/json, {PROBLEM}", False),
    ("with anything else", f"{PROBLEM}, */*;q=0.1", True),
    ("anything", "*/*", False),
    ("not at all", f"{PROBLEM};q=0, */*", False),
    ("a weight that is none", f"{PROBLEM};q=x, application/json;q=0.1", False),
    ("in capitals", "Application/Problem+JSON", True),
]


@pytest.mark.parametrize(("description", "accept", "wanted"), ACCEPTS, ids=[row[0] for row in ACCEPTS])
def test_an_error_comes_as_it_is_asked_for(api: Api, description: str, accept: str, wanted: bool) -> None:
    answer = api.get("/api/v1/data/nobody/at/home", headers={"accept": accept})
    assert answer.headers["content-type"] == (PROBLEM if wanted else "application/json")
    assert ("type" in answer.json()) is wanted


@pytest.fixture(scope="module")
def failing(base_url: str) -> str:
    with Api(base_url) as api:
        return api.service(PARSE, put("data.x", {"throw": "no"}, "breaks"))


@pytest.fixture
def refusals(api: Api, failing: str) -> list[httpx.Response]:
    api.headers["accept"] = PROBLEM
    data = f"/api/v1/data/{failing}"
    return [
        api.get("/nothing/here"),
        api.delete("/healthz"),
        api.get(f"{ADMIN}/workflows/nobody"),
        api.post(f"{ADMIN}/workflows", json={"nmae": 1}),
        api.post(f"{ADMIN}/workflows", content=b"{", headers={"content-type": "application/json"}),
        api.post(f"{ADMIN}/workflows", content=b"{}", headers={"content-type": "text/plain"}),
        api.post(data, content=b"{", headers={"content-type": "application/json"}),
        api.post(data, content=b"{}", headers={"content-type": "text/plain"}),
        api.post(data, content=b"x" * 2_000_000, headers={"content-type": "application/json"}),
        api.post(data, json={"data": 1}),
    ]


def test_every_layer_speaks_problem_details(refusals: list[httpx.Response]) -> None:
    assert [answer.status_code for answer in refusals] == [404, 405, 404, 400, 400, 415, 400, 415, 413, 500]
    for answer in refusals:
        problem = answer.json()
        assert answer.headers["content-type"] == PROBLEM
        assert problem["status"] == answer.status_code
        assert problem["detail"] == problem["error"]["message"]
        assert problem["code"] == problem["error"]["code"]
        assert problem["type"] == "/problems/" + problem["reason"].replace("_", "-")
        assert problem["instance"].endswith(answer.headers["x-request-id"])


def test_a_definitions_problems_and_a_tasks_errors_stand_beside(refusals: list[httpx.Response]) -> None:
    definition, task = refusals[3].json(), refusals[9].json()
    assert any(each["pointer"] == "/nmae" for each in definition["problems"])
    assert task["task_id"] == "breaks"
    assert task["errors"][0]["task_id"] == "breaks"


def test_a_type_leads_to_a_page(refusals: list[httpx.Response], api: Api) -> None:
    for answer in refusals:
        where = answer.json()["type"]
        page = api.get(where, headers={"accept": "text/html"})
        assert page.status_code == 200
        assert answer.json()["title"] in page.text
        assert page.headers["content-type"].startswith("text/html")
        shown = api.get(where, headers={"accept": "application/json"}).json()
        assert (shown["reason"], shown["status"]) == (answer.json()["reason"], answer.status_code)
    assert api.get("/problems/of-the-world").status_code == 404
    assert api.post("/problems/internal").status_code == 405


def test_success_is_never_a_problem(api: Api) -> None:
    channel = api.service(PARSE)
    answer = api.call(channel, 1, headers={"accept": PROBLEM})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")


def test_assistants_are_answered_only_where_that_is_on(api: Api) -> None:
    refused = api.post("/mcp", json={"jsonrpc": "2.0", "id": 1, "method": "tools/list"})
    assert (refused.status_code, refused.json()["error"]["reason"]) == (404, "unknown_path")
    assert "mcp.enabled is off" in refused.json()["error"]["message"]
