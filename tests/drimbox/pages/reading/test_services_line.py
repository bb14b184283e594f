"""The line "État des services": every service and condition in words."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from lxml import html

from functions.drimbox.consultation.services import Condition, Health, Service
from functions.drimbox.pages.kit.layout import Layout, Visitor
from functions.drimbox.pages.reading import source_texts
from functions.drimbox.pages.reading.area import READING
from functions.drimbox.pages.reading.services_line import service_words, services_line
from functions.drimbox.wording.text import LANGUAGES, Language

ZONE = ZoneInfo("Europe/Paris")
SINCE = datetime(2026, 11, 26, 9, 42, tzinfo=UTC)


def parsed(text: str) -> Any:
    return html.fromstring(text)


def layout(language: Language = "fr") -> Layout:
    return Layout(READING, "site", "Site", language, Visitor("Camille", "t"))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("service", "condition"), list(source_texts.SERVICES))
def test_every_state_has_words(service: str, condition: str, language: Language) -> None:
    health = Health(Service(service), Condition(condition), SINCE)
    text = service_words(layout(language), health, ZONE)
    timed = "{time}" in source_texts.SERVICES[service, condition].fr
    assert ("10:42" in text) is timed
    assert "{" not in text
    assert service_words(layout(language), Health(Service(service), Condition(condition)), ZONE)


def test_the_line_names_each_service_once_and_not_by_colour_alone() -> None:
    line = parsed(
        services_line(
            layout(),
            [
                Health(Service.PSC, Condition.WORKS, SINCE),
                Health(Service.DMP, Condition.DOWN, SINCE),
            ],
            ZONE,
        )
    )
    assert line.xpath("//strong")[0].text == "État des services"
    first, second = line.xpath("//ul[@id='services']/li")
    assert first.text_content() == "Pro Santé Connect répond"
    assert "ne répond pas depuis 26/11/2026 10:42" in second.text_content()
    assert [one.get("class") for one in (first, second)] == ["good", "bad"]
