"""The first page of a professional who is signed in."""

from __future__ import annotations

from typing import Any

import pytest
from lxml import html

from functions.drimbox.consultation.situations import Situation
from functions.drimbox.identity.health_professional import Activity, HealthProfessional
from functions.drimbox.pages.kit.layout import Layout, Visitor
from functions.drimbox.pages.reading.area import READING
from functions.drimbox.pages.reading.home_page import full_name, home_page, visitor
from functions.drimbox.wording.text import LANGUAGES, Language

ACTIVITY = Activity("1750803447", "X", "SA01", "10", "SM44")
WHO = HealthProfessional("899", "ESSAI", "Camille", "10", "", "SA01", (ACTIVITY,))
ONE = Situation("0", ACTIVITY, "Ambroise")
OTHER = Situation("1", Activity("3000", "Y", "SA07", "10", ""), "Tilleuls")


def read(language: Language, *among: Situation, current: Situation | None) -> Any:
    layout = Layout(READING, "site", "Site", language, Visitor(visitor(WHO, current), "t"))
    return html.fromstring(home_page(layout, WHO, among, current).decode())


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_says_who_is_signed_in(language: Language) -> None:
    document = read(language, ONE, current=ONE)
    assert [one.text_content() for one in document.xpath("//main//td")] == [
        *("Camille ESSAI", "899", "Ambroise"),
    ]
    assert "Camille ESSAI, Ambroise" in document.xpath("//header")[0].text_content()
    [out] = document.xpath("//form")
    assert out.xpath(".//input[@name='verb']/@value") == ["sign_out"]
    assert document.xpath("//main//p")


def test_several_situations_wait_for_a_choice() -> None:
    document = read("en", ONE, OTHER, current=None)
    assert "to be chosen" in document.xpath("//main")[0].text_content()
    assert document.xpath("//main//form//input[@type='radio']/@value") == ["0", "1"]
    assert "Open the patient" not in document.text_content()
    document = read("en", ONE, OTHER, current=OTHER)
    assert document.xpath("//main//form//input[@checked]/@value") == ["1"]
    assert "Open the patient" in document.text_content()


def test_a_professional_without_a_name_is_shown_by_number() -> None:
    nameless = HealthProfessional("899", "", "", "", "", "", ())
    assert full_name(nameless) == visitor(nameless, None) == "899"
