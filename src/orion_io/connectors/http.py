"""HTTP connectors on aiohttp: a pooled client for each, that reaches checked addresses only. Builds no request.

The check is made where the socket is: names are resolved by a resolver that refuses, and every address that is about
to be connected to is looked at once more, so that neither a literal nor a later DNS answer slips by.
"""

import asyncio
import socket
import ssl
from typing import Any
from urllib.parse import urljoin, urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from yarl import URL

from orion_core import Connector, refuse_address, refuse_url
from orion_core.calls import HttpAnswer, HttpCall, Probe
from orion_io.carrier import Carrier
from orion_io.connectors.carrying import CallFailed, Progress, carrier
from orion_io.connectors.pools import Pools

CONNECT_SECONDS = 10.0
DNS_SECONDS = 10  # how long an answer of the DNS is used
KEEP_ALIVE_SECONDS = 30.0
REDIRECTS = frozenset({301, 302, 303, 307, 308})
# What goes along to another origin: nothing that a connector or a task may have put a secret into.
HARMLESS = frozenset({"accept", "accept-language", "content-type", "traceparent", "tracestate", "user-agent"})


class AddressRefused(OSError):
    """An address that this connector may not reach."""


class CheckedResolver(AbstractResolver):
    """Resolves names, and refuses one that has any address which may not be reached."""

    def __init__(self) -> None:
        self._resolver = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Every address of a name, all of them checked.

        Raises:
            AddressRefused: One of them may not be reached.
        """
        found = await self._resolver.resolve(host, port, family)
        for each in found:
            refuse(each["host"])
        return found

    async def close(self) -> None:
        """Nothing is held."""


def refuse(address: str) -> None:
    """Raise where an address may not be reached."""
    why = refuse_address(address)
    if why is not None:
        raise AddressRefused(why)


def checked_socket(address: Any) -> socket.socket:
    """The socket for an address that is about to be connected to, checked."""
    family, kind, protocol, _, where = address
    refuse(where[0])
    return socket.socket(family=family, type=kind, proto=protocol)


class HttpPool:
    """The client of one connector."""

    def __init__(self, connector: Connector) -> None:
        config = connector.config
        self.config = config
        self._checked = not config.allow_private_urls
        self._session: aiohttp.ClientSession | None = None

    def session(self) -> aiohttp.ClientSession:
        """The client, made when it is first used."""
        if self._session is None:
            checks: dict[str, Any] = {}
            if self._checked:
                checks = {"resolver": CheckedResolver(), "socket_factory": checked_socket}
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    limit=self.config.max_connections,
                    ttl_dns_cache=DNS_SECONDS,
                    keepalive_timeout=KEEP_ALIVE_SECONDS,
                    **checks,
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"user-agent": "orion"},
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS),  # the action has a deadline
                trust_env=False,
                max_line_size=16_384,
                max_field_size=16_384,
            )
        return self._session

    async def close(self) -> None:
        """Close every connection."""
        if self._session is not None:
            await self._session.close()

    async def send(self, call: HttpCall, progress: Progress) -> HttpAnswer:
        """Send a request, and follow redirects as far as the connector allows."""
        method, url, headers, body = call.method, call.url, call.headers, call.body
        for hop in range(self.config.max_redirects + 1):
            self._refuse_url(url)
            progress.sent = True
            async with self.session().request(
                method, URL(url, encoded=True), headers=headers, data=body, allow_redirects=False,
                skip_auto_headers=() if body is None or method in ("POST", "PUT", "PATCH") else ("content-type",),
            ) as response:  # fmt: skip
                location = response.headers.get("location")
                if response.status not in REDIRECTS or location is None or not self.config.max_redirects:
                    return HttpAnswer(response.status, flat(response.headers), await self._read(response))
                if hop == self.config.max_redirects:
                    break
                target = urljoin(url, location).partition("#")[0]
                if origin(target) != origin(url):
                    headers = tuple(pair for pair in headers if pair[0] in HARMLESS)
                if response.status == 303 or (response.status in (301, 302) and method == "POST"):
                    method, body = ("HEAD" if method == "HEAD" else "GET"), None
                    headers = tuple(pair for pair in headers if pair[0] != "content-type")
                url = target
        text = f"redirected more than {self.config.max_redirects} times"
        raise CallFailed("connector_refused", text, retryable=False, detail=f"the last one to {url}")

    def _refuse_url(self, url: str) -> None:
        why = refuse_url(url) if self._checked else None
        if why is None and urlsplit(url).scheme not in ("http", "https"):
            why = "the scheme is neither http nor https"
        if why is not None:
            raise refusal(why)

    async def _read(self, response: aiohttp.ClientResponse) -> bytes:
        """The content, decompressed, as long as it is no larger than allowed."""
        most = self.config.max_response_size
        announced = response.content_length
        pieces: list[bytes] = []
        size = 0
        if announced is None or announced <= most or response.method == "HEAD":
            async for piece in response.content.iter_any():
                size += len(piece)
                if size > most:
                    break
                pieces.append(piece)
            else:
                return b"".join(pieces)
        response.close()
        text = f"answered with more than {most} bytes (max_response_size)"
        raise CallFailed("connector_refused", text, retryable=False)


def flat(headers: Any) -> dict[str, str]:
    """Headers by lower-case name; repeated ones are joined (RFC 9110 section 5.3)."""
    found: dict[str, str] = {}
    for name, value in headers.items():
        lowered = name.lower()
        found[lowered] = f"{found[lowered]}, {value}" if lowered in found else value
    return found


def origin(url: str) -> tuple[str, str | None, int | None]:
    """Scheme, host and port (RFC 6454)."""
    parts = urlsplit(url)
    default = 443 if parts.scheme == "https" else 80
    return parts.scheme, parts.hostname, parts.port or default


def refusal(why: str) -> CallFailed:
    """An address or URL that this connector may not reach."""
    return CallFailed(
        "address_refused", "leads to an address it may not reach", retryable=False, detail=f"SSRF protection: {why}",
        happened=False,
    )  # fmt: skip


async def _send(pool: HttpPool, action: HttpCall, progress: Progress) -> HttpAnswer:
    return await pool.send(action, progress)


async def _probe(pool: HttpPool, action: Probe, progress: Progress) -> dict[str, object]:
    """Ask for the connector's own URL: whatever it answers, it is there."""
    call = HttpCall(action.connector, action.deadline, "HEAD", pool.config.url, (), None)
    answer = await pool.send(call, progress)
    return {"status": answer.status}


def explain(error: Exception) -> CallFailed | None:
    """What the client's exceptions mean."""
    root: BaseException | None = error
    while root is not None:
        if isinstance(root, AddressRefused):
            return refusal(str(root))
        root = root.__cause__ or getattr(root, "os_error", None)
    detail = f"{type(error).__name__}: {error}"
    if isinstance(error, aiohttp.ClientSSLError | ssl.SSLError):
        return CallFailed(
            "connector_refused", "has no certificate we trust", retryable=False, detail=detail, happened=False
        )
    if isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError):
        text = "could not be reached"
        return CallFailed("connector_failed", text, retryable=True, detail=detail, happened=False)
    if isinstance(error, aiohttp.InvalidURL | aiohttp.ClientResponseError | UnicodeError | ValueError):
        return CallFailed("connector_refused", "did not speak HTTP as we know it", retryable=False, detail=detail)
    if isinstance(error, aiohttp.ClientError | OSError | asyncio.TimeoutError):
        return CallFailed("connector_failed", "broke the connection off", retryable=True, detail=detail)
    return None


def http_carriers(pools: Pools) -> dict[type, Carrier]:
    """Who carries out HTTP calls."""
    return {HttpCall: carrier(pools, _send, explain)}


PROBE = (_probe, explain)
