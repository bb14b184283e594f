"""HTML as values: a string from elsewhere is a text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from functions.drimbox.pages.kit.html import Html, join, style, tag

ODD = st.text(st.sampled_from("<>&\"'/=- abscript!x"), max_size=60)


@given(ODD, ODD)
def test_any_text_stays_a_text_and_any_value_a_value(text: str, value: str) -> None:
    element = html.fromstring(tag("p", text, title=value))
    assert element.tag == "p"
    assert list(element) == []
    assert (element.text or "") == text
    assert element.get("title") == value


def test_tags_hold_tags() -> None:
    assert tag("p", "a<", tag("b", "c"), join("d", "&"), class_="x") == (
        '<p class="x">a&lt;<b>c</b>d&amp;</p>'
    )
    assert isinstance(tag("p"), Html)


def test_an_empty_element_has_no_end_and_a_sheet_is_as_it_is() -> None:
    assert tag("meta", name="viewport", http_equiv="x") == '<meta name="viewport" http-equiv="x">'
    assert style("a>b{}") == "<style>a>b{}</style>"


@pytest.mark.parametrize(
    "code", [0x061C, 0x200B, 0x200E, 0x200F, 0x202A, 0x202E, 0x2060, 0x2066, 0x2069, 0xFEFF]
)
def test_a_character_that_hides_or_turns_others_is_shown_as_its_code(code: int) -> None:
    assert tag("td", f"MAR{chr(code)}TIN") == f"<td>MAR[U+{code:04X}]TIN</td>"
    assert join(f"{chr(code)}<b>") == f"[U+{code:04X}]&lt;b&gt;"


def test_letters_of_every_script_stay_and_a_value_that_comes_back_is_not_changed() -> None:
    for name in ("ŒUVRARD-LÉVÊQUE", "محمد", "משה", "李", "D\u2019ARC \u2013 X"):
        assert tag("td", name) == f"<td>{name}</td>"
    assert tag("input", value="a\u202eb") == '<input value="a\u202eb">'
