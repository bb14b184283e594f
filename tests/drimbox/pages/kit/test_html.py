"""HTML as values: a string from elsewhere is a text."""

from __future__ import annotations

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
