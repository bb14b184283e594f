"""A report's page: facts and restrictions above, the content below, or why there is none."""

from __future__ import annotations

import base64
import dataclasses
from typing import Any

import pytest
from lxml import html

from functions.drimbox.consultation.document_patient import Comparison
from functions.drimbox.consultation.reading_report import Compared, OtherPatient, ReadReport
from functions.drimbox.dmp import xds
from functions.drimbox.dmp.registry import DocumentEntry
from functions.drimbox.identity.parties import Code
from functions.drimbox.pages.kit.layout import Layout, Visitor
from functions.drimbox.pages.reading import report_page
from functions.drimbox.pages.reading.area import READING
from functions.drimbox.pages.reading.report_page import Place
from functions.drimbox.report.cda_body import Pdf, PlainText, Sections
from functions.drimbox.safe_xml import parse
from functions.drimbox.wording.documents import NOT_SHOWN
from functions.drimbox.wording.text import LANGUAGES, Language
from tests.drimbox.consultation.readers import CALL
from tests.drimbox.consultation.shown_reports import ENTRY

PAGE = "p" * 43
PLACE = Place(PAGE, "eeeeeeeeeee", "7")
CONTENT = b"%PDF-1.4 content"


def entry(**changes: Any) -> DocumentEntry:
    facts: dict[str, Any] = {
        "title": "CR de scanner",
        "author_institutions": ("CHU^^^",),
        "legal_authenticator": "8^MARTIN^Paul^^^",
        **changes,
    }
    return dataclasses.replace(ENTRY, **facts)


def layout(language: Language = "fr") -> Layout:
    return Layout(READING, "site", "Site", language, Visitor("Camille", "canary"), f"/{PAGE}")


def shown(
    body: Any,
    untold: tuple[str, ...] = (),
    compared: Compared = Compared.HEADER,
    stated: tuple[Code, ...] = (),
    *,
    listed: dict[str, Any] | None = None,
    part: int = 1,
    **changes: Any,
) -> Any:
    now = entry(**changes)
    read = ReadReport(now, body, untold, compared, stated)
    before = now if listed is None else entry(**listed)
    place = dataclasses.replace(PLACE, part=part)
    page = report_page.report_page(layout(), CALL, before, read, place)
    return html.fromstring(page.decode())


def test_a_pdf_stands_in_the_page_and_can_be_opened_alone() -> None:
    document = shown(Pdf(CONTENT))
    (frame,) = document.xpath("//iframe/@src")
    assert base64.b64decode(frame.removeprefix("data:application/pdf;base64,")) == CONTENT
    (form,) = document.xpath("//form[.//input[@value='pdf']]")
    assert form.get("action") == f"/v1/tenants/site/reading/{PAGE}/report"
    fields = {one.get("name"): one.get("value") for one in form.xpath(".//input")}
    assert fields == {"token": "canary", "verb": "pdf", "edition": PLACE.edition, "number": "7"}
    text = document.text_content()
    for word in ("PAT-TROIS", "CR de scanner", "CHU", "Paul MARTIN", "01/03/2026", "vérifiées"):
        assert word in text
    assert not document.xpath("//main//p[contains(@class, 'wait')]")


def test_a_large_pdf_stands_at_an_address_of_its_own() -> None:
    there = "https://bucket.example/a?signature=1"
    for state, alone in (({}, [there]), ({"status": xds.DEPRECATED}, [])):
        now, place = entry(**state), dataclasses.replace(PLACE, address=there)
        read = ReadReport(now, Pdf(CONTENT), (), Compared.HEADER)
        page = report_page.report_page(layout(), CALL, now, read, place)
        document: Any = html.fromstring(page.decode())
        assert document.xpath("//iframe/@src") == [there]
        ways = document.xpath("//a[@target='_blank']")
        assert [one.get("href") for one in ways] == alone
        assert {one.get("rel") for one in ways} <= {"noopener noreferrer"}
        assert not document.xpath("//input[@value='pdf']")
    assert "bucket.example" not in repr(place)


def test_the_state_and_the_restrictions_stand_first() -> None:
    masked = (
        Code("N", xds.CONFIDENTIALITY_SYSTEM),
        Code("MASQUE_PS", xds.MASKING_SYSTEM),
        Code("<NEW>", xds.MASKING_SYSTEM),
    )
    document = shown(
        PlainText("a <b>"), ("ins",), status=xds.ARCHIVED, confidentiality_codes=masked
    )
    first, second, third, fourth = document.xpath("//main/p[contains(@class, 'notice')]")
    assert "archivé" in first.text_content()
    assert "masqué aux professionnels" in second.text_content()
    assert "<NEW>" in second.text_content()
    assert "good" in third.get("class")
    assert "matricule INS" in fourth.text_content()
    assert document.xpath("//pre")[0].text == "a <b>"


@pytest.mark.parametrize(
    ("body", "compared", "words", "colour"),
    [
        (PlainText("a"), Compared.HEADER, "l'en-tête du document est celle de votre", "good"),
        (Pdf(CONTENT), Compared.HEADER, "dans le PDF n'est pas comparée", "good"),
        (Pdf(CONTENT), Compared.ENTRY, "seule sa fiche dans le DMP a été comparée", "wait"),
    ],
)
def test_the_notice_says_what_was_compared(
    body: Any, compared: Compared, words: str, colour: str
) -> None:
    (told,) = shown(body, compared=compared).xpath("//main/p[contains(@class, 'notice')]")
    assert words in told.text_content()
    assert colour in told.get("class").split()
    assert "empreinte vérifiées" in told.text_content()


