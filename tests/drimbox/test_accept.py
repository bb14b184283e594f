"""Accept and Accept-Language: the form and language that a caller likes most."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.drimbox.accept import (
    Range,
    parameters,
    prefer_encoding,
    prefer_language,
    prefer_media,
    read_ranges,
    split_quoted,
    takes_gzip,
)

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


@pytest.mark.parametrize(
    ("lines", "taken"),
    [
        ([], False),
        (["gzip, deflate, br"], True),
        (["br", "GZIP;q=0.5"], True),
        (["*"], True),
        (["*, gzip;q=0"], False),
        (["*;q=0"], False),
        (["br"], False),
        (["identity"], False),
    ],
)
def test_gzip(lines: list[str], taken: bool) -> None:
    assert takes_gzip(lines) is taken


@given(st.lists(st.text(max_size=40), max_size=4))
def test_any_header_gives_an_offer_or_none(accept: list[str]) -> None:
    assert prefer_media(accept, OFFERS) in (*OFFERS, None)
    assert prefer_language(accept, ("fr", "en")) in ("fr", "en")
    assert takes_gzip(accept) in {True, False}


def test_split_quoted_and_parameters() -> None:
    assert list(split_quoted('a,"b,\\",c",d', ",")) == ["a", '"b,\\",c"', "d"]
    assert list(split_quoted('a,"b,c', ",")) == ["a", '"b,c']
    assert parameters('; A = 1 ; a=2; b="x;y\\"z"; c; d="') == {"a": "1", "b": 'x;y"z', "d": '"'}


TOKENS = st.text("abcz09-+.*", min_size=1, max_size=8)
TEXTS = st.text('ab ,;=\\"/', max_size=8)
SPACES = st.text(" \t", max_size=2)
QUALITIES = st.sampled_from(["0", "0.", "0.5", "0.123", "1", "1.0", "1.000"])


@st.composite
def written(draw: st.DrawFn) -> tuple[str, Range]:
    """A range in one of the ways to write it, and its meaning."""
    name = f"{draw(TOKENS)}/{draw(TOKENS)}"
    said = draw(st.dictionaries(TOKENS.filter(lambda one: one != "q"), TEXTS, max_size=3))
    text, found = name, dict(said)
    pairs = [
        (key, '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"')
        for key, value in said.items()
    ]
    quality = draw(st.none() | QUALITIES)
    if quality is not None:
        pairs.insert(draw(st.integers(0, len(pairs))), (draw(st.sampled_from("qQ")), quality))
        found["q"] = quality
    for key, value in pairs:
        text += f"{draw(SPACES)};{draw(SPACES)}{key}={value}"
    return f"{draw(SPACES)}{text}{draw(SPACES)}", Range(name, float(quality or "1"), found)


@given(st.lists(st.lists(written(), max_size=4), max_size=3))
def test_ranges_are_read_as_they_were_written(lines: list[list[tuple[str, Range]]]) -> None:
    texts = [",".join(text for text, _ in line) for line in lines]
    assert list(read_ranges(texts)) == [one for line in lines for _, one in line]


def test_a_comma_inside_quotes_separates_nothing() -> None:
    assert prefer_media(['text/html;x="a, application/json", text/plain'], OFFERS) == "text/html"


@pytest.mark.parametrize(
    ("header", "chosen"),
    [
        (["gzip, br"], "br"),
        (["br;q=0.1, gzip"], "gzip"),
        (["*;q=0.2"], "br"),
        (["deflate"], None),
        (["br;q=0"], None),
        ([], None),
    ],
)
def test_the_best_liked_coding_is_chosen(header: list[str], chosen: str | None) -> None:
    assert prefer_encoding(header, ("br", "gzip")) == chosen
