"""functions.drimbox.identity.revocation_refresh: which lists are taken, and which stay."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

from functions.drimbox.errors import StorageUnavailable
from functions.drimbox.identity.revocation_refresh import (
    DUE_AFTER,
    NotTaken,
    Outcome,
    Refreshed,
    refresh,
)
from functions.drimbox.identity.revoked import RevokedCertificates, authority_id
from tests.drimbox.peers.scenes import AT, CA, DAY, HOUR, certificate, crl, key
from tests.fakes.memory import VirtualClock

ONE = certificate("CN=one", "CN=one", key(1), key(1), extensions=CA)
TWO = certificate("CN=two", "CN=two", key(2), key(2), extensions=CA)
SECOND = timedelta(seconds=1)


@dataclass
class Place:
    """The addresses, the kept lists, the time."""

    files: list[bytes | Outcome] = field(default_factory=list)
    kept: dict[str, RevokedCertificates] = field(default_factory=dict)
    clock: VirtualClock = field(default_factory=VirtualClock)
    asked: int = 0

    def __len__(self) -> int:
        return len(self.files)

    def get(self, number: int) -> bytes:
        self.asked += 1
        found = self.files[number]
        if isinstance(found, Outcome):
            raise NotTaken(found)
        return found

    def refresh(self, *authorities: x509.Certificate, at_once: bool = False) -> Refreshed:
        return refresh(self, authorities or (ONE,), Kept(self), self.clock, at_once=at_once)

    def of(self, authority: x509.Certificate = ONE) -> RevokedCertificates:
        return self.kept[authority_id(authority)]


@dataclass
class Kept:
    place: Place

    def get(self, authority: str) -> RevokedCertificates | None:
        return self.place.kept.get(authority)

    def put(self, kept: RevokedCertificates) -> None:
        self.place.kept[kept.authority] = kept


def test_a_good_list_of_each_authority_is_kept() -> None:
    place = Place([crl("CN=two", key(2), 8), crl("CN=one", key(1), 6, 7)])
    found = place.refresh(ONE, TWO, ONE)
    assert found == Refreshed((Outcome.KEPT, Outcome.KEPT), ())
    assert not found.is_refused
    assert (place.of().count, place.of().names(7), place.of().names(8)) == (2, True, False)
    assert (place.of(TWO).names(8), place.of(TWO).checked_at) == (True, AT)
    assert (place.of().updated_at, place.of().next_at) == (AT - HOUR, AT + HOUR)


def test_a_list_is_downloaded_again_when_it_is_due() -> None:
    place = Place([crl("CN=one", key(1), end=AT + 2 * DAY)])
    for wait, asked in (
        (timedelta(0), 1),
        (timedelta(0), 1),
        (DUE_AFTER - SECOND, 1),
        (SECOND, 2),
    ):
        place.clock.advance(wait)
        place.refresh()
        assert place.asked == asked
    place.refresh(at_once=True)
    assert place.asked == 3
    place.refresh(ONE, TWO)
    assert place.asked == 4, "an authority has none yet"


def test_a_list_whose_end_has_come_is_due_and_its_authority_is_named() -> None:
    place = Place([crl("CN=one", key(1), 7, end=AT + HOUR)])
    place.refresh()
    place.files = [Outcome.UNREACHABLE]
    place.clock.advance(HOUR)
    assert place.refresh() == Refreshed((), ())
    place.clock.advance(SECOND)
    assert place.refresh() == Refreshed((Outcome.UNREACHABLE,), ("CN=one",))
    assert place.of().names(7), "the last good one stays"
    assert place.asked == 2


@dataclass
class Failing(Kept):
    """One authority's kept list cannot be read, or not written."""

    unread: str = ""
    unwritten: str = ""

    def get(self, authority: str) -> RevokedCertificates | None:
        if authority == self.unread:
            raise StorageUnavailable("unreadable")
        return super().get(authority)

    def put(self, kept: RevokedCertificates) -> None:
        if kept.authority == self.unwritten:
            raise StorageUnavailable("not written")
        super().put(kept)


@pytest.mark.parametrize(
    ("failing", "outcome"),
    [
        ({"unread": authority_id(ONE)}, Outcome.KEPT_UNREADABLE),
        ({"unwritten": authority_id(ONE)}, Outcome.NOT_STORED),
    ],
)
def test_a_kept_list_that_fails_stops_its_own_authority_alone_and_is_told(
    failing: dict[str, str], outcome: Outcome
) -> None:
    place = Place([crl("CN=one", key(1), 7), crl("CN=two", key(2), 8)])
    found = refresh(place, (ONE, TWO), Failing(place, **failing), place.clock)
    assert found == Refreshed((outcome, Outcome.KEPT), ("CN=one",))
    assert found.is_refused
    assert list(place.kept) == [authority_id(TWO)]


