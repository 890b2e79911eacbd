"""The HTTP API as a client sees it: one answer for one question, and every failure a value of `failures`.

Knows no command and prints nothing. May be used from several threads at once.
"""

import json
import urllib.request
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import urllib3

from orion_cli.api_paths import query_of
from orion_cli.config import Place, check_address
from orion_cli.failures import CommandFailed, Refused, TooLate, Unreachable
from orion_cli.version import VERSION

Json = dict[str, Any]  # a JSON object, of whatever shape the API says

PAGE = 1000  # rows; the most the server gives at once


class Api:
    """Asks one server.

    Args:
        place: Which, and who asks.
    """

    def __init__(self, place: Place) -> None:
        self.server = place.server.rstrip("/")
        self._key = place.key
        self._key_header = place.key_header
        self._timeout = place.timeout
        self._pool = pool_for(self.server, place.ca_file)

    # --- the admin API --------------------------------------------------------------------------------------------

    def get(self, path: str, query: Mapping[str, object] | None = None) -> Any:
        """What a path holds, decoded.

        Args:
            path: Beginning with a slash; its segments escaped, as `api_paths.path_of` does.
            query: Parameters; those that are None are left out.

        Raises:
            Refused: The server said no.
            Unreachable: Nobody answers.
            TooLate: Nobody answered in time.
        """
        return self.ask("GET", path, query=query)

    def ask(
        self,
        method: str,
        path: str,
        document: object = None,
        query: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        anonymous: bool = False,
    ) -> Any:
        """Ask for anything and decode the answer; raises as `get` does.

        Args:
            method: Of the request.
            path: As `get` has it.
            document: The body; none when None.
            query: Parameters.
            headers: Further headers.
            anonymous: Whether to keep the key back, as for channels, whose workflows see the headers.
        """
        status, body = self._exchange(method, path, document, query, headers or {}, anonymous=anonymous)
        answer = decoded(body)
        if status >= 400:
            raise Refused(status, answer)
        if 300 <= status < 400:
            raise CommandFailed(
                f"{self.server} sends the request elsewhere (status {status})", "give the server's own address"
            )
        return answer

    def text(self, path: str) -> str:
        """What a path holds, as it is; raises as `get` does."""
        status, body = self._exchange("GET", path, None, None, {})
        if status >= 300:
            raise Refused(status, decoded(body))
        return body.decode("utf-8", "replace")

    def rows(self, path: str, query: Mapping[str, object] | None = None, most: int | None = None) -> Iterator[Json]:
        """The rows of a list, page after page.

        Args:
            path: Of the list.
            query: Parameters besides the page's.
            most: How many at most; all when None.
        """
        seen = 0
        place: dict[str, object] = {"offset": 0}
        while most is None or seen < most:
            limit = PAGE if most is None else min(PAGE, most - seen)
            page = self.get(path, {**(query or {}), "limit": limit, **place})
            yield from page["data"]
            seen += len(page["data"])
            cursor = page.get("next_cursor")
            if len(page["data"]) < limit and cursor is None:
                return
            # A cursor stays where it is while rows come and go; not every list has one.
            place = {"cursor": cursor} if cursor is not None else {"offset": seen}

    def _exchange(
        self,
        method: str,
        path: str,
        document: object,
        query: Mapping[str, object] | None,
        headers: Mapping[str, str],
        *,
        anonymous: bool = False,
    ) -> tuple[int, bytes]:
        url = self.server + path + query_of(query or {})
        body = None if document is None else json.dumps(document, ensure_ascii=False, allow_nan=False).encode()
        own = {"accept": "application/json", "user-agent": f"orion-cli/{VERSION}"}
        if body is not None:
            own["content-type"] = "application/json"
        if self._key is not None and not anonymous:
            bearer = self._key_header.lower() == "authorization"
            own[self._key_header] = f"Bearer {self._key}" if bearer else self._key
        try:
            response = self._pool.request(
                method, url, body=body, headers={**own, **headers}, timeout=self._timeout, redirect=False, retries=False
            )
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


def decoded(body: bytes) -> Any:
    """The JSON of an answer; None where there is none, the text where it is something else."""
    if not body:
        return None
    try:
        return json.loads(body)
    except ValueError:
        return body.decode("utf-8", "replace")


def told(error: Exception) -> str:
    """A failure of the network in few words, without the objects urllib3 puts before them."""
    text = str(error.args[-1] if error.args else error)
    return text.rsplit(">: ", 1)[-1].rsplit(": ", 1)[-1] if ": " in text else text


def reachable_hint(server: str) -> str:
    """What to look at when nobody answers."""
    return f"is it running? Another address: orion-cli config set-server URL, or --server (now {server})"
