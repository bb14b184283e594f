"""functions.drimbox.identity.revoked: the small form of a list, and the refusals."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.drimbox.errors import StorageUnavailable
from functions.drimbox.identity.revoked import (
    GRACE,
    Revocation,
    RevokedCertificates,
    authority_id,
    decode,
    digests_of,
    refusal,
)
from tests.drimbox.peers.scenes import AT, CA, DAY, HOUR, certificate, key

SERIALS = st.sets(st.integers(1, 2**160 - 1), max_size=300)
SECOND = timedelta(seconds=1)


def listing(*serials: int) -> RevokedCertificates:
    return RevokedCertificates("ab", AT - HOUR, AT + DAY, AT, digests_of(serials))


@given(SERIALS, SERIALS)
def test_it_names_what_it_was_made_of_and_nothing_else(named: set[int], others: set[int]) -> None:
    found = listing(*named)
    assert found.count == len(named)
    assert all(found.names(one) for one in named)
    assert not any(found.names(one) for one in others - named)


@given(st.integers(-(2**170), 2**170), st.integers(-(2**170), 2**170))
def test_any_number_is_named_and_another_one_is_not(one: int, other: int) -> None:
    assert listing(one).names(one)
    assert listing(one).names(other) is (one == other)


def test_a_number_below_zero_is_none_of_its_neighbours() -> None:
    assert not any(listing(-1).names(one) for one in (1, 0, 255, -255))


def test_the_part_is_kept_and_an_object_of_before_has_none() -> None:
    assert decode(listing(1).encode()).part is None
    whole = replace(listing(1), part="")
    assert decode(whole.encode()) == whole
    assert decode(whole.encode().replace(b', "part": ""', b"")) == listing(1)
    with pytest.raises(StorageUnavailable):
        decode(whole.encode().replace(b'"part": ""', b'"part": 1'))


@given(SERIALS)
def test_it_is_kept_and_read_again(named: set[int]) -> None:
    found = listing(*named)
    assert decode(found.encode()) == found
    assert len(found.encode()) < 300 + 8 * len(named)
    assert repr(found.digests) not in repr(found)


@given(
    st.one_of(
        st.binary(max_size=300),
        st.tuples(st.integers(0, 250), st.binary(max_size=3)).map(
            lambda cut: listing(1).encode()[: cut[0]] + cut[1] + listing(1).encode()[cut[0] :]
        ),
    )
)
def test_any_bytes_are_a_list_or_unavailable(data: bytes) -> None:
    try:
        found = decode(data)
    except StorageUnavailable:
        return
    assert found.count * 8 == len(found.digests)


@pytest.mark.parametrize(
    "data", [b"", b"1\n", b"[]\n", b"null", b'{"format": 2}\n', listing(1).encode() + b"x"]
)
def test_what_we_did_not_write_is_unavailable(data: bytes) -> None:
    with pytest.raises(StorageUnavailable):
        decode(data)


@pytest.mark.parametrize("demanded", Revocation)
def test_a_certificate_that_the_last_good_list_names_is_refused(demanded: Revocation) -> None:
    for at in (AT, AT + 30 * DAY):
        assert refusal(demanded, listing(7), 7, at) == "revoked_certificate"
    assert refusal(demanded, listing(7), 8, AT) == ""


def test_a_list_is_demanded_only_where_the_deployment_says_so() -> None:
    end = AT + DAY + GRACE
    for demanded, missing in {
        Revocation.KNOWN: "",
        Revocation.REQUIRED: "revocation_unknown",
    }.items():
        assert refusal(demanded, None, 8, AT) == missing
        assert refusal(demanded, listing(7), 8, end) == ""
        assert refusal(demanded, listing(7), 8, end + SECOND) == missing


def test_an_authority_is_its_key() -> None:
    one = certificate("CN=ca", "CN=ca", key(1), key(1), extensions=CA)
    renewed = certificate("CN=ca", "CN=ca", key(1), key(1), end=AT + 9 * DAY, extensions=CA)
    other = certificate("CN=ca", "CN=ca", key(2), key(2), extensions=CA)
    assert authority_id(one) == authority_id(renewed) != authority_id(other)
