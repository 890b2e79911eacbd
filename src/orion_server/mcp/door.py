"""Whom `/mcp` lets in, beyond the key: no page of somebody else, and nobody under a name that is not ours.

A page in an administrator's browser could otherwise be made to ask on its own behalf, by its origin or by a name that
leads here all of a sudden (DNS rebinding). https://modelcontextprotocol.io/specification, Transports, Security
"""

import ipaddress
from collections.abc import Iterable

from orion_cli.mcp.serving import STANDARD_HEADERS
from orion_core import CorsPolicy
from orion_core.governance.cors import HEADERS
from orion_server.admin.requests import check_media_type
from orion_server.exchange import Call, Refusal

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


class Door:
    """Refuses who may not ask.

    Args:
        hosts: Names under which the server is reached; one with a port by that port only.
        cors: Knows the browser origins that may ask.
    """

    def __init__(self, hosts: Iterable[str], cors: CorsPolicy) -> None:
        self._hosts = frozenset(host.lower() for host in hosts)
        self._cors = cors

    def check(self, call: Call) -> None:
        """Let a call pass.

        Raises:
            Refusal: 403, 405, 415 or 421.
        """
        if call.method != "POST":  # there are no sessions: nothing to listen to, and nothing to end
            text = f"{call.method} is not answered here; allowed: POST"
            raise Refusal(405, "METHOD_NOT_ALLOWED", text, "method_not_allowed", headers=(("allow", "POST"),))
        host = call.headers.get("host", "").lower()
        if host not in self._hosts and without_port(host) not in self._hosts:
            text = f"'{host[:200]}' is none of mcp.allowed_hosts"
            raise Refusal(421, "MISDIRECTED_REQUEST", text, "host_not_allowed")
        origin = call.headers.get("origin")
        if origin is not None and not self._cors.allows(origin):
            text = f"'{origin[:200]}' is none of mcp.allowed_origins"
            raise Refusal(403, "FORBIDDEN", text, "origin_not_allowed")
        check_media_type(call.headers.get("content-type"))


def cors_of(origins: Iterable[str], key_header: str) -> CorsPolicy:
    """What pages of these origins are told: that they may ask, with the headers that clients of the protocol send."""
    return CorsPolicy(origins, ("POST",), (*HEADERS, *STANDARD_HEADERS, key_header))


def without_port(host: str) -> str:
    """The name alone (RFC 9110 section 7.2); that of IPv6 keeps its brackets."""
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdecimal() else host


def names_of(listening: str) -> tuple[str, ...]:
    """Names that lead to an address one listens at, without being told."""
    address = ipaddress.ip_address(listening)
    if address.is_unspecified:
        return LOOPBACK
    return (*LOOPBACK, f"[{address}]" if address.version == 6 else str(address))
