"""The body of any clinical document: its form is told, and nothing else is taken for it."""

from __future__ import annotations

from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.drimbox.report.cda_body import (
    Body,
    OtherForm,
    Pdf,
    PlainText,
    Sections,
    as_pdf,
    parse_large,
    read_body,
)
from functions.drimbox.safe_xml import UnsafeXml, parse

PDF = b"%PDF-1.4 the content"
B64 = 'mediaType="application/pdf" representation="B64"'


def document(body: str) -> bytes:
    return f'<ClinicalDocument xmlns="urn:hl7-org:v3"><title/>{body}</ClinicalDocument>'.encode()


def level_1(attributes: str, text: str) -> bytes:
    content = f"<nonXMLBody><text {attributes}>{text}</text></nonXMLBody>"
    return document(f"<component>{content}</component>")


def read(data: bytes) -> Body | None:
    return read_body(parse(data))


def test_a_pdf_comes_back_byte_for_byte() -> None:
    encoded = b64encode(PDF).decode()
    found = read(level_1(B64, f"\n {encoded[:9]}\n{encoded[9:]} "))
    assert found == Pdf(PDF)
    assert "content" not in repr(found)


def test_a_plain_text_is_one() -> None:
    for attributes in ('mediaType="text/plain"', ""):
        found = read(level_1(attributes, " Rien &lt;à&gt; signaler "))
        assert found == PlainText("Rien <à> signaler")
        assert "signaler" not in repr(found)


def test_sections_are_the_outer_ones() -> None:
    inner = "<component><section><title>Dedans</title></section></component>"
    one = f"<component><section><title>A</title>{inner}</section></component>"
    found = read(document(f"<component><structuredBody>{one}{one}</structuredBody></component>"))
    assert isinstance(found, Sections)
    assert len(found.elements) == 2
    assert repr(found) == "Sections(2)"


@pytest.mark.parametrize(
    ("attributes", "text", "media_type"),
    [
        ('mediaType="text/rtf" representation="B64"', "e30=", "text/rtf"),
        ('mediaType="IMAGE/JPEG" representation="B64"', "/9j/", "image/jpeg"),
        ('mediaType="text/plain" representation="B64"', "eA==", "text/plain"),
        ('mediaType="application/pdf"', "%PDF-", "application/pdf"),
    ],
)
def test_another_form_is_told(attributes: str, text: str, media_type: str) -> None:
    assert read(level_1(attributes, text)) == OtherForm(media_type)


@pytest.mark.parametrize(
    "data",
    [
        b"<a/>",
        document(""),
        document("<component/>"),
        document("<component><other/></component>"),
        document("<component><nonXMLBody/><nonXMLBody/></component>"),
        document("<component><nonXMLBody/></component>"),
        document("<component><structuredBody/></component>"),
        level_1(B64, "not base64"),
        level_1(B64, b64encode(b"<html>").decode()),
        level_1(B64, ""),
        level_1(B64, "<a/>"),
        level_1('mediaType="text/plain"', "  "),
        level_1('mediaType="text/plain" nullFlavor="MSK"', "x"),
        document(
            '<component><structuredBody nullFlavor="NI"><component><section/></component>'
            "</structuredBody></component>"
        ),
    ],
)
def test_a_document_without_a_readable_body(data: bytes) -> None:
    assert read(data) is None


def test_a_large_content_comes_apart_whole_whatever_its_lines_are() -> None:
    content = PDF + bytes(range(256)) * 20_000
    encoded = b64encode(content).decode()
    for text in (encoded, "\n".join(encoded[at : at + 76] for at in range(0, len(encoded), 76))):
        root, apart = parse_large(level_1(B64, text), 10**8)
        assert apart == content
        assert read_body(root, apart) == Pdf(content)
        assert root.xpath("string()") == ""
    root, apart = parse_large(level_1(B64, b64encode(b"GIF89a").decode()), 10**8)
    assert read_body(root, apart) is None
    plain = document("<component><nonXMLBody><text>told</text></nonXMLBody></component>")
    root, apart = parse_large(plain, 10**8)
    assert (apart, read_body(root, apart)) == (None, PlainText("told"))


@pytest.mark.parametrize(
    "text", ["AAA", "AA==AAAA", "AA=A", "AA!A", "A" * 1_048_575 + "=" + "AAAA"]
)
def test_a_large_content_that_is_no_base64_is_none(text: str) -> None:
    with pytest.raises(UnsafeXml, match="base64"):
        parse_large(level_1(B64, text), 10**8)


def test_only_a_pdf_is_one() -> None:
    assert as_pdf(PDF) == Pdf(PDF)
    assert as_pdf(b"<html>%PDF-") is None


GOOD = level_1(B64, b64encode(PDF).decode())


@given(at=st.integers(0, 400), cut=st.integers(0, 30), put=st.binary(max_size=10))
def test_a_mutated_document_has_a_body_or_none(at: int, cut: int, put: bytes) -> None:
    try:
        found = read(GOOD[: at % len(GOOD)] + put + GOOD[at % len(GOOD) + cut :])
    except UnsafeXml:
        return
    assert not isinstance(found, Pdf) or found.content.startswith(b"%PDF-")
