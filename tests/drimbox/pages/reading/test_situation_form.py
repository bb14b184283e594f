"""The choice among several practice situations."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

from lxml import html

from functions.drimbox.consultation.situations import Situation
from functions.drimbox.identity.health_professional import Activity
from functions.drimbox.pages.kit.layout import Layout, Visitor
from functions.drimbox.pages.reading.area import READING
from functions.drimbox.pages.reading.practice_texts import PROFESSIONS, SPECIALTIES
from functions.drimbox.pages.reading.situation_form import situation_form

AMONG = (
    Situation("0", Activity("1750803447", "X", "SA01", "10", "SM44"), "Ambroise <b>"),
    Situation("2", Activity("1750803447", "X", "SA01", "60", ""), "Ambroise"),
)
LAYOUT = Layout(READING, "site", "", "en", Visitor("Camille", "form-token"))


def read(text: str) -> Any:
    return html.fromstring(text)


def test_each_situation_is_a_button_and_none_is_chosen_for_the_professional() -> None:
    form = read(situation_form(LAYOUT, AMONG, page="p" * 43))
    assert form.get("action") == "/v1/tenants/site/reading/session"
    assert form.get("method") == "post"
    hidden = {one.get("name"): one.get("value") for one in form.xpath("//input[@type='hidden']")}
    assert hidden == {"token": "form-token", "verb": "situation", "page": "p" * 43}
    radios = form.xpath("//input[@type='radio']")
    assert [one.get("value") for one in radios] == ["0", "2"]
    assert [one.get("checked") for one in radios] == [None, None]
    labels = [one.text_content() for one in form.xpath("//label")]
    assert labels == ["Ambroise <b> physician, diagnostic radiology", "Ambroise nurse"]
    assert form.xpath("//fieldset/legend")
    assert form.xpath("//button")[0].text_content() == "Choose"


def test_the_chosen_one_is_marked_and_may_be_changed() -> None:
    form = read(situation_form(LAYOUT, AMONG, "2"))
    assert form.xpath("//input[@checked]/@value") == ["2"]
    assert form.xpath("//button")[0].text_content() == "Change the situation"


def test_a_code_that_nobody_knows_stands_as_it_is() -> None:
    other = Situation("0", Activity("1750803447", "X", "SA01", "999", "XX1"), "Ambroise")
    french = dataclasses.replace(LAYOUT, language="fr")
    told = {
        layout.language: read(situation_form(layout, [other])).xpath("//label")[0].text_content()
        for layout in (LAYOUT, french)
    }
    assert told == {
        "en": "Ambroise profession 999, specialty XX1",
        "fr": "Ambroise profession 999, spécialité XX1",
    }
    radiologist = read(situation_form(french, AMONG)).xpath("//label")[0].text_content()
    assert radiologist.endswith("médecin, radiodiagnostic")


def test_the_codes_have_their_form_and_those_of_imaging_their_words() -> None:
    assert all(re.fullmatch(r"[0-9]{2}", one) for one in PROFESSIONS)
    assert all(re.fullmatch(r"(SM|SCD)[0-9]{2}", one) for one in SPECIALTIES)
    assert PROFESSIONS["98"].fr == "manipulateur d'électroradiologie médicale"
    named = [SPECIALTIES[code].fr for code in ("SM44", "SM74", "SM26")]
    assert named == [
        "radiodiagnostic",
        "radiologie et imagerie médicale",
        "qualifié en médecine générale",
    ]
