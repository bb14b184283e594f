"""The page of a checked call: each parameter as sent and as read, every value a text."""

from __future__ import annotations

from typing import Any

import pytest
from lxml import html

from functions.drimbox.consultation.call_facts import describe, describe_faults
from functions.drimbox.consultation.contextual_call import Call, read_call, read_pairs
from functions.drimbox.pages.check.call_page import call_page, refused_call_page
from functions.drimbox.wording.call_faults import CALL_ACCEPTED, CALL_FAULTS, CALL_REMEDY
from functions.drimbox.wording.text import LANGUAGES, Language
from tests.drimbox.consultation.samples import WHOLE, pairs
from tests.drimbox.pages.check.scenes import SCRIPT


def page(call: Call, language: Language = "fr") -> Any:
    return html.fromstring(call_page(describe(call), language).decode())


def rows(document: Any, section: int) -> list[list[str]]:
    found = document.xpath(f"//section[{section}]//tbody/tr")
    return [[cell.text_content() for cell in row.xpath("td")] for row in found]


def test_a_good_call_has_its_values_as_read() -> None:
    document = page(read_pairs(pairs(WHOLE, StudyDate="-20251231")))
    assert document.xpath("//p[@class='verdict good']")
    assert "Aucun défaut" in document.xpath("//section[1]")[0].text_content()
    lines = rows(document, 2)
    assert [name for name, _, _ in lines] == list(WHOLE)
    read = {name: value for name, _, value in lines}
    assert read["Patient.birthDate"] == "19790327"
    assert read["InformationEtConsentement"] == "oui"
    assert read["StudyDate"] == "sans limite – 2025-12-31"


def test_a_refused_consent_is_no() -> None:
    document = page(read_pairs(pairs(InformationEtConsentement="0")), "en")
    assert ["InformationEtConsentement", "0", "no"] in rows(document, 2)


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_fault_has_its_words(language: Language) -> None:
    document = page(read_pairs(pairs(Patient_gender="x", PatientID=None)), language)
    assert document.get("lang") == language
    assert document.xpath("//p[@class='verdict bad']")
    gender, missing = rows(document, 1)
    words = CALL_FAULTS["call_gender"]
    said = [
        words.in_language(language),
        {"fr": "Lu : x", "en": "Read : x"}[language],
        {"fr": "Attendu : ", "en": "Expected : "}[language]
        + CALL_ACCEPTED["call_gender"].in_language(language),
        CALL_REMEDY.in_language(language),
        "call_gender",
    ]
    assert gender == ["".join(said), "Patient.gender", words.clause]
    assert missing[1] == "PatientID"
    assert ["Patient.gender", "x", "call_gender"] in rows(document, 2)


def test_an_unreadable_call_has_no_lines() -> None:
    document = page(read_call([], (), b""))
    assert rows(document, 2) == []
    assert "Aucun paramètre lu" in document.text_content()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_refused_call_shows_no_value(language: Language) -> None:
    call = read_pairs((*pairs(Patient_gender="x-canary"), ("unknown-canary", "1"), (SCRIPT, "2")))
    written = refused_call_page(describe_faults(call.faults), language).decode()
    document: Any = html.fromstring(written)
    assert document.get("lang") == language
    assert [name for _, name, _ in rows(document, 1)] == ["Patient.gender", "", ""]
    assert "canary" not in written
    assert "script" not in written
    for value in ("279035121518989", "ESSAI", "IPP4711", "63113", "1979"):
        assert value not in written


def test_values_and_unknown_names_are_texts() -> None:
    document = page(read_pairs((*pairs(PatientID=SCRIPT), (SCRIPT, "\u202egnp"))))
    assert not document.xpath("//script")
    assert [SCRIPT, "[U+202E]gnp", "call_name_unknown"] in rows(document, 2)
