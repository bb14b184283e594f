"""The form that takes a file, and the mark of its exams."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from lxml import html

from functions.drimbox.consultation.exam_list import ExamList, Listing
from functions.drimbox.pages.reading.exams_page import Choice, state_page
from functions.drimbox.pages.reading.outside_parts import file_form, outside_mark
from functions.drimbox.pages.reading.patient_banner import patient_banner
from functions.drimbox.wording.text import LANGUAGES, Language
from tests.drimbox.consultation.histories import eleven
from tests.drimbox.consultation.readers import CALL
from tests.drimbox.pages.reading import shown
from tests.drimbox.pages.reading.shown import ADDRESS, PAGE, SEEN, layout, words


def parsed(text: str) -> Any:
    """The part of a page."""
    return html.fromstring(text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_browser_sends_the_file_without_script(language: Language) -> None:
    part = parsed(file_form(layout(language), f"/{PAGE}"))
    [form] = part.xpath("//form")
    assert dict(form.attrib) == {
        "method": "post",
        "action": f"{ADDRESS}/file",
        "enctype": "multipart/form-data",
        "class": "choice",
    }
    assert form.xpath(".//input/@name") == ["token", "file"]
    assert form.xpath(".//label/@for") == form.xpath(".//input[@type='file']/@id")
    assert "4 M" in words(form)


def test_the_form_has_no_token_for_nobody() -> None:
    nobody = replace(layout(), visitor=None)
    part = parsed(file_form(nobody, f"/{PAGE}"))
    assert part.xpath("//input[@name='token']/@value") == [""]


def test_the_mark_stands_in_the_banner_which_images_leave_in_view() -> None:
    at = datetime(2026, 11, 26, 9, 5, tzinfo=UTC)
    banner = patient_banner(layout(), CALL, mark=outside_mark(layout(), at, SEEN.zone))
    [mark] = parsed(banner).xpath("//section[@class='patient']/p[@class='outside']")
    assert words(mark) == (
        "Hors DMP : fichier ouvert à 10:05, l'état dans le DMP est inconnu (masqué, remplacé, "
        "retiré ?)"
    )
    assert "outside" not in patient_banner(layout(), CALL)


@pytest.mark.parametrize("files", [True, False])
def test_a_page_offers_the_form_where_a_file_may_be_given(
    *, files: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = replace(SEEN, files=files)
    failed = ExamList(Listing.FAILED, code="dmp_unavailable")
    page = state_page(layout(), CALL, failed, Choice((), PAGE, foreign=False), seen)
    monkeypatch.setattr(shown, "SEEN", seen)
    for found in (page, shown.page(eleven())):
        assert bool(parsed(found.decode()).xpath("//input[@type='file']")) is files
