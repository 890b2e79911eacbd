"""TLS termination: a certificate that holds, one that does not, and what browsers are told."""

import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.http.api import PARSE, Api
from tests.http.servers import Server, serving
from tests.services import needed

SUBJECT = ("-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1")
PASSWORD = "open sesame"  # of a key that is not accepted


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """A folder with two certificates and their keys, RSA and elliptic, and the first key again with a password."""
    program = needed("openssl", request.config)
    folder = tmp_path_factory.mktemp("certificates")

    def openssl(*arguments: str) -> None:
        subprocess.run([program, *arguments], cwd=folder, check=True, capture_output=True)

    new = ("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *SUBJECT)
    openssl(*new, "-keyout", "key.pem", "-out", "cert.pem")
    openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "ec-key.pem")
    openssl("req", "-x509", "-key", "ec-key.pem", "-days", "2", *SUBJECT, "-out", "ec-cert.pem")
    openssl("pkcs8", "-topk8", "-in", "key.pem", "-out", "locked.pem", "-passout", f"pass:{PASSWORD}")
    return folder


def settings(folder: Path, kind: str = "") -> dict[str, str]:
    return {
        "ORION_SERVER__TLS__ENABLED": "true",
        "ORION_SERVER__TLS__CERT_PATH": str(folder / f"{kind}cert.pem"),
        "ORION_SERVER__TLS__KEY_PATH": str(folder / f"{kind}key.pem"),
    }


@pytest.fixture(params=[("", "granian"), ("ec-", "direct")], ids=["RSA, granian", "elliptic, direct"])
def server(certificates: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Server]:
    kind, transport = request.param
    with serving(tmp_path, ORION_SERVER__TRANSPORT=transport, **settings(certificates, kind)) as server:
        yield server


def test_requests_come_by_tls_and_by_nothing_else(server: Server) -> None:
    with Api(server.url, verify=server.trust()) as api:
        channel = api.service(PARSE)
        answer = api.call(channel, 1)
        assert answer.json()["data"] == {"in": 1}
        for response in (answer, api.get("/healthz"), api.get("/nothing")):
            assert response.headers["strict-transport-security"] == "max-age=63072000; includeSubDomains"
    with pytest.raises(httpx.TransportError):
        httpx.get(f"http://127.0.0.1:{server.port}/healthz", timeout=5)
    with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        httpx.get(f"{server.url}/healthz", timeout=5)
    assert server.stop() == 0


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")  # that it is deprecated is the point
def test_old_protocols_are_refused(server: Server) -> None:
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.load_verify_locations(server.certificate)
    old.minimum_version = ssl.TLSVersion.TLSv1
    old.maximum_version = ssl.TLSVersion.TLSv1_1
    with socket.create_connection(("127.0.0.1", server.port)) as plain, pytest.raises((ssl.SSLError, OSError)):
        old.wrap_socket(plain, server_hostname="127.0.0.1")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"ORION_SERVER__TLS__KEY_PATH": "/nowhere/key.pem"}, "server.tls.key_path"),
        ({"ORION_SERVER__TLS__CERT_PATH": ""}, "server.tls.cert_path"),
        ({"ORION_SERVER__TLS__KEY_PATH": "ec-key.pem"}, "cannot be used"),
        ({"ORION_SERVER__TLS__KEY_PATH": "locked.pem"}, "cannot be used"),
        ({"ORION_SERVER__TLS__CERT_PATH": "key.pem"}, "cannot be used"),
    ],
    ids=["no key", "no certificate", "another's key", "no password", "no certificate in it"],
)
def test_a_certificate_that_does_not_hold_is_told_before_the_start(
    certificates: Path, tmp_path: Path, changes: dict[str, str], told: str
) -> None:
    given = {**settings(certificates), **changes}
    done = subprocess.run(
        [sys.executable, "-P", "-m", "orion_server"], env={"ORION_INTERPRETED": "1", **given},
        cwd=certificates, capture_output=True, text=True, timeout=30,
    )  # fmt: skip
    assert done.returncode == 1
    assert told in done.stderr
    assert "server.tls" in done.stderr


def test_without_tls_browsers_are_told_nothing_of_it(api: Api) -> None:
    if not str(api.base_url).startswith("https"):
        assert "strict-transport-security" not in api.get("/healthz").headers
