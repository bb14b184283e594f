"""The list of publications: the exam's facts, and the patient where the facts name one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from lxml import html

from functions.drimbox.pages.kit.layout import Layout, Visitor
from functions.drimbox.pages.operations.area import OPERATIONS
from functions.drimbox.pages.operations.publication_list import publication_list
from functions.drimbox.wording import lookup
from tests.drimbox.pages.operations.samples import AT, ONE
from tests.fakes.world import TENANT

EXAM = {
    "accession_numbers": ["ACN1", "ACN2"],
    "modalities": ["CT"],
    "days": ["20261124"],
    "patient": "DUPONT Jean",
    "birth_date": "19800102",
}


def listed(*publications: dict[str, Any]) -> Any:
    layout = Layout(OPERATIONS, "site", "Site", "fr", Visitor("Camille", "token"))
    now = datetime(2026, 11, 26, 10, tzinfo=UTC)
    shown = publication_list(
        layout, publications, caption="Publications", now=now, zone=TENANT.time_zone
    )
    return html.fromstring(shown)


def test_an_exam_is_told_with_its_patient() -> None:
    document = listed({**ONE, "exam": EXAM})
    [cell] = document.xpath("//td[@data-label='Examen']")
    assert cell.xpath(".//strong/text()") == ["DUPONT Jean · 02/01/1980"]
    text = " ".join(cell.text_content().split())
    assert "CT · 24/11/2026" in text
    assert "accession ACN1 · ACN2" in text


def test_without_the_right_no_patient_is_named() -> None:
    without = {name: value for name, value in EXAM.items() if name not in {"patient", "birth_date"}}
    document = listed({**ONE, "exam": without})
    assert document.xpath("//td[@data-label='Examen']//strong") == []


def test_a_patient_without_birth_date_is_named() -> None:
    document = listed({**ONE, "exam": {**EXAM, "birth_date": ""}})
    assert document.xpath("//td[@data-label='Examen']//strong/text()") == ["DUPONT Jean"]


def test_a_reason_of_several_studies_stands_once() -> None:
    twice = [{**ONE["studies"][0], "study_instance_uid": uid} for uid in ("1.2", "1.3")]
    [cell] = listed({**ONE, "studies": twice}).xpath("//td[@data-label='Motif']")
    assert cell.text_content() == ONE["studies"][0]["words"]["fr"]


def test_a_study_that_waits_says_for_what() -> None:
    parked = {"study_instance_uid": "1.2", "parked": {**lookup.wait("pacs"), "since": AT}}
    [cell] = listed({**ONE, "studies": [parked]}).xpath("//td[@data-label='Motif']")
    assert cell.text_content() == "En attente du PACS."


def test_an_order_of_ours_has_no_sender() -> None:
    [cell] = listed({**ONE, "sender": ""}).xpath("//td[@data-label='Émetteur']")
    assert cell.text_content() == ""


def test_a_message_that_is_held_whole_says_why() -> None:
    held = lookup.held("site_accepted_unreadable")
    [cell] = listed({**ONE, **held, "studies": []}).xpath("//td[@data-label='Motif']")
    assert cell.text_content() == held["held_words"]["fr"]
