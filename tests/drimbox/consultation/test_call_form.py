"""The body of a call is read in one way, or not at all."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.drimbox.consultation.call_form import (
    MAX_BYTES,
    MAX_PAIRS,
    UnreadableCall,
    read_form,
    require_form,
)
from tests.drimbox.consultation.samples import body

_NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
_VALUES = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


def refusal(written: bytes) -> str:
    with pytest.raises(UnreadableCall) as caught:
        read_form(written)
    return caught.value.code


@given(st.lists(st.tuples(_NAMES, _VALUES), max_size=20))
def test_every_form_that_a_browser_writes_is_read(written: list[tuple[str, str]]) -> None:
    assert read_form(body(tuple(written))) == tuple(written)


@given(st.binary(max_size=200))
def test_any_bytes_are_pairs_or_refused(written: bytes) -> None:
    with suppress(UnreadableCall):
        assert all(name for name, _ in read_form(written))


@pytest.mark.parametrize(
    ("written", "found"),
    [
        (b"", ()),
        (b"a=1", (("a", "1"),)),
        (b"a", (("a", ""),)),
        (b"a=", (("a", ""),)),
        (b"a=b=c", (("a", "b=c"),)),
        (b"a=1&a=2", (("a", "1"), ("a", "2"))),
        (b"a=b+c%2B%c3%a9", (("a", "b c+é"),)),
    ],
)
def test_pairs_in_order(written: bytes, found: tuple[tuple[str, str], ...]) -> None:
    assert read_form(written) == found


@pytest.mark.parametrize(
    "written",
    [
        b"=1",
        b"a=1&",
        b"&a=1",
        b"a=1&&b=2",
        b"a=%",
        b"a=%g1",
        b"a=%1",
        b"a=b c",
        b"a=1\r\n",
        "a=é".encode(),
        b"a=\x00",
        b"a=\x7f",
        b"\xef\xbb\xbfa=1",
    ],
)
def test_a_body_with_two_readings_has_none(written: bytes) -> None:
    assert refusal(written) == "call_not_a_form"


@pytest.mark.parametrize("written", [b"a=%E9", b"a=%C0%AF", b"a=%ED%A0%80", b"%FF=1"])
def test_another_character_set_is_not_guessed(written: bytes) -> None:
    assert refusal(written) == "call_character_set"


def test_a_huge_body_is_not_read() -> None:
    assert refusal(b"a=" + b"1" * MAX_BYTES) == "call_too_large"
    assert refusal(b"&".join([b"a=1"] * (MAX_PAIRS + 1))) == "call_too_large"
    assert len(read_form(b"&".join([b"a=1"] * MAX_PAIRS))) == MAX_PAIRS


@pytest.mark.parametrize(
    "content_type",
    [
        "application/x-www-form-urlencoded",
        "Application/X-WWW-Form-Urlencoded",
        "application/x-www-form-urlencoded; charset=utf-8",
        'application/x-www-form-urlencoded;charset="UTF-8"',
        "application/x-www-form-urlencoded;",
    ],
)
def test_a_form_in_utf_8(content_type: str) -> None:
    require_form([content_type])


@pytest.mark.parametrize(
    ("content_types", "code"),
    [
        ([], "call_content_type"),
        ([""], "call_content_type"),
        (["application/json"], "call_content_type"),
        (["multipart/form-data; boundary=x"], "call_content_type"),
        (["application/x-www-form-urlencoded, text/plain"], "call_content_type"),
        (["application/x-www-form-urlencoded"] * 2, "call_content_type"),
        (["application/x-www-form-urlencoded; charset=iso-8859-1"], "call_character_set"),
        (["application/x-www-form-urlencoded; charset=utf-8; x=y"], "call_character_set"),
    ],
)
def test_another_type_is_refused(content_types: list[str], code: str) -> None:
    with pytest.raises(UnreadableCall) as caught:
        require_form(content_types)
    assert caught.value.code == code
