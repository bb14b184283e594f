"""The patient's identity above a page: the five strict traits always (INS/va1.36)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from lxml import html

from functions.drimbox.dmp.existence import RecordTraits
from functions.drimbox.pages.kit.layout import Layout
from functions.drimbox.pages.reading.area import READING
from functions.drimbox.pages.reading.patient_banner import patient_banner
from functions.drimbox.report.reading import read_report
from functions.drimbox.wording.text import Language
from tests.drimbox.consultation.readers import CALL
from tests.drimbox.report.build import message


def read(language: Language, **changes: str) -> Any:
    layout = Layout(READING, "site", "", language)
    return html.fromstring(patient_banner(layout, replace(CALL, **changes)))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("fr", ["27/03/1979", "Féminin", "63113", "2 79 03 51 215 189 89"]),
        ("en", ["1979-03-27", "Female", "63113", "2 79 03 51 215 189 89"]),
    ],
)
def test_the_strict_traits_are_shown_without_a_click(
    language: Language, expected: list[str]
) -> None:
    banner = read(language)
    assert banner.get("aria-label")
    assert banner.xpath("./strong")[0].text_content() == "PAT-TROIS DOMINIQUE"
    assert [one.text_content() for one in banner.xpath("./dl//dd")] == expected
    [check] = banner.xpath("./small")
    assert ("vérifiez" if language == "fr" else "check") in check.text


def test_the_ten_traits_are_one_act_away_and_none_is_invented() -> None:
    banner = read("fr")
    told = [one.text_content() for one in banner.xpath("./details//dd")]
    assert told == ["279035121518989", "1.2.250.1.213.1.4.10", *["non transmis"] * 3]
    assert banner.xpath("./details/@open") == []
    assert banner.xpath(".//a") == []


def test_the_dmp_s_traits_complete_those_of_a_call() -> None:
    record = RecordTraits("PAT-TROIS", "EPOUSE", ("DOMINIQUE", "ANNE"), "19790327", "F")
    layout = Layout(READING, "site", "", "fr")
    banner: Any = html.fromstring(patient_banner(layout, CALL, record=record))
    told = [one.text_content() for one in banner.xpath("./details//dd")]
    assert told[2:] == ["DOMINIQUE, ANNE", "non transmis", "EPOUSE"]
    silent: Any = html.fromstring(patient_banner(layout, CALL, record=RecordTraits()))
    told = [one.text_content() for one in silent.xpath("./details//dd")]
    assert told[2:] == ["non transmis"] * 3


def test_a_report_s_patient_has_the_names_that_the_report_says() -> None:
    patient = replace(
        read_report(message()).document.patient, used_family="NOM-UTILISE", used_given=""
    )
    layout = Layout(READING, "site", "", "fr")
    banner: Any = html.fromstring(patient_banner(layout, patient, source="from_report"))
    told = [one.text_content() for one in banner.xpath("./details//dd")]
    assert told[2:] == [patient.birth_givens, "non transmis", "NOM-UTILISE"]


@pytest.mark.parametrize(("all_traits", "wish"), [(True, "five"), (False, "ten")])
def test_the_setting_opens_them_and_leads_to_the_other(all_traits: bool, wish: str) -> None:
    layout = Layout(READING, "site", "", "fr", here="/p")
    made = patient_banner(layout, CALL, choosing=True, all_traits=all_traits)
    banner = html.fromstring(made)
    assert bool(banner.xpath("./details/@open")) is all_traits
    assert banner.xpath(".//a/@href") == [f"/v1/tenants/site/reading/p?traits={wish}"]


@pytest.mark.parametrize(
    ("birth_date", "today", "told"),
    [
        ("19790327", date(2026, 3, 26), "27/03/1979 (46 ans)"),
        ("19790327", date(2026, 3, 27), "27/03/1979 (47 ans)"),
        ("20250327", date(2026, 4, 1), "27/03/2025 (1 an)"),
        ("20270327", date(2026, 4, 1), "27/03/2027"),
        ("19790327", None, "27/03/1979"),
        ("1979", date(2026, 4, 1), "1979"),
    ],
)
def test_the_age_stands_beside_the_birth_date(
    birth_date: str, today: date | None, told: str
) -> None:
    layout = Layout(READING, "site", "", "fr")
    made = patient_banner(layout, replace(CALL, birth_date=birth_date), today=today)
    banner: Any = html.fromstring(made)
    assert banner.xpath("./dl//dd")[0].text_content() == told


@pytest.mark.parametrize("sex", ["M", "F", "O", "U", "X"])
def test_every_sex_has_its_word_or_its_code(sex: str) -> None:
    assert read("fr", sex=sex).xpath("./dl//dd")[1].text_content()


def test_a_name_stays_text() -> None:
    banner = read("fr", birth_family="<script>\u202e")
    assert banner.xpath("./strong")[0].text_content() == "<script>[U+202E] DOMINIQUE"
