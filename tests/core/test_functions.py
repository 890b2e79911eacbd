"""The functions of the catalogue, each through the door: definitions in, answers out."""

import json
from typing import Any

import pytest

from orion_core import Bounds
from orion_core.protocol import LogNote, Respond
from tests.core.service import PARSE, Service, data_of, one, put, request, task

Json = dict[str, Any]


def parse_xml(text: str) -> Json:
    return task("xml", "parse_xml", {"source": "payload.xml", "target": "xml"})


PARSED = [
    ("an object", {"a": 1}, {"a": 1}),
    ("an array", [1, [2]], [1, [2]]),
    ("a number as it was", 1.0, 1.0),
    ("null", None, None),
    ("text that is JSON", '{"a": [1]}', {"a": [1]}),
    ("text that is none", "{a", "{a"),
    ("text of JSON nested too deep", "[" * 65 + "]" * 65, "[" * 65 + "]" * 65),
    ("a big integer", 123456789012345678901, 123456789012345678901),
]


@pytest.mark.parametrize(("description", "payload", "parsed"), PARSED, ids=[row[0] for row in PARSED])
def test_parse_json_loads(description: str, payload: object, parsed: object) -> None:
    found = data_of(PARSE, body=payload)["in"]
    assert found == parsed
    assert type(found) is type(parsed)


SOURCES = [
    ("a part of the payload", "payload.a.b", {"a": {"b": 5}}, 5),
    ("a place in the payload", "payload.a.1", {"a": [1, 2]}, 2),
    ("what is not there as null", "payload.zzz", {}, None),
    ("metadata", "metadata.http_method", {}, "POST"),
]


@pytest.mark.parametrize(("description", "source", "payload", "parsed"), SOURCES, ids=[row[0] for row in SOURCES])
def test_parse_json_reads_from(description: str, source: str, payload: object, parsed: object) -> None:
    assert data_of(task("p", "parse_json", {"source": source, "target": "x"}), body=payload) == {"x": parsed}


def test_a_parse_target_is_a_name_and_no_path() -> None:
    assert data_of(task("p", "parse_json", {"source": "payload", "target": "a.b"}), body=1) == {"a.b": 1}


def test_two_parses_share_nothing() -> None:
    again = task("again", "parse_json", {"source": "payload", "target": "copy"})
    found = data_of(PARSE, put("data.in.changed", True), again, body={"a": 1})
    assert found == {"in": {"a": 1, "changed": True}, "copy": {"a": 1}}


XML = [
    ("text", "<r><name>John</name></r>", {"name": {"$text": "John"}}),
    ("attributes", '<r a="1"><b c="2">x</b></r>', {"@a": "1", "b": {"@c": "2", "$text": "x"}}),
    ("repeated siblings as an array", "<r><i>1</i><i>2</i><i>3</i></r>",
     {"i": [{"$text": "1"}, {"$text": "2"}, {"$text": "3"}]}),
    ("an empty element", "<r><e/></r>", {"e": {}}),
    ("a root of text alone", "<r>hi</r>", {"$text": "hi"}),
    ("escapes", "<r>&lt;&amp;&#65;</r>", {"$text": "<&A"}),
    ("character data", "<r><![CDATA[<x>]]></r>", {"$text": "<x>"}),
    ("white space between elements left out", "<r>\n <a>1</a>\n</r>", {"a": {"$text": "1"}}),
]  # fmt: skip


@pytest.mark.parametrize(("description", "text", "parsed"), XML, ids=[row[0] for row in XML])
def test_parse_xml_reads(description: str, text: str, parsed: object) -> None:
    assert data_of(parse_xml(text), body={"xml": text}) == {"xml": parsed}


LAUGHS = "<!DOCTYPE l [<!ENTITY a 'ha'>" + "".join(f"<!ENTITY a{i} '{'&a;' * 10}'>" for i in range(9)) + "]><l>&a8;</l>"
BOMBS = [
    ("billion laughs", LAUGHS, "document types"),
    ("an external entity", "<!DOCTYPE r [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><r>&x;</r>", "document types"),
    ("a document type", "<!DOCTYPE r><r/>", "document types"),
    ("an unknown entity", "<r>&nbsp;</r>", "undefined entity"),
    ("100,000 nested elements", "<a>" * 100_000 + "</a>" * 100_000, "nested deeper than 64"),
    ("an unclosed element", "<r>", "no element found"),
    ("no XML", "hello", "syntax error"),
    ("nothing", "", "no element found"),
    ("two roots", "<a/><b/>", "junk after"),
]