GOOD = crl("CN=one", key(1), 7, end=AT + 9 * DAY)
REFUSED: dict[str, tuple[bytes | Outcome, Outcome]] = {
    "no file": (Outcome.TOO_LARGE, Outcome.TOO_LARGE),
    "no list": (b"<html>", Outcome.UNREADABLE),
    "of another authority": (crl("CN=two", key(2)), Outcome.OTHER_AUTHORITY),
    "of another key": (crl("CN=one", key(2)), Outcome.OTHER_AUTHORITY),
    "altered": (GOOD[:-1] + bytes([GOOD[-1] ^ 1]), Outcome.OTHER_AUTHORITY),
    "a delta": (
        crl("CN=one", key(1), extensions=[x509.DeltaCRLIndicator(1)]),
        Outcome.NOT_WHOLE,
    ),
    "ended": (crl("CN=one", key(1), end=AT - SECOND), Outcome.NOT_IN_FORCE),
    "not begun": (
        crl("CN=one", key(1), begin=AT + HOUR, end=AT + DAY),
        Outcome.NOT_IN_FORCE,
    ),
    "older": (crl("CN=one", key(1), begin=AT - 2 * HOUR), Outcome.OLDER),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_a_wrong_file_leaves_the_kept_list(kind: str) -> None:
    file, outcome = REFUSED[kind]
    place = Place([GOOD])
    place.refresh()
    before = place.of()
    place.files = [file]
    found = place.refresh(at_once=True)
    assert found == Refreshed((outcome,), ())
    assert found.is_refused
    assert place.of() == before


def part(address: str, *serials: int) -> bytes:
    """A list for the certificates that name this address alone."""
    scope = x509.IssuingDistributionPoint(
        full_name=[x509.UniformResourceIdentifier(address)],
        relative_name=None,
        only_contains_user_certs=False,
        only_contains_ca_certs=False,
        only_some_reasons=None,
        indirect_crl=False,
        only_contains_attribute_certs=False,
    )
    return crl("CN=one", key(1), *serials, extensions=[scope])


def test_a_list_for_other_certificates_replaces_none() -> None:
    first, second = part("http://a.example/1.crl", 7), part("http://a.example/2.crl", 8)
    place = Place([first, second])
    found = place.refresh()
    assert found == Refreshed((Outcome.KEPT, Outcome.NOT_WHOLE), ())
    assert found.is_refused
    place.clock.advance(2 * HOUR)
    place.files = [second]
    assert place.refresh(at_once=True).outcomes == (Outcome.NOT_IN_FORCE,)
    assert place.of().names(7), "also beyond its end"
    place = Place([crl("CN=one", key(1), 7), second])
    assert place.refresh().outcomes == (Outcome.KEPT, Outcome.NOT_WHOLE)
    place.files = [first, crl("CN=one", key(1), 7, 8)]
    assert place.refresh(at_once=True).outcomes == (Outcome.NOT_WHOLE, Outcome.KEPT)
    assert place.of().names(8)


def test_an_only_list_may_name_its_address_and_so_may_the_one_after_an_object_of_before() -> None:
    place = Place([part("http://a.example/1.crl", 7)])
    assert place.refresh().outcomes == place.refresh(at_once=True).outcomes == (Outcome.KEPT,)
    place.kept[place.of().authority] = replace(place.of(), part=None)
    assert place.refresh(at_once=True).outcomes == (Outcome.KEPT,)
    assert place.of().part


def test_a_number_below_zero_stops_no_other_list() -> None:
    """RFC 5280 bids us bear one; no builder makes it, so its byte is changed and signed anew."""
    made = x509.load_der_x509_crl(crl("CN=one", key(1), 0x7F))
    body = made.tbs_certlist_bytes
    changed = body.replace(b"\x02\x01\x7f", b"\x02\x01\x80")
    assert changed != body
    signature = key(1).sign(changed, padding.PKCS1v15(), hashes.SHA256())
    file = made.public_bytes(Encoding.DER).replace(body, changed)
    place = Place([file.replace(made.signature, signature), crl("CN=two", key(2), 8)])
    assert place.refresh(ONE, TWO).outcomes == (Outcome.KEPT, Outcome.KEPT)
    assert place.of().names(-128)
    assert not place.of().names(128)


def test_the_same_list_again_is_checked_again() -> None:
    place = Place([GOOD])
    place.refresh()
    place.clock.advance(HOUR)
    place.refresh(at_once=True)
    assert place.of().checked_at == AT + HOUR


def test_a_clock_that_is_a_little_early_is_borne() -> None:
    place = Place([crl("CN=one", key(1), begin=AT + timedelta(minutes=10), end=AT + DAY)])
    assert place.refresh().outcomes == (Outcome.KEPT,)


def test_entries_that_cannot_be_read_are_no_list(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: object) -> bytes:
        raise ValueError("a serial number that is none")

    monkeypatch.setattr("functions.drimbox.identity.revocation_refresh.digests_of", broken)
    assert Place([GOOD]).refresh().outcomes == (Outcome.UNREADABLE,)


@given(st.integers(0, len(GOOD)), st.integers(0, 8), st.binary(max_size=8))
def test_any_file_is_taken_or_refused(at: int, cut: int, put: bytes) -> None:
    place = Place([GOOD[:at] + put + GOOD[at + cut :]])
    [outcome] = place.refresh().outcomes
    assert bool(place.kept) is (outcome is Outcome.KEPT)
    assert outcome is not Outcome.KEPT or place.of().names(7)


def test_without_a_list_the_authorities_are_named() -> None:
    assert Place().refresh(ONE, TWO) == Refreshed((), ("CN=one", "CN=two"))
