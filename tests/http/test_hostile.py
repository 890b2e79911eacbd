"""Hostile input: each gets the right refusal in the documented envelope, and the server goes on."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.http.api import ADMIN, PARSE, Api, put, task

Json = dict[str, Any]
TYPE = {"content-type": "application/json"}


@pytest.fixture(scope="module")
def echo(base_url: str) -> str:
    with Api(base_url) as api:
        return api.service(PARSE)


@pytest.fixture(autouse=True)
def the_server_goes_on(api: Api, echo: str) -> Iterator[None]:
    yield
    assert api.answer(echo, 1) == {"in": 1}


BODIES = [
    ("2 MB", b'{"data": "' + b"x" * 2_000_000 + b'"}', 413, "PAYLOAD_TOO_LARGE"),
    ("100,000 nested brackets", b'{"data": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", 400, "BAD_REQUEST"),
    ("invalid UTF-8", b'{"data": "\xff\xfe"}', 400, "BAD_REQUEST"),
    ("NaN", b'{"data": NaN}', 400, "BAD_REQUEST"),
    ("infinity", b'{"data": -Infinity}', 400, "BAD_REQUEST"),
    ("1e999", b'{"data": 1e999}', 400, "BAD_REQUEST"),
    ("a lone surrogate", rb'{"data": "\ud800"}', 400, "BAD_REQUEST"),
    ("a lone surrogate as a name", rb'{"data": {"\udc00": 1}}', 400, "BAD_REQUEST"),
    ("a 5,000-digit integer", b'{"data": ' + b"9" * 5000 + b"}", 400, "BAD_REQUEST"),
    ("a byte order mark", b'\xef\xbb\xbf{"data": 1}', 400, "BAD_REQUEST"),
    ("half a document", b'{"data": [1, 2', 400, "BAD_REQUEST"),
    ("no data", b'{"dta": 1}', 400, "BAD_REQUEST"),
    ("an array", b"[]", 400, "BAD_REQUEST"),
]  # fmt: skip


@pytest.mark.parametrize(("description", "body", "status", "code"), BODIES, ids=[row[0] for row in BODIES])
def test_a_body_of(api: Api, echo: str, description: str, body: bytes, status: int, code: str) -> None:
    answer = api.post(f"/api/v1/data/{echo}", content=body, headers=TYPE)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert answer.headers["x-request-id"]


def test_a_large_body_in_chunks(api: Api, echo: str) -> None:
    def chunks() -> Iterator[bytes]:
        yield b'{"data": "'
        for _ in range(30):
            yield b"x" * 50_000
        yield b'"}'

    answer = api.post(f"/api/v1/data/{echo}", content=chunks(), headers=TYPE)
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "PAYLOAD_TOO_LARGE")


def test_a_small_body_in_chunks_is_fine(api: Api, echo: str) -> None:
    answer = api.post(f"/api/v1/data/{echo}", content=iter([b'{"da', b'ta": 5}']), headers=TYPE)
    assert answer.json()["data"] == {"in": 5}


def test_a_body_of_a_known_length_in_parts_is_whole(api: Api, echo: str) -> None:
    text = "x" * 900_000
    body = b'{"data": "' + text.encode() + b'"}'

    def parts() -> Iterator[bytes]:
        for start in range(0, len(body), 100_000):
            yield body[start : start + 100_000]
            time.sleep(0.01)

    answer = api.post(f"/api/v1/data/{echo}", content=parts(), headers={**TYPE, "content-length": str(len(body))})
    assert answer.json()["data"] == {"in": text}


@pytest.mark.parametrize("media_type", ["text/plain", "application/xml", "multipart/form-data", ""])
def test_a_wrong_media_type(api: Api, echo: str, media_type: str) -> None:
    answer = api.post(f"/api/v1/data/{echo}", content=b'{"data": 1}', headers={"content-type": media_type})
    assert (answer.status_code, answer.json()["error"]["code"]) == (415, "UNSUPPORTED_MEDIA_TYPE")


def test_ten_thousand_path_segments(api: Api) -> None:
    answer = api.get("/api/v1/data/" + "a/" * 10_000)
    assert 400 <= answer.status_code < 500
    assert answer.json()["error"]["code"]


@pytest.mark.parametrize("path", ["%00", "%ff", "%zz", "a%2", "%2e%2e%2f%2e%2e", "..%2f..%2fetc%2fpasswd"])
def test_a_strange_path(api: Api, path: str) -> None:
    answer = api.get(f"/api/v1/data/{path}")
    assert answer.status_code in (400, 404)
    assert answer.json()["error"]["code"] in ("BAD_REQUEST", "NOT_FOUND")


@pytest.mark.parametrize("number", [123456789012345678901, -(2**63) - 1, 2**64, 10**300, 0.1, 1e300, -0.0])
def test_a_number_is_exact_on_its_way_through(api: Api, echo: str, number: float) -> None:
    assert api.answer(echo, number) == {"in": number}


LAUGHS = "<!DOCTYPE l [<!ENTITY a 'ha'>" + "".join(f"<!ENTITY a{i} '{'&a;' * 10}'>" for i in range(9)) + "]><l>&a8;</l>"
QUADRATIC = "<!DOCTYPE l [<!ENTITY a '" + "x" * 10_000 + "'>]><l>" + "&a;" * 10_000 + "</l>"
XML = [
    ("billion laughs", LAUGHS),
    ("quadratic blow-up", QUADRATIC),
    ("an external entity", "<!DOCTYPE r [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><r>&x;</r>"),
    ("100,000 nested elements", "<a>" * 100_000 + "</a>" * 100_000),
]


@pytest.mark.parametrize(("description", "text"), XML, ids=[row[0] for row in XML])
def test_an_xml_bomb(api: Api, description: str, text: str) -> None:
    channel = api.service(task("xml", "parse_xml", {"source": "payload", "target": "x"}))
    answer = api.call(channel, text)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "BAD_REQUEST")


BOMBS: list[tuple[str, object]] = [
    (
        "a text that doubles",
        {"reduce": [[0] * 60, {"cat": [{"var": "accumulator"}, {"var": "accumulator"}]}, "xxxxxxxx"]},
    ),
    (
        "an array that doubles",
        {"reduce": [[0] * 60, {"merge": [{"var": "accumulator"}, {"var": "accumulator"}]}, [1, 2]]},
    ),
    ("loops in loops", {"map": [[0] * 200, {"map": [[0] * 200, {"map": [[0] * 200, 1]}]}]}),
]


@pytest.mark.parametrize(("description", "logic"), BOMBS, ids=[row[0] for row in BOMBS])
def test_a_logic_bomb(api: Api, description: str, logic: object) -> None:
    answer = api.call(api.service(put("data.x", logic)), {})
    assert (answer.status_code, answer.json()["error"]["reason"]) == (500, "limit_exceeded")


def test_a_rule_nested_ten_thousand_deep(api: Api) -> None:
    rule = '{"!":' * 10_000 + "true" + "}" * 10_000
    body = f'{{"name": "deep", "tasks": [{{"id": "t", "condition": {rule}, "function": {{"name": "log", "input": {{"message": 1}}}}}}]}}'
    answer = api.post(f"{ADMIN}/workflows", content=body, headers=TYPE)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "BAD_REQUEST")


def test_a_rule_nested_deeper_than_rules_may_be(api: Api) -> None:
    rule: object = True
    for _ in range(190):
        rule = {"!": rule}
    answer = api.post(f"{ADMIN}/workflows", json={"name": "deep", "tasks": [put("data.x", rule)]})
    assert answer.status_code in (201, 400)


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/b", "a b", "", "x" * 129, "ü"])
def test_an_id_that_is_none(api: Api, name: str) -> None:
    answer = api.post(f"{ADMIN}/workflows", json={"workflow_id": name, "name": "x", "tasks": [PARSE]})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "BAD_REQUEST")


def test_assets_cannot_be_climbed_out_of(api: Api) -> None:
    for path in ("/docs/../../etc/passwd", "/docs/%2e%2e/%2e%2e/etc/passwd", "/docs/..%2f..%2fetc%2fpasswd"):
        assert api.get(path).status_code in (400, 404)
