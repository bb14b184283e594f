"""The ways into the viewer: dead until its program runs, and only where a site may answer."""

from __future__ import annotations

import zlib
from typing import Any

import pytest
from lxml import html

from functions.drimbox.consultation.exam_images import ExamSource, Images
from functions.drimbox.pages.reading.exams_page import Sites
from functions.drimbox.pages.reading.opening_parts import choice_box, open_button, tray
from functions.drimbox.pages.reading.sources_panel import exam_facts
from functions.drimbox.pages.reading.viewer_page import Build, ViewerPlace
from functions.drimbox.wording.text import LANGUAGES
from tests.drimbox.consultation.histories import documents, eleven, exam
from tests.drimbox.pages.reading.shown import CLOCK, PAGE, layout, page, read, words

VIEWER = (ViewerPlace(PAGE, "edition-abc"), Build("/assets/v-1.js", "/assets/v-1.css"))
OPENING = {Images.READY, Images.UNTOLD, Images.CHECKING, Images.OWN, Images.OWN_READY}


def sites(**states: Images) -> Sites:
    """All exams of the list; ``n5=…`` is the state of the one of number 5 in the page's list."""
    made = (ExamSource(n, "CHU", states.get(f"n{n}", Images.READY)) for n in range(1, 40))
    return Sites(tuple(made))


def parsed(part: str) -> Any:
    return html.fromstring(f"<p>{part}</p>")


def with_viewer(**states: Images) -> Any:
    return read(eleven(), sites=sites(**states), viewer=VIEWER)


@pytest.mark.parametrize("state", Images)
def test_a_button_may_be_pressed_in_the_states_in_which_the_site_may_answer(state: Images) -> None:
    [document] = documents(exam("1", "202611121015", "Scanner"))
    facts = exam_facts(layout(), ExamSource(3, "CHU", state), CLOCK)
    parts = (open_button(layout(), document, facts), choice_box(layout(), document, facts))
    for part in parts:
        [one] = parsed(part).xpath(".//*[@data-open]")
        assert one.get("data-open") == "3"
        assert bool(one.get("data-may")) is (state in OPENING)
        # Dead until the program is there.
        assert one.get("disabled") is not None
        assert "Scanner 12/11/2026" in one.get("aria-label")


def test_the_words_beside_an_exam_tell_why_its_button_cannot_be_pressed() -> None:
    document = with_viewer(n1=Images.SILENT)
    button = document.xpath("//button[@data-open='1']")[0]
    assert button.get("data-may") == ""
    [why] = document.xpath(f"//*[@id='{button.get('aria-describedby')}']")
    assert "Injoignable depuis" in words(why)


def test_an_exam_without_a_time_has_a_name() -> None:
    [document] = documents(exam("1", "", "Scanner"))
    facts = exam_facts(layout(), ExamSource(3, "CHU", Images.READY), CLOCK)
    assert 'aria-label="Ouvrir : Scanner"' in open_button(layout(), document, facts)


def test_the_comparison_opens_both_its_exams_where_both_may_be_opened() -> None:
    for states, may in (({}, "1"), ({"n5": Images.SILENT}, "")):
        [box] = with_viewer(**states).xpath("//section[@class='suggest']")
        [button] = box.xpath(".//button")
        current, prior = button.get("data-open").split()
        assert [f"#d{current}", f"#d{prior}"] == box.xpath(".//a/@href")
        assert button.get("data-may") == may


def test_each_exam_of_the_page_has_its_ways_and_the_page_one_tray() -> None:
    document = with_viewer()
    rows = document.xpath("//*[contains(@class, 'row ')]")
    assert len(rows) == len(document.xpath("//*[@data-images]")) > 5
    for row in rows:
        assert len(row.xpath(".//input[@class='pick']")) == 1
        assert len(row.xpath(".//button[@data-open]")) == 1
    [found] = document.xpath("//section[@class='tray']")
    assert found.get("hidden") is not None
    assert document.xpath("//*[@id='viewer']/@hidden")
    assert not read(eleven(), sites=sites()).xpath("//*[@data-open] | //*[@class='tray']")


def test_the_tray_has_all_words() -> None:
    for language in LANGUAGES:
        [found] = parsed(tray(layout(language))).xpath("//section")
        assert all(found.get(f"data-{one}") for one in ("one", "several", "many", "failed"))
        assert "{count}" in found.get("data-several")


def test_eleven_exams_with_the_viewer_stay_small() -> None:
    assert len(zlib.compress(page(eleven(), sites=sites(), viewer=VIEWER), wbits=31)) < 12_000
