"""Who a request comes from, when proxies stand in between. Believes those alone that the settings trust."""

import re
from collections.abc import Iterable, Iterator, Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

_FOR = re.compile(r'(?:^|;)\s*for\s*=\s*(?:"([^"]*)"|([^;\s]*))', re.IGNORECASE)  # RFC 7239 section 4
Address = IPv4Address | IPv6Address


class Clients:
    """Tells the address of the caller.

    Args:
        trusted: Networks of proxies whose `Forwarded` and `X-Forwarded-For` are believed, in CIDR notation.
    """

    def __init__(self, trusted: Iterable[str]) -> None:
        self._trusted = [ip_network(network) for network in trusted]

    def address(self, peer: str, headers: Mapping[str, str]) -> str:
        """The last hop that is no trusted proxy.

        Args:
            peer: Address of whoever opened the connection.
            headers: Values under lower-case names.

        Returns:
            An address in its canonical form; `peer` as it is when that is not trusted.
        """
        known = _parsed(peer)
        if known is None or not self._trusts(known):
            return peer
        for hop in hops(headers):
            address = _parsed(hop)
            if address is None:  # hidden or malformed: nothing beyond it can be believed either
                break
            known = address
            if not self._trusts(address):
                break
        return str(known)

    def _trusts(self, address: Address) -> bool:
        return any(address.version == network.version and address in network for network in self._trusted)


def hops(headers: Mapping[str, str]) -> Iterator[str]:
    """The addresses that proxies wrote down, nearest first; `Forwarded` (RFC 7239) where both are given."""
    forwarded = headers.get("forwarded")
    if forwarded is not None:
        for element in reversed(forwarded.split(",")):
            match = _FOR.search(element)
            yield (match[1] or match[2] or "") if match is not None else ""
        return
    yield from reversed(headers.get("x-forwarded-for", "").split(","))


def _parsed(text: str) -> Address | None:
    """An address without its port or brackets; None when it is none. A mapped IPv4 address is that IPv4 address."""
    bare = text.strip()
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        address = ip_address(bare)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
