"""JSON from outside: one value for a name, text that can be written again, and one error."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.drimbox.strict_json import NotStrictJson, read

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(VALUES, st.booleans())
def test_a_value_is_read_as_it_was_written(value: object, ascii_alone: bool) -> None:
    assert read(json.dumps(value, ensure_ascii=ascii_alone).encode()) == value


def test_a_byte_order_mark_and_a_whole_pair_are_read() -> None:
    assert read(b"\xef\xbb\xbf[1]") == [1]
    assert read(b'"\\ud83d\\ude00"') == "\U0001f600"
    assert read(b'"\\\\ud800"') == "\\ud800"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b'{"active": false, "active": true}',
        b'[{"a": {"b": 1, "b": 1}}]',
        b'"\\ud800"',
        b'"\\uDC00x"',
        b'{"\\ud800": 1}',
        b'"\xed\xa0\x80"',
        b'"\xe9"',
        '"x"'.encode("utf-16"),
        b"[" * 100_000,
        b"1" * 5_000,
    ],
)
def test_anything_else_is_refused_and_not_quoted(data: bytes) -> None:
    with pytest.raises(NotStrictJson) as caught:
        read(data)
    assert str(caught.value) in {"not JSON"}
    assert caught.value.__cause__ is None


@given(st.binary(max_size=40))
def test_no_other_error_leaves(data: bytes) -> None:
    try:
        value = read(data)
    except NotStrictJson:
        return
    json.dumps(value, ensure_ascii=False).encode()


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}"), ('[{"a":', "}]")])
def test_a_value_has_a_depth_that_every_python_reads(opening: str, closing: str) -> None:
    levels = 100 // (1 + opening.count("[{"))
    deep = opening * levels + "1" + closing * levels
    assert read(deep.encode()) is not None
    with pytest.raises(NotStrictJson):
        read(f"[{deep}]".encode())
    # Brackets within texts, and one beside the other, are no depth.
    wide = "[" + ",".join(['{"a": "[[{{\\"[["}'] * 500) + "]"
    assert read(wide.encode()) == [{"a": '[[{{"[['}] * 500
