"""Inner addresses through a real server: nothing arrives there, whichever way a connector is led to them."""

import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.core.test_addresses import REFUSED_URLS
from tests.http.api import ADMIN, Api, task, unique
from tests.http.servers import Server, serving
from tests.http.upstream import upstream

Json = dict[str, Any]
# Answers as a DNS that an attacker runs: some names lead inside, some only the second time they are asked for.
PROGRAM = (str(Path(__file__).parent / "lying_dns.py"),)


class Listener:
    """Counts whoever connects to loopback, by IPv4 and IPv6."""

    def __init__(self) -> None:
        self.count = 0
        self.sockets = [socket.create_server(("127.0.0.1", 0))]
        self.port = self.sockets[0].getsockname()[1]
        self.sockets.append(socket.create_server(("::1", self.port), family=socket.AF_INET6))
        for each in self.sockets:
            threading.Thread(target=self._listen, args=(each,), daemon=True).start()

    def _listen(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            self.count += 1
            connection.close()

    def close(self) -> None:
        for each in self.sockets:
            each.shutdown(socket.SHUT_RDWR)
            each.close()


@pytest.fixture(scope="module")
def inside() -> Iterator[Listener]:
    listener = Listener()
    yield listener
    listener.close()


@pytest.fixture(scope="module")
def lied_to(tmp_path_factory: pytest.TempPathFactory, inside: Listener) -> Iterator[Server]:
    proxy = f"http://127.0.0.1:{inside.port}"
    settings = dict.fromkeys(("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"), proxy)
    with serving(tmp_path_factory.mktemp("server"), PROGRAM, **settings) as server:
        yield server


@pytest.fixture
def api(lied_to: Server) -> Iterator[Api]:
    with Api(lied_to.url, trust_env=False) as api:
        yield api


def create(api: Api, url: str, **config: object) -> tuple[int, str, Json]:
    name = unique("http")
    given = {"url": url, "retry": {"max_retries": 0}, **config}
    answer = api.post(f"{ADMIN}/connectors", json={"id": name, "name": name, "connector_type": "http", "config": given})
    return answer.status_code, name, answer.json()


def test_no_spelling_is_taken_for_a_connector(api: Api, inside: Listener) -> None:
    for url in REFUSED_URLS:
        status, _, answer = create(api, url)
        assert status == 400, url
        assert answer["error"]["problems"][0]["pointer"] == "/config/url", url
    assert inside.count == 0


@pytest.mark.parametrize(
    "host",
    ["inside.example", "inside-v6.example", "mapped.example", "mixed.example", "metadata.example", "nat64.example"],
)
def test_a_name_that_leads_inside(api: Api, inside: Listener, host: str) -> None:
    status, name, _ = create(api, f"http://{host}:{inside.port}/")
    assert status == 201
    answer = api.call(api.service(task("call", "http_call", {"connector": name})), {})
    assert (answer.status_code, answer.json()["error"]["reason"]) == (500, "address_refused")
    assert "127.0.0.1" not in answer.text
    assert inside.count == 0


def test_a_name_whose_answer_changes(api: Api, inside: Listener) -> None:
    """The first answer is public, and leads nowhere; each one after it is loopback."""
    _, name, _ = create(api, f"http://rebinding.example:{inside.port}/")
    channel = api.service(task("call", "http_call", {"connector": name, "timeout_ms": 300}))
    reasons = [api.call(channel, {}).json()["error"]["reason"] for _ in range(3)]
    assert reasons[-1] == "address_refused"
    assert inside.count == 0


@pytest.mark.parametrize(
    "target", ["http://127.0.0.1:{}/", "http://inside.example:{}/", "http://[::1]:{}/", "http://2130706433:{}/"]
)
def test_a_redirect_that_leads_inside(api: Api, inside: Listener, target: str) -> None:
    """The upstream counts as public to this server alone, so that a hop can lead from outside to inside."""
    with upstream() as there:
        url = there.url.replace("127.0.0.1", "public.example")
        _, name, _ = create(api, url, max_redirects=5)
        path = f"/redirect/302?to={target.format(inside.port)}"
        answer = api.call(api.service(task("call", "http_call", {"connector": name, "path": path})), {})
        assert answer.json()["error"]["reason"] == "address_refused", answer.text
        assert len(there.seen) == 1
    assert inside.count == 0


def test_it_can_be_lifted(api: Api) -> None:
    with upstream() as there:
        _, name, _ = create(api, there.url, allow_private_urls=True)
        service = api.service(task("call", "http_call", {"connector": name, "response_path": "data.out"}))
        assert api.answer(service, {})["out"]["method"] == "GET"


def test_a_path_cannot_change_the_host(api: Api, inside: Listener) -> None:
    with upstream() as there:
        _, name, _ = create(api, there.url, allow_private_urls=True)
        for path in ("@127.0.0.1:1/", "//127.0.0.1:1/", ":1@127.0.0.1/", "/\\127.0.0.1/"):
            api.call(api.service(task("call", "http_call", {"connector": name, "path": path})), {})
        assert all(each["headers"]["host"] in there.url for each in there.seen)
    assert inside.count == 0


assert len(REFUSED_URLS) >= 60
