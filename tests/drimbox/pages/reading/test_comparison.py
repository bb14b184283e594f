"""The proposed comparison as a box of two ways."""

from __future__ import annotations

from typing import Any

from lxml import html

from functions.drimbox.consultation.comparable import Comparison
from functions.drimbox.consultation.exam_images import ExamSource, Images
from functions.drimbox.pages.reading.comparison import comparison_box
from functions.drimbox.pages.reading.sources_panel import exam_facts
from tests.drimbox.consultation.histories import documents, exam
from tests.drimbox.pages.reading.shown import CLOCK, layout, words


def test_both_exams_are_told_and_lead_to_their_lines() -> None:
    one, other = documents(
        exam("1", "2026", "Scanner"), exam("2", "202501", title="", author_institutions=())
    )
    box: Any = html.fromstring(comparison_box(layout(), Comparison(one, other), {1, 2}))
    assert words(box.xpath("//h2")[0]).startswith("Comparaison proposée")
    assert [words(way) for way in box.xpath("//a")] == [
        "CT Scanner 2026 · Clinique Ambroise",
        "CT Examen sans libellé 01/2025",
    ]
    assert box.xpath("//a/@href") == ["#d1", "#d2"]


def test_restrictions_are_told_and_an_exam_of_another_page_is_no_way() -> None:
    one, other = documents(
        exam("1", "2026", "Scanner", hidden=("MASQUE_PS",)),
        exam("2", "2025", "Scanner", hidden=("INVISIBLE_PATIENT", "V-NEW")),
    )
    box: Any = html.fromstring(comparison_box(layout(), Comparison(one, other), {1}))
    assert box.xpath("//a/@href") == ["#d1"]
    first, second = box.xpath("//div[@class='pair']/*[b]")
    assert "masqué aux professionnels" in words(first)
    assert "non visible du patient" in words(second)
    assert "restriction inconnue : V-NEW" in words(second)


def test_an_exam_of_a_later_page_has_its_state_here_and_is_opened_with_the_other() -> None:
    one, other = documents(exam("1", "2026", "Scanner"), exam("2", "2025", "Scanner"))
    for state, may in ((Images.READY, "1"), (Images.SILENT, "")):
        facts = {
            1: exam_facts(layout(), ExamSource(1, "CHU", Images.READY), CLOCK),
            2: exam_facts(layout(), ExamSource(140, "CHU", state), CLOCK),
        }
        box: Any = html.fromstring(comparison_box(layout(), Comparison(one, other), {1}, facts))
        [button] = box.xpath(".//button")
        assert (button.get("data-open"), button.get("data-may")) == ("1 140", may)
        assert box.xpath(".//*[@data-images]/@id") == ["i140"]
