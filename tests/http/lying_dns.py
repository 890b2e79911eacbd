"""A server whose DNS is an attacker's: names lead where this file says.

Run as a program. Everything else of it is the real server. `public.example` leads to loopback and is let pass, as the
only way to have an upstream that counts as outside on a machine without one.
"""

import os
import socket
from typing import Any

from orion_core import refuse_address
from orion_io.connectors import http
from orion_server.serve import serve
from orion_server.settings import load

ANSWERS = {
    "inside.example": ["127.0.0.1"],
    "inside-v6.example": ["::1"],
    "mapped.example": ["::ffff:127.0.0.1"],
    "mixed.example": ["8.8.8.8", "127.0.0.1"],
    "metadata.example": ["169.254.169.254"],
    "nat64.example": ["64:ff9b::7f00:1"],
}
asked: dict[str, int] = {}
passing: set[int] = set()


class LyingResolver:
    """Stands where the DNS is asked."""

    async def resolve(self, host: str, port: int = 0, family: Any = socket.AF_INET) -> Any:
        if host == "public.example":
            passing.add(port)
            addresses = ["127.0.0.1"]
        elif host == "rebinding.example":
            asked[host] = asked.get(host, 0) + 1
            addresses = ["8.8.8.8"] if asked[host] == 1 else ["127.0.0.1"]
        else:
            addresses = ANSWERS[host]
        families = [socket.AF_INET6 if ":" in address else socket.AF_INET for address in addresses]
        return [
            {"hostname": host, "host": address, "port": port, "family": family, "proto": 6, "flags": 0}
            for family, address in zip(families, addresses, strict=True)
        ]


def refuse_but_public(address: Any) -> socket.socket:
    """The factory of sockets, which lets the one upstream pass."""
    family, kind, protocol, _, where = address
    if where[1] not in passing:
        http.refuse(where[0])
    return socket.socket(family=family, type=kind, proto=protocol)


class Resolver(http.CheckedResolver):
    """The resolver, which lets the one upstream pass."""

    async def resolve(self, host: str, port: int = 0, family: Any = socket.AF_INET) -> Any:
        if host == "public.example":
            return await self._resolver.resolve(host, port, family)
        return await super().resolve(host, port, family)


if __name__ == "__main__":
    assert refuse_address("127.0.0.1")
    http.ThreadedResolver = LyingResolver  # type: ignore[misc, assignment]
    http.CheckedResolver = Resolver  # type: ignore[misc]
    http.checked_socket = refuse_but_public
    http.DNS_SECONDS = 0  # so that every call asks again
    serve(load(None, os.environ))
