"""Which request headers may be kept with a trace. Knows no request: names come in, a decision goes out.

Names repeat from request to request, so that each is compared with the patterns once.
"""

import re
from collections.abc import Mapping

MOST = 1000  # names whose decision is remembered; callers choose names

# What carries credentials under the names in use; those ending in -token, -secret or -api-key are taken for such too.
UNSTORED = (
    "authorization", "proxy-authorization", "cookie", "x-api-key", "api-key", "apikey", "x-authorization", "*-token",
    "*-secret", "*-api-key", "*-password", "x-forwarded-client-cert",
)  # fmt: skip


class StoredHeaders:
    """A deny list.

    Args:
        denied: Names that are never kept, in lower case; `*` stands for any run of characters.
    """

    def __init__(self, denied: tuple[str, ...] = UNSTORED) -> None:
        wanted = "|".join(".*".join(map(re.escape, pattern.lower().split("*"))) for pattern in denied)
        self._denied = re.compile(wanted) if denied else None
        self._known: dict[str, bool] = {}

    def of(self, headers: Mapping[str, str]) -> dict[str, str]:
        """The headers that may be kept; names are in lower case."""
        return {name: value for name, value in headers.items() if self.keeps(name)}

    def keeps(self, name: str) -> bool:
        """Whether a header of this name may be kept."""
        known = self._known.get(name)
        if known is None:
            if len(self._known) >= MOST:
                self._known.clear()
            known = self._known[name] = self._denied is None or self._denied.fullmatch(name) is None
        return known
