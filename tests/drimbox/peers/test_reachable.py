"""functions.drimbox.peers.reachable: a listed host, at a public address."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.drimbox.identity.distinguished_name import canonical_name
from functions.drimbox.peers.reachable import (
    NotAdmitted,
    is_listed,
    is_private_literal,
    judged_addresses,
)
from functions.drimbox.peers.source_address import SourceAddress
from functions.drimbox.peers.white_list import Domain, WhiteList
from tests.drimbox.peers.scenes import AT

LISTED = "db1.901.example"
LIST = WhiteList(AT, (Domain(LISTED, "", canonical_name("CN=db1"), "901", "Essai"),), 0)
PUBLIC = "93.184.215.14"


@pytest.mark.parametrize(
    ("host", "port", "private", "expected"),
    [
        (LISTED, 443, (), True),
        (LISTED, 8443, (), False),
        (LISTED, 8443, (LISTED,), True),
        ("db2.901.example", 443, (), False),
        ("db2.901.example", 443, ("db2.901.example",), False),
        (f"evil.{LISTED}", 443, (), False),
        ("901.example", 443, (), False),
    ],
)
def test_only_the_whole_host_on_its_own_port_is_listed(
    host: str, port: int, private: tuple[str, ...], expected: bool
) -> None:
    assert is_listed(SourceAddress(host, port, "/rs"), LIST, private) is expected


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104  # an address that a name may have
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fd00::1",
        "fd00:ec2::254",
        "ff02::1",
        "::ffff:127.0.0.1",
        f"::ffff:{PUBLIC}",
        "64:ff9b::7f00:1",
        "64:ff9b::a00:1",
        f"64:ff9b::{PUBLIC}",
        "64:ff9b:1::a00:1",
        "fec0::1",
        "fec0:0:0:ffff::1",
        "3fff::1",
        "3fff:fff:ffff::1",
        "2001:db8::1",
        "2001:2::1",
        "2001:1ff:ffff::1",
        "5f00::1",
        "100::1",
        "192.0.0.1",
        "192.0.0.9",
        "192.0.0.170",
        "192.0.2.1",
        "192.88.99.1",
        "198.18.0.1",
        "198.51.100.1",
        "203.0.113.1",
        "2002:a00:1::1",
        "2002:5db8:d70e::1",
        "fe80::1%eth0",
        "2606:4700::1%1",
        "2002:7f00:1::1",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
        "no address",
        "",
    ],
)
def test_an_address_that_is_not_public_refuses_the_host(address: str) -> None:
    for found in ([address], [PUBLIC, address]):
        with pytest.raises(NotAdmitted):
            judged_addresses(LISTED, {LISTED: found}.__getitem__)


def test_every_judged_address_is_given_once_those_of_ipv4_first() -> None:
    found = ["2606:4700::1111", PUBLIC, "2606:4700:0::1111", "93.184.215.15", PUBLIC]
    expected = (PUBLIC, "93.184.215.15", "2606:4700::1111")
    assert judged_addresses(LISTED, lambda _: found) == expected
    assert judged_addresses(LISTED, lambda _: []) == ()


def test_a_host_of_this_machine_is_reached_where_it_is_declared() -> None:
    here = "127.0.0.1"
    assert judged_addresses(here, lambda host: [host], (here,)) == (here,)
    for found, private in ((here, ("127.0.0.2",)), ("x", (here,))):
        with pytest.raises(NotAdmitted):
            judged_addresses(here, {here: [found]}.__getitem__, private)


@pytest.mark.parametrize(
    ("host", "private"),
    [
        ("10.1.2.3", True),
        ("127.0.0.1", True),
        ("169.254.169.254", True),
        ("::1", True),
        ("fe80::1%eth0", True),
        ("2606:4700::1%1", True),
        ("localhost", True),
        ("PACS.localhost.", True),
        (PUBLIC, False),
        ("2606:4700::1111", False),
        ("localhost.example", False),
        ("10.1.2.3.example", False),
        ("", False),
    ],
)
def test_a_host_that_its_own_text_tells_to_be_private(host: str, private: bool) -> None:
    assert is_private_literal(host) is private


@given(st.ip_addresses())
def test_a_private_address_never_passes(address: object) -> None:
    try:
        found = judged_addresses(LISTED, lambda _: [str(address)])
    except NotAdmitted:
        return
    assert found == (str(address),)
    assert getattr(address, "is_global", False)
