"""The way to a server over HTTP, with the key of who asks. Knows no path and no document."""

import urllib.request
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import urllib3

from orion_cli.config import Place, check_address
from orion_cli.failures import TooLate, Unreachable
from orion_cli.version import VERSION


class HttpConnection:
    """Reaches a server as `client.Connection` says. May be used from several threads at once.

    Args:
        place: Which server, and who asks.
    """

    def __init__(self, place: Place) -> None:
        self.server = place.server.rstrip("/")
        self._key = place.key
        self._key_header = place.key_header
        self._timeout = place.timeout
        self._pool = pool_for(self.server, place.ca_file)

    def exchange(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes | None, *, anonymous: bool
    ) -> tuple[int, bytes]:
        """Send one request and wait for its answer."""
        own = {"user-agent": f"orion-cli/{VERSION}"}
        if self._key is not None and not anonymous:
            bearer = self._key_header.lower() == "authorization"
            own[self._key_header] = f"Bearer {self._key}" if bearer else self._key
        try:
            response = self._pool.request(
                method, self.server + target, body=body, headers={**own, **headers}, timeout=self._timeout,
                redirect=False, retries=False,
            )  # fmt: skip
        except urllib3.exceptions.ReadTimeoutError:
            raise TooLate(f"{self.server} did not answer within {self._timeout:g} s") from None
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise Unreachable(f"{self.server} cannot be reached: {told(error)}", reachable_hint(self.server)) from None
        return response.status, response.data


def pool_for(server: str, ca_file: str | None) -> urllib3.PoolManager:
    """Connections to a server, by way of the proxy that the environment names for it.

    Raises:
        Misused: The address is none.
    """
    check_address(server)
    parts = urlsplit(server)
    trust: dict[str, Any] = {"ca_certs": ca_file} if ca_file else {}
    proxy = urllib.request.getproxies().get(parts.scheme)
    if proxy and not urllib.request.proxy_bypass(parts.netloc):
        return urllib3.ProxyManager(proxy, maxsize=8, **trust)
    return urllib3.PoolManager(maxsize=8, **trust)


def told(error: Exception) -> str:
    """A failure of the network in few words, without the objects urllib3 puts before them."""
    text = str(error.args[-1] if error.args else error)
    return text.rsplit(">: ", 1)[-1].rsplit(": ", 1)[-1] if ": " in text else text


def reachable_hint(server: str) -> str:
    """What to look at when nobody answers."""
    return f"is it running? Another address: orion-cli config set-server URL, or --server (now {server})"
