"""The page of a file's exams."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from lxml import html

from functions.drimbox.consultation.exam_images import ExamSource, Images
from functions.drimbox.consultation.imaging_history import arrange
from functions.drimbox.consultation.list_view import ListView
from functions.drimbox.dmp.registry import DocumentEntry
from functions.drimbox.outside.faults import Reason
from functions.drimbox.outside.given_files import KeptFile, Signed
from functions.drimbox.outside.signed import Proof
from functions.drimbox.pages.reading.exam_groups import Numbers
from functions.drimbox.pages.reading.exams_page import Shown, Sites
from functions.drimbox.pages.reading.outside_page import Look, outside_page
from functions.drimbox.pages.reading.outside_texts import PROOFS, REASONS
from functions.drimbox.pages.reading.viewer_page import Build, ViewerPlace
from functions.drimbox.wording.text import LANGUAGES, Language
from tests.drimbox.consultation.histories import documents
from tests.drimbox.consultation.readers import CALL
from tests.drimbox.outside.archives import AT
from tests.drimbox.pages.reading.shown import ADDRESS, PAGE, SEEN, layout, words
from tests.drimbox.reading.exam_scenes import exam_entry

SIGNED = Signed(Proof.INTACT, "ORG SIGN, Clinique", "2026-03-02")
VIEWER = (ViewerPlace(PAGE, "edition-abc"), Build("/assets/v.js", "/assets/v.css"))


def read(
    *entries: DocumentEntry,
    refused: tuple[Reason, ...] = (),
    others: int = 0,
    language: Language = "fr",
    signed: Signed = SIGNED,
    **changes: Any,
) -> Any:
    given = tuple(replace(one, given_at=AT) for one in entries)
    history = arrange(documents(*given), ListView(), CALL.wanted)
    places = {one.number: place for place, one in enumerate(history.documents, 1)}
    facts: dict[str, Any] = {
        "numbers": Numbers("edition-abc", places),
        "narrowed": False,
        "unreadable": 0,
        "sites": Sites((ExamSource(1, "CHU", Images.READY),) if entries else ()),
        "viewer": VIEWER if entries else None,
        **changes,
    }
    answers, lacking = facts.pop("answers", False), facts.pop("lacking", frozenset())
    shown = Shown(history, view=ListView(), **facts)
    kept = KeptFile(AT, given, (signed,) * len(given), refused, is_archive=True, others=others)
    at = replace(layout(language), here=f"/{PAGE}/file")
    look = Look(SEEN.at, SEEN.zone, SEEN.at, answers=answers, lacking=lacking)
    return html.fromstring(outside_page(at, CALL, shown, kept, look).decode())


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_exams_are_marked_and_told_with_their_signature(language: Language) -> None:
    page = read(exam_entry(), language=language)
    assert len(page.xpath("//section[@class='patient']/p[@class='outside']")) == 1
    assert words(page).count("ORG SIGN, Clinique") == 1
    assert page.xpath("//button[@data-open='1']")
    assert page.xpath("//form[contains(@action, '/exams')]/@action") == [f"{ADDRESS}/exams"]
    assert page.xpath("//div[@id='viewer']")
    assert len(page.xpath("//h1")) == 1
    assert not page.xpath("//form[contains(@action, 'report')]")


def test_an_exam_that_the_dmp_s_list_lacks_says_so() -> None:
    told = "La liste que le DMP a donnée pendant cette session ne contient pas cet examen"
    assert told not in words(read(exam_entry()))
    assert told in words(read(exam_entry(), lacking=frozenset({1})))


def test_an_unsigned_exam_names_nobody_and_a_date_may_be_missing() -> None:
    undated = exam_entry(service_start_time="", creation_time="")
    page = read(undated, signed=Signed(Proof.NONE, "", ""))
    assert "Non signé : rien ne prouve son auteur." in words(page)
    assert "Signataire" not in words(page)


@pytest.mark.parametrize("answers", [True, False])
def test_the_way_to_the_dmp_s_list_is_always_there(*, answers: bool) -> None:
    page = read(exam_entry(), answers=answers)
    [link] = page.xpath(f"//main//a[@href='{ADDRESS}']")
    assert words(link) == ("Ouvrir la liste du DMP" if answers else "Réessayer la liste du DMP")
    assert ("Le DMP répond de nouveau" in words(page)) is answers


def test_each_reason_is_counted_in_words() -> None:
    page = read(refused=(Reason.GONE, Reason.RESTRICTED, Reason.GONE), others=1)
    told = [words(one) for one in page.xpath("//p[@role='alert']")]
    assert [one.partition(" ")[0] for one in told] == ["2", "1"]
    assert "Un document du fichier" in words(page)
    assert "Aucun examen de ce fichier" in words(page)
    assert not page.xpath("//table")
    assert "3 documents du fichier" in words(read(others=3))


def test_a_list_that_could_not_be_kept_opens_nothing() -> None:
    page = read(exam_entry(), numbers=Numbers("", {}), sites=Sites(), viewer=None)
    assert "n'a pas pu être gardée" in words(page)
    assert not page.xpath("//button[@data-open]")


def test_every_proof_and_reason_has_its_words() -> None:
    assert set(PROOFS) == set(Proof)
    assert set(REASONS) == set(Reason)
