"""The server behind nginx and HAProxy, set as `deploy/` has them: the same answers, and no request within a request."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.http.api import PARSE, Api
from tests.http.raw import BODY, END, HOST, LENGTH, TYPE, chunks, head, say
from tests.http.servers import Server, serving
from tests.services import free_port, listening, needed

DEPLOY = Path(__file__).parent.parent.parent / "deploy"
CHUNKED = b"transfer-encoding: chunked\r\n"
COMMANDS = {
    "nginx.conf": ("nginx", "-p", ".", "-e", "error.log", "-g", "daemon off;", "-c", "nginx.conf"),
    "haproxy.cfg": ("haproxy", "-db", "-f", "haproxy.cfg"),
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("behind"), ORION_SERVER__TRUSTED_PROXIES="127.0.0.1/32") as server:
        yield server


@pytest.fixture(scope="module")
def channel(server: Server) -> str:
    with Api(server.url) as api:
        return api.service(PARSE)


@pytest.fixture
def limited(server: Server) -> str:
    """A channel with two requests for each client, and no more for a long time."""
    limit = {"requests_per_second": 0.001, "burst": 2, "key_logic": {"var": "client_ip"}}
    with Api(server.url) as api:
        return api.channel(api.workflow([PARSE]), config={"rate_limit": limit})


@pytest.fixture(scope="module", params=COMMANDS)
def proxy(server: Server, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[int]:
    """The port of a proxy in front of the server, with the configuration that is given to users."""
    name: str = request.param
    program = needed(COMMANDS[name][0], request.config)
    folder = tmp_path_factory.mktemp("proxy")
    folder.chmod(0o755)
    port = free_port()
    text = (DEPLOY / name).read_text()
    assert "127.0.0.1:8080" in text
    assert "127.0.0.1:8000" in text
    text = text.replace("127.0.0.1:8080", f"127.0.0.1:{server.port}").replace("127.0.0.1:8000", f"127.0.0.1:{port}")
    (folder / name).write_text(text)
    with listening((program, *COMMANDS[name][1:]), folder, port):
        yield port


def test_requests_pass(proxy: int, channel: str) -> None:
    with Api(f"http://127.0.0.1:{proxy}") as api:
        for number in range(20):
            assert api.answer(channel, number) == {"in": number}
        assert api.get("/nothing").status_code == 404


def test_what_a_caller_claims_to_be_is_not_believed(proxy: int, limited: str) -> None:
    answers = [
        httpx.post(
            f"http://127.0.0.1:{proxy}/api/v1/data/{limited}",
            json={"data": 1},
            headers={"x-forwarded-for": f"203.0.113.{number}"},
        ).status_code
        for number in range(5)
    ]
    assert answers[-2:] == [429, 429]


AMBIGUOUS = {
    "a length beside chunks": (HOST, LENGTH, CHUNKED, END, chunks()),
    "two equal lengths": (HOST, LENGTH, LENGTH, END, BODY),
    "two lengths": (HOST, LENGTH, b"content-length: 90\r\n", END, BODY),
    "a length too small": (HOST, b"content-length: 1\r\n", CHUNKED, END, chunks()),
    "no host": (LENGTH, END, BODY),
    "two hosts": (HOST, b"host: other\r\n", LENGTH, END, BODY),
    "an unknown transfer coding": (HOST, b"transfer-encoding: xchunked\r\n", END, BODY),
    "chunks that are none": (HOST, CHUNKED, END, b"zz\r\n", BODY, b"\r\n0\r\n\r\n"),
    "chunks with bare LF": (HOST, CHUNKED, END, b"b\n", BODY, b"\n0\n\n"),
}


@pytest.mark.parametrize("description", AMBIGUOUS)
def test_no_request_hides_behind_an_ambiguous_one(proxy: int, channel: str, description: str) -> None:
    """Whatever is read of the first, what was sent once is answered once, and nothing is a server's failure."""
    said = say(proxy, head(channel, TYPE, *AMBIGUOUS[description]), patience=3)
    assert said.status in {200, 400, 422, 501}
    assert said.answers == 1


def test_a_request_within_the_content_of_another_does_not_run(proxy: int, channel: str) -> None:
    hidden = head(channel, HOST, TYPE, LENGTH, END, BODY)
    whole = b"content-length: %d\r\n" % (len(hidden) + 5)
    said = say(proxy, head(channel, HOST, TYPE, whole, CHUNKED, END, b"0\r\n\r\n", hidden), patience=3)
    assert b'"in":1' not in said.content
