"""Accept and Accept-Language: the form and language that a caller likes most."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.drimbox.accept import prefer_language, prefer_media

OFFERS = ("application/json", "text/html")
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ([], "application/json"),
        ([""], "application/json"),
        (["*/*"], "application/json"),
        (["application/json"], "application/json"),
        (["text/html"], "text/html"),
        (["TEXT/HTML;charset=utf-8"], "text/html"),
        ([BROWSER], "text/html"),
        (["text/*"], "text/html"),
        (["text/html;q=0.2, application/json;q=0.1"], "text/html"),
        (["text/html;q=0.2", "application/json ; q=0.3"], "application/json"),
        (["text/html, application/json"], "application/json"),
        # The most specific range decides, whatever the wider ones say.
        (["*/*, application/json;q=0"], "text/html"),
        (["*/*;q=1, application/*;q=0.1"], "text/html"),
        (["text/html;q=0, */*;q=0.1"], "application/json"),
        # One that cannot be read says nothing.
        (["text/html;q=much"], "application/json"),
        (["image/png"], None),
        (["application/json;q=0, text/html;q=0.000"], None),
        (["application/hl7-v2"], None),
    ],
)
def test_media(accept: list[str], expected: str | None) -> None:
    assert prefer_media(accept, OFFERS) == expected


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ([], "fr"),
        (["en"], "en"),
        (["en-GB,en;q=0.9"], "en"),
        (["EN"], "en"),
        (["fr-FR,fr;q=0.9,en;q=0.8"], "fr"),
        (["en;q=0.5", "fr;q=0.4"], "en"),
        (["de, en;q=0.1"], "en"),
        (["de"], "fr"),
        (["*"], "fr"),
        (["en;q=0"], "fr"),
        (["english"], "fr"),
    ],
)
def test_language(accept: list[str], expected: str) -> None:
    assert prefer_language(accept, ("fr", "en")) == expected


@given(st.lists(st.text(max_size=40), max_size=4))
def test_any_header_gives_an_offer_or_none(accept: list[str]) -> None:
    assert prefer_media(accept, OFFERS) in (*OFFERS, None)
    assert prefer_language(accept, ("fr", "en")) in ("fr", "en")
