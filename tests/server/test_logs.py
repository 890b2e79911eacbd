"""What a line of the log looks like, and what it never holds."""

import io
import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from orion_core.protocol import (
    BreakerNote,
    BugNote,
    CallNote,
    LapseNote,
    LogNote,
    RefusalNote,
    Request,
    UnmatchedNote,
)
from orion_server.log_levels import read_levels
from orion_server.logs import configure
from orion_server.notes import NoteLog

logger = logging.getLogger("orion.test")


@pytest.fixture(autouse=True)
def _root_logger_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def test_a_json_line_holds_time_level_target_message_and_fields():
    stream = io.StringIO()
    configure("info", "json", stream)
    logger.info("took %s", "two", extra={"fields": {"requests": 3}})
    line = json.loads(stream.getvalue())
    assert (line["message"], line["target"], line["level"].lower()) == ("took two", "orion.test", "info")
    assert "timestamp" in line
    assert '"requests":3' in stream.getvalue()


@pytest.mark.parametrize("form", ["json", "pretty"])
@pytest.mark.parametrize(
    ("message", "fields"),
    [
        ("a key", {"api_key": "topsecret"}),
        ("a nested key", {"config": {"password": "topsecret"}}),
        ("cannot open postgres://user:topsecret@host/db", {}),
        ("an address", {"url": "https://user:topsecret@host"}),
    ],
)
def test_a_secret_is_masked(form, message, fields):
    stream = io.StringIO()
    configure("info", form, stream)
    logger.info(message, extra={"fields": fields})
    assert stream.getvalue()
    assert "topsecret" not in stream.getvalue()


@pytest.mark.parametrize(
    ("level", "written"), [("debug", ["debug", "info", "error"]), ("info", ["info", "error"]), ("error", ["error"])]
)
def test_less_than_the_level_is_left_out(level, written):
    stream = io.StringIO()
    configure(level, "json", stream)
    for name in ("debug", "info", "error"):
        getattr(logger, name)(name)
    assert [json.loads(line)["message"] for line in stream.getvalue().splitlines()] == written


def test_a_library_s_chatter_is_left_out():
    stream = io.StringIO()
    configure("debug", "json", stream)
    logging.getLogger("sqlalchemy.engine").info("SELECT")
    assert stream.getvalue() == ""


READ = [  # text, base, targets
    ("info", "info", {}),
    ("WARN", "warn", {}),
    ("orion_io.kafka=debug,warn", "warn", {"orion_io.kafka": "debug"}),
    (" warn , orion_io = TRACE ", "warn", {"orion_io": "trace"}),
    ("orion_io.queue=debug", "info", {"orion_io.queue": "debug"}),
    ("off,orion=error", "off", {"orion": "error"}),
]
MISREAD = [  # text, what the message says
    ("", "'' is no level"),
    ("loud", "'loud' is no level: one of trace"),
    ("inffo", "did you mean 'info'?"),
    ("info,debug", "stands twice: info and debug"),
    ("orion_io=debug,orion_io=info", "orion_io stands twice"),
    ("orion/io=debug", "'orion/io' is no module"),
    ("=debug", "'' is no module"),
    ("orion_io=", "'' is no level"),
]


@pytest.mark.parametrize(("text", "base", "targets"), READ, ids=[row[0] for row in READ])
def test_levels_are_read(text, base, targets):
    levels = read_levels(text)
    assert (levels.base, levels.targets) == (base, targets)


@pytest.mark.parametrize(("text", "said"), MISREAD, ids=[row[0] for row in MISREAD])
def test_what_is_no_level_is_told(text, said):
    with pytest.raises(ValueError, match=re.escape(said)):
        read_levels(text)


WRITTEN = [  # levels, what is written of a message at debug and one at warn of each
    ("warn", {"orion_io.queue.ledger": ["warn"], "orion_server.app": ["warn"], "sqlalchemy": ["warn"]}),
    ("orion_io.queue=debug,error", {"orion_io.queue.ledger": ["debug", "warn"], "orion_server.app": []}),
    (
        "orion=debug,off",
        {"orion_io.queue.ledger": ["debug", "warn"], "orion.workflow": ["debug", "warn"], "sqlalchemy": []},
    ),
    ("orion_io=debug,orion_io.queue=off", {"orion_io.queue.ledger": [], "orion_io.reload": ["debug", "warn"]}),
    ("debug,sqlalchemy=debug", {"sqlalchemy.engine": ["debug", "warn"], "aiosqlite": ["warn"]}),
]


@pytest.mark.parametrize(("levels", "expected"), WRITTEN, ids=[row[0] for row in WRITTEN])
def test_each_module_has_its_level(levels, expected):
    for name, written in expected.items():
        stream = io.StringIO()
        configure(levels, "json", stream)
        logging.getLogger(name).debug("debug")
        logging.getLogger(name).warning("warn")
        assert [json.loads(line)["message"] for line in stream.getvalue().splitlines()] == written, name


REQUEST = Request("trace-1", "req-1", "POST", "orders", "", {}, b"", "192.0.2.1", 0.0, 0)
NOTES = [  # note, level, facts
    (LogNote("info", "hi", {"n": "1", "request_id": "forged"}, "orders", "w", "t"), "info",
     {"message": "hi", "channel": "orders", "workflow_id": "w", "task_id": "t", "n": "1", "fields.request_id": "forged"}),
    (CallNote("orders", "stock", "t", "timeout", "late", 2, -1.0), "warn", {"connector": "stock", "retries": 2}),
    (CallNote("orders", "stock", "t", "timeout", "late", 2, 0.5), "info", {"again_in_secs": 0.5}),
    (BreakerNote("orders:stock", "open"), "warn", {"message": "circuit breaker is open", "breaker": "orders:stock"}),
    (LapseNote("redis", "CacheGet", "timeout", "late"), "warn", {"connector": "redis", "action": "CacheGet"}),
    (RefusalNote("orders", "rate_limited"), "debug", {"channel": "orders", "reason": "rate_limited"}),
    (UnmatchedNote("orders"), "debug", {"channel": "orders"}),
    (BugNote(ZeroDivisionError("no")), "error", {"message": "the core failed"}),
]  # fmt: skip


@pytest.mark.parametrize(("note", "level", "facts"), NOTES, ids=[type(row[0]).__name__ for row in NOTES])
def test_what_happened_to_a_request_is_logged_with_its_ids(note, level, facts):
    stream = io.StringIO()
    configure("debug", "json", stream)
    NoteLog().take(note, REQUEST)
    line = json.loads(stream.getvalue())
    assert {"level": level, "request_id": "req-1", "trace_id": "trace-1", **facts}.items() <= line.items()


@pytest.mark.parametrize(
    "path", sorted((Path(__file__).parent.parent.parent / "src").rglob("*.py")), ids=lambda path: path.name
)
def test_a_module_logs_under_its_own_name(path):
    """Otherwise `ORION_LOG` could not name it."""
    names = re.findall(r"getLogger\(([^)]*)\)", path.read_text())
    allowed = {"__name__", "", "name", "TARGET"}
    assert path.name in ("notes.py", "postgres.py") or set(names) <= allowed
