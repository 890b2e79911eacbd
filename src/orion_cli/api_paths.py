"""Where the API has what, and how paths and queries are written. Asks nothing."""

from collections.abc import Mapping
from urllib.parse import quote, urlencode

ADMIN = "/api/v1/admin"
DATA = "/api/v1/data"


def path_of(*segments: str) -> str:
    """A path of segments, each escaped (RFC 3986 section 3.3)."""
    return "".join("/" + quote(segment, safe="") for segment in segments)


def query_of(given: Mapping[str, object]) -> str:
    """A query string without the parameters that are None; true and false as the API spells them."""
    said = {name: value for name, value in given.items() if value is not None}
    texts = {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in said.items()}
    return "?" + urlencode(texts) if texts else ""