@pytest.mark.parametrize(
    "listed",
    [{"status": xds.APPROVED}, {"confidentiality_codes": (Code("R", xds.CONFIDENTIALITY_SYSTEM),)}],
)
def test_a_change_since_the_list_is_told(listed: dict[str, Any]) -> None:
    document = shown(PlainText("a"), listed=listed, status=xds.DEPRECATED)
    text = document.text_content()
    assert "un autre document l'a remplacée" in text
    assert "Depuis l'affichage de la liste" in text
    assert "Depuis l'affichage" not in shown(PlainText("a")).text_content()


@pytest.mark.parametrize(
    "facts",
    [
        {"status": xds.DEPRECATED},
        {"confidentiality_codes": (Code("MASQUE_PS", xds.MASKING_SYSTEM),)},
        {"stated": (Code("V", xds.CONFIDENTIALITY_SYSTEM),)},
    ],
)
def test_a_pdf_with_warnings_never_stands_alone(facts: dict[str, Any]) -> None:
    document = shown(Pdf(CONTENT), **facts)
    assert document.xpath("//iframe")
    assert not document.xpath("//form[.//input[@value='pdf']]")
    assert "ne s'ouvre pas seul" in document.text_content()


def test_the_document_s_own_restriction_is_told() -> None:
    document = shown(PlainText("a"), stated=(Code("V", xds.CONFIDENTIALITY_SYSTEM),))
    assert "accès très restreint" in document.text_content()


def test_a_narrative_is_shown() -> None:
    section = parse(
        b'<section xmlns="urn:hl7-org:v3"><text><paragraph>x</paragraph></text></section>'
    )
    document = shown(Sections((section,)))
    assert document.xpath("//div[@class='report']//p")[0].text == "x"


@pytest.fixture
def short_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report_page, "PART", 400)


@pytest.mark.parametrize("part", [0, 1, 2, 3, 99])
def test_a_long_narrative_is_shown_in_parts(short_parts: None, part: int) -> None:
    paragraphs = "".join(f"<paragraph>{'x' * 150}{n}</paragraph>" for n in range(6))
    told = f'<section xmlns="urn:hl7-org:v3"><text>{paragraphs}</text></section>'.encode()
    document = shown(Sections((parse(told),)), part=part)
    at = min(max(part, 1), 3)
    text = document.text_content()
    assert [n for n in "012345" if f"x{n}" in text] == [str(2 * at - 2), str(2 * at - 1)]
    assert "est montré en 3 parties" in text
    above, _ = document.xpath("//nav[@class='parts']")
    assert above.xpath(".//span")[0].text == f"Partie {at} sur 3"
    assert above.xpath(".//button/@value") == [str(n) for n in (at - 1, at + 1) if 1 <= n <= 3]
    fields = {one.get("name"): one.get("value") for one in above.xpath(".//input")}
    assert fields == {
        "token": "canary",
        "verb": "report",
        "edition": PLACE.edition,
        "number": "7",
    }


def test_a_long_text_is_shown_in_parts(short_parts: None) -> None:
    document = shown(PlainText("mot " * 200), part=2)
    assert document.xpath("//nav[@class='parts']//span")[0].text == "Partie 2 sur 3"
    assert "mot" in document.xpath("//pre")[0].text


def test_a_narrative_that_cannot_be_cut_is_told(short_parts: None) -> None:
    told = f'<section xmlns="urn:hl7-org:v3"><title>{"x" * 500}</title></section>'.encode()
    document = shown(Sections((parse(told),)))
    (alert,) = document.xpath("//p[@role='alert']")
    assert "trop volumineux" in alert.text


def parsed(page: bytes) -> Any:
    return html.fromstring(page.decode())


def test_another_patient_s_report_shows_the_names_of_traits_alone() -> None:
    other = OtherPatient(Comparison(("birth_family", "sex"), ("ins",)))
    page = report_page.other_patient_page(layout(), CALL, entry(), other, PLACE)
    document = parsed(page)
    assert document.xpath("//p[@role='alert' and contains(@class, 'bad')]")
    assert "nom de naissance, sexe" in document.text_content()
    assert "matricule INS" in document.text_content()
    only = OtherPatient(Comparison((), ("birth_date",)))
    page = report_page.other_patient_page(layout(), CALL, entry(), only, PLACE)
    assert "Traits différents" not in page.decode()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", [*NOT_SHOWN, "dmp_unavailable", "dmp_refused", "absent"])
def test_a_report_that_is_not_shown_says_why(code: str, language: Language) -> None:
    page = report_page.not_shown_page(layout(language), CALL, entry(), code, PLACE)
    document = parsed(page)
    assert document.xpath("//code")[0].text == code
    goes_on = {"fr": ("lisibles", "marche encore"), "en": ("can still be read", "still work")}
    assert any(words in document.text_content() for words in goes_on[language])
    assert document.xpath(f"//a[@href='/v1/tenants/site/reading/{PAGE}']")


def test_the_headers_let_nothing_else_in() -> None:
    policy = report_page.page_headers()["Content-Security-Policy"]
    elsewhere = report_page.page_headers("https://bucket.example")["Content-Security-Policy"]
    assert "frame-src https://bucket.example;" in elsewhere
    assert "data:" not in elsewhere
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "frame-src data:" in policy
    assert "frame-ancestors 'self'" in policy
    assert "script" not in policy
    assert report_page.PDF_HEADERS["Content-Security-Policy"].startswith("default-src 'none'")
