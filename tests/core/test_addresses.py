"""Which spellings and addresses a connector may not reach: the table of hostile input, and what must pass."""

import pytest

from orion_core.addresses import refuse_address, refuse_url

# Loopback, metadata and inner networks, as an attacker writes them.
REFUSED_URLS = [
    "http://127.0.0.1/", "http://127.0.0.1:8080/", "http://127.255.255.254/", "http://0.0.0.0/", "http://0/", "http://127.1/",
    "http://127.0.1/", "http://0177.0.0.1/", "http://017700000001/", "http://2130706433/", "http://0x7f000001/",
    "http://0x7f.1/", "http://0x7f.0x0.0x0.0x1/", "http://00000127.0.0.1/", "http://127.0.0.1./", "http://2130706433./",
    "http://①②⑦.⓪.⓪.①/", "http://127。0。0。1/", "http://１２７.0.0.1/", "http://4294967295/", "http://0x/", "http://1/",
    "http://10.0.0.1/", "http://172.16.0.1/", "http://172.31.255.255/", "http://192.168.1.1/", "http://169.254.169.254/",
    "http://100.64.0.1/", "http://100.100.100.200/", "http://192.0.0.192/", "http://198.18.0.1/", "http://192.0.2.1/",
    "http://198.51.100.1/", "http://203.0.113.1/", "http://224.0.0.1/", "http://240.0.0.1/", "http://255.255.255.255/",
    "http://168.63.129.16/", "http://2852039166/", "http://0xa9fea9fe/", "http://0251.0376.0251.0376/",
    "http://[::1]/", "http://[::]/", "http://[::ffff:127.0.0.1]/", "http://[::ffff:7f00:1]/", "http://[::127.0.0.1]/",
    "http://[64:ff9b::7f00:1]/", "http://[64:ff9b::a9fe:a9fe]/", "http://[64:ff9b:1::1]/", "http://[2002:7f00:1::]/",
    "http://[2002:a9fe:a9fe::1]/", "http://[2001:0:7f00:1::]/", "http://[2001:db8::1]/", "http://[fc00::1]/",
    "http://[fd00:ec2::254]/", "http://[fe80::1]/", "http://[fe80::1%25eth0]/", "http://[fec0::1]/", "http://[ff02::1]/",
    "http://[0:0:0:0:0:0:0:1]/", "http://[100::1]/", "http://[5f00::1]/", "http://[3fff::1]/",
    "http://localhost/", "http://LOCALHOST/", "http://localhost./", "http://a.localhost/", "http://ⓛocalhost/",
    "http://metadata.google.internal/", "http://printer.local/", "http://user@127.0.0.1/", "http://good.example@127.0.0.1/",
    "http://127.0.0.1\\@good.example/", "http://good.example\\.127.0.0.1/", "http://127.0.0.1%2f@good.example:80@10.0.0.1/",
    "http://%31%32%37.0.0.1/", "http://good.example%00.127.0.0.1/", "http://good.example:80:80/", "http://good.example:99999/",
    "http:///path", "http://", "ftp://good.example/", "file:///etc/passwd", "gopher://good.example/", "//good.example/",
    "http://good.example/\r\nx", "http://good .example/", "http://[::1/", "http://[127.0.0.1]/", "http://1.2.3.4.5/",
    "http://good.example.0x7f/", "http://08.8.8.8/", "http://-/", "http://a..b/",
]  # fmt: skip

PASSING_URLS = [
    "http://example.com/", "https://api.stripe.com/v1", "http://8.8.8.8/", "http://user:pass@api.example.com:8080/x?y#z",
    "https://bücher.example/", "https://xn--bcher-kva.example/", "http://[2606:4700:4700::1111]/", "http://[64:ff9b::808:808]/",
    "http://[2002:808:808::1]/", "http://a_b.example/", "http://1password.com/", "http://example.com./", "http://172.32.0.1/",
    "http://100.128.0.1/", "http://11.0.0.1/",
]  # fmt: skip

REFUSED_ADDRESSES = [
    "127.0.0.1",
    "::1",
    "fe80::1%2",
    "::ffff:10.0.0.1",
    "::ffff:8.8.8.8%x",
    "not an address",
    "",
    "2001:0:0808:0808::",
]


@pytest.mark.parametrize("url", REFUSED_URLS)
def test_a_url_that_may_not_be_called(url: str) -> None:
    assert refuse_url(url) is not None


@pytest.mark.parametrize("url", PASSING_URLS)
def test_a_url_that_may(url: str) -> None:
    assert refuse_url(url) is None


@pytest.mark.parametrize("address", REFUSED_ADDRESSES)
def test_an_address_that_may_not_be_reached(address: str) -> None:
    assert refuse_address(address) is not None
