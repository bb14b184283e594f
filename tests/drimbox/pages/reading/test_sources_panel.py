"""The states of the sites on a patient's page: in words, and as the script's answer."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from lxml import html

from functions.drimbox.consultation.exam_images import Content, ExamSource, Images
from functions.drimbox.consultation.services import Condition, Health, Service
from functions.drimbox.pages.kit.html import tag
from functions.drimbox.pages.kit.layout import Layout, Visitor
from functions.drimbox.pages.reading.area import READING
from functions.drimbox.pages.reading.services_line import services_line
from functions.drimbox.pages.reading.sources_panel import (
    Clock,
    again,
    as_json,
    exam_facts,
    notices,
    sources_panel,
)
from functions.drimbox.pages.reading.sources_script import PATH
from functions.drimbox.wording.text import LANGUAGES, Language
from tests.drimbox.pages.reading.shown import words

PAGE = "p" * 43
NOW = datetime(2026, 11, 26, 10, 0, tzinfo=UTC)
SINCE = datetime(2026, 11, 26, 9, 42, tzinfo=UTC)
CLOCK = Clock(ZoneInfo("Europe/Paris"), NOW)
CHU = "CHU de Poitiers"


def parsed(text: str) -> Any:
    return html.fromstring(text)


def beside(language: Language, one: ExamSource) -> Any:
    """The words beside an exam."""
    facts = exam_facts(layout(language), one, CLOCK)
    return parsed(tag("div", facts.state, facts.keys, facts.size))


def layout(language: Language = "fr") -> Layout:
    return Layout(READING, "site", "Site", language, Visitor("Camille", "t"), f"/{PAGE}")


def source(images: Images, number: int = 1, name: str = CHU, **changes: Any) -> ExamSource:
    since = SINCE if images in {Images.SILENT, Images.NOT_READY, Images.ODD} else None
    return ExamSource(number, name, images, **{"since": since, **changes})


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("images", list(Images))
def test_every_state_has_words_in_both_languages(images: Images, language: Language) -> None:
    shown = beside(language, source(images))
    [state] = shown.xpath("//span[@data-images='1']")
    assert state.text
    assert "{" not in state.text
    assert ("10:42" in state.text) is (images in {Images.SILENT, Images.NOT_READY, Images.ODD})
    assert set(state.get("class").split()) & {"good", "bad", "wait", "plain"}


@pytest.mark.parametrize(
    ("count", "told"), [(None, None), (0, None), (1, "1 image clé"), (3, "3 images clés")]
)
def test_key_images_are_told_where_there_are_some(count: int | None, told: str | None) -> None:
    content = None if count is None else Content(count, 1, 1)
    shown = beside("fr", source(Images.READY, content=content))
    [keys] = shown.xpath("//span[@data-keys='1']")
    assert keys.text == told
    assert bool(keys.get("class")) is (told is not None)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, None),
        (Content(0, 1, 1), " · 1 série, 1 image"),
        (Content(0, 3, 1342), " · 3 séries, 1\u202f342 images"),
    ],
)
def test_series_and_images_are_told_where_they_are_known(
    content: Content | None, told: str | None
) -> None:
    shown = beside("fr", source(Images.READY, content=content))
    [size] = shown.xpath("//span[@data-size='1']")
    assert size.text == told


def test_without_trouble_one_calm_sentence_stands_there() -> None:
    [calm] = notices(layout(), [source(Images.READY), source(Images.OWN, 2)], CLOCK)
    assert (calm.words, calm.colour) == ("Aucun site en difficulté.", "plain")
    [before] = notices(layout(), [source(Images.READY), source(Images.CHECKING, 2)], CLOCK)
    assert before.words == "Sites pas encore tous vérifiés."
    panel = parsed(sources_panel(layout(), [source(Images.READY)], "e", CLOCK))
    [told] = panel.xpath("//div[@id='source-notices']/p")
    assert told.text == "Aucun site en difficulté."


def test_a_silent_site_is_told_with_what_still_works() -> None:
    panel = parsed(
        sources_panel(layout(), [source(Images.SILENT), source(Images.SILENT, 2)], "e", CLOCK)
    )
    [told] = panel.xpath("//div[@id='source-notices']/p")
    assert words(told) == (
        "CHU de Poitiers ne répond pas depuis 10:42. Ses comptes rendus restent lisibles ; ses "
        "images seront de nouveau proposées dès son retour."
    )
    assert told.xpath("b")[0].text == "CHU de Poitiers ne répond pas depuis 10:42."
    assert panel.xpath("//button")[0].text == "Réessayer"


def test_the_form_sends_the_page_s_own_numbers() -> None:
    panel = parsed(
        sources_panel(layout(), [source(Images.READY), source(Images.OWN, 7)], "edition", CLOCK)
    )
    [form] = panel.xpath("//form")
    assert (form.get("method"), form.get("action")) == (
        *("post", f"/v1/tenants/site/reading/{PAGE}/exams"),
    )
    fields = {one.get("name"): one.get("value") for one in form.xpath(".//input")}
    assert fields == {"token": "t", "verb": "check", "edition": "edition", "exams": "1 7"}
    assert panel.xpath("//button")[0].text == "Vérifier les sites"
    [script] = panel.xpath("//script")
    assert (script.get("src"), script.text) == (f"/v1/tenants/site/reading{PATH}", None)
    assert panel.xpath("//*[@onclick or @style]") == []


def test_each_establishment_in_trouble_has_one_sentence() -> None:
    found = notices(
        layout(),
        [
            source(Images.SILENT),
            source(Images.SILENT, 2),
            source(Images.ODD, 3, "Parc"),
            source(Images.UNLISTED, 4, ""),
            source(Images.READY, 5, "Autre"),
        ],
        CLOCK,
    )
    assert [one.colour for one in found] == ["bad", "bad", "bad", "plain"]
    assert [one.words for one in found[:3]] == [one.lead for one in found[:3]]
    assert [one.words.partition(" ")[0] for one in found] == ["CHU", "Parc", "Un", "Les"]
    assert "comptes rendus restent lisibles" in found[3].words


def test_without_a_list_one_sentence_speaks_for_all_sites() -> None:
    made = [source(Images.UNTRUSTED, number, f"Site {number}") for number in range(3)]
    [one] = notices(layout(), made, CLOCK)
    assert "aucun autre site n'est interrogé" in one.words
    assert one.colour == "wait"


def test_a_name_is_a_text_whatever_is_in_it() -> None:
    evil = source(Images.SILENT, name="<script>alert(1)</script>{time}")
    panel = sources_panel(layout(), [evil], "e", CLOCK)
    assert "<script>alert" not in panel
    [one] = notices(layout(), [evil], CLOCK)
    assert one.words.startswith("<script>alert(1)</script>{time} ne répond pas")


def test_another_day_is_told() -> None:
    old = source(Images.SILENT, since=SINCE - timedelta(days=1))
    assert "depuis le 25/11/2026 10:42." in notices(layout(), [old], CLOCK)[0].lead
    assert "since 2026-11-25 10:42." in notices(layout("en"), [old], CLOCK)[0].lead


def test_the_script_asks_soon_later_or_never_again() -> None:
    assert again([source(Images.READY), source(Images.CHECKING, 2)]) == 5
    assert again([source(Images.READY), source(Images.SILENT, 2)]) == 60
    assert again([source(Images.UNREAD)]) == 60
    # A site that answers may go, and own images may leave the cache.
    assert again([source(Images.READY), source(Images.OWN), source(Images.UNLISTED)]) == 300
    assert again([]) == 0


def test_a_state_by_another_exam_s_address_is_told_as_such() -> None:
    shown = beside("fr", source(Images.READY, usual=True))
    [state] = shown.xpath("//span[@data-images='1']")
    assert state.text == "Disponible (adresse habituelle)"


def test_the_form_keeps_the_part_of_the_list() -> None:
    panel = parsed(sources_panel(layout(), [source(Images.READY)], "e", CLOCK, 2))
    assert panel.xpath("//input[@name='part']/@value") == ["2"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_answer_to_the_script_says_as_the_page_does(language: Language) -> None:
    made = [source(Images.SILENT), source(Images.READY, 2, content=Content(3, 1, 9))]
    services = [Health(Service.PSC, Condition.WORKS, SINCE)]
    told = json.loads(json.dumps(as_json(layout(language), made, services, CLOCK)))
    line = parsed(services_line(layout(language), services, CLOCK.zone))
    assert [(one["words"], one["colour"]) for one in told["services"]] == [
        (one.text, one.get("class")) for one in line.xpath("//ul[@id='services']/li")
    ]
    assert told["again"] == 60
    for source_of, one in zip(made, told["exams"], strict=True):
        shown = beside(language, source_of)
        [state] = shown.xpath(f"//span[@data-images='{one['n']}']")
        assert (state.text, state.get("class")) == (one["words"], f"state {one['colour']}")
        [keys] = shown.xpath(f"//span[@data-keys='{one['n']}']")
        assert (keys.text or "") == one["keys"]
        [size] = shown.xpath(f"//span[@data-size='{one['n']}']")
        assert (size.text or "") == one["size"]
    panel = parsed(sources_panel(layout(language), made, "e", CLOCK))
    [lead] = panel.xpath("//div[@id='source-notices']/p/b")
    assert [(one["words"], one["words"][: one["lead"]]) for one in told["notices"]] == [
        (words(lead.getparent()), lead.text)
    ]
    assert told["seen"].endswith("11:00:00.")
    assert told["button"] == panel.xpath("//button")[0].text
    assert [one["state"] for one in told["exams"]] == ["silent", "ready"]
