"""functions.drimbox.reading.asking: nobody is asked but a listed host, at a public address."""

from __future__ import annotations

from dataclasses import replace

import pytest

from functions.drimbox.peers.source_address import SourceAddress
from functions.drimbox.reading.asking import place_of
from functions.drimbox.reading.ended import Ended, SiteFailed
from tests.drimbox.images.samples import SERIES, STUDY, manifest
from tests.drimbox.reading.sites import HOST, PATH, uid, white_list

PUBLIC = "93.184.215.14"
URL = f"https://{HOST}{PATH}"


def named(url: str = URL):  # type: ignore[no-untyped-def]
    return replace(manifest(1).series[0], retrieve_url=url)


def ended(url: str, ip: str = PUBLIC, **changes: object) -> Ended:
    facts = {"listed": white_list(), "private": (), **changes}
    with pytest.raises(SiteFailed) as failed:
        place_of(named(url), STUDY, facts["listed"], lambda _: [ip], facts["private"])  # type: ignore[arg-type]
    return failed.value.ended


def test_a_listed_host_is_asked_at_the_judged_address() -> None:
    place = place_of(named(), STUDY, white_list(), lambda _: [PUBLIC])
    assert place.address == SourceAddress(HOST, 443, "/rs")
    assert (place.urls, place.path) == ((f"https://{PUBLIC}:443",), PATH)
    assert place.instance(uid(7)) == f"{PATH}/instances/{SERIES}.7"


def test_an_address_of_the_study_alone_names_its_series() -> None:
    place = place_of(
        named(f"https://{HOST}/rs/studies/{STUDY}"), STUDY, white_list(), lambda _: ["2606:4700::1"]
    )
    assert (place.urls, place.path) == (("https://[2606:4700::1]:443",), PATH)


def test_every_judged_address_of_the_host_may_be_asked() -> None:
    found = ["2606:4700::1", PUBLIC, "93.184.215.15"]
    place = place_of(named(), STUDY, white_list(), lambda _: found)
    assert place.ips == (PUBLIC, "93.184.215.15", "2606:4700::1")
    assert place.urls[2] == "https://[2606:4700::1]:443"


def test_a_name_without_an_address_is_not_asked() -> None:
    with pytest.raises(SiteFailed) as failed:
        place_of(named(), STUDY, white_list(), lambda _: [])
    assert failed.value.ended is Ended.UNLISTED


@pytest.mark.parametrize("ip", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "fe80::1"])
def test_no_private_address_is_asked_but_of_the_declared_hosts(ip: str) -> None:
    assert ended(URL, ip) is Ended.UNLISTED
    place = place_of(named(), STUDY, white_list(), lambda _: [ip], (HOST,))
    assert place.ips == (ip,)


def test_a_name_that_is_not_listed_is_not_even_resolved() -> None:
    def resolve(_: str) -> list[str]:
        raise AssertionError("resolved")

    with pytest.raises(SiteFailed) as failed:
        place_of(named(), STUDY, white_list("db2.901.example"), resolve)
    assert failed.value.ended is Ended.UNLISTED
    with pytest.raises(SiteFailed) as failed:
        place_of(named(), STUDY, None, resolve)
    assert failed.value.ended is Ended.UNTRUSTED


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("", Ended.ODD),
        (f"http://{HOST}{PATH}", Ended.ODD),
        (f"https://user@{HOST}{PATH}", Ended.ODD),
        (f"https://{HOST}.evil.example{PATH}", Ended.UNLISTED),
        (f"https://{HOST}:8443{PATH}", Ended.UNLISTED),
        (f"https://{HOST}/rs/studies/1.2.3/series/{SERIES}", Ended.ODD),
        (f"https://{HOST}/rs/studies/{STUDY}/series/1.2.3", Ended.ODD),
        (f"https://{HOST}{PATH}/instances/1.2.3", Ended.ODD),
    ],
)
def test_another_address_is_never_asked(url: str, expected: Ended) -> None:
    assert ended(url) is expected
