"""How much content a request may have: as much as any other, but for imports and restores, which may have more.

Who would send more has to show a key first, where keys are asked for, so that nobody else can fill the memory.
"""

from collections.abc import Mapping

from orion_server.authentication import Authentication
from orion_server.exchange import Refusal

ADMIN = "/api/v1/admin/"
BULK = frozenset(
    ADMIN + path for path in ("restore", "import", "workflows/import", "channels/import", "connectors/import")
)


class BodyLimits:
    """Knows how many bytes are accepted.

    Args:
        usual: Of any request.
        bulk: Of imports and restores.
        authentication: Says who may send those.
    """

    def __init__(self, usual: int, bulk: int, authentication: Authentication) -> None:
        self.usual = usual
        self._bulk = max(usual, bulk)
        self._authentication = authentication

    def most(self, path: str, headers: Mapping[str, str], client: str) -> int:
        """Bytes of content that are accepted of a request that has more than usual."""
        if path not in BULK:
            return self.usual
        try:
            self._authentication.caller(path, headers, client)
        except Refusal:
            return self.usual
        return self._bulk
