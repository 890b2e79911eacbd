"""Whose address counts, when proxies stand in between."""

import pytest

from orion_server.clients import Clients

CLIENTS = Clients(["10.0.0.0/8", "2001:db8:ffff::/48"])
CALLERS = [
    ("nobody in between", "203.0.113.9", {}, "203.0.113.9"),
    ("a stranger is not believed", "203.0.113.9", {"x-forwarded-for": "198.51.100.1"}, "203.0.113.9"),
    ("a trusted proxy is", "10.0.0.1", {"x-forwarded-for": "198.51.100.1"}, "198.51.100.1"),
    ("the last hop that is not trusted", "10.0.0.1", {"x-forwarded-for": "1.1.1.1, 198.51.100.1, 10.9.9.9"}, "198.51.100.1"),
    ("all trusted: the first", "10.0.0.1", {"x-forwarded-for": "10.3.3.3, 10.2.2.2"}, "10.3.3.3"),
    ("a proxy that says nothing", "10.0.0.1", {}, "10.0.0.1"),
    ("nonsense", "10.0.0.1", {"x-forwarded-for": "evil, 10.2.2.2"}, "10.2.2.2"),
    ("a port", "10.0.0.1", {"x-forwarded-for": "198.51.100.1:4711"}, "198.51.100.1"),
    ("Forwarded", "10.0.0.1", {"forwarded": "for=198.51.100.1;proto=https"}, "198.51.100.1"),
    ("Forwarded, several", "10.0.0.1", {"forwarded": "for=1.1.1.1, by=x;FOR=198.51.100.1, for=10.5.5.5"}, "198.51.100.1"),
    ("Forwarded, IPv6", "10.0.0.1", {"forwarded": 'for="[2001:DB8::1]:80"'}, "2001:db8::1"),
    ("Forwarded, hidden", "10.0.0.1", {"forwarded": "for=1.1.1.1, for=_hidden, for=10.5.5.5"}, "10.5.5.5"),
    ("Forwarded before X-Forwarded-For", "10.0.0.1", {"forwarded": "for=198.51.100.1", "x-forwarded-for": "1.1.1.1"}, "198.51.100.1"),
    ("a mapped address", "::ffff:10.0.0.1", {"x-forwarded-for": "198.51.100.1"}, "198.51.100.1"),
    ("an IPv6 proxy", "2001:db8:ffff::7", {"x-forwarded-for": "198.51.100.1"}, "198.51.100.1"),
    ("no address at all", "", {"x-forwarded-for": "198.51.100.1"}, ""),
]  # fmt: skip


@pytest.mark.parametrize(("description", "peer", "headers", "caller"), CALLERS, ids=[row[0] for row in CALLERS])
def test_the_caller_is(description: str, peer: str, headers: dict[str, str], caller: str) -> None:
    assert CLIENTS.address(peer, headers) == caller
