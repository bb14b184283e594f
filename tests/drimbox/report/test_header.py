"""MSH is read whatever follows it; and the bodies that are no HL7 message at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.drimbox.errors import NotHl7
from functions.drimbox.report.header import read_header
from functions.drimbox.report.hl7 import read_message
from tests.drimbox.report.build import STANDARD, small


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"MSH",
        b"MSH|",
        b"MSH|^~\\&",
        b"MSH|^~\\|x|",
        b"MSH|^~\\&#!|x|",
        b"MSH|^^\\&|x|",
        b"MSH|^~|&|x|",
        b"MSHA^~\\&Ax",
        b"MSH|^~\\A|x|",
        b"MSH|^~\\\xe9|x|",
        b"MSH|^~ &|x|",
        b"MSH+^~\\&+x+",
        b"MSH|^~\\/|x|",
        b"MSH|^~\\=|x|",
        b"MSH|^~\\\x07|x|",
        b"PID|1\rPID|MSH|^~\\&|x|",
        b"PID|1 MSH|^~\\&|x|",
        b"FHS|^~\\&|x|",
        b"\xff\xfeM\0S\0H\0|\0",
        b"\r\n \x0b",
        b"<xml/>",
    ],
)
def test_without_a_readable_msh_it_is_not_hl7(raw: bytes) -> None:
    with pytest.raises(NotHl7) as header:
        read_header(raw)
    with pytest.raises(NotHl7) as whole:
        read_message(raw)
    assert header.value.detail == whole.value.detail


def test_the_header_is_read_whatever_follows() -> None:
    header = read_header(small() + b"\rgarbage \x00\xff" * 1000)
    assert header.separators == STANDARD
    assert (header.sending_application, header.sending_facility) == ("RIS", "SITE")
    assert (header.receiving_application, header.receiving_facility) == ("BOX", "OP")
    assert header.event == ("ORU", "R01", "")
    assert (header.control_id, header.processing_id, header.version) == ("M1", "P", "2.5")
    assert header.encoding == "utf-8"


def test_an_msh_that_is_too_long_is_still_answered() -> None:
    header = read_header(small(msh="MSH|^~\\&|RIS|SITE|BOX|OP|||ORU^R01|M1|P|2.5|" + "x" * 5000))
    assert (header.sending_application, header.control_id) == ("RIS", "M1")


def test_missing_header_fields_are_empty() -> None:
    header = read_header(b"MSH|^~\\&|RIS")
    assert (header.event, header.control_id, header.version) == (("", "", ""), "", "")


def test_an_application_without_namespace_is_its_universal_id() -> None:
    header = read_header(b"MSH|^~\\&|^1.2.3^ISO|SITE^1.2.4^ISO|^1.2.5^ISO|^1.2.6^ISO|")
    assert (header.sending_application, header.sending_facility) == ("1.2.3", "SITE")
    assert (header.receiving_application, header.receiving_facility) == ("1.2.5", "1.2.6")


@pytest.mark.parametrize(
    ("declared", "raw", "codec", "application"),
    [
        ("8859/15", "Hôpital €".encode("iso8859-15"), "iso8859-15", "Hôpital €"),
        ("8859/15", "Hôpital €".encode(), "utf-8", "Hôpital €"),
        ("UNICODE UTF-8", "Hôpital".encode("iso8859-1"), "iso8859-1", "Hôpital"),
        ("ASCII", "Hôpital".encode("iso8859-1"), "iso8859-1", "Hôpital"),
        ("NONSENSE", b"Hopital", "utf-8", "Hopital"),
    ],
)
def test_a_header_is_readable_even_in_the_wrong_character_set(
    declared: str, raw: bytes, codec: str, application: str
) -> None:
    header = read_header(b"MSH|^~\\&|" + raw + b"||||||||||||||" + b"|" + declared.encode())
    assert (header.encoding, header.sending_application) == (codec, application)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_header_or_not_hl7(tail: bytes) -> None:
    try:
        header = read_header(b"MSH" + tail)
    except NotHl7:
        return
    assert header.separators.encode() == tail[: len(header.separators)]
