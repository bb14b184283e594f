"""functions.drimbox.peers.verification: every kind of list that the simulator knows."""

from __future__ import annotations

from datetime import timedelta

import pytest

from functions.drimbox.peers.faults import Fault
from functions.drimbox.peers.revocation import read_lists
from functions.drimbox.peers.verification import EARLY, MAX_BYTES, verify
from functions.drimbox.safe_xml import parse
from simulators.whitelist.publisher import to_bytes
from simulators.whitelist.signing import ENVELOPED, FILTER, Style
from simulators.whitelist.wrong import LISTS, REVOCATIONS
from tests.drimbox.peers.scenes import AT, fault, publisher, signer, verified

# The simulator's wrong list -> our fault; "" for one that only its age condemns.
EXPECTED = {
    "unsigned": Fault.UNSIGNED,
    "tampered": Fault.ALTERED,
    "tampered_properties": Fault.ALTERED,
    "tampered_value": Fault.ALTERED,
    "wrapped": Fault.SIGNATURE_FORM,
    "wrapped_in_object": Fault.SIGNATURE_FORM,
    "by_identifier": Fault.SIGNATURE_FORM,
    "two_signatures": Fault.SIGNATURE_FORM,
    "other_cn": Fault.OTHER_SIGNER,
    "other_ou": Fault.OTHER_SIGNER,
    "expired_signer": Fault.SIGNER_DATES,
    "early_signer": Fault.SIGNER_DATES,
    "revoked_signer": Fault.REVOKED_SIGNER,
    "other_authority": Fault.UNTRUSTED_SIGNER,
    "sha1": Fault.SIGNATURE_FORM,
    "older": "",
    "future": Fault.FUTURE,
    "huge": Fault.TOO_LARGE,
    "bomb": Fault.UNREADABLE,
    "external": Fault.UNREADABLE,
    "not_xml": Fault.UNREADABLE,
    "other_version": Fault.CONTENT,
    "empty": Fault.CONTENT,
}


@pytest.mark.parametrize("style", [FILTER, ENVELOPED], ids=["filter", "enveloped"])
def test_a_good_list_of_each_style_is_read(style: Style) -> None:
    made = publisher()
    found = verified(to_bytes(made.signed(style)), made)
    assert [one.db for one in found.white_list.domains] == [one.db for one in made.domains]
    assert (found.white_list.generated_at, found.signed_at) == (AT, AT)
    assert b"Signature" not in found.covered
    assert parse(found.covered).tag.endswith("}ListeBlancheDRIM-M")


def test_every_kind_of_wrong_list_is_judged_here() -> None:
    assert set(EXPECTED) == set(LISTS)


@pytest.mark.parametrize("kind", EXPECTED)
def test_a_wrong_list(kind: str) -> None:
    made = publisher()
    data = LISTS[kind].make(made)
    assert fault(lambda: verified(data, made)) == EXPECTED[kind]


@pytest.mark.parametrize("kind", REVOCATIONS)
def test_a_wrong_revocation_list(kind: str) -> None:
    made = publisher()
    data, lists = to_bytes(made.signed()), REVOCATIONS[kind].make(made)
    found = fault(lambda: verify(data, signer(), read_lists([lists]), AT))
    assert found == Fault.NO_REVOCATION_LIST


@pytest.mark.parametrize("ahead", [timedelta(), EARLY])
def test_a_publisher_s_clock_may_be_early_by_ten_minutes(ahead: timedelta) -> None:
    made = publisher()
    assert verified(to_bytes(made.signed(at=AT + ahead)), made).signed_at == AT + ahead
    later = to_bytes(made.signed(at=AT + EARLY + timedelta(seconds=1)))
    assert fault(lambda: verified(later, made)) == Fault.FUTURE


def test_a_list_of_the_greatest_size_is_read() -> None:
    made = publisher()
    domains = made.domains * 220
    data = to_bytes(made.signed(domains=domains))
    assert 0.8 * MAX_BYTES < len(data) <= MAX_BYTES
    assert len(verified(data, made).white_list.domains) == len(domains)
    assert fault(lambda: verified(data + b" " * MAX_BYTES, made)) == Fault.TOO_LARGE


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: data + b"<x/>",
        lambda data: data[:-1],
        lambda data: data.replace(b"UTF-8", b"UTF-7", 1),
        lambda data: b"\x00" + data,
        lambda data: data.replace(b"<ListeDomaines>", b"<ListeDomaines>" + b"<a>" * 400, 1),
        lambda _: b"",
    ],
)
def test_a_file_that_is_no_xml_is_refused(spoil: object) -> None:
    made = publisher()
    data = spoil(to_bytes(made.signed()))  # type: ignore[operator]
    assert fault(lambda: verified(data, made)) == Fault.UNREADABLE


def test_comments_and_instructions_hide_nothing() -> None:
    """A comment is no part of the canonical form; an instruction is, and is refused."""
    made = publisher()
    data = to_bytes(made.signed())
    commented = data.replace(b"<db>db1.901.", b"<db>db1<!-- x -->.901.")
    assert verified(commented, made).white_list.domains[0].db == made.domains[0].db
    instructed = data.replace(b"<db>db1.901.", b"<db><?x y?>db1.901.")
    for one in (instructed, data + b"<?x y?>", instructed.decode().encode("utf-16")):
        assert fault(lambda one=one: verified(one, made)) == Fault.UNREADABLE  # type: ignore[misc]
    assert verified(b"\xef\xbb\xbf" + data, made).covered == verified(data, made).covered
