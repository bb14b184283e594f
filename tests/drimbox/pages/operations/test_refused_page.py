"""The page of refused messages."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from lxml import html

from functions.drimbox.pages.kit.layout import Layout, Visitor
from functions.drimbox.pages.operations.area import OPERATIONS
from functions.drimbox.pages.operations.refused_page import refused_page
from tests.fakes.world import TENANT

ONE: dict[str, Any] = {
    "at": "2026-11-26T09:00:00+00:00",
    "times": 3,
    "sender": "RIS|<b>",
    "control_id": "MSG-1",
    "code": "ins_invalid",
    "location": "PID^1^3",
    "words": {"fr": "INS fausse", "en": "Wrong INS"},
    "todo": {"fr": "Corriger", "en": "Correct"},
    "clause": "CI-SIS",
}


def page(*refused: dict[str, Any], following: str | None = None) -> Any:
    body = refused_page(
        Layout(OPERATIONS, "site", "Site", "fr", Visitor("Camille", "token")),
        {"refused": list(refused), "next": following},
        tenant=TENANT,
        now=datetime(2026, 11, 26, 10, tzinfo=UTC),
    )
    return html.fromstring(body.decode())


def test_a_refused_message_tells_where_why_and_how_often() -> None:
    document = page(ONE, following="cursor")
    [row] = document.xpath("//tbody/tr")
    text = " ".join(row.text_content().split())
    for shown in ("MSG-1", "INS fausse", "Corriger", "ins_invalid", "PID-3", "<b>", "3"):
        assert shown in text
    [link] = document.xpath("//a[@rel='next']/@href")
    assert link == "/v1/tenants/site/operations/refused?after=cursor"


@pytest.mark.parametrize(
    ("location", "shown"), [("OBX^2^5", "OBX[2]-5"), ("MSH", "MSH"), ("PID^1", "PID"), ("", "")]
)
def test_a_place_is_written_as_a_person_writes_it(location: str, shown: str) -> None:
    [cell] = page({**ONE, "location": location}).xpath("//td[@data-label='Champ']")
    assert cell.text_content() == shown


def test_no_refused_message_is_good_news() -> None:
    document = page()
    assert "Aucun message refusé" in document.text_content()
    assert document.xpath("//table | //a[@rel='next']") == []
