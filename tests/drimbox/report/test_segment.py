"""Segments: values by their numbers, and escape sequences."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import hl7
import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.drimbox.errors import MessageError
from functions.drimbox.report.hl7 import read_message
from functions.drimbox.report.segment import MAX_ESCAPES, MAX_REPETITIONS, escape, unescape
from tests.drimbox.report.build import STANDARD, small


@pytest.mark.parametrize("length", [1, 5000])
def test_a_long_value_is_given_back_exactly(length: int) -> None:
    run = "Ab9+/" * length + "=="
    segment = read_message(small(f"OBX|||^{run}~{run}^x-{run}.{run}\\S\\|z")).segments[1]
    _, second = segment.repetitions(3)
    assert segment.text(3, 2) == run
    assert second.text() == run
    assert second.text(2) == f"x-{run}.{run}^"
    assert segment.text(4) == "z"


@given(st.lists(st.text("aé|^~&", max_size=30), min_size=1, max_size=4))
def test_every_part_is_where_python_hl7_finds_it(contents: list[str]) -> None:
    raw = small(*(f"ZZZ|{content}" for content in contents))
    ours = read_message(raw).segments
    for segment, judged in zip(ours, hl7.parse(raw.decode()), strict=True):
        for number, field in enumerate(judged):
            for (repetition, component, subcomponent), value in leaves(field):
                if (segment.name, number) != ("MSH", 2):
                    part = segment.repetitions(number)[repetition - 1]
                    assert part.text(component, subcomponent) == value
            if number and segment.name == "ZZZ":
                assert len(segment.repetitions(number)) == len(field)
        assert segment.text(len(judged)) == ""
        assert segment.repetitions(len(judged)) == ()


def leaves(
    container: Any, place: tuple[int, ...] = ()
) -> Iterator[tuple[tuple[int, int, int], str]]:
    """Every value of a field of python-hl7: (repetition, component, subcomponent) from 1, text."""
    if isinstance(container, str):
        repetition, component, subcomponent = (*place, *(1,) * (3 - len(place)))
        yield (repetition, component, subcomponent), container
        return
    for number, part in enumerate(container, start=1):
        yield from leaves(part, (*place, number))


def test_a_value_without_parts_is_its_own_first_part() -> None:
    segment = read_message(small('PID|one||a^b1&b2~c||""| x ')).segments[1]
    assert segment.text(1, 1, 1) == "one"
    assert (segment.text(1, 2), segment.text(1, 1, 2)) == ("", "")
    assert (segment.text(3, 2), segment.text(3, 2, 2), segment.text(3, 2, 3)) == ("b1", "b2", "")
    assert (segment.repetitions(3)[1].text(), segment.text(3, 3)) == ("c", "")
    assert (segment.text(5), segment.text(6), segment.text(99)) == ("", "x", "")
    assert [len(segment.repetitions(n)) for n in (1, 3, 99)] == [1, 2, 0]
    assert repr(segment) == "Segment(PID^1)"


def test_a_whole_keeps_what_must_not_be_there() -> None:
    (one,) = read_message(small('PID|a^b1&b2^""^c&^')).segments[1].repetitions(1)
    assert [one.whole(n) for n in range(1, 6)] == ["a", "b1&b2", "", "c&", ""]
    assert one.alone() == 'a^b1&b2^""^c&'
    (one,) = read_message(small("PID|a^^")).segments[1].repetitions(1)
    assert one.alone() == "a"


@pytest.mark.parametrize("written", ["x", "x~", "x~~", "x^y&z", ""])
def test_a_field_that_says_one_value(written: str) -> None:
    segment = read_message(small(f"PID|{written}")).segments[1]
    assert segment.single(1) == segment.first(1)
    assert segment.single(9).text() == ""


@pytest.mark.parametrize("written", ["x~y", "x~x", "~x", "x~~y"])
def test_a_field_that_must_not_repeat(written: str) -> None:
    segment = read_message(small(f"PID|{written}")).segments[1]
    for read in (lambda: segment.single(1), lambda: segment.required(1, "missing", "missing")):
        with pytest.raises(MessageError) as caught:
            read()
        error = caught.value
        assert (error.code, error.location, error.condition) == ("field_repeated", "PID^1^1", 198)


def test_a_field_repeats_a_hundred_times_at_most() -> None:
    full = read_message(small("PID|" + "~".join("x" * MAX_REPETITIONS))).segments[1]
    assert [one.text() for one in full.repetitions(1)] == ["x"] * MAX_REPETITIONS
    more = read_message(small("PID|" + "~" * MAX_REPETITIONS)).segments[1]
    with pytest.raises(MessageError) as caught:
        more.repetitions(1)
    error = caught.value
    assert (error.code, error.location, error.condition) == ("too_many_repetitions", "PID^1^1", 198)


def test_a_value_of_too_many_escapes_stays_as_written() -> None:
    most = "\\.br\\" * (MAX_ESCAPES // 2)
    assert unescape(most, STANDARD, "utf-8") == "\n" * (MAX_ESCAPES // 2)
    assert unescape(f"{most}\\", STANDARD, "utf-8") == f"{most}\\"


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
