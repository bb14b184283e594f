"""The page of a report's link: whose exam it is, and which one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from lxml import html

from functions.drimbox.consultation.linked_exam import LinkedExam
from functions.drimbox.identity.parties import Interval
from functions.drimbox.pages.kit.layout import Layout, Visitor
from functions.drimbox.pages.reading.area import READING
from functions.drimbox.pages.reading.linked_exam_page import linked_exam_page
from functions.drimbox.report.reading import read_report
from functions.drimbox.wording.text import LANGUAGES, Language
from tests.drimbox.report.build import message

DOCUMENT = read_report(message()).document
LINKED = LinkedExam(DOCUMENT.patient, DOCUMENT.exams[0], DOCUMENT.title, ("N",))


def page(linked: LinkedExam = LINKED, language: Language = "fr") -> Any:
    layout = Layout(READING, "site", "Ambroise", language, Visitor("Camille", "t"), "/p")
    return html.fromstring(linked_exam_page(layout, linked).decode())


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_identity_and_the_exam_are_shown(language: Language) -> None:
    document = page(language=language)
    banner = document.xpath("//section[@class='patient']")[0].text_content()
    assert DOCUMENT.patient.birth_family in banner
    assert DOCUMENT.patient.ins.value in banner
    told = document.xpath("//table[@class='facts']//td/text()")
    assert len(told) == 5
    assert DOCUMENT.title in told
    assert not document.xpath("//img|//script|//iframe")


def test_the_traits_are_said_to_be_the_report_s() -> None:
    assert "Traits du compte rendu" in page().text_content()


def test_a_restriction_is_told_even_when_we_do_not_know_it() -> None:
    assert "Visibilité" not in page().text_content()
    document = page(replace(LINKED, confidentiality=("N", "INVISIBLE_PATIENT", "NEW_ONE")))
    told = document.xpath("//tr[th='Visibilité']//span[@class='state wait']/text()")
    assert told == ["non visible du patient", "restriction inconnue : NEW_ONE"]


def test_a_code_without_a_label_is_shown_and_a_missing_date_is_not() -> None:
    exam = replace(
        LINKED.exam,
        act=replace(LINKED.exam.act, display="", code="<b>code"),
        period=Interval(None, None),
    )
    told = page(replace(LINKED, exam=exam)).xpath("//table[@class='facts']//td/text()")
    assert "<b>code" in told
    assert len(told) == 4
