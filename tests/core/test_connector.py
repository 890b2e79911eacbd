"""What of a connector must not be seen in any text."""

import pytest

from orion_core import Problems, compile_connector


@pytest.mark.parametrize(
    ("kind", "config", "seen"),
    [
        ("db", {"connection_string": "postgres://u:p%40ss%20word@h/db"}, "for p@ss word or p%40ss%20word"),
        ("db", {"connection_string": "postgres://h/db?user=u&password=se%26cret"}, "for se&cret"),
        ("db", {"connection_string": "mongodb://u:first-one@a,b/?replicaSet=x", "driver": "mongodb"}, "first-one"),
        ("cache", {"backend": "redis", "url": "redis://:hidden@h"}, "AUTH hidden"),
        ("http", {"url": "https://h", "headers": {"x-any": "a-header-value"}}, "sent a-header-value"),
        ("storage", {"provider": "s3", "bucket": "b", "session_token": "temporary"}, "temporary"),
        ("kafka", {"brokers": ["h:1"], "topic": "t", "auth": {"type": "basic", "username": "user", "password": "word"}}, "word"),
    ],
)  # fmt: skip
def test_secrets_are_taken_out(kind: str, config: dict[str, object], seen: str) -> None:
    connector = compile_connector("c", kind, config, Problems())
    assert connector is not None
    left = connector.redact(seen)
    assert not {"p@ss", "p%40ss", "se&cret", "first-one", "hidden", "a-header-value", "temporary"} & set(left.split())
    assert "******" in left
    assert repr(connector) == "<Connector c>"


def test_what_references_stood_for_is_taken_out_wherever_they_stood() -> None:
    config = {"url": "https://hooks.example/services/of-a-variable"}
    connector = compile_connector("c", "http", config, Problems(), referred=["of-a-variable", "x"])
    assert connector is not None
    assert connector.redact(f"redirected to {config['url']}") == "redirected to https://hooks.example/services/******"
