"""The page of the activity: figures as a person reads them."""

from __future__ import annotations

from typing import Any, Final

from lxml import html

from functions.drimbox.pages.kit.layout import Layout, Visitor
from functions.drimbox.pages.operations.activity_page import activity_page, activity_rows
from functions.drimbox.pages.operations.area import OPERATIONS

ACTIVITY: Final[dict[str, Any]] = {
    "days": [
        {
            "day": f"2026-11-2{number}",
            **dict.fromkeys(("received", "published", "held", "replayed"), number),
            **dict.fromkeys(("withdrawn", "unchanged", "superseded", "ignored"), 0),
        }
        for number in range(3)
    ],
    "delay_seconds": {
        "publications": 3,
        "p50": 75.0,
        "p95": 1000.0,
        "objective": 900.0,
        "within": 2 / 3,
    },
    "complete": False,
}


def test_the_activity_is_in_figures_of_a_person() -> None:
    layout = Layout(OPERATIONS, "site", "Site", "fr", Visitor("Camille", "token"))
    document: Any = html.fromstring(activity_page(layout, ACTIVITY, days=7).decode())
    cards = [" ".join(one.text_content().split()) for one in document.xpath("//ul/li")]
    assert "Médiane (p50)1 min 15 s" in cards
    assert "Dans l'objectif67 %" in cards
    [late] = document.xpath("//li[@class='bad']")
    assert "16\xa0min 40\xa0s" in late.text_content()
    first, *_, total = document.xpath("//tbody/tr")
    assert first.xpath("./th/time/text()") == ["22/11/2026"]
    assert total.xpath("./td/text()")[:2] == ["3", "3"]
    assert "partiels" in document.text_content()
    nothing = {"publications": 0, "p50": None, "p95": None, "objective": None, "within": None}
    facts = {**ACTIVITY, "delay_seconds": nothing, "complete": True}
    english: Any = html.fromstring(
        activity_page(Layout(OPERATIONS, "site", "Site", "en"), facts, days=1).decode()
    )
    text = english.text_content()
    assert "Objective of the sitenone" in text
    assert "partial" not in text


def test_the_days_are_a_picture_a_table_and_a_file() -> None:
    layout = Layout(OPERATIONS, "site", "Site", "fr", Visitor("Camille", "token"))
    document: Any = html.fromstring(activity_page(layout, ACTIVITY, days=7).decode())
    assert len(document.xpath("//figure//svg/g")) == 3
    [link] = document.xpath("//a[@download]/@href")
    assert link == "/v1/tenants/site/operations/activity?days=7&format=csv"
    heads, first, *_ = activity_rows(layout, ACTIVITY)
    assert heads[:3] == ("Jour", "Reçus", "Publiés")
    assert first == ("2026-11-20", *([0] * 8))
