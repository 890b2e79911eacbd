"""Where the API has what, and how paths and queries are written. Asks nothing."""

from collections.abc import Mapping
from urllib.parse import quote, urlencode

from orion_cli.failures import Misused

ADMIN = "/api/v1/admin"
DATA = "/api/v1/data"


def path_of(*segments: str) -> str:
    """A path of segments, each escaped (RFC 3986 section 3.3).

    Raises:
        Misused: One would lead elsewhere.
    """
    return "".join("/" + quote(straight(segment), safe="") for segment in segments)


def channel_path(channel: str, *, asynchronous: bool) -> str:
    """Where a channel is asked.

    Args:
        channel: Its name, or a path that its route pattern matches.
        asynchronous: Whether the request is handed in only.

    Raises:
        Misused: It would lead out of the data API.
    """
    segments = channel.strip("/").split("/")
    path = DATA + "".join("/" + quote(straight(segment), safe="-._~") for segment in segments)
    return path + "/async" if asynchronous else path


def straight(segment: str) -> str:
    """A segment that stays where it stands; dots would be taken as the way up (RFC 3986 section 5.2.4).

    Raises:
        Misused: It is nothing, or nothing but dots.
    """
    if segment in ("", ".", ".."):
        raise Misused(f"'{segment}' is not an id or a name")
    return segment


def query_of(given: Mapping[str, object]) -> str:
    """A query string without the parameters that are None; true and false as the API spells them."""
    said = {name: value for name, value in given.items() if value is not None}
    texts = {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in said.items()}
    return "?" + urlencode(texts) if texts else ""
