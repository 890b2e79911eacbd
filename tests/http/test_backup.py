"""Backups, restores and bundles between real servers, and how large they may be."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.database_servers import DatabaseServer
from tests.http.api import ADMIN, Api, put, unique
from tests.http.servers import serving

Json = dict[str, Any]
SECRET = "planted-secret-in-a-connector"
PASSPHRASE = "correct horse battery staple"
KEY = "planted-admin-key"


def fill(api: Api) -> str:
    """Something of everything; returns the name of a channel that answers."""
    api.post(f"{ADMIN}/connectors", json={
        "id": "stock", "name": "stock", "connector_type": "http",
        "config": {"url": "https://u:planted-too@stock.example/?api_key=planted-three",
                   "auth": {"type": "bearer", "token": SECRET}},
    })  # fmt: skip
    channel = api.service(put("data.greeting", {"cat": ["hello ", {"var": "metadata.name"}]}), name="Greets")
    shared = api.workflow([put("data.a", 1)])
    api.post(f"{ADMIN}/workflows/{shared}/versions")
    api.activate("workflows", shared, rollout_percentage=25)
    api.post(f"{ADMIN}/workflows/{shared}/versions")
    return channel


def an_empty(kind: str, request: pytest.FixtureRequest, folder: Path) -> str:
    """The address of an empty database."""
    if kind == "sqlite":
        return f"sqlite:{folder / 'moved.db'}"
    server: DatabaseServer = request.getfixturevalue(f"{kind}_server")
    return server.new_database()


EXPORTS = ("/export", "/workflows/export", "/channels/export", "/connectors/export")
MOVES = [("sqlite", "postgres"), ("postgres", "sqlite"), ("sqlite", "mysql"), ("mysql", "postgres")]


@pytest.mark.parametrize(("before", "after"), MOVES, ids=[" to ".join(each) for each in MOVES])
def test_a_backup_moves_a_server_to_another_database(
    before: str, after: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    first, elsewhere = (an_empty(kind, request, tmp_path) for kind in (before, after))
    with serving(tmp_path, ORION_STORAGE__URL=first) as one, Api(one.url) as here:
        channel = fill(here)
        sealed = here.post(f"{ADMIN}/backup", json={"passphrase": PASSPHRASE})
        plain = here.post(f"{ADMIN}/backup")
        exports = [here.get(f"{ADMIN}{path}").content for path in EXPORTS]
        folder = tmp_path / "two"
        folder.mkdir()
        with serving(folder, ORION_STORAGE__URL=elsewhere) as two, Api(two.url) as there:
            wrong = there.post(f"{ADMIN}/restore", json={**sealed.json(), "passphrase": PASSPHRASE + "r"})
            assert (wrong.status_code, wrong.json()["error"]["reason"]) == (400, "wrong_passphrase")
            body = {**sealed.json(), "passphrase": PASSPHRASE}
            preview = there.post(f"{ADMIN}/restore?dry_run=true", json=body).json()
            report = there.post(f"{ADMIN}/restore", json=body).json()
            assert report == {**preview, "restored": True, "dry_run": False}
            assert there.answer(channel, {}) == here.answer(channel, {})
            assert there.post(f"{ADMIN}/backup").content == plain.content
            assert [there.get(f"{ADMIN}{path}").content for path in EXPORTS] == exports
            again = there.post(f"{ADMIN}/backup", json={"passphrase": PASSPHRASE}).json()
            assert here.post(f"{ADMIN}/restore", json={**again, "passphrase": PASSPHRASE}).json()["connectors"] == {
                "created": [], "replaced": [], "unchanged": ["stock"], "removed": [],
            }  # fmt: skip
            logs = one.log() + two.log()
    assert plain.headers["content-disposition"].startswith('attachment; filename="orion-backup-2')
    shown = (plain.content + sealed.content + b"".join(exports)).decode() + logs
    for secret in (SECRET, "planted-too", "planted-three", PASSPHRASE):
        assert secret not in shown


@pytest.mark.sqlite("copies of the file are of a file")
def test_a_copy_of_the_file_starts_a_server(own_server: Any, tmp_path: Path) -> None:
    with Api(own_server.url) as api:
        channel = fill(api)
        made = api.post(f"{ADMIN}/backups").json()["data"]
        assert api.get(f"{ADMIN}/backups").json()["data"][0]["filename"] == made["filename"]
        path = own_server.folder / "backups" / made["filename"]
        assert path.stat().st_size == made["size_bytes"] > 4096
    folder = tmp_path / "copy"
    folder.mkdir()
    path.rename(folder / "orion.db")
    with serving(folder) as server, Api(server.url) as api:
        assert api.answer(channel, {})["greeting"].startswith("hello")


def test_a_restore_may_be_larger_than_a_request_and_not_boundless(tmp_path: Path) -> None:
    settings = {
        "ORION_INGEST__MAX_PAYLOAD_SIZE": "20000", "ORION_INGEST__MAX_DEFINITIONS_SIZE": "60000",
        "ORION_ADMIN_AUTH__ENABLED": "true", "ORION_ADMIN_AUTH__API_KEY": KEY,
    }  # fmt: skip
    headers = {"authorization": f"Bearer {KEY}"}
    bundle = {"workflows": [
        {"workflow_id": unique("w"), "name": "x" * 200, "description": "y" * 2000, "tasks": [put("data.a", 1)]}
        for _ in range(15)
    ]}  # fmt: skip
    content = json.dumps(bundle).encode()
    assert 20000 < len(content) < 60000
    with serving(tmp_path, **settings) as server, Api(server.url) as api:
        for body in (content, iter([content[:9000], content[9000:]])):  # with a length, and in chunks
            asked = {**headers, "content-type": "application/json"}
            assert api.post(f"{ADMIN}/import?existing=update", content=body, headers=asked).status_code == 200
        assert "is larger than 20000 bytes" in api.post(f"{ADMIN}/workflows", content=content, headers=headers).text
        assert api.post("/api/v1/data/x", content=content).status_code == 413
        # Who has no key may not fill the memory.
        assert api.post(f"{ADMIN}/import", content=content).status_code == 413
        assert api.post(f"{ADMIN}/import", content=content, headers={"authorization": "Bearer no"}).status_code == 413
        huge = api.post(f"{ADMIN}/import", content=content * 3, headers=headers)
        assert "is larger than 60000 bytes" in huge.text
        assert api.post(f"{ADMIN}/restore", content=iter([content] * 3), headers=headers).status_code == 413


def test_guessing_keys_with_large_bodies_is_counted(tmp_path: Path) -> None:
    settings = {
        "ORION_INGEST__MAX_PAYLOAD_SIZE": "2000", "ORION_ADMIN_AUTH__ENABLED": "true",
        "ORION_ADMIN_AUTH__API_KEY": KEY, "ORION_ADMIN_AUTH__MAX_FAILURES_PER_MINUTE": "3",
    }  # fmt: skip
    with serving(tmp_path, **settings) as server, httpx.Client(base_url=server.url) as client:
        for number in range(3):
            guess = {"authorization": f"Bearer guess-{number}"}
            assert client.post(f"{ADMIN}/restore", content=b"x" * 3000, headers=guess).status_code == 413
        right = {"authorization": f"Bearer {KEY}"}
        assert client.get(f"{ADMIN}/backups", headers=right).status_code == 429


@pytest.mark.parametrize("path", ["/export", "/connectors/export"])
def test_an_export_needs_a_key(tmp_path: Path, path: str) -> None:
    with (
        serving(tmp_path, ORION_ADMIN_AUTH__ENABLED="true", ORION_ADMIN_AUTH__API_KEY=KEY) as server,
        Api(server.url) as api,
    ):
        assert api.get(f"{ADMIN}{path}").status_code == 401
        assert api.get(f"{ADMIN}{path}", headers={"authorization": f"Bearer {KEY}"}).status_code == 200
