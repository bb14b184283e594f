"""functions.drimbox.peers.source_address: the site that a manifest's RetrieveURL names."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.drimbox.manifest.read import Manifest, read
from functions.drimbox.peers.source_address import SourceAddress, address_of, read_address
from tests.drimbox.manifest.samples import DATA

STUDY = "/studies/1.2.3/series/1.2.3.4"


@pytest.mark.parametrize(
    ("url", "address"),
    [
        (f"https://db1.901.example{STUDY}", SourceAddress("db1.901.example", 443, "")),
        (f"https://DB1.901.example:443/rs{STUDY}", SourceAddress("db1.901.example", 443, "/rs")),
        (
            f"https://db.example:8443/tenants/demo/dicomweb{STUDY}",
            SourceAddress("db.example", 8443, "/tenants/demo/dicomweb"),
        ),
    ],
)
def test_the_host_and_the_site_s_prefix_are_read(url: str, address: SourceAddress) -> None:
    assert read_address(url) == address


@pytest.mark.parametrize(
    "url",
    [
        "",
        f"http://db.example{STUDY}",
        f"https://{STUDY}",
        f"https://user@db.example{STUDY}",
        f"https://db.example{STUDY}?x=1",
        f"https://db.example{STUDY}#x",
        f"https://db.example/a/../b{STUDY}",
        f"https://db.example/./b{STUDY}",
        f"https://db.example//b{STUDY}",
        f"https://db.example/%2e%2e{STUDY}",
        f"https://db.example\\@evil.example{STUDY}",
        f"https://db.example\n{STUDY}",
        f"https://db.exampl\u00e9{STUDY}",
        f"https://db.example:0{STUDY}",
        f"https://db.example:99999{STUDY}",
        f"https://db.example:x{STUDY}",
        f"https://[::1{STUDY}",
        f"https://[::1]{STUDY}",
        f"https://-db.example{STUDY}",
        "https://db.example/rs",
        f"https://db.example/{'a' * 1000}{STUDY}",
    ],
)
def test_anything_else_is_no_address(url: str) -> None:
    assert read_address(url) is None


@given(st.text(max_size=60), st.text(max_size=30))
def test_a_host_that_is_read_is_the_one_that_a_browser_would_ask(host: str, prefix: str) -> None:
    found = read_address(f"https://{host}/{prefix}{STUDY}")
    if found is not None:
        # Nothing of the text can stand for another host.
        assert host.lower() in {found.host, f"{found.host}:{found.port}", f"{found.host}:"} or (
            host.lower().startswith(f"{found.host}:") or host.lower().startswith(f"{found.host}/")
        )


def test_the_header_host_names_a_port_that_is_not_the_usual_one() -> None:
    assert SourceAddress("db.example", 443, "").authority == "db.example"
    assert SourceAddress("db.example", 8443, "").authority == "db.example:8443"


def manifest(*urls: str) -> Manifest:
    made = read(DATA)
    series = [replace(made.series[0], retrieve_url=url) for url in urls]
    return replace(made, series=tuple(series))


def test_a_manifest_has_the_one_address_of_its_series() -> None:
    one = f"https://db.example/rs{STUDY}"
    assert address_of(manifest(one, "", f"{one}.5")) == SourceAddress("db.example", 443, "/rs")
    assert address_of(manifest(one, f"https://other.example{STUDY}")) is None
    assert address_of(manifest(one, "ftp://db.example")) is None
    assert address_of(manifest("")) is None
    assert address_of(read(DATA)) == SourceAddress(
        "db.example.org", 443, "/tenants/tilleuls/dicomweb"
    )
