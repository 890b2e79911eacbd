"""The HTTP API as a client sees it: one answer for one question, and every failure a value of `failures`.

Knows no command and prints nothing. May be used from several threads at once.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from orion_cli.api_paths import query_of
from orion_cli.failures import CommandFailed, Misused, Refused

Json = dict[str, Any]  # a JSON object, of whatever shape the API says

PAGE = 1000  # rows; the most the server gives at once


class Connection(Protocol):
    """Reaches one server, for one caller.

    Attributes:
        server: What it is called in complaints.
    """

    server: str

    def exchange(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes | None, *, anonymous: bool
    ) -> tuple[int, bytes]:
        """Send one request and wait for its answer.

        Args:
            method: Of the request.
            target: Path and query, escaped.
            headers: Under lower-case names.
            body: The content; None for none.
            anonymous: Whether to keep the caller's key back.

        Returns:
            The status and the content.

        Raises:
            Unreachable: Nobody answers.
            TooLate: Nobody answered in time.
        """
        ...


class Api:
    """Asks one server.

    Args:
        connection: Reaches it.
    """

    def __init__(self, connection: Connection) -> None:
        self.server = connection.server
        self._connection = connection

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
        if isinstance(answer, str):
            raise CommandFailed(f"{self.server} answers, but not as Orion does", "is this the server's address?")
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
            if not isinstance(page, dict) or not isinstance(page.get("data"), list):
                raise CommandFailed(f"{self.server} answers, but not as Orion does", "is this the server's address?")
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
        own = {"accept": "application/json"}
        body = None
        if document is not None:
            body = encoded(document)
            own["content-type"] = "application/json"
        target = path + query_of(query or {})
        return self._connection.exchange(method, target, {**own, **headers}, body, anonymous=anonymous)


def encoded(document: object) -> bytes:
    """A document as JSON.

    Raises:
        Misused: It cannot be written so: a lone surrogate, NaN, or nested too deep.
    """
    try:
        return json.dumps(document, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError) as error:
        raise Misused(f"The document cannot be written as JSON: {error}") from None


def decoded(body: bytes) -> Any:
    """The JSON of an answer; None where there is none, the text where it is something else."""
    if not body:
        return None
    try:
        return json.loads(body)
    except ValueError:
        return body.decode("utf-8", "replace")
