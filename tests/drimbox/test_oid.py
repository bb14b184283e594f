"""functions.drimbox.oid: forms, lengths, derivation."""

from __future__ import annotations

import hashlib
import re
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.uid import RE_VALID_UID

from functions.drimbox.oid import Oid, Uid, derive_uid, uid_of


@pytest.mark.parametrize("value", ["0.0", "1.2.250.1.213.1.4.8", "2.25." + "9" * 59])
def test_accepts(value: str) -> None:
    assert Oid(value) == Uid(value) == value


@pytest.mark.parametrize(
    "value",
    ["", "1", "3.1", "1.", ".1", "1..2", "1.02", "1.2 ", "1.2\n", "1.a", "1.-2", "1.٣", "1.2.x"],
)
def test_refuses(value: str) -> None:
    with pytest.raises(ValueError, match="object identifier"):
        Oid(value)


def test_lengths() -> None:
    assert len(Oid("1." + "2" * 254)) == 256
    with pytest.raises(ValueError, match="object identifier"):
        Oid("1." + "2" * 255)
    assert len(Uid("1." + "2" * 62)) == 64
    with pytest.raises(ValueError, match="64"):
        Uid("1." + "2" * 63)


@given(st.lists(st.text(max_size=10), max_size=4))
def test_a_derived_uid_is_a_dicom_uid_and_always_the_same(parts: list[str]) -> None:
    first = derive_uid(*parts)
    assert first == derive_uid(*parts)
    assert len(first) <= 64
    # pydicom's own expression of PS3.5 9.1 is the judge.
    assert re.fullmatch(RE_VALID_UID, first)
    assert first.startswith("2.25.")


def test_other_parts_give_another_uid() -> None:
    made = {derive_uid(*parts) for parts in (("a", "b"), ("ab",), ("b", "a"), ("a", "b", ""), ())}
    assert len(made) == 5


@given(st.uuids())
def test_the_uid_of_a_uuid_is_a_dicom_uid(made: uuid.UUID) -> None:
    uid = uid_of(str(made))
    assert uid == f"2.25.{made.int}"
    assert len(uid) <= 64
    assert re.fullmatch(RE_VALID_UID, uid)


def test_a_text_that_is_no_uuid_gives_no_uid() -> None:
    with pytest.raises(ValueError, match="UUID"):
        uid_of("1.2.3")


def test_the_derivation_never_changes() -> None:
    # The class UID of our implementation depends on it, as do manifests of earlier versions.
    made = derive_uid("tenant", "study", "1")
    assert made == "2.25.258135101032508850966259204741429810755"
    # RFC 9562 5.5 by hand: SHA-1 of the namespace and the name, version and variant set.
    namespace = bytes.fromhex("8a6f2c5254b25b579a4e0b8fb6c4a1d2")
    digest = bytearray(hashlib.sha1(namespace + b"tenant\x1fstudy\x1f1").digest()[:16])  # noqa: S324
    digest[6] = digest[6] & 0x0F | 0x50
    digest[8] = digest[8] & 0x3F | 0x80
    assert made == f"2.25.{int.from_bytes(digest, 'big')}"
