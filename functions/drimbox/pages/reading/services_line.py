"""The list "État des services": the state of each service, its beginning, the way to go on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from functions.drimbox.consultation.services import Condition
from functions.drimbox.pages.kit.html import Html, tag
from functions.drimbox.pages.kit.times import time_words
from functions.drimbox.pages.reading import source_texts as texts

if TYPE_CHECKING:
    from collections.abc import Iterable
    from zoneinfo import ZoneInfo

    from functions.drimbox.consultation.services import Health
    from functions.drimbox.pages.kit.layout import Layout

COLOURS: Final = {
    Condition.WORKS: "good",
    Condition.AGING: "wait",
    Condition.DOWN: "bad",
    Condition.UNKNOWN: "plain",
}


def services_line(layout: Layout, services: Iterable[Health], zone: ZoneInfo) -> Html:
    """A short list: each service is a phrase, told by its words and not by its colour alone."""
    told = [
        tag("li", service_words(layout, one, zone), class_=COLOURS[one.condition])
        for one in services
    ]
    name = tag("strong", layout.say(texts.SOURCES, "services"), id="services-name")
    listed = tag("ul", *told, id="services", aria_labelledby="services-name")
    return tag("div", name, listed, class_="services")


def service_words(layout: Layout, health: Health, zone: ZoneInfo) -> str:
    """The state of one service in words, with the time at the site."""
    text = layout.say(_WORDS, f"{health.service} {health.condition}")
    at = health.since
    return text.format(time=time_words(at, zone, layout.language) if at else "")


_WORDS: Final = {f"{one} {state}": text for (one, state), text in texts.SERVICES.items()}
