"""The body's contents may be large, and only they are left out; nothing else loses a character."""

from __future__ import annotations

import re
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from functions.drimbox.report import cda_xml
from functions.drimbox.report.cda import read_cda
from functions.drimbox.report.cda_xml import LARGE_CONTENT, parse_cda
from functions.drimbox.safe_xml import UnsafeXml, parse
from simulators.ris.cases import CASES
from simulators.ris.cda import cda as of_case
from tests.drimbox.report.build import PARTS, PATIENT_NAME, cda, patient
from tests.drimbox.report.refusals import refusal, refused

# Longer than a content that is looked at, shorter than the parser's limit for a text.
LONG = LARGE_CONTENT + 1
# Longer than that limit.
TOO_LONG = 10_000_001
RUN = "QUJD" * (LONG // 4 + 1)
HUGE = "QUJD" * (TOO_LONG // 4 + 1)


def _media(content: str) -> str:
    return (
        "<component><structuredBody><component><section><entry><observationMedia>"
        f'<value mediaType="image/png" representation="B64">{content}</value>'
        "</observationMedia></entry></section></component></structuredBody></component>"
    )


def _body(content: str) -> str:
    return PARTS["body"].replace("JVBERi0xLjQK", content)


def test_a_pdf_that_the_parser_would_refuse_is_left_out() -> None:
    """libxml2 takes no text above 10 MB, and need not: the body is not read."""
    large = of_case(CASES["C"], pdf_size=12 * 1024 * 1024)
    assert len(large) > 16 * 1024 * 1024
    assert read_cda(large, location="OBX^1^5") == read_cda(of_case(CASES["C"]), location="OBX^1^5")


@pytest.mark.parametrize(
    "body", [_body(HUGE), _media(HUGE), _body(f"{RUN}&#10;{RUN}"), _body(f"{HUGE}<!-- x -->{HUGE}")]
)
def test_contents_of_a_body_may_be_large(body: str) -> None:
    assert read_cda(cda(body=body)) == read_cda(cda())


@pytest.mark.parametrize("blank", [" ", "\n", "\t", "\r\n"])
@pytest.mark.parametrize("body", ["", RUN])
def test_a_name_followed_by_a_long_run_stays_whole(blank: str, body: str) -> None:
    name = PATIENT_NAME.replace("PAT-TROIS", f"PAT-TROIS{blank * LONG}")
    found = read_cda(cda(patient=patient(name=name), body=_body(body)))
    assert found.patient.birth_family == "PAT-TROIS"


def test_a_text_that_is_no_content_keeps_its_long_run() -> None:
    assert read_cda(cda(title=f"<title>CR-{RUN}</title>")).title == f"CR-{RUN}"


def _component(body: str) -> str:
    return f"<component>{body}</component>"


def _text(content: str, attribute: str = ' representation="B64"') -> str:
    return f"<nonXMLBody><text{attribute}>{content}</text></nonXMLBody>"


# The words of a content, where there is none.
NO_CONTENTS = [
    "<title><!-- <nonXMLBody><text representation='B64'> -->{}</title>",
    "<title><![CDATA[<component><nonXMLBody><text>]]>{}</title>",
    '<title x="&lt;component>&lt;nonXMLBody>&lt;text>">{}</title>',
    _component(_text("{}").replace("<nonXMLBody", '<nonXMLBody xmlns="urn:other"')),
    _component(_text("{}", "")),
    _component(_text("<b>{}</b>")),
    _component(_text("<b/>{}")),
    _text("{}"),
    f"<author>{_component(_text('{}'))}</author>",
    _component('<structuredBody><value representation="B64">{}</value></structuredBody>'),
    "<name{}/>",
    '<name x="{}"/>',
]


@pytest.mark.parametrize("place", NO_CONTENTS)
def test_a_long_run_elsewhere_is_no_content(place: str) -> None:
    """The tree is the parser's own, or the document is refused as the parser refuses it."""
    data = cda(related=place.format(RUN))
    try:
        whole = parse(data)
    except UnsafeXml:
        assert refused(data).code == "document_not_xml"
    else:
        assert etree.tostring(parse_cda(data)) == etree.tostring(whole)


@pytest.mark.parametrize("place", [NO_CONTENTS[0], NO_CONTENTS[4], NO_CONTENTS[8]])
def test_a_text_elsewhere_has_the_parsers_limit(place: str) -> None:
    assert refused(cda(related=place.format(HUGE))).code == "document_not_xml"


def _texts(root: etree._Element) -> list[str]:
    return [str(text) for text in root.itertext()]


def test_one_run_elsewhere_keeps_them_all() -> None:
    """A document of both kinds is parsed as it is, by the parser's limits."""
    both = cda(title=f"<title>{RUN}</title>", body=_body(RUN))
    assert _texts(parse_cda(both)) == _texts(parse(both))
    assert refused(cda(title=f"<title>{RUN}</title>", body=_body(HUGE))).code == "document_not_xml"


def test_a_comment_is_left_out_by_the_parser_alone() -> None:
    assert read_cda(cda(related=f"<!-- {RUN} -->")) == read_cda(cda())


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "iso-8859-15"])
def test_other_encodings(encoding: str) -> None:
    data = cda(body=_body(RUN)).decode()
    declared = data.replace("utf-8", encoding.removesuffix("-sig"), 1).replace("’", "'")
    assert read_cda(declared.encode(encoding)).patient.birth_family == "PAT-TROIS"


def test_letters_that_mean_something_else_in_an_encoding_are_kept() -> None:
    """In UTF-7 a run of letters may be a text of its own, with markup in it."""
    name = PATIENT_NAME.replace("PAT-TROIS", f"+AEE-{RUN}")
    raw = cda(patient=patient(name=name)).decode().replace("utf-8", "utf-7", 1)
    assert refused(raw.encode("ascii", "ignore")).code in {
        "document_not_xml",
        "cda_element_invalid",
    }


def test_what_the_whole_may_weigh() -> None:
    assert refusal(cda(related="<a>" + "-a" * 9_000_000 + "</a>")) == (
        "document_not_xml",
        "too large",
    )


@settings(max_examples=25, deadline=None)
@given(st.lists(st.binary(max_size=20), max_size=6), st.integers(0, 5))
def test_any_bytes_around_a_run_are_parsed_as_they_are(pieces: list[bytes], place: int) -> None:
    pieces.insert(min(place, len(pieces)), b"<a>" + RUN.encode() + b"</a>")
    whole = b"".join(pieces)
    try:
        expected = _texts(parse(whole))
    except UnsafeXml:
        with pytest.raises(UnsafeXml):
            parse_cda(whole)
    else:
        assert _texts(parse_cda(whole)) == expected


@given(st.lists(st.tuples(st.integers(0, 20), st.booleans()), max_size=8))
def test_the_long_runs_are_those_of_a_plain_search(pieces: list[tuple[int, bool]]) -> None:
    data = b"".join(b"A" * size + b"-" * ends for size, ends in pieces)
    with patch.object(cda_xml, "LARGE_CONTENT", 8):
        marked, runs = cda_xml._marked(data, b"<>")
    plain, number = re.subn(rb"A{9,}", b"<>", data)
    assert (marked, runs) == (plain, number)


def test_it_takes_a_time_that_grows_with_the_bytes_alone() -> None:
    almost = f"<a>{('A' * 1_000_000 + '-') * 9}</a>".encode()
    assert len(parse_cda(almost).text or "") == 9_000_009