@pytest.mark.parametrize(("description", "text", "words"), BOMBS, ids=[row[0] for row in BOMBS])
def test_parse_xml_refuses(description: str, text: str, words: str) -> None:
    status, answer = one(parse_xml(text)).ask({"xml": text})
    assert status == 400
    assert answer["error"]["reason"] == "invalid_data"
    assert words in answer["error"]["message"]


def test_parse_xml_wants_text() -> None:
    status, answer = one(parse_xml("")).ask({"xml": 5})
    assert (status, answer["error"]["message"]) == (400, "ParseXml: Source 'payload.xml' is not a string")


def publish(function: str, source: str = "in", **given: object) -> Json:
    return task("publish", function, {"source": source, "target": "out", **given})


PUBLISHED = [
    ("compact JSON", publish("publish_json"), {"a": [1, "ü"]}, '{"a":[1,"ü"]}'),
    ("indented JSON", publish("publish_json", pretty=True), {"a": 1}, '{\n  "a": 1\n}'),
    ("a path", publish("publish_json", "in.a"), {"a": {"b": 1}}, '{"b":1}'),
    ("a path from data", publish("publish_json", "data.in.a"), {"a": 1.0}, "1.0"),
    ("elements for members", publish("publish_xml"), {"a": 1, "b": "x"}, "<root><a>1</a><b>x</b></root>"),
    ("items for an array", publish("publish_xml"), {"a": [1, None]}, "<root><a><item>1</item><item></item></a></root>"),
    ("a named root", publish("publish_xml", root_element="order"), {}, "<order></order>"),
    ("escaped text", publish("publish_xml"), {"t": "<&>\"'"}, "<root><t>&lt;&amp;&gt;&quot;&apos;</t></root>"),
    ("mended names", publish("publish_xml"), {"1 a": 1, "": 2, "é": 3, "-x": 4},
     "<root><_1_a>1</_1_a><_element>2</_element><_>3</_><_x>4</_x></root>"),
    ("characters XML cannot hold", publish("publish_xml"), {"t": "a\x00b\x08"}, "<root><t>a\ufffdb\ufffd</t></root>"),
    ("literals", publish("publish_xml"), {"t": True, "f": 1.5}, "<root><t>true</t><f>1.5</f></root>"),
]  # fmt: skip


@pytest.mark.parametrize(("description", "step", "payload", "text"), PUBLISHED, ids=[row[0] for row in PUBLISHED])
def test_publishing_writes(description: str, step: Json, payload: object, text: str) -> None:
    assert data_of(PARSE, step, body=payload)["out"] == text


@pytest.mark.parametrize("function", ["publish_json", "publish_xml"])
def test_publishing_what_is_not_there_is_refused(function: str) -> None:
    status, answer = one(publish(function, "zzz")).ask()
    assert status == 400
    assert "Source 'data.zzz' not found or is null" in answer["error"]["message"]
    assert answer["error"]["task_id"] == "publish"


FILTERED = [
    ("passes when truthy", {"condition": {"var": "data.in.n"}}, {"n": 7}, {"in": {"n": 7}, "after": 1}),
    ("halts its workflow otherwise", {"condition": {"var": "data.in.n"}}, {"n": 0}, {"in": {"n": 0}}),
    ("skips when asked to", {"condition": False, "on_reject": "skip"}, 1, {"in": 1, "after": 1}),
    ("rejects when the condition fails", {"condition": {"throw": "x"}}, 1, {"in": 1}),
]


@pytest.mark.parametrize(("description", "given", "payload", "data"), FILTERED, ids=[row[0] for row in FILTERED])
def test_a_filter(description: str, given: Json, payload: object, data: object) -> None:
    assert data_of(PARSE, task("gate", "filter", given), put("data.after", 1), body=payload) == data


RULES = {"rules": [{"logic": {"var": "data.in.a"}, "message": "a is needed"}, {"logic": False, "message": "never"}]}
VALIDATED = [
    ("goes on", RULES, 200, {"in": {}, "after": 1}),
    ("halts when asked to", {**RULES, "on_failure": "halt"}, 200, {"in": {}}),
    ("rejects when asked to", {**RULES, "on_failure": "reject"}, 400, None),
]


@pytest.mark.parametrize("function", ["validation", "validate"])
@pytest.mark.parametrize(("description", "given", "status", "data"), VALIDATED, ids=[row[0] for row in VALIDATED])
def test_a_broken_rule(function: str, description: str, given: Json, status: int, data: object) -> None:
    found, answer = one(PARSE, task("check", function, given), put("data.after", 1)).ask({})
    assert found == status
    assert answer.get("data") == data
    messages = [entry["message"] for entry in answer["errors"] if entry["code"] == "VALIDATION_ERROR"]
    assert messages == ["a is needed", "never"]


