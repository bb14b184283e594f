"""Bytes to elements: depth, lengths and headers are checked before they are used."""

from __future__ import annotations

import pytest
from pydicom.uid import ExplicitVRLittleEndian

from functions.drimbox.manifest.elements import (
    EXPLICIT_LE,
    MAX_DEPTH,
    Dataset,
    read_elements,
    read_file_meta,
)
from functions.drimbox.manifest.read import read
from functions.drimbox.manifest.writer import file_meta
from tests.drimbox.manifest.samples import (
    DATA,
    nested,
    refused,
    rewritten,
)


@pytest.mark.parametrize("explicit", [False, True])
@pytest.mark.parametrize("defined", [False, True])
def test_depth_is_bounded(defined: bool, explicit: bool) -> None:
    assert read(nested(MAX_DEPTH, defined=defined, explicit=explicit)).title == "113030"
    refused(nested(MAX_DEPTH + 1, defined=defined, explicit=explicit), "too deeply")
    refused(nested(20_000 if not defined else 2_000, defined=defined, explicit=explicit), "deeply")


@pytest.mark.parametrize(
    ("tail", "because"),
    [
        (b"\x40\x00\x30\xa7\xff\xff\xff\xff", "not closed"),
        (b"\x40\x00\x30\xa7\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff", "not closed"),
        (b"\x40\x00\x30\xa7\x10\x00\x00\x00", "longer"),
        (b"\x40\x00\x60\xa1\x10\x00\x00\x00", "longer"),
        (b"\x40\x00\x60\xa1\x10", "cut"),
        (b"\x40\x00\x30\xa7\x04\x00\x00\x00\xfe\xff\x00\xe0", "cut"),
        (b"\x40\x00\x30\xa7\x08\x00\x00\x00\xfe\xff\x0d\xe0\x00\x00\x00\x00", "not an item"),
        (b"\x40\x00\x30\xa7\x08\x00\x00\x00\xfe\xff\x00\xe0\x08\x00\x00\x00", "not an item"),
        (b"\xfe\xff\x0d\xe0\x00\x00\x00\x00", "alone"),
        (b"\xe0\x7f\x10\x00\xff\xff\xff\xff", "pixel data"),
    ],
)
def test_refuses_broken_structures(tail: bytes, because: str) -> None:
    refused(DATA + tail, because)


@pytest.mark.parametrize("tail", [b"\x50\x00\x10\x00??\x02\x00ab", b"\x50\x00\x10\x00OB\0\0"])
def test_refuses_broken_explicit_headers(tail: bytes) -> None:
    refused(rewritten(syntax=ExplicitVRLittleEndian) + tail, "not a value representation")


def test_refuses_encapsulated_data_outside_pixel_data() -> None:
    tail = b"\x50\x00\x10\x00OB\0\0\xff\xff\xff\xff"
    refused(rewritten(syntax=ExplicitVRLittleEndian) + tail, "pixel data")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        (b"+7", 7),
        (b"-7", -7),
        (b"007", 7),
        (b"", None),
        (b"-", None),
        (b"x", None),
        ("٧".encode(), None),
        (b"2147483647", 2147483647),
        (b"2147483648", None),
        (b"1" * 12, None),
    ],
)
def test_numbers_that_are_no_integer_are_unknown(text: bytes, number: int | None) -> None:
    assert Dataset({0x00200011: text}, {}).number(0x00200011) == number


@pytest.mark.parametrize("zeros", [1, 7, 8, 13, 64, 70_000])
def test_zeros_after_a_data_set_are_its_end(zeros: int) -> None:
    assert read(DATA + bytes(zeros)) == read(DATA)
    plain = rewritten(syntax=ExplicitVRLittleEndian)
    assert read(plain + bytes(zeros)) == read(plain)
    found = read_elements(bytes(zeros), 0, EXPLICIT_LE, wanted=())
    assert (found.values, found.end) == ({}, 0)


@pytest.mark.parametrize("zeros", [8, 64, 70_000])
def test_zeros_between_elements_are_refused(zeros: int) -> None:
    refused(DATA + bytes(zeros) + b"\x50\x00\x10\x00\x02\x00\x00\x00ab", "zeros")


def test_group_2_ends_where_any_other_group_starts() -> None:
    """A private group of a low number may come first (pydicom's nested_priv_SQ.dcm)."""
    data = file_meta("1.2", "1.2.3", "1.2.840.10008.1.2")
    low = b"\x01\x00\x01\x00\x02\x00\x00\x00ab"
    assert read_file_meta(data + low, wanted=()).end == len(data)
    assert read_file_meta(data, wanted=()).end == len(data)
