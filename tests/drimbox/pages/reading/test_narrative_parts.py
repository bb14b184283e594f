"""A long narrative in parts: nothing is left out, and no piece stands without its warnings."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.drimbox.pages.kit.html import Html
from functions.drimbox.pages.reading.narrative import Words, sections
from functions.drimbox.pages.reading.narrative_parts import TooLong, parts, text_parts
from functions.drimbox.safe_xml import parse

WORDS = Words(
    "[image]", "supprimé :", "ajouté :", "non montrée", "concerne : {who}", "sans : {why}", {}
)
MOST = 400


def section(text: str, *inner: str, title: str = "T", more: str = "") -> str:
    within = "".join(f"<component>{one}</component>" for one in inner)
    return f"<section>{more}<title>{title}</title><text>{text}</text>{within}</section>"


def cut(*told: str, most: int = MOST) -> tuple[Html, ...]:
    root = parse(f'<root xmlns="urn:hl7-org:v3">{"".join(told)}</root>'.encode())
    found = parts(root, WORDS, most)
    assert all(len(one) <= most for one in found)
    return found


def whole(*told: str) -> str:
    return sections(parse(f'<root xmlns="urn:hl7-org:v3">{"".join(told)}</root>'.encode()), WORDS)


def numbers(found: tuple[Html, ...]) -> list[str]:
    """The numbers in the text of the parts, in their order."""
    return [one for part in found for one in re.findall(r"\d+", re.sub("<[^>]*>", " ", part))]


def counted(form: str, count: int = 60) -> str:
    return "".join(form.format(one) for one in range(count))


ALL = [str(one) for one in range(60)]


def test_a_short_narrative_is_one_part_as_it_was() -> None:
    told = (section("<paragraph>a</paragraph>", section("b")), section("c"))
    assert cut(*told) == (whole(*told),)
    assert cut() == ("",)


def test_whole_sections_stay_together_where_they_fit() -> None:
    told = [section(f"<paragraph>{'x' * 100}{n}</paragraph>") for n in range(6)]
    found = cut(*told)
    assert len(found) == 3
    assert "".join(found) == whole(*told)


@pytest.mark.parametrize(
    "text",
    [
        counted("<paragraph>{}</paragraph>"),
        counted("{} "),
        f"<paragraph>{counted('{} ')}</paragraph>",
        f"<paragraph>{counted('<content>{}</content> ')}</paragraph>",
        f"<list>{counted('<item>{}</item>')}</list>",
        f"<table><tbody>{counted('<tr><td>{}</td></tr>')}</tbody></table>",
        f"<table>{counted('<tr><td>{}</td></tr>', 59)}<tfoot><tr><td>59</td></tr></tfoot></table>",
        f"<paragraph>a</paragraph>{counted('{}<br/>')}",
    ],
)
def test_a_long_text_is_cut_and_whole(text: str) -> None:
    found = cut(section(text), most=150)
    assert len(found) > 1
    assert numbers(found) == ALL
    assert all(one.startswith("<section><h3>T</h3><div>") for one in found)


def test_inner_sections_are_cut_below_the_titles_of_the_outer_ones() -> None:
    inner = [section(f"{'x' * 60} {n}", title="I") for n in range(6)]
    found = cut(section("a", *inner, title="O"))
    assert len(found) > 1
    assert all(one.count("<h3>O</h3>") == 1 for one in found)
    assert sum(one.count("<h4>I</h4>") for one in found) == 6
    assert numbers(found) == list("012345")


def test_each_piece_keeps_the_warnings_of_all_that_is_around_it() -> None:
    subject = '<subject><relatedSubject><code code="MTH"/></relatedSubject></subject>'
    text = f'<list nullFlavor="MSK">{counted("<item>{}</item>")}</list>'
    for one in cut(section(text, more=subject)):
        assert "concerne : MTH" in one
        assert "[sans : MSK]" in one
    absent = section(counted("{} ")).replace("<text>", '<text nullFlavor="UNK">')
    assert all("sans : UNK" in one for one in cut(absent))
    unclear = section(f'<paragraph revised="x">a</paragraph>{"x" * 500}', section("b" * 300))
    assert all("non montrée" in one for one in cut(unclear, section("c" * 200)))


def test_each_piece_of_a_table_has_its_caption_and_its_head() -> None:
    lines = counted("<tr><td>{}</td></tr>")
    table = (
        "<table nullFlavor='NI'><caption>c</caption><thead><tr><th>h</th></tr></thead>"
        f"<tbody nullFlavor='NA'>{lines}</tbody></table>"
    )
    found = cut(section(table))
    head = (
        "<table><small>[sans : NI] </small><caption>c</caption><thead><tr><th>h</th></tr></thead>"
        "<tbody><small>[sans : NA] </small>"
    )
    assert len(found) > 2
    assert all(head in one for one in found)
    assert numbers(found) == ALL


def test_a_table_of_many_heads_costs_no_more_than_its_length() -> None:
    """Each child was compared with each head: 40,000 of them took eight seconds."""

    def seconds(heads: int) -> float:
        table = (
            f"<table>{'<thead/>' * heads}<tbody>{counted('<tr><td>{}</td></tr>')}</tbody></table>"
        )
        begun = time.process_time()
        with pytest.raises(TooLong):
            cut(section(table))
        return time.process_time() - begun

    # Four times the length: 4 times the time, and not 16 times.
    assert seconds(16_000) < 8 * seconds(4_000)


@pytest.mark.parametrize(
    "text",
    [
        "<table><tbody>{}</tbody></table>".format(counted('<tr><td rowspan="2">{}</td></tr>')),
        f"<table>x<tbody>{counted('<tr><td>{}</td></tr>')}</tbody></table>",
        f"<table><tbody>{counted('<tr><td>{}</td></tr>')}x</tbody></table>",
        f"<table><tbody><tr><td>{'x' * 400}</td></tr></tbody></table>",
        f"<table><caption>{'x' * 300}</caption><tbody><tr><td>y</td></tr></tbody></table>",
        f"<list listType='ordered'>{counted('<item>{}</item>')}</list>",
        f"<content revised='delete'>{'x ' * 200}</content>",
    ],
)
def test_a_cut_that_would_change_the_meaning_is_none(text: str) -> None:
    with pytest.raises(TooLong):
        cut(section(text))


def test_titles_that_leave_no_room_are_too_long() -> None:
    with pytest.raises(TooLong):
        cut(section("a" * 300, title="x" * 300))
    deep = "a" * 300
    for _ in range(40):
        deep = section("b", deep if deep.startswith("<") else section(deep))
    with pytest.raises(TooLong):
        cut(deep)


def test_a_text_without_structure_is_cut_between_words() -> None:
    assert text_parts("a & b", 100) == ("a &amp; b",)
    assert text_parts("", 100) == ("",)
    found = text_parts(counted("{} "), 40)
    assert all(len(one) <= 40 for one in found)
    assert "".join(found) == counted("{} ")
    assert "".join(text_parts("x" * 90, 40)) == "x" * 90


_TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=40)
_BLOCKS = st.recursive(
    _TEXTS.map(lambda one: re.sub("[<&>]|[\ufffe\uffff]", "&amp;", one)),
    lambda inner: st.tuples(
        st.sampled_from(["paragraph", "list", "item", "content", "table", "tbody", "tr", "td"]),
        st.lists(inner, max_size=4),
    ).map(lambda one: f"<{one[0]}>{''.join(one[1])}</{one[0]}>"),
    max_leaves=25,
)


@given(st.lists(st.lists(_BLOCKS, max_size=5), max_size=4), st.integers(200, 900))
def test_any_narrative_comes_whole_or_is_too_long(texts: list[list[str]], most: int) -> None:
    told = [section("".join(one), title="") for one in texts]
    try:
        found = cut(*told, most=most)
    except TooLong:
        return
    assert _letters("".join(found)) == _letters(whole(*told))


def _letters(part: str) -> str:
    return "".join(re.sub(r"<[^>]*>", "", part).split())
