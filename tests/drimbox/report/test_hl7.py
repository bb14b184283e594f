"""Bytes to segments: framing, delimiters, character sets, escapes, limits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import hl7
import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.drimbox.errors import MessageError, NotHl7
from functions.drimbox.report.header import read_header
from functions.drimbox.report.hl7 import Message, read_message
from functions.drimbox.report.segment import escape, unescape
from tests.drimbox.report.build import message

STANDARD = "|^~\\&"


def refused(raw: bytes, **limits: int) -> MessageError:
    with pytest.raises(MessageError) as caught:
        read_message(raw, **limits)
    return caught.value


def small(*segments: str, msh: str = "MSH|^~\\&|RIS|SITE|BOX|OP|||ORU^R01|M1|P|2.5") -> bytes:
    return "\r".join([msh, *segments]).encode()


def values(read: Message) -> list[tuple[str, str]]:
    return [(segment.name, segment.text(3)) for segment in read.segments]


# --- framing and segment ends ---


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
@pytest.mark.parametrize("last_end", [True, False])
@pytest.mark.parametrize("before", [b"", b"\x0b", b"\xef\xbb\xbf", b"\x0b\xef\xbb\xbf"])
@pytest.mark.parametrize("after", [b"", b"\x1c\r", b"\x1c", b"\x1c\r\n"])
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


def test_segments_without_fields_and_of_the_site_are_read() -> None:
    assert [s.name for s in read_message(small("EVN", "ZBE|1", "OBX")).segments] == [
        "MSH",
        "EVN",
        "ZBE",
        "OBX",
    ]


# --- MSH ---


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
        b"MSH|^~\\&|a\x00b|",
        b"MSH|^~\\&|a\xc2\x85b|",
        b"PID|1\rMSH|^~\\&|x|",
        b" MSH|^~\\&|x|",
        b"FHS|^~\\&|x|",
        b"<xml/>",
        b"MSH|^~\\&|" + b"x" * 5000,
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


def test_missing_header_fields_are_empty() -> None:
    header = read_header(b"MSH|^~\\&|RIS")
    assert (header.event, header.control_id, header.version) == (("", "", ""), "", "")


def test_an_application_without_namespace_is_its_universal_id() -> None:
    header = read_header(b"MSH|^~\\&|^1.2.3^ISO|SITE^1.2.4^ISO|^1.2.5^ISO|^1.2.6^ISO|")
    assert (header.sending_application, header.sending_facility) == ("1.2.3", "SITE")
    assert (header.receiving_application, header.receiving_facility) == ("1.2.5", "1.2.6")


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
    assert list(segment.repetitions(11)) == [1]
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


@pytest.mark.parametrize("char", ["\0", "\x07", "\x0b", "\x0c", "\x1b", "\x1c", "\x7f", "\x85"])
def test_control_characters_are_refused_at_their_segment(char: str) -> None:
    error = refused(message(PRT={3: f"a{char}b"}))
    assert (error.code, error.location, error.condition) == ("control_character", "PRT^1", 102)


def test_c1_characters_of_windows_1252_are_refused_in_iso_8859() -> None:
    raw = message(MSH={18: "8859/15"}, PID={5: "D’ARC"}, encoding="cp1252")
    assert (refused(raw).code, refused(raw).location) == ("control_character", "PID^1")


def test_tab_is_text() -> None:
    assert read_message(small("PID|||a\tb")).segments[1].text(3) == "a\tb"


# --- splitting ---


@pytest.mark.parametrize("length", [1, 5000])
def test_a_long_value_is_given_back_exactly(length: int) -> None:
    run = "Ab9+/" * length + "=="
    segment = read_message(small(f"OBX|||^{run}~{run}^x-{run}.{run}\\S\\|z")).segments[1]
    assert segment.text(3, 2) == run
    assert segment.text(3, 1, repetition=2) == run
    assert segment.text(3, 2, repetition=2) == f"x-{run}.{run}^"
    assert segment.text(4) == "z"


@given(st.lists(st.text("aé|^~&", max_size=30), min_size=1, max_size=4))
def test_every_part_is_where_python_hl7_finds_it(contents: list[str]) -> None:
    raw = small(*(f"ZZZ|{content}" for content in contents))
    ours = read_message(raw).segments
    for segment, judged in zip(ours, hl7.parse(raw.decode()), strict=True):
        for number, field in enumerate(judged):
            for place, value in leaves(field):
                if (segment.name, number) != ("MSH", 2):
                    repetition, component, subcomponent = place
                    assert segment.text(number, component, subcomponent, repetition=repetition) == (
                        value
                    )
            if number and segment.name == "ZZZ":
                assert len(segment.repetitions(number)) == len(field)
        assert segment.text(len(judged)) == ""
        assert list(segment.repetitions(len(judged))) == []


def leaves(container: Any, place: tuple[int, ...] = ()) -> Iterator[tuple[tuple[int, ...], str]]:
    """Every value of a field of python-hl7: (repetition, component, subcomponent) from 1, text."""
    if isinstance(container, str):
        yield (*place, *(1,) * (3 - len(place))), container
        return
    for number, part in enumerate(container, start=1):
        yield from leaves(part, (*place, number))


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
        (b"MSH|^~\\&|" + b"\r" * 60_000, {}),
    ],
)
def test_limits(raw: bytes, limits: dict[str, int]) -> None:
    error = refused(raw, **limits)
    assert (error.code, error.location, error.condition) == ("message_too_large", "MSH^1", 207)


def test_just_at_the_limits() -> None:
    raw = small("PID|1", "PID|2")
    read = read_message(raw, max_bytes=len(raw), max_segments=3)
    assert [segment.location(1) for segment in read.segments] == ["MSH^1^1", "PID^1^1", "PID^2^1"]


# --- fields and escapes ---


def test_a_value_without_parts_is_its_own_first_part() -> None:
    segment = read_message(small('PID|one||a^b1&b2~c||""| x ')).segments[1]
    assert segment.text(1, 1, 1) == "one"
    assert (segment.text(1, 2), segment.text(1, 1, 2), segment.text(1, repetition=2)) == ("",) * 3
    assert (segment.text(3, 2), segment.text(3, 2, 2), segment.text(3, 2, 3)) == ("b1", "b2", "")
    assert (segment.text(3, repetition=2), segment.text(3, 3)) == ("c", "")
    assert (segment.text(5), segment.text(6), segment.text(99)) == ("", "x", "")
    assert [list(segment.repetitions(n)) for n in (1, 3, 99)] == [[1], [1, 2], []]
    assert repr(segment) == "Segment(PID^1)"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("a\\F\\b\\S\\c\\T\\d\\R\\e\\E\\f", "a|b^c&d~e\\f"),
        ("\\H\\bold\\N\\", "bold"),
        ("one\\.br\\two", "one\ntwo"),
        ("\\XC3A9\\", "é"),
        ("\\X0D0A\\", "\r\n"),
        ("\\X00\\", "\\X00\\"),
        ("\\XFF\\", "\\XFF\\"),
        ("\\Xzz\\", "\\Xzz\\"),
        ("\\.sp\\", "\\.sp\\"),
        ("\\C2842\\", "\\C2842\\"),
        ("C:\\", "C:\\"),
        ("plain", "plain"),
        ("\\\\", "\\\\"),
    ],
)
def test_escape_sequences(written: str, meant: str) -> None:
    assert unescape(written, STANDARD, "utf-8") == meant


def test_hexadecimal_escapes_are_in_the_messages_character_set() -> None:
    assert unescape("\\XE9\\", STANDARD, "iso8859-15") == "é"


@given(
    st.text(st.characters(exclude_categories=["Cs", "Cc"])), st.sampled_from([STANDARD, "#$%!*"])
)
def test_escaping_round_trips_and_leaves_no_delimiter(value: str, separators: str) -> None:
    written = escape(f"{value}\r\n", separators)
    assert not set(written) & {*separators[:3], separators[4], "\r", "\n"}
    assert unescape(written, separators, "utf-8") == f"{value}\r\n"


@given(st.text(), st.sampled_from(["utf-8", "iso8859-15", "ascii"]))
def test_any_text_can_be_unescaped(value: str, encoding: str) -> None:
    assert unescape(value, STANDARD, encoding) == value or "\\" in value


@given(st.binary(max_size=200))
def test_any_bytes_are_a_header_or_not_hl7(tail: bytes) -> None:
    try:
        header = read_header(b"MSH" + tail)
    except NotHl7:
        return
    assert header.separators.encode() == tail[: len(header.separators)]


@given(st.binary(max_size=200))
def test_any_bytes_after_msh_are_segments_or_a_message_error(tail: bytes) -> None:
    try:
        read = read_message(small() + b"\r" + tail)
    except MessageError:
        return
    assert read.segments[0].name == "MSH"
