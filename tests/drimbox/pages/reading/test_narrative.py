"""The narrative of anybody's document: a closed list of elements, and text for all others."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from functions.drimbox.pages.reading.narrative import Words, sections
from functions.drimbox.safe_xml import UnsafeXml, parse

OURS = frozenset(
    {"section", "h3", "h4", "h5", "h6", "div", "p", "ul", "ol", "li", "table", "caption", "thead"}
    | {"tbody", "tfoot", "tr", "th", "td", "strong", "em", "u", "sub", "sup", "small", "br"}
    | {"del", "ins"}
)
WORDS = Words(
    "[image]",
    "supprimé :",
    "ajouté :",
    "non montrée",
    "concerne : {who}",
    "sans valeur : {why}",
    {"MSK": "masqué"},
)
TABLE = (
    '<table border="1"><caption>c</caption><thead><tr><th colspan="2">h</th></tr></thead>'
    '<tbody><tr><td rowspan="3" align="x">d</td></tr></tbody></table>'
)


def rendered(text: str, title: str = "<title>Résultats</title>", inner: str = "") -> str:
    section = f"<section>{title}<text>{text}</text>{inner}</section>"
    root = parse(f'<root xmlns="urn:hl7-org:v3">{section}</root>'.encode())
    return sections(root, WORDS)


def body(text: str) -> str:
    found = re.fullmatch(
        r"<section><h3>Résultats</h3><div>(.*)</div></section>", rendered(text), re.DOTALL
    )
    assert found is not None
    return found[1]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a &lt;b&gt; c", "a &lt;b&gt; c"),
        ("<paragraph>a</paragraph>b", "<p>a</p>b"),
        ("<list><item>a</item><item>b</item></list>", "<ul><li>a</li><li>b</li></ul>"),
        ('<list listType="ordered"><item>a</item></list>', "<ol><li>a</li></ol>"),
        (
            "<list><caption>c</caption><item>a</item></list>",
            "<ul><strong>c</strong><li>a</li></ul>",
        ),
        (TABLE, TABLE.replace(' border="1"', "").replace(' align="x"', "")),
        ('<td colspan="1000" rowspan="x">d</td>', "<td>d</td>"),
        ('<content styleCode="Bold Italics x">a</content>', "<em><strong>a</strong></em>"),
        ('<content ID="x">a</content>', "a"),
        ("a<br/>b<sub>c</sub><sup>d</sup>", "a<br>b<sub>c</sub><sup>d</sup>"),
        ('<linkHtml href="javascript:alert(1)">a</linkHtml>', "a"),
        ('<renderMultiMedia referencedObject="x"><caption>c</caption></renderMultiMedia>', None),
        ("<script>alert(1)</script>", "alert(1)"),
        ('<img src="https://x.example/a.png" onerror="x"/>t', "t"),
        ('<x:iframe xmlns:x="http://www.w3.org/1999/xhtml" src="u">t</x:iframe>', "t"),
        ('<p xmlns="http://www.w3.org/1999/xhtml" style="x">t</p>', "t"),
    ],
)
def test_an_element_is_ours_or_its_text(text: str, expected: str | None) -> None:
    expected = "<small>[image]</small><strong>c</strong>" if expected is None else expected
    assert body(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            'a<content revised="delete" styleCode="Bold">non</content>b',
            "a<del><small>[supprimé : </small><strong>non</strong><small>]</small></del>b",
        ),
        (
            '<content revised="insert">a<content revised="delete">b</content></content>',
            (
                "<ins><small>[ajouté : </small>a<del><small>[supprimé : </small>b<small>]</small>"
                "</del><small>]</small></ins>"
            ),
        ),
    ],
)
def test_a_revision_is_told(text: str, expected: str) -> None:
    assert body(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        '<content revised="deleted">x-canary</content>',
        '<content revised="">x-canary</content>',
        '<content revised=" delete">x-canary</content>',
        '<list><item revised="delete">x-canary</item></list>',
        '<content xmlns:v="urn:hl7-org:v3" v:revised="delete">x-canary</content>',
        '<content xmlns:v="urn:x" revised="insert" v:revised="delete">x-canary</content>',
        '<c:content xmlns:c="urn:x" revised="delete">x-canary</c:content>',
    ],
)
def test_an_unclear_revision_hides_the_text_of_its_section_alone(text: str) -> None:
    inner = "<component><section><text>inner</text></section></component>"
    for found in (
        rendered(text, inner=inner),
        rendered("x-canary", f"<title>{text}</title>", inner),
    ):
        assert "x-canary" not in found
        assert found.count("non montrée") == 1
        assert "<section><div>inner</div></section>" in found


def test_a_title_or_a_section_has_no_revision() -> None:
    title = '<title><content revised="delete">x-canary</content></title>'
    assert "x-canary" not in rendered("a", title)
    assert rendered("a", title).count("non montrée") == 1
    inner = '<component><section revised="delete"><text>x-canary</text></section></component>'
    assert "x-canary" not in rendered("a", inner=inner)


def test_titles_and_inner_sections() -> None:
    deep = "<section><text>x</text></section>"
    for number in range(6):
        deep = f"<section><title>T{number}</title><component>{deep}</component></section>"
    found = rendered("a", title="", inner=f"<component>{deep}</component>")
    assert found.startswith("<section><div>a</div><section><h4>T5</h4><section><h5>T4</h5>")
    assert found.count("<h6>") == 4


SUBJECT = (
    '<subject><relatedSubject classCode="PRS"><code code="{code}" {more}/>'
    "<subject><name>x-canary</name></subject></relatedSubject></subject>"
)


@pytest.mark.parametrize(
    ("subject", "told"),
    [
        (SUBJECT.format(code="FTH", more='displayName="père"'), "concerne : père"),
        (SUBJECT.format(code="FTH", more=""), "concerne : FTH"),
        ("<subject/>", "concerne : ?"),
    ],
)
def test_a_section_about_somebody_else_says_so_and_so_do_its_inner_ones(
    subject: str, told: str
) -> None:
    inner = "<component><section><title>U</title><text>y</text></section></component>"
    found = rendered("x", inner=subject + inner)
    assert found.count(told) == 2
    assert found.index("Résultats") < found.index(told) < found.index("<div>x</div>")
    assert found.index("U</h4>") < found.rindex(told) < found.index("<div>y</div>")
    assert "x-canary" not in found
    own = SUBJECT.format(code="MTH", more="")
    inner = f"<component><section>{own}<text>y</text></section></component>"
    assert "concerne : MTH" in rendered("x", inner=inner)
    assert rendered("x", inner=inner).count("concerne") == 1


@pytest.mark.parametrize(
    ("code", "told"), [("MSK", "sans valeur : masqué"), ("&lt;X&gt;", "sans valeur : &lt;X&gt;")]
)
def test_a_null_flavour_is_told_wherever_it_stands(code: str, told: str) -> None:
    attribute = f'nullFlavor="{code}"'
    section = '<root xmlns="urn:hl7-org:v3"{}><section {}><title {}>T</title><text {}>x</text>'
    for place in range(4):
        attributes = [f" {attribute}" if at == place else "" for at in range(4)]
        root = parse(f"{section.format(*attributes)}</section></root>".encode())
        found = sections(root, WORDS)
        assert found.count(told) == 1, place
        assert "x" in found
    for inside in (f"a<paragraph {attribute}>x</paragraph>", f"x<br {attribute}/>"):
        assert body(inside).count(f"<small>[{told}] </small>") == 1
    assert told in body(f'<td xmlns:v="urn:x" v:{attribute}>x</td>')


def only_ours(found: str) -> None:
    for element in html.fromstring(f"<main>{found}</main>").iter():
        assert element.tag in OURS | {"main"}
        if "class" not in element.attrib:  # our own words in place of a section
            assert set(element.attrib) <= {"colspan", "rowspan"}
            assert all(value.isdigit() for value in element.attrib.values())


@given(st.text(st.characters(min_codepoint=32, exclude_categories=["Cs"]), max_size=60))
def test_any_text_is_text(text: str) -> None:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    try:
        only_ours(rendered(f"<paragraph>{escaped}</paragraph>", title=f"<title>{escaped}</title>"))
    except UnsafeXml:
        return


NAMES = st.sampled_from(
    sorted(
        {"paragraph", "list", "item", "table", "tr", "td", "th", "content", "linkHtml", "script"}
        | {"style", "iframe", "svg", "a", "img", "object", "caption", "renderMultiMedia", "br"}
        | {"form", "input", "link", "base", "meta", "embed"}
    )
)
ATTRIBUTES = st.sampled_from(
    [
        'revised="delete"',
        'revised="insert"',
        'revised="x"',
        'nullFlavor="NI"',
        'href="javascript:1"',
        'src="https://x"',
        'onload="1"',
        'style="a:b"',
        'colspan="2"',
        "",
    ]
)
TREES = st.recursive(
    st.just("t &lt;script&gt;"),
    lambda inner: st.builds(
        lambda name, attributes, parts: f"<{name} {attributes}>{''.join(parts)}</{name}>",
        NAMES,
        ATTRIBUTES,
        st.lists(inner, max_size=3),
    ),
    max_leaves=12,
)


@given(TREES)
def test_any_tree_gives_our_elements_alone(tree: str) -> None:
    only_ours(rendered(tree))
