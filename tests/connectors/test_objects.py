"""What every storage must do: a folder, and S3 (moto)."""

import os
import time
import urllib.request
from collections.abc import Iterator
from math import inf
from pathlib import Path
from typing import Any

import anyio
import boto3
import pytest

from orion_core import Connector
from orion_core.calls import ObjectDelete, ObjectGet, ObjectList, ObjectPut, ObjectSign, Probe
from orion_io.clock import Clock
from orion_io.connectors.connectors import Connectors
from tests.connectors.asking import connector, do, outcome, refused
from tests.other_servers import s3
from tests.services import free_port

pytestmark = pytest.mark.anyio
KEYS = {"type": "basic", "username": "an-access-key", "password": "a-secret-access-key"}


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[str]:
    with s3(tmp_path_factory.mktemp("s3"), request.config) as (url, _):
        client = boto3.client(
            "s3", endpoint_url=url, region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x"
        )
        client.create_bucket(Bucket="uploads")
        yield url


def bucket(endpoint: str, **config: object) -> Connector:
    given = {"bucket": "uploads", "region": "us-east-1", "endpoint": endpoint, "auth": KEYS, **config}
    return connector("storage", provider="s3", **given)


@pytest.fixture(params=["local", "s3"])
def there(request: pytest.FixtureRequest, tmp_path: Path) -> Connector:
    if request.param == "local":
        return connector("storage", provider="local", base_path=str(tmp_path))
    return bucket(request.getfixturevalue("endpoint"), base_path=f"/below/{time.perf_counter_ns()}")


def put(at: Connector, path: str, body: bytes, overwrite: bool = True) -> ObjectPut:
    return ObjectPut(at, inf, path, body, "text/plain", overwrite)


@pytest.mark.parametrize("body", [b"", b"text", b"\x00\xff", b"x" * 1_000_000], ids=len)
async def test_an_object_comes_back(drivers: Connectors, there: Connector, body: bytes) -> None:
    assert await do(drivers, ObjectGet(there, inf, "a/b c.txt", 2_000_000)) is None
    done = await do(drivers, put(there, "a/b c.txt", body))
    assert (done["path"], done["size"]) == ("a/b c.txt", len(body))
    found = await do(drivers, ObjectGet(there, inf, "a/b c.txt", 2_000_000))
    assert (found.body, found.facts["size"], found.facts["path"]) == (body, len(body), "a/b c.txt")
    await do(drivers, put(there, "a/b c.txt", b"2"))
    assert (await do(drivers, ObjectGet(there, inf, "a/b c.txt", 2_000_000))).body == b"2"
    for _ in range(2):
        await do(drivers, ObjectDelete(there, inf, "a/b c.txt"))
    assert await do(drivers, ObjectGet(there, inf, "a/b c.txt", 2_000_000)) is None


async def test_one_that_is_there_is_kept(drivers: Connectors, there: Connector) -> None:
    await do(drivers, put(there, "once", b"1", overwrite=False))
    failed = await refused(drivers, put(there, "once", b"2", overwrite=False))
    assert (failed.code, failed.retryable) == ("connector_refused", False), failed
    assert (await do(drivers, ObjectGet(there, inf, "once", 10))).body == b"1"


async def test_a_list(drivers: Connectors, there: Connector) -> None:
    for path in ("b/2", "b/1", "c", "a/x/y"):
        await do(drivers, put(there, path, b"12"))
    found = await do(drivers, ObjectList(there, inf, "", 100))
    assert [(each["path"], each["size"]) for each in found] == [("a/x/y", 2), ("b/1", 2), ("b/2", 2), ("c", 2)]
    assert [each["path"] for each in await do(drivers, ObjectList(there, inf, "b", 1))] == ["b/1"]
    assert await do(drivers, ObjectList(there, inf, "nothing", 9)) == []


async def test_more_than_allowed(drivers: Connectors, there: Connector) -> None:
    await do(drivers, put(there, "large", b"x" * 1001))
    failed = await refused(drivers, ObjectGet(there, inf, "large", 1000))
    assert (failed.code, "max_object_bytes" in failed.message) == ("connector_refused", True)


async def test_deadlines_and_cancellation(drivers: Connectors, there: Connector) -> None:
    failed = await refused(drivers, ObjectGet(there, Clock().monotonic() - 1, "x", 10))
    assert (failed.code, failed.happened) == ("timeout", False)
    with anyio.move_on_after(0.0001):
        await outcome(drivers, ObjectList(there, inf, "", 10))
    await do(drivers, put(there, "after", b"1"))


async def test_it_can_be_probed(drivers: Connectors, there: Connector) -> None:
    assert (await do(drivers, Probe(there, inf)))["server"] == there.config.provider


async def test_a_link(drivers: Connectors, endpoint: str) -> None:
    there = bucket(endpoint, base_path="links")
    await do(drivers, put(there, "a b", b"hello"))
    link = await do(drivers, ObjectSign(there, inf, "a b", "GET", 60.0))
    assert "a-secret-access-key" not in link
    with urllib.request.urlopen(link) as answer:
        assert answer.read() == b"hello"


async def test_a_folder_has_no_links_and_no_way_out(drivers: Connectors, tmp_path: Path) -> None:
    inside, outside = tmp_path / "in", tmp_path / "out"
    inside.mkdir()
    outside.mkdir()
    (outside / "secret").write_text("secret")
    os.symlink(outside, inside / "way")
    os.symlink(outside / "secret", inside / "file")
    there = connector("storage", provider="local", base_path=str(inside))
    assert (await refused(drivers, ObjectSign(there, inf, "a", "GET", 60.0))).code == "connector_refused"
    actions: list[Any] = [ObjectGet(there, inf, "way/secret", 99), ObjectGet(there, inf, "file", 99)]
    actions += [put(there, "way/new", b""), put(there, "file", b"changed"), ObjectDelete(there, inf, "way/secret")]
    for action in actions:
        assert "outside" in (await refused(drivers, action)).message
    assert await do(drivers, ObjectList(there, inf, "", 99)) == []
    assert (outside / "secret").read_text() == "secret"
    assert [each.name for each in outside.iterdir()] == ["secret"]


async def test_a_folder_that_is_not_there(drivers: Connectors, tmp_path: Path) -> None:
    there = connector("storage", provider="local", base_path=str(tmp_path / "gone"))
    assert (await refused(drivers, Probe(there, inf))).code == "connector_refused"


async def test_an_endpoint_that_is_gone(drivers: Connectors) -> None:
    gone = bucket(f"http://127.0.0.1:{free_port()}")
    failed = await refused(drivers, ObjectGet(gone, Clock().monotonic() + 5, "x", 10))
    assert (failed.code, failed.retryable) == ("connector_failed", True)
    assert "a-secret-access-key" not in failed.message + failed.detail
