"""A sealed record opens in its own place, under its own secret, unchanged, and nowhere else."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.drimbox.identity.sealing import NONCE_BYTES, Seal

SEAL = Seal(b"secret", "demo", "test")
NONCES = st.binary(min_size=NONCE_BYTES, max_size=NONCE_BYTES)


@given(st.text(max_size=20), st.binary(max_size=200), NONCES)
def test_sealed_facts_open_again(place: str, content: bytes, nonce: bytes) -> None:
    sealed = SEAL.close(place, content, nonce)
    assert SEAL.open(place, sealed) == content
    assert SEAL.open(place + "x", sealed) is None


@given(st.binary(min_size=1, max_size=50), NONCES, st.data())
def test_one_changed_bit_and_it_stays_closed(
    content: bytes, nonce: bytes, data: st.DataObject
) -> None:
    raw = bytearray(urlsafe_b64decode(SEAL.close("place", content, nonce)))
    at = data.draw(st.integers(0, len(raw) * 8 - 1))
    raw[at // 8] ^= 1 << at % 8
    assert SEAL.open("place", urlsafe_b64encode(raw).decode()) is None


@given(st.text(max_size=80))
def test_any_other_text_stays_closed(text: str) -> None:
    assert SEAL.open("place", text) is None


@pytest.mark.parametrize(
    "other",
    [
        Seal(b"other", "demo", "test"),
        Seal(b"secret", "other", "test"),
        Seal(b"secret", "demo", "other"),
    ],
    ids=["secret", "tenant", "purpose"],
)
def test_another_secret_tenant_or_purpose_opens_nothing(other: Seal) -> None:
    assert other.open("place", SEAL.close("place", b"content", bytes(NONCE_BYTES))) is None
    assert repr(other) == "Seal(…)"


@given(st.text(max_size=20), st.binary(max_size=200), NONCES)
def test_a_store_of_bytes_keeps_the_same_seal(place: str, content: bytes, nonce: bytes) -> None:
    sealed = SEAL.close_bytes(place, content, nonce)
    assert SEAL.close(place, content, nonce) == urlsafe_b64encode(sealed).decode()
    assert SEAL.open_bytes(place, sealed) == content
    assert SEAL.open_bytes(place + "x", sealed) is None


@given(st.binary(max_size=80))
def test_any_other_bytes_stay_closed(sealed: bytes) -> None:
    assert SEAL.open_bytes("place", sealed) is None
