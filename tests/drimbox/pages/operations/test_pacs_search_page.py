"""The page of a search in the PACS: a list to choose from, each study beside the report."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from lxml import html

from functions.drimbox.operations.searching_pacs import NO_PATIENT
from functions.drimbox.pages.kit.layout import Layout, Visitor
from functions.drimbox.pages.operations.area import OPERATIONS
from functions.drimbox.pages.operations.pacs_search_page import pacs_search_page
from functions.drimbox.pages.operations.pacs_search_texts import FAULTS, PACS_SEARCH
from functions.drimbox.tenants.model import Operator, Permission
from functions.drimbox.wording.text import LANGUAGES, Language

ROW: dict[str, Any] = {
    "field": "patient_id",
    "report": ["IPP1"],
    "images": "IPP9",
    "differs": True,
}
STUDY: dict[str, Any] = {
    "study_instance_uid": "1.2.3",
    "study_date": "20210108",
    "modalities": ["CT", "SR"],
    "description": "<b>Scanner",
    "instances": 132,
    "accession_number": "ACN1",
    "named": False,
    "compared": [
        ROW,
        {"field": "name", "report": ["TROIS^DOMINIQUE"], "images": "TROIS^D", "differs": False},
        {"field": "birth_date", "report": ["19790327"], "images": "", "differs": False},
    ],
}
FACTS: dict[str, Any] = {
    "publication": "0" * 32,
    "study": "1.2.9",
    "asked": {"ipp": 'IPP"1', "day": "2021-01-08", "accession": "", "modality": "CT"},
    "found": [STUDY, {**STUDY, "study_instance_uid": "1.2.4", "named": True}],
    "left_out": 0,
    "complete": True,
    "fault": "",
}


def page(
    language: Language = "fr", but: frozenset[Permission] = frozenset(), **changes: Any
) -> Any:
    operator = Operator("Camille", frozenset(Permission) - but, oidc_subject="operator-1")
    layout = Layout(OPERATIONS, "site", "Site", language, Visitor("Camille", "token"))
    facts = copy.deepcopy(FACTS) | changes
    return html.fromstring(pacs_search_page(layout, facts, operator=operator).decode())


def notices(document: Any) -> list[str]:
    return [one.text_content() for one in document.xpath("//p[contains(@class, 'notice')]")]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_field_has_its_label_and_every_form_its_token(language: Language) -> None:
    document = page(language)
    assert document.get("lang") == language
    assert document.xpath("//main//h1/text()") == [PACS_SEARCH["title"].in_language(language)]
    for field in document.xpath("//input[@type!='hidden' or not(@type)]"):
        labelled = document.xpath(f"//label[@for='{field.get('id')}']") if field.get("id") else []
        assert labelled or field.getparent().tag == "label"
    for form in document.xpath("//form"):
        assert form.xpath(".//input[@name='token']/@value") == ["token"]


def test_a_study_is_told_in_one_line_and_its_uid_in_small() -> None:
    document = page()
    [label] = document.xpath("//label[.//input[@type='radio']]")
    assert label.text_content() == "08/01/2021 · CT, SR · <b>Scanner · 132 objets · accession ACN1"
    assert label.xpath(".//input/@value") == ["1.2.3"]
    assert document.xpath("//article//small/code/text()") == ["1.2.3", "1.2.4"]
    bare = {**STUDY, "study_date": "", "modalities": [], "description": "", "instances": None}
    document = page(found=[{**bare, "accession_number": ""}])
    [label] = document.xpath("//label[.//input[@type='radio']]")
    assert label.text_content() == "sans date · sans description · sans numéro d'accession"


def test_a_difference_is_in_bold_and_in_words() -> None:
    document = page()
    table = document.xpath("//article//table")[0]
    assert table.xpath(".//strong/text()") == ["IPP1", "IPP9"]
    assert table.xpath(".//span[@class='state bad']/text()") == ["diffère"]
    assert "27/03/1979" in table.text_content()


def test_a_study_of_the_publication_cannot_be_chosen() -> None:
    document = page()
    assert document.xpath("//input[@type='radio']/@value") == ["1.2.3"]
    assert PACS_SEARCH["named"].fr in document.xpath("//article")[1].text_content()
    document = page(found=[FACTS["found"][1]])
    assert document.xpath("//main//button/text()") == [PACS_SEARCH["search"].fr]


def test_the_buttons_are_those_of_the_operator_s_rights() -> None:
    choose = "//form[.//input[@value='override']]//button"
    assert page().xpath(f"{choose}/text()") == [
        "Enregistrer et rejouer",
        "Enregistrer la rectification",
    ]
    document = page(but=frozenset({Permission.REPLAY}))
    assert document.xpath(f"{choose}/text()") == ["Enregistrer la rectification"]
    assert PACS_SEARCH["own_only"].fr not in page().text_content()
    document = page(but=frozenset({Permission.PATIENTS}))
    assert PACS_SEARCH["own_only"].fr in document.text_content()


def test_the_choice_names_the_held_study_and_the_form_is_filled() -> None:
    document = page()
    [form] = document.xpath("//form[.//input[@value='override']]")
    assert form.get("action").endswith(f"/publications/{'0' * 32}")
    assert form.xpath(".//input[@name='named-0']/@value") == ["1.2.9"]
    assert form.xpath(".//input[@name='found']/@value") == ["yes"]
    assert document.xpath("//input[@id='ipp']/@value") == ['IPP"1']
    assert document.xpath("//input[@id='day']/@value") == ["2021-01-08"]
    assert document.xpath("//input[@id='modality']/@value") == ["CT"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ["2 examens trouvés dans le PACS."]),
        ({"found": [STUDY]}, ["1 examen trouvé dans le PACS."]),
        ({"found": []}, [PACS_SEARCH["none"].fr]),
        (
            {"found": [], "left_out": 1, "complete": False},
            [PACS_SEARCH["none"].fr, f"1 {PACS_SEARCH['left_out_one'].fr}", PACS_SEARCH["more"].fr],
        ),
        (
            {"found": [STUDY], "left_out": 7, "complete": False},
            [
                "1 examen trouvé dans le PACS.",
                f"7 {PACS_SEARCH['left_out'].fr}",
                PACS_SEARCH["more"].fr,
            ],
        ),
    ],
)
def test_the_answer_is_told_in_words(changes: dict[str, Any], expected: list[str]) -> None:
    assert notices(page(**changes)) == expected


@pytest.mark.parametrize("fault", FAULTS)
def test_a_search_without_an_answer_says_why(fault: str) -> None:
    document = page(fault=fault, found=[], complete=False)
    assert notices(document) == [FAULTS[fault].fr]
    assert document.xpath("//p[@role='alert']")
    assert document.xpath("//input[@type='radio']") == []
    of_agents = {"agent_away", "answer_awaited", "agent_failed", "agent_outdated"}
    of_pacs = {
        *("pacs_unavailable", "pacs_answer_unusable", "pacs_refused", "pacs_address_private"),
        *("pacs_address_foreign", "pacs_access_unusable"),
    }
    assert of_agents | of_pacs | {NO_PATIENT} == set(FAULTS)
