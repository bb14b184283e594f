"""The conclusion of a report: one plain sentence, or none."""

from __future__ import annotations

import pytest

from functions.drimbox.report.cda_body import Pdf, PlainText, Sections, read_body
from functions.drimbox.report.conclusion import LONGEST, conclusion
from functions.drimbox.safe_xml import parse

HEAD = '<code code="19005-8" codeSystem="2.16.840.1.113883.6.1"/><title>Conclusion</title>'
TECHNIQUE = (
    '<section><code code="55111-9" codeSystem="2.16.840.1.113883.6.1"/>'
    "<text>Technique</text></section>"
)


def section(text: str, *, attributes: str = "", head: str = HEAD) -> str:
    """One section of that narrative."""
    return f"<section{attributes}>{head}<text>{text}</text></section>"


def said(*sections: str) -> str:
    """The conclusion of a report of these outer sections."""
    inner = "".join(f"<component>{one}</component>" for one in sections)
    body = f"<component><structuredBody>{inner}</structuredBody></component>"
    document = f'<ClinicalDocument xmlns="urn:hl7-org:v3">{body}</ClinicalDocument>'
    found = read_body(parse(document.encode()))
    assert isinstance(found, Sections)
    return conclusion(found)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Pas de nodule.", "Pas de nodule."),
        ("<paragraph> Un\n   nodule. </paragraph><paragraph>Suite.</paragraph>", "Un nodule."),
        ("<list><item><content styleCode='Bold'>Un</content> nodule</item><item>b</item></list>",
         "Un nodule"),
        ("Un<br/>Deux", "Un"),
        ("Un &lt;b&gt;", "Un <b>"),
        ("", ""),
        ("<paragraph> </paragraph>", ""),
    ],
)  # fmt: skip
def test_the_first_line_of_the_conclusion_is_told(text: str, expected: str) -> None:
    assert said(TECHNIQUE, section(text)) == expected


def test_it_may_stand_in_another_section() -> None:
    inner = f"<section><title>Examen</title><component>{section('Normal.')}</component></section>"
    assert said(TECHNIQUE, inner) == "Normal."


def test_the_former_code_is_known_and_no_other_system_s() -> None:
    assert said(section("Normal.", head=HEAD.replace("19005-8", "55110-1"))) == "Normal."
    assert said(section("Normal.", head=HEAD.replace("6.1", "6.2"))) == ""
    assert said(section("Normal.", head="<title>Conclusion</title>")) == ""
    assert said(TECHNIQUE) == ""


def test_of_several_conclusions_none_stands_for_the_report() -> None:
    assert said(section("Un."), section("Deux.")) == ""


SUBJECT = "<subject><relatedSubject/></subject>"


@pytest.mark.parametrize(
    "one",
    [
        section("Normal.", attributes=' nullFlavor="UNK"'),
        section("Normal.", head=HEAD + SUBJECT),
        section("<paragraph nullFlavor='MSK'>Normal.</paragraph>"),
        section("Pas <content revised='delete'>de</content> nodule."),
        section("Voir <renderMultiMedia referencedObject='a'/> l'image."),
        section("<table><tbody><tr><td>a</td></tr></tbody></table>"),
        section("Normal.<footnote>Sauf à droite.</footnote>"),
        section("Normal.", head=HEAD.replace("<title>", "<title x='urn:x' revised='insert'>")),
        f"<section>{SUBJECT}<component>{section('Normal.')}</component></section>",
        f"<section><component nullFlavor='NI'>{section('Normal.')}</component></section>",
        f"<section>{HEAD}</section>",
    ],
)
def test_a_conclusion_that_needs_words_beside_it_is_not_told(one: str) -> None:
    assert said(one) == ""


def test_a_long_conclusion_is_cut_after_a_word() -> None:
    told = said(section("nodule " * 60))
    assert told.endswith("nodule…")
    assert LONGEST - 10 < len(told) <= LONGEST
    assert said(section("x" * (LONGEST + 1))) == ""
    assert said(section("x" * LONGEST)) == "x" * LONGEST


def test_other_bodies_have_none() -> None:
    assert conclusion(Pdf(b"%PDF-1.4")) == conclusion(PlainText("Conclusion : normal.")) == ""
