"""Records as they are shown: instants, masks, order of members."""

import json

import msgspec
import pytest

from orion_io.storage import ConnectorRecord, TraceRecord, WorkflowRecord
from orion_server.admin.views import connector_view, instant, trace_row, trace_view, workflow_view

INSTANTS = [  # microseconds, text
    (0, "1970-01-01T00:00:00"),
    (1_776_342_896_000_000, "2026-04-16T12:34:56"),
    (1_776_342_896_500_000, "2026-04-16T12:34:56.5"),
    (1_776_342_896_000_010, "2026-04-16T12:34:56.00001"),
]


@pytest.mark.parametrize(("microseconds", "text"), INSTANTS)
def test_an_instant_has_a_fraction_only_when_there_is_one(microseconds: int, text: str) -> None:
    assert instant(microseconds) == text


def shown(view: object) -> dict[str, object]:
    decoded: dict[str, object] = json.loads(msgspec.json.encode(view))
    return decoded


CONFIG = {
    "type": "http",
    "url": "https://user:pass@api.example.com/v1?api_key=abc",
    "headers": {"X-Whatever": "abc"},
    "auth": {"type": "bearer", "token": "abc"},
    "nested": [{"password": "abc", "region": "eu"}],
}


def connector() -> ConnectorRecord:
    return ConnectorRecord(id="c", name="c", connector_type="http", config=dict(CONFIG), created_at=0, updated_at=0)


def test_a_connector_shows_no_secret_at_any_depth() -> None:
    text = msgspec.json.encode(connector_view(connector())).decode()
    assert "abc" not in text
    assert "pass@" not in text
    assert "eu" in text


def test_a_connector_shows_its_config_as_object_and_as_text() -> None:
    view = shown(connector_view(connector()))
    assert isinstance(view["config_json"], str)
    assert json.loads(view["config_json"]) == view["config"]


def test_members_stand_in_the_documented_order() -> None:
    record = WorkflowRecord(workflow_id="w", name="w", tasks=[], created_at=0, updated_at=0)
    assert list(shown(workflow_view(record))) == [
        "workflow_id", "version", "name", "description", "priority", "status", "rollout_percentage", "condition",
        "tasks", "tags", "continue_on_error", "rollout_key", "created_at", "updated_at",
    ]  # fmt: skip


def trace(**members: object) -> TraceRecord:
    facts = {"id": "t", "request_id": "r", "channel": "c", "created_at": 0, "updated_at": 0}
    return msgspec.convert({**facts, **members}, TraceRecord)


def test_a_completed_trace_shows_the_json_it_answered() -> None:
    view = shown(trace_view(msgspec.structs.replace(trace(status="completed"), result_json=b'{"data":{"a":1}}')))
    assert view["message"] == {"data": {"a": 1}}
    assert "error" not in view


def test_a_failed_trace_says_why_and_shows_no_message() -> None:
    failed = msgspec.structs.replace(trace(status="failed", error_message="no"), result_json=b"{}")
    view = shown(trace_view(failed))
    assert view["error"] == "no"
    assert "message" not in view


def test_a_pending_trace_shows_only_what_is_known() -> None:
    assert list(shown(trace_view(trace()))) == ["id", "request_id", "channel", "status", "mode", "created_at"]


def test_a_listed_trace_has_documents_only_when_asked() -> None:
    record = msgspec.structs.replace(trace(), input_json=b"{}")
    assert "input_json" not in shown(trace_row(record, documents=False))
    assert shown(trace_row(record, documents=True))["input_json"] == "{}"
