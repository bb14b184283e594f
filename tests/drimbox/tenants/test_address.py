"""functions.drimbox.tenants.address: one form of a URL, and one host for every reader."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address
from itertools import product
from typing import Final
from urllib.parse import urlsplit

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.drimbox.tenants.address import (
    is_elsewhere,
    read_gateway,
    read_https,
    read_pacs,
    read_range,
)

# Of each part of a URL: those that pass, then those that do not.
SCHEMES: Final = (("https://",), ("http://", "HTTPS://", "ftp://", "file://", "//", "https:/", ""))
USERS: Final = (
    ("",),
    ("user@", "user:pass@", "@", ":@", "127.0.0.1:80@", "a%40b@", "https://127.0.0.1:80@"),
)
NAMES: Final = (
    (
        *("pacs.example", "pacs", "p-1.site.example", "1pacs.example", "localhost"),
        *("xn--bcher-kva.example", "xn--strae-oqa.example", "93.184.215.14", "127.0.0.1"),
        "a" * 63 + ".example",
    ),
    (
        # The address 127.0.0.1 in the notations of inet_aton, and others that some readers take.
        *("2130706433", "017700000001", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1", "127.1"),
        *("127.0.1", "127.0.0.01", "127.0.0.0x1", "0x7f.1", "127.0.0.1.", "127.0.0.1.1", "0x"),
        *("127.0.0.256", "4294967296", "pacs.0x7f", "pacs.12", "00000177.0.0.1"),
        "[::ffff:127.0.0.1]",
        # Dots, letters and signs that are another name, or none.
        *("pacs.example.", ".pacs.example", "pacs..example", "-pacs.example", "pacs-.example"),
        *("PACS.example", "pacs.examp\u017fe", "p\u0430cs.example", "pacs\u3002example"),
        *(
            "\uff11\uff12\uff17.0.0.1",
            "\u2460\u2461\u2466.0.0.1",
            "pacs\u00ad.example",
            "b\u00fccher.example",
        ),
        *(
            "xn--pacs-.example",
            "xn--99999.example",
            "XN--bcher-kva.example",
            "ab--cd.example",
            "xn--.a",
        ),
        *("pacs%2eexample", "pacs%00.example", "pacs example", "pacs\t.example", "pacs_1.example"),
        *("pacs\\evil", "pacs;evil", "pacs,evil", "a" * 64 + ".example", "a." * 127 + "a", ""),
    ),
)
ADDRESSES: Final = (
    ("[2606:4700::1111]", "[::1]"),
    (
        *("[::ffff:7f00:1]", "[2606:4700:0::1111]", "[2606:4700::1111%251]", "[fe80::1%eth0]"),
        *(
            "[2606:4700::01111]",
            "[]",
            "[::]:",
            "[:::]",
            "[v1.a]",
            "[::1",
            "::1",
            "[2606:4700::111A]",
        ),
    ),
)
PORTS: Final = (
    ("", ":443", ":8443", ":65535"),
    (":", ":0", ":65536", ":99999", ":0443", ":+443", ":-1", ":44 3", ":443:443", ":\u0664"),
)
PATHS: Final = (
    ("", "/rs", "/dcm4chee-arc/aets/A_1/rs", "/v1.2/~x"),
    (
        *("?x", "/rs?x=1", "#x", "/rs#@pacs.evil", "/../rs", "/rs/..", "/./rs", "//rs", "/rs//x"),
        *("/r s", "/rs;x", "/%2e%2e/rs", "/@pacs.evil", "\\rs", "/rs\n", "\n", " ", "/é", "/a:b"),
        "/" + "a" * 512,
    ),
)
PARTS: Final = (SCHEMES, USERS, NAMES, PORTS, PATHS)
GOOD: Final = ["".join(parts) for parts in product(*(part[0] for part in PARTS))]
# One part that does not pass, in every URL that would.
BAD: Final = sorted(
    {
        "".join(parts)
        for number, (_, wrong) in enumerate(PARTS)
        for parts in product(*(wrong if at == number else part[0] for at, part in enumerate(PARTS)))
    }
)


def test_a_plain_url_passes_and_every_reader_finds_the_same_host() -> None:
    hosts = [*NAMES[0], *ADDRESSES[0]]
    for host, port, path in product(hosts, PORTS[0], PATHS[0]):
        url = f"https://{host}{port}{path}"
        assert read_pacs(url) == url
        bare = host.strip("[]")
        assert urlsplit(url).hostname == bare
        assert httpx.URL(url).raw_host == bare.encode()
        assert (urlsplit(url).username, httpx.URL(url).userinfo) == (None, b"")
    for url in GOOD:
        assert read_https(url) == url


def test_one_part_that_is_not_plain_refuses_the_url() -> None:
    assert len(BAD) > 4000
    passed = []
    for url in BAD:
        for read in (read_pacs, read_https):
            try:
                read(url)
            except ValueError:
                continue
            passed.append((read.__name__, url))
    # The local stack alone, whose PACS speaks without TLS.
    here = {("read_pacs", url) for url in BAD if url.startswith("http://127.0.0.1:")}
    assert {*passed} - here == set()
    assert {url for _, url in passed} == {
        f"http://127.0.0.1{port}{path}" for port in PORTS[0][1:] for path in PATHS[0]
    }


@pytest.mark.parametrize("host", ADDRESSES[1])
def test_an_address_has_one_notation(host: str) -> None:
    for read in (read_pacs, read_https):
        with pytest.raises(ValueError, match=r"."):
            read(f"https://{host}/rs")


@pytest.mark.parametrize("host", ADDRESSES[0])
def test_a_name_that_others_read_is_no_address_of_ipv6(host: str) -> None:
    """Other DRIMboxes refuse such a RetrieveURL."""
    with pytest.raises(ValueError, match="no name"):
        read_https(f"https://{host}/rs")


def test_the_slashes_at_the_end_of_a_pacs_are_left_out() -> None:
    assert read_pacs("https://pacs.example/rs//") == "https://pacs.example/rs"
    assert read_pacs("https://pacs.example/") == "https://pacs.example"
    with pytest.raises(ValueError, match="plain"):
        read_https("https://pacs.example/")


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:80@pacs.evil/",
        "http://127.0.0.1:80@pacs.evil:443/rs",
        "http://127.0.0.1:8042/rs@pacs.evil",
        "http://127.0.0.1",
        "http://127.0.0.2:80",
        "http://localhost:80",
        "http://[::1]:80",
        "https://pacs.example@127.0.0.1",
    ],
)
def test_only_this_machine_itself_is_asked_without_tls(url: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_pacs(url)
    assert read_pacs("http://127.0.0.1:8042/dicom-web/") == "http://127.0.0.1:8042/dicom-web"


@pytest.mark.parametrize(
    "text",
    ["10.0.0.0/24", "100.64.3.0/28", "100.127.255.255/32", "172.31.0.0/25", "192.168.9.0/30"],
)
def test_a_range_that_may_be_allotted(text: str) -> None:
    assert str(read_range(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        # Not private, or of another kind.
        *("93.184.215.0/24", "0.0.0.0/32", "127.0.0.1/32", "169.254.169.254/32", "224.0.0.0/24"),
        *(
            "172.32.0.0/24",
            "172.15.255.0/24",
            "100.128.0.0/24",
            "100.63.255.0/24",
            "192.169.0.0/24",
        ),
        *("198.18.0.0/24", "192.0.2.0/24", "fd00::/120", "::ffff:10.0.0.0/120"),
        # Large, or in another notation.
        *("10.0.0.0/23", "100.64.0.0/10", "10.0.0.1/24", "10.0.0.1", "10.0.0.0/255.255.255.0"),
        *("10.0.0.0/024", "10.0.0/24", " 10.0.0.0/24", "10.0.0.0/24\n", "", "pacs.example"),
    ],
)
def test_a_range_that_may_not(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_range(text)


@given(st.ip_addresses(v=4))
def test_an_allotted_address_is_never_one_of_the_internet(address: IPv4Address) -> None:
    try:
        found = read_range(f"{address}/32")
    except ValueError:
        return
    assert not found.is_global
    assert not any((found.is_loopback, found.is_link_local, found.is_multicast))


def test_a_gateway_is_an_address() -> None:
    assert read_gateway("198.51.100.7") == "198.51.100.7"
    for wrong in ("198.51.100.07", "198.51.100", "2606:4700::1111", "vpn.example", ""):
        with pytest.raises(ValueError, match=r"."):
            read_gateway(wrong)


@given(st.ip_addresses())
def test_an_address_outside_the_range_is_elsewhere(address: IPv4Address | IPv6Address) -> None:
    allotted = read_range("10.1.2.0/24")
    host = f"[{address}]" if address.version == 6 else str(address)
    if address.version == 4 or IPv6Address(address).ipv4_mapped is None:
        assert is_elsewhere(f"https://{host}/rs", allotted) is (address not in allotted)
    assert not is_elsewhere("https://10.1.2.200:8443/rs", allotted)
    assert not is_elsewhere("https://pacs.example/rs", allotted), "judged at each connection"
