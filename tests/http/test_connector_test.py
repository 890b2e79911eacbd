"""`POST /connectors/{id}/test`: whether a connector works, how long it took, and why not."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.http.api import ADMIN, Api, unique
from tests.http.upstream import Upstream, upstream
from tests.services import free_port

Json = dict[str, Any]


@pytest.fixture(scope="module")
def there() -> Iterator[Upstream]:
    with upstream() as server:
        yield server


def try_out(api: Api, kind: str, config: Json) -> Json:
    name = unique("tried")
    created = api.post(f"{ADMIN}/connectors", json={"id": name, "name": name, "connector_type": kind, "config": config})
    assert created.status_code == 201, created.text
    answer = api.post(f"{ADMIN}/connectors/{name}/test")
    assert answer.status_code == 200, answer.text
    assert answer.json()["latency_ms"] >= 0
    found: Json = answer.json()
    return found


def test_what_works(api: Api, there: Upstream) -> None:
    found = try_out(api, "http", {"url": f"{there.url}/status/401", "allow_private_urls": True})
    assert (found["ok"], found["facts"]) == (True, {"status": 401})
    assert try_out(api, "cache", {"backend": "memory"})["facts"] == {"server": "memory", "entries": 0}


def test_what_does_not(api: Api) -> None:
    url = f"redis://:a-secret-word@127.0.0.1:{free_port()}"
    found = try_out(api, "cache", {"backend": "redis", "url": url})
    assert (found["ok"], found["reason"]) == (False, "connector_failed")
    assert "a-secret-word" not in str(found)
    gone = try_out(api, "http", {"url": f"http://127.0.0.1:{free_port()}", "allow_private_urls": True})
    assert (gone["ok"], gone["reason"]) == (False, "connector_failed")


def test_nobody(api: Api) -> None:
    assert api.post(f"{ADMIN}/connectors/nobody/test").status_code == 404


def test_a_secret_that_is_not_there_is_refused(api: Api) -> None:
    for token in ("${NO_SUCH_VARIABLE_HERE}", "file:/etc/passwd", "${ORION_STORAGE__URL}"):
        config = {"url": "https://example.com", "auth": {"type": "bearer", "token": token}}
        answer = api.post(
            f"{ADMIN}/connectors", json={"name": unique("no"), "connector_type": "http", "config": config}
        )
        assert answer.status_code == 400
        assert "/config/auth/token" in str(answer.json()["error"]["problems"])


def test_a_reference_is_shown_and_works(api: Api, there: Upstream) -> None:
    name = unique("referring")
    config = {"url": there.url, "allow_private_urls": True, "auth": {"type": "bearer", "token": "${PATH}"}}
    created = api.post(
        f"{ADMIN}/connectors", json={"id": name, "name": name, "connector_type": "http", "config": config}
    )
    assert created.json()["data"]["config"]["auth"]["token"] == "${PATH}"
    assert api.post(f"{ADMIN}/connectors/{name}/test").json()["ok"] is True