def test_a_rule_that_fails_is_an_entry_of_its_own() -> None:
    rules = {"rules": [{"logic": {"throw": "x"}, "message": "m"}]}
    _, answer = one(task("check", "validation", rules)).ask()
    assert answer["errors"][0]["code"] == "EVALUATION_ERROR"
    assert "rule 0" in answer["errors"][0]["message"]


def test_log_passes_a_line_to_the_driver() -> None:
    fields = {"n": {"var": "data.in.n"}, "bad": {"throw": "x"}}
    line = task("say", "log", {"level": "warn", "message": {"cat": ["n=", {"var": "data.in.n"}]}, "fields": fields})
    step = one(PARSE, line).step(request(body={"n": [1]}))
    assert type(step) is Respond
    assert step.notes == (LogNote("warn", "n=1", {"n": "[1]", "bad": "<not evaluated>"}, "main", "main", "say"),)


MAPPED = [
    ("null is written", [{"path": "data.x", "logic": {"var": "data.zzz"}}], {"x": None}),
    ("null is left out when asked", [{"path": "data.x", "logic": None, "skip_null": True}], {}),
    ("mappings see those before", [{"path": "data.a", "logic": 2}, {"path": "data.b", "logic": {"*": [{"var": "data.a"}, 3]}}],
     {"a": 2, "b": 6}),
    ("an object at a root is merged", [{"path": "data.a", "logic": 1}, {"path": "data", "logic": {"b": 2}}], {"a": 1, "b": 2}),
    ("another value replaces data", [{"path": "data", "logic": [1, 2]}], [1, 2]),
    ("templates are built member by member", [{"path": "data.x", "logic": {"a": {"+": [1, 1]}, "b": ["c"]}}],
     {"x": {"a": 2, "b": ["c"]}}),
    ("preserve writes a literal", [{"path": "data.x", "logic": {"preserve": {"var": "y"}}}], {"x": {"var": "y"}}),
    ("temp_data is not answered", [{"path": "temp_data.t", "logic": 1}, {"path": "data.x", "logic": {"var": "temp_data.t"}}],
     {"x": 1}),
]  # fmt: skip


@pytest.mark.parametrize(("description", "mappings", "data"), MAPPED, ids=[row[0] for row in MAPPED])
def test_in_a_map(description: str, mappings: list[Json], data: object) -> None:
    assert data_of(task("map", "map", {"mappings": mappings})) == data


def test_a_mapping_that_fails_is_named_and_the_others_are_written() -> None:
    mappings = [
        {"path": "data.a", "logic": {"throw": "boom"}},
        {"path": "data.b", "logic": 1},
        {"path": "data.b.c", "logic": 2},
    ]
    status, answer = one(task("map", "map", {"mappings": mappings}, continue_on_error=True)).ask()
    assert (status, answer["data"]) == (200, {"b": 1})
    message = answer["errors"][0]["message"]
    assert "mapping 'data.a'" in message
    assert "mapping 'data.b.c': 'data.b' is neither" in message


def test_a_value_written_twice_is_two_values() -> None:
    copied = put("data.copy", {"var": "data.in"}, "copy")
    changed = put("data.copy.x", 2, "change")
    assert data_of(PARSE, copied, changed, body={"x": 1}) == {"in": {"x": 1}, "copy": {"x": 2}}


def test_a_literal_of_a_rule_never_changes() -> None:
    service = one(put("data.list", {"preserve": [[1]]}, "literal"), put("data.list.1", 2, "append"))
    assert [service.ask()[1]["data"] for _ in range(2)] == [{"list": [1, 2]}] * 2


def test_a_message_that_grows_without_end_is_stopped() -> None:
    doubled = {"mappings": [{"path": "data.a", "logic": [{"var": "data.a"}, {"var": "data.a"}]}] * 60}
    grow = {"main": {"tasks": [task("grow", "map", doubled)]}}
    status, answer = Service(grow, bounds=Bounds(max_message_bytes=100_000)).ask()
    assert status == 500
    assert answer["error"]["reason"] == "limit_exceeded"


def test_every_answer_is_json() -> None:
    for payload in ({}, [], "x", 1, None, True):
        step = one(PARSE).step(request(body=payload))
        assert type(step) is Respond
        json.loads(step.body)
