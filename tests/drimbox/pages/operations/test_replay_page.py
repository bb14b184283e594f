"""The page on which a dangerous replay of many is confirmed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

import pytest
from lxml import html

from functions.drimbox.operations.replaying import MOST_AT_ONCE
from functions.drimbox.pages.kit.layout import Layout, Visitor
from functions.drimbox.pages.operations.area import OPERATIONS
from functions.drimbox.pages.operations.replay_page import replay_label, replay_page
from functions.drimbox.tenants.model import Operator, Permission
from functions.drimbox.wording.text import LANGUAGES, Language
from tests.drimbox.pages.operations.samples import AT, HELD, TODO

OWN: Final = "/v1/tenants/site/operations"
NOW: Final = datetime(2026, 11, 26, 10, tzinfo=UTC)
CAUSE: Final[dict[str, Any]] = {
    "reason": "patient_mismatch",
    "words": HELD,
    "todo": TODO,
    "studies": 3,
    "since": AT,
    "replay_helps": True,
}


def page(*may: Permission, studies: int = 3, language: Language = "fr") -> Any:
    layout = Layout(OPERATIONS, "site", "Site", language, Visitor("Camille", "token"))
    operator = Operator("Camille", frozenset({Permission.VIEW, *may}), oidc_subject="operator-1")
    body = replay_page(layout, {**CAUSE, "studies": studies}, operator=operator, now=NOW)
    return html.fromstring(body.decode())


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_tells_how_many_and_what_happens(language: Language) -> None:
    document = page(Permission.BULK, language=language)
    text = document.text_content()
    assert HELD[language] in text
    assert document.xpath("//table//td/text()")[0] == "3"
    assert len(document.xpath("//main/ul/li")) == 4
    [form] = document.xpath("//main//form")
    fields = {one.get("name"): one.get("value") for one in form.xpath(".//input")}
    assert fields == {
        **{"token": "token", "verb": "replay_cause", "reason": "patient_mismatch"},
        **{"confirm": "yes", "seen": NOW.isoformat()},
    }
    [tick] = form.xpath(".//input[@name='confirm']")
    assert tick.get("required") is not None
    assert tick.get("checked") is None
    links = document.xpath("//main//a/@href")
    assert links == [OWN, f"{OWN}?state=held&reason=patient_mismatch"]


def test_more_than_one_click_replays_are_told() -> None:
    listed = page(Permission.BULK, studies=MOST_AT_ONCE + 1).xpath("//main/ul/li/text()")
    assert len(listed) == 5
    assert str(MOST_AT_ONCE) in listed[-1]


def test_an_operator_who_may_not_is_offered_nothing() -> None:
    assert page().xpath("//main//form") == []


def test_the_label_has_the_number_that_it_needs() -> None:
    layout = Layout(OPERATIONS, "site", "Site", "fr")
    assert replay_label(layout, {"studies": 1}) == "Relancer l'examen"
    assert replay_label(layout, {"studies": 2}) == "Relancer les 2 examens"
