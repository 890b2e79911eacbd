"""Definitions on their way between servers: bundles and backups, and the metrics beside them."""

from pathlib import Path

import pytest

from tests.cli.running import Cli, channel_for, greeting
from tests.http.servers import serving

CONNECTOR = {
    "id": "k",
    "name": "k",
    "connector_type": "http",
    "config": {"url": "https://x.invalid", "auth": {"type": "bearer", "token": "tell-nobody"}},
}


@pytest.fixture
def two(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory):
    """Two servers; the first has something."""
    with serving(tmp_path_factory.mktemp("a")) as a, serving(tmp_path_factory.mktemp("b")) as b:
        first = Cli(tmp_path, a.url)
        first.write("d/w.json", greeting("hello-world"))
        first.write("d/c.json", channel_for("hello-world", "hello"))
        first.write("d/k.json", CONNECTOR)
        first("apply", "-f", "d")
        yield first, Cli(tmp_path, b.url)


def test_a_backup_with_its_secrets_is_put_in_force_elsewhere(two: tuple[Cli, Cli]) -> None:
    first, second = two
    passphrase = {"ORION_BACKUP_PASSPHRASE": "correct horse battery staple"}
    kept = first("backup", "--seal", "-f", "backup.json", **passphrase)
    path = first.folder / "backup.json"
    assert path.stat().st_mode & 0o077 == 0
    assert "tell-nobody" not in path.read_text() + kept.out + kept.err
    second("restore", "-f", "backup.json", code=2, **passphrase)  # asks, and nobody answers
    assert second("restore", "-f", "backup.json", "--dry-run", **passphrase).json["restored"] is False
    second("restore", "-f", "backup.json", "--yes", code=1, ORION_BACKUP_PASSPHRASE="a wrong one altogether")
    assert second("restore", "-f", "backup.json", "--yes", **passphrase).json["restored"] is True
    assert second("send", "hello", "-d", '{"data": {"name": "x"}}').json["data"]["req"]["greeting"] == "Hello, x!"
    assert second("apply", "-f", "d").json["changes"] == []


def test_a_bundle_is_imported_or_applied_elsewhere(two: tuple[Cli, Cli]) -> None:
    first, second = two
    bundle = {**first("export", "--status", "active").json, "connectors": []}
    second.write("bundle.json", bundle)
    assert second("import", "-f", "bundle.json").json["imported"] == 2
    assert second("workflows", "get", "hello-world").json["status"] == "draft"
    second("import", "-f", "bundle.json", code=5)
    assert second("import", "-f", "bundle.json", "--update").json["unchanged"] == 2
    assert {change["kind"] for change in second("apply", "-f", "bundle.json").json["changes"]} == {
        "workflow",
        "channel",
    }
    assert second("apply", "-f", "bundle.json").json["changes"] == []
    for kind in ("channels", "connectors", "workflows"):
        exported = first(kind, "export").json["data"]
        assert len(exported) == 1
        second.write(f"{kind}.json", {"data": exported})
    assert second("channels", "import", "-f", "channels.json", "--update").json["failed"] == 0


def test_metrics_are_shown_by_name(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    with serving(tmp_path_factory.mktemp("m"), ORION_METRICS__ENABLED="true") as server:
        cli = Cli(tmp_path, server.url)
        assert "trace_queue_depth" in cli("metrics").out
        lines = cli("metrics", "--name", "trace_workers").out.splitlines()
        assert lines
        assert all("trace_workers" in line for line in lines)
