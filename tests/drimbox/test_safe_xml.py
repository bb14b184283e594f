"""The one XML parser: no entity, no DTD, bounded, and its errors quote nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from functions.drimbox.safe_xml import MAX_BYTES, UnsafeXml, parse, parse_apart, parse_taking

CANARY = "canary-of-a-patient"


def test_elements_are_taken_whole_in_order_and_emptied() -> None:
    taken: list[bytes] = []
    data = b"<a><b n='1'>1<!-- x -->2</b><c/><b><d/></b></a>"
    root = parse_taking([data], "b", lambda one: taken.append(etree.tostring(one)))
    assert taken == [b'<b n="1">12</b>', b"<b><d/></b>"]
    assert etree.tostring(root) == b"<a><b/><c/><b/></a>"
    assert parse_taking([b"<a/>"], "b", lambda one: taken.append(b"")).tag == "a"
    assert len(taken) == 2


def test_elements_are_taken_while_the_document_comes() -> None:
    events: list[str] = []

    def chunks() -> Iterator[bytes]:
        for chunk in (b"<a><b>1</", b"b><b>", b"2</b></a>"):
            events.append("asked")
            yield chunk

    root = parse_taking(chunks(), "b", lambda one: events.append(one.text or ""))
    assert events == ["asked", "asked", "1", "asked", "2"]
    assert etree.tostring(root) == b"<a><b/><b/></a>"


def test_an_error_of_the_chunks_leaves_as_it_is() -> None:
    def broken() -> Iterator[bytes]:
        yield b"<a><b/>"
        raise TimeoutError

    with pytest.raises(TimeoutError):
        parse_taking(broken(), "b", lambda _: None)


def test_a_long_list_is_never_a_whole_tree() -> None:
    data = b"<a>" + b"<b><c/></b>" * 100_000 + b"</a>"
    alive = 0

    def take(element: etree._Element) -> None:
        nonlocal alive
        former = element.getprevious()
        alive = max(alive, len(element) + (0 if former is None else len(former)))

    assert len(parse_taking([data], "b", take)) == 100_000
    assert alive == 1


def test_comments_and_instructions_do_not_split_a_text() -> None:
    assert parse(b"<a>1<!-- x -->2<?x y?>3</a>").text == "123"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<a>",
        f"<a>{CANARY}</b>".encode(),
        f'<!DOCTYPE a [<!ENTITY x "{CANARY}">]><a>&x;</a>'.encode(),
        b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
        b'<!DOCTYPE a SYSTEM "http://127.0.0.1:1/a.dtd"><a/>',
        b"<!DOCTYPE a><a/>",
        b"<a>&undefined;</a>",
        b'<?xml version="1.0" encoding="no-such"?><a/>',
        b"<a>" * 300 + b"</a>" * 300,
        b'<?xml version="1.0"?><a>\0</a>',
    ],
)
def test_anything_else_is_refused_without_a_quotation(data: bytes) -> None:
    with pytest.raises(UnsafeXml) as error:
        parse(data)
    assert CANARY not in str(error.value)
    with pytest.raises(UnsafeXml) as error:
        parse_taking([data], "a", lambda _: None)
    assert CANARY not in str(error.value)
    with pytest.raises(UnsafeXml) as error:
        parse_apart(data, lambda *_: False, lambda _: None, max_bytes=MAX_BYTES)
    assert CANARY not in str(error.value)


def test_a_text_longer_than_a_text_may_be_goes_apart() -> None:
    taken: list[str] = []
    long = "x" * 11_000_000 + "&amp;"
    data = f"<a n='1'>1<!-- y --><b>2</b><b c='2'>{long}<d>3</d>z</b>4</a>".encode()
    with pytest.raises(UnsafeXml):
        parse(data, max_bytes=len(data))

    def is_apart(names: Sequence[str], attributes: Mapping[str, str]) -> bool:
        return list(names) == ["a", "b"] and "c" in attributes

    root = parse_apart(data, is_apart, taken.append, max_bytes=len(data))
    assert etree.tostring(root) == b'<a n="1">1<b>2</b><b c="2"><d>3</d></b>4</a>'
    assert "".join(taken) == "x" * 11_000_000 + "&z"
    with pytest.raises(UnsafeXml, match="too large"):
        parse_apart(data, is_apart, taken.append, max_bytes=len(data) - 1)


@pytest.mark.parametrize("filling", ["<b>%s</b>", "<b c='%s'/>"])
def test_the_rest_of_a_document_is_bounded_as_any_other(filling: str) -> None:
    part = filling % ("x" * 1_000_000)
    data = f"<a>{part * 17}</a>".encode()
    with pytest.raises(UnsafeXml, match="too large"):
        parse_apart(data, lambda *_: False, lambda _: None, max_bytes=len(data))


def test_an_error_of_the_taker_leaves_as_it_is() -> None:
    def refuse(_: str) -> None:
        raise UnicodeError

    with pytest.raises(UnicodeError):
        parse_apart(b"<a>1</a>", lambda *_: True, refuse, max_bytes=100)


def test_the_size_is_bounded() -> None:
    assert parse(b"<a/>", max_bytes=4).tag == "a"
    with pytest.raises(UnsafeXml, match="too large"):
        parse(b"<a/>", max_bytes=3)
    with pytest.raises(UnsafeXml, match="too large"):
        parse(b" " * (MAX_BYTES + 1))
    assert parse_taking([b"<a/>"], "b", lambda _: None, max_bytes=4).tag == "a"
    with pytest.raises(UnsafeXml, match="too large"):
        parse_taking([b"<a/>"], "b", lambda _: None, max_bytes=3)


@given(st.binary(max_size=200), st.integers(1, 9))
def test_any_bytes_are_an_element_or_unsafe(data: bytes, size: int) -> None:
    for given_ in (data, b"<a>" + data + b"</a>"):
        cut = [given_[at : at + size] for at in range(0, len(given_), size)]
        try:
            root = parse(given_)
        except UnsafeXml:
            with pytest.raises(UnsafeXml):
                parse_taking(cut, "b", lambda _: None)
            continue
        same = parse_taking(cut, "no-such", lambda _: None)
        assert etree.tostring(same) == etree.tostring(root)


@given(st.text(st.characters(min_codepoint=0x20, exclude_categories=["Cs"]), max_size=50))
def test_a_text_comes_back_as_it_was_written(text: str) -> None:
    root = etree.Element("a")
    root.text = text.replace("\ufffe", "").replace("\uffff", "")
    assert (parse(etree.tostring(root)).text or "") == root.text
