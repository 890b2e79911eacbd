"""What a line of the log looks like, and what it never holds."""

import io
import json
import logging
from collections.abc import Iterator

import pytest

from orion_server.logs import configure

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
