"""Which hosts and addresses a connector may reach. Resolves nothing and connects to nothing.

The table is our own: the predicates of standard libraries let NAT64, 6to4, IPv4-compatible and site-local forms
through, and differ between versions. An IPv6 address that carries an IPv4 one is judged by both.
"""

import re
import unicodedata
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final
from urllib.parse import urlsplit

DENIED_V4: Final = tuple(
    (IPv4Network(network), what)
    for network, what in (
        ("0.0.0.0/8", "this network"),
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "shared by carriers"),
        ("127.0.0.0/8", "loopback"),
        ("169.254.0.0/16", "link-local"),
        ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "reserved for protocols"),
        ("192.0.2.0/24", "documentation"),
        ("192.88.99.0/24", "6to4 relay"),
        ("192.168.0.0/16", "private"),
        ("198.18.0.0/15", "benchmarks"),
        ("198.51.100.0/24", "documentation"),
        ("203.0.113.0/24", "documentation"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved"),
        ("168.63.129.16/32", "a platform's metadata"),
    )
)
# IANA has given out 2000::/3 alone as global unicast; whatever lies outside it is nobody's public server.
GLOBAL_V6: Final = IPv6Network("2000::/3")
DENIED_V6: Final = tuple(
    (IPv6Network(network), what)
    for network, what in (
        ("2001::/23", "reserved for protocols"),
        ("2001:db8::/32", "documentation"),
        ("3fff::/20", "documentation"),
    )
)
NAT64: Final = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))
COMPATIBLE: Final = IPv6Network("::/96")
LOCAL_NAMES: Final = ("localhost", "localdomain", "local", "internal", "home.arpa")

_QUAD = re.compile(r"(?:0|[1-9]\d{0,2})(?:\.(?:0|[1-9]\d{0,2})){3}")
_NUMBER = re.compile(r"(?:\d+|0x[0-9a-f]*)", re.IGNORECASE)
_NAME = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,62})(?:\.[a-z0-9_](?:[a-z0-9_-]{0,62}))*", re.IGNORECASE)


def refuse_address(text: str) -> str | None:
    """Why an address may not be reached, or None.

    Args:
        text: An IPv4 or IPv6 address as a resolver writes it.
    """
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return f"'{text}' is no address"
    for each in (address, *embedded(address)):
        what = _range_of(each)
        if what is not None:
            return f"{text} is a private or reserved address ({what})"
    return None


def embedded(address: IPv4Address | IPv6Address) -> Iterator[IPv4Address]:
    """The IPv4 addresses that an IPv6 address leads to."""
    if isinstance(address, IPv4Address):
        return
    if address.ipv4_mapped is not None:
        yield address.ipv4_mapped
    elif address.sixtofour is not None:
        yield address.sixtofour
    elif address.teredo is not None:
        yield from address.teredo
    elif address in COMPATIBLE or any(address in network for network in NAT64):
        yield IPv4Address(int(address) & 0xFFFF_FFFF)


def _range_of(address: IPv4Address | IPv6Address) -> str | None:
    if isinstance(address, IPv4Address):
        return next((what for network, what in DENIED_V4 if address in network), None)
    if any(address in network for network in NAT64[:1]):
        return None  # its IPv4 address decides
    if address not in GLOBAL_V6:
        return "not global unicast"
    return next((what for network, what in DENIED_V6 if address in network), None)


def refuse_host(host: str) -> str | None:
    """Why a host may not be called as it is spelled, or None; a name that passes must still be resolved and checked.

    Args:
        host: The host of a URL, an IPv6 address without its brackets.
    """
    if ":" in host:
        return f"'{host}' has a zone" if "%" in host else refuse_address(host)
    if _QUAD.fullmatch(host) is not None:
        return refuse_address(host)
    plain = ascii_host(host)
    if plain is None:
        return f"'{host}' is no host name"
    if plain != host.lower() and plain.isascii() and _looks_numeric(plain):
        return f"'{host}' spells an address in other characters"
    if _looks_numeric(plain):
        return f"'{host}' is an address in an unusual spelling"
    name = plain.rstrip(".")
    if any(name == local or name.endswith(f".{local}") for local in LOCAL_NAMES):
        return f"'{host}' is a name of this machine or of its local network"
    return None


def ascii_host(host: str) -> str | None:
    """A host name in the letters of the DNS, lower-case; None when it is none (RFC 1123, IDNA)."""
    try:
        plain = host.lower() if host.isascii() else unicodedata.normalize("NFKC", host).encode("idna").decode().lower()
    except UnicodeError:
        return None
    name = plain.removesuffix(".")
    return plain if len(name) <= 253 and _NAME.fullmatch(name) is not None else None


def _looks_numeric(host: str) -> bool:
    """Whether a resolver may read a host as an IPv4 address: its last label is a number (WHATWG URL, section 3.5)."""
    return _NUMBER.fullmatch(host.removesuffix(".").rpartition(".")[2]) is not None


def refuse_url(url: str) -> str | None:
    """Why a URL may not be called as it is spelled, or None. Its host is not resolved."""
    if any(character <= " " or character in "\\\x7f" for character in url):
        return "the URL holds a character that no URL has"
    try:
        parts = urlsplit(url)
        host = parts.hostname
        _ = parts.port
    except ValueError as error:
        return f"the URL cannot be read: {error}"
    if parts.scheme not in ("http", "https"):
        return f"the scheme '{parts.scheme}' is neither http nor https"
    if not host:
        return "the URL names no host"
    if "%" in parts.netloc.rpartition("@")[2]:
        return "the host is percent-encoded"
    return refuse_host(host)
