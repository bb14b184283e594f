"""Bytes to segments: framing, delimiters, character sets, escapes, limits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.drimbox.errors import MessageError
from functions.drimbox.report.header import read_header
from functions.drimbox.report.hl7 import Message, read_message
from tests.drimbox.report.build import STANDARD, message, small


def refused(raw: bytes, **limits: int) -> MessageError:
    with pytest.raises(MessageError) as caught:
        read_message(raw, **limits)
    return caught.value


def values(read: Message) -> list[tuple[str, str]]:
    return [(segment.name, segment.text(3)) for segment in read.segments]


# --- framing and segment ends ---


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
@pytest.mark.parametrize("last_end", [True, False])
@pytest.mark.parametrize(
    "before",
    [
        b"",
        b"\x0b",
        b"\xef\xbb\xbf",
        b"\x0b\xef\xbb\xbf",
        b"\xef\xbb\xbf\x0b",
        b"\r\n\r\n",
        b"\n \t\r  ",
        b"\x0b\r\n\x0b\xef\xbb\xbf\r \xef\xbb\xbf",
    ],
)
@pytest.mark.parametrize(
    "after", [b"", b"\x1c\r", b"\x1c", b"\x1c\r\n", b"\x1c\x1c\r", b"\r\n \x1c\r\n\r\n "]
)
def test_framing_and_segment_ends_change_nothing(
    end: str, last_end: bool, before: bytes, after: bytes
) -> None:
    plain = read_message(message())
    read = read_message(before + message(end=end, last_end=last_end) + after)
    assert values(read) == values(plain)
    assert read.segments[-1].text(11) == "F"


def test_mixed_ends_and_blank_lines_are_tolerated() -> None:
    raw = small("PID|||x") + b"\r\n\r\n \nOBX|||y\n"
    assert values(read_message(raw))[1:] == [("PID", "x"), ("OBX", "y")]


@pytest.mark.parametrize(
    "line",
    ["MSH|^~\\&|again", "BHS|^~\\&|x", "FTS|1", "pid|1", "continued base64", "PIDX", "P", "OB-|1"],
)
def test_a_line_that_is_no_segment_is_refused_after_the_segment_before_it(line: str) -> None:
    error = refused(small("PID|1", "PID|2", line))
    assert (error.code, error.location, error.condition) == ("not_a_segment", "PID^2", 100)


@pytest.mark.parametrize(
    "before", [b"PID|1\r", b"FHS|^~\\&|x\rBHS|^~\\&|x\r", b"Content-Type: x\r\n\r\n", b"x\n  "]
)
def test_something_before_msh_is_refused_by_the_header_that_is_found(before: bytes) -> None:
    error = refused(before + small("PID|1"))
    assert (error.code, error.location, error.condition) == ("not_a_segment", "MSH^1", 100)
    assert read_header(before + small("PID|1")).control_id == "M1"


@pytest.mark.parametrize(
    ("raw", "location"),
    [
        (small("PID|1", "ADD|rest"), "ADD^1"),
        (small("PID|1", "DSC|12"), "DSC^1"),
        (small("PID|1", msh="MSH|^~\\&|RIS|SITE|BOX|OP|||ORU^R01|M1|P|2.5||12"), "MSH^1^14"),
    ],
)
def test_a_part_of_a_message_is_no_message(raw: bytes, location: str) -> None:
    error = refused(raw)
    assert (error.code, error.location, error.condition) == ("message_fragment", location, 100)


def test_segments_without_fields_and_of_the_site_are_read() -> None:
    assert [s.name for s in read_message(small("EVN", "ZBE|1", "OBX")).segments] == [
        "MSH",
        "EVN",
        "ZBE",
        "OBX",
    ]


# --- MSH ---


@pytest.mark.parametrize("separators", ["#$%!*", "|^~\\&#", ";,:?@"])
def test_the_messages_own_delimiters_are_honoured(separators: str) -> None:
    translated = message().decode().translate(str.maketrans(STANDARD, separators[:5]))
    raw = translated.replace(separators[:5], separators, 1).encode()
    assert read_header(raw).separators == separators
    plain, read = read_message(message()), read_message(raw)
    assert [s.text(3) for s in read.segments[1:]] == [s.text(3) for s in plain.segments[1:]]
    assert [s.text(5, 5) for s in read.segments] == [s.text(5, 5) for s in plain.segments]
    assert read.segments[1].text(3, 4, 2) == "1.2.250.1.213.1.4.10"


# --- character sets ---


@pytest.mark.parametrize(
    ("declared", "encoding", "codec"),
    [
        ("UNICODE UTF-8", "utf-8", "utf-8"),
        ("unicode utf-8", "utf-8", "utf-8"),
        ("UTF-8", "utf-8", "utf-8"),
        ("", "utf-8", "utf-8"),
        ("8859/1", "iso8859-1", "iso8859-1"),
        ("8859/15", "iso8859-15", "iso8859-15"),
        ("8859/15~UNICODE UTF-8", "iso8859-15", "iso8859-15"),
        ("8859/15", "utf-8", "iso8859-15"),
        ("ASCII", "utf-8", "ascii"),
    ],
)
def test_msh_18_is_honoured_and_utf_8_is_recognised(
    declared: str, encoding: str, codec: str
) -> None:
    text = "Hélène Œuvrard €" if encoding != "iso8859-1" else "Hélène ÿ"
    raw = message(MSH={18: declared}, PID={5: text}, encoding=encoding)
    assert read_message(raw).segments[1].text(5) == text
    assert read_header(raw).encoding == codec


def test_without_msh_18_a_message_is_utf_8() -> None:
    raw = small("PID|||é")
    assert read_message(raw).segments[1].text(3) == "é"


def test_double_encoded_text_stays_as_it_is() -> None:
    twice = "é˜".encode().decode("cp1252").encode().decode("cp1252", "replace")
    assert read_message(message(PID={11: twice})).segments[1].text(11) == twice


def test_a_tilde_that_is_not_the_delimiter_is_text() -> None:
    segment = read_message(message(PID={11: "a^^FRA^H˜^^^BDL^^63220"})).segments[1]
    assert len(segment.repetitions(11)) == 1
    assert segment.text(11, 4) == "H˜"


@pytest.mark.parametrize(
    ("declared", "encoding", "detail"),
    [
        ("UNICODE UTF-8", "iso8859-15", "not in the character set"),
        ("", "iso8859-1", "not in the character set"),
        ("ASCII", "iso8859-1", "not in the character set"),
        ("UNICODE", "utf-8", "do not read"),
        ("ISO IR87", "utf-8", "do not read"),
    ],
)
def test_an_unreadable_character_set_is_refused_at_msh_18(
    declared: str, encoding: str, detail: str
) -> None:
    error = refused(message(MSH={18: declared}, encoding=encoding))
    assert (error.code, error.location, error.condition) == ("character_set", "MSH^1^18", 103)
    assert detail in error.detail


@pytest.mark.parametrize("char", ["\0", "\x07", "\x0b", "\x0c", "\x1b", "\x1c", "\x7f", "\x85"])
def test_control_characters_are_refused_at_their_segment(char: str) -> None:
    error = refused(message(PRT={3: f"a{char}b"}))
    assert (error.code, error.location, error.condition) == ("control_character", "PRT^1", 102)


@pytest.mark.parametrize("char", [b"\0", b"\x07", b"\x1c", b"\xc2\x85"])
def test_control_characters_in_msh_are_refused_there(char: bytes) -> None:
    raw = small("PID|1").replace(b"|M1|", b"|M" + char + b"1|")
    assert (refused(raw).code, refused(raw).location) == ("control_character", "MSH^1")
    assert read_header(raw).control_id == "M1"


def test_c1_characters_of_windows_1252_are_refused_in_iso_8859() -> None:
    raw = message(MSH={18: "8859/15"}, PID={5: "D’ARC"}, encoding="cp1252")
    assert (refused(raw).code, refused(raw).location) == ("control_character", "PID^1")


def test_tab_is_text() -> None:
    assert read_message(small("PID|||a\tb")).segments[1].text(3) == "a\tb"


# --- splitting ---


# --- limits ---


@pytest.mark.parametrize(
    ("raw", "limits"),
    [
        (small("PID|1"), {"max_bytes": 10}),
        (small("PID|1", "PID|2", "PID|3"), {"max_segments": 3}),
        (small("PID" + "|" * 50), {"max_delimiters": 50}),
        (small("PID|" + "&" * 50), {"max_delimiters": 50}),
        (small(*["PID"] * 50), {"max_delimiters": 50}),
        (small("PID|" + "|" * 60_000), {}),
        (small(*["PID"] * 2_000), {}),
        (b"MSH|^~\\&|" + b"\r" * 60_000 + b"PID", {}),
        (b"MSH|^~\\&|" + b"x" * 4_088, {}),
        (b"MSH|^~\\&|" + "é".encode() * 2_044, {}),
    ],
)
def test_limits(raw: bytes, limits: dict[str, int]) -> None:
    error = refused(raw, **limits)
    assert (error.code, error.location, error.condition) == ("message_too_large", "MSH^1", 199)


@pytest.mark.parametrize("content", [b"x" * 4_087, "é".encode() * 2_043])
def test_the_longest_msh(content: bytes) -> None:
    read = read_message(b"MSH|^~\\&|" + content + b"\rPID|1")
    assert read.header.sending_application.encode() == content


def test_escape_marks_are_no_delimiters_of_the_message() -> None:
    line_ends = "\\X0D\\\\X0A\\" * 20_000
    read = read_message(small(f"OBX|||||^TEXT^XML^Base64^{line_ends}"))
    assert read.segments[1].text(5, 4) == "Base64"


def test_just_at_the_limits() -> None:
    raw = small("PID|1", "PID|2")
    read = read_message(raw, max_bytes=len(raw), max_segments=3)
    assert [segment.location(1) for segment in read.segments] == ["MSH^1^1", "PID^1^1", "PID^2^1"]


# --- fields and escapes ---


@given(st.binary(max_size=200))
def test_any_bytes_after_msh_are_segments_or_a_message_error(tail: bytes) -> None:
    try:
        read = read_message(small() + b"\r" + tail)
    except MessageError:
        return
    assert read.segments[0].name == "MSH"
