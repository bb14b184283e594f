"""The page of the queue: causes, filters and publications, and the verbs that a right allows."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

import pytest
from lxml import html

from functions.drimbox.pages.kit.layout import Layout, Visitor
from functions.drimbox.pages.operations.area import OPERATIONS
from functions.drimbox.pages.operations.queue_filters import Filters
from functions.drimbox.pages.operations.queue_page import queue_page
from functions.drimbox.tenants.model import Operator, Permission
from functions.drimbox.wording.text import LANGUAGES, Language
from tests.drimbox.pages.operations.samples import AT, HELD, ONE, TODO
from tests.fakes.world import TENANT

OWN: Final = "/v1/tenants/site/operations"
ALL: Final = Operator("Camille", frozenset(Permission), oidc_subject="operator-1")
IGNORED: Final = {
    **ONE,
    "id": "1" * 32,
    "state": "ignored",
    "ignored": "not_for_dmp",
    "ignored_words": {"fr": "Pas pour le DMP", "en": "Not for the DMP"},
}
CAUSE: Final[dict[str, Any]] = {
    "reason": "dmp_refused",
    "words": HELD,
    "todo": TODO,
    "studies": 3,
    "since": AT,
    "replay_helps": True,
}


def page(
    *publications: dict[str, Any],
    causes: tuple[dict[str, Any], ...] = (),
    saved: dict[str, dict[str, str]] | None = None,
    counts: dict[str, int] | None = None,
    after: str = "",
    operator: Operator = ALL,
    replayed: int | None = None,
    left_out: int = 0,
    language: Language = "en",
) -> Any:
    body = queue_page(
        Layout(OPERATIONS, "site", "Site", language, Visitor("Camille", "token")),
        {"publications": list(publications), "next": after},
        Filters(),
        tenant=TENANT,
        operator=operator,
        now=datetime(2026, 11, 26, 10, tzinfo=UTC),
        causes=causes,
        saved=saved or {},
        counts=counts or {},
        replayed=replayed,
        left_out=left_out,
    )
    return html.fromstring(body.decode())


def test_tabs_tell_how_many_wait() -> None:
    tabs = page(counts={"held": 3, "unknown": 100}).xpath("//nav[@class='filters']//a")
    told = [" ".join(tab.text_content().split()) for tab in tabs]
    assert told[:2] == ["Held 3", "Answer of the DMP unknown 99+"]
    assert "Published" in told


def test_a_replay_is_not_offered_where_it_can_only_fail() -> None:
    vain = {**CAUSE, "replay_helps": False}
    assert not page(causes=(vain,)).xpath("//input[@value='replay_cause']")
    assert "Replay the 3 studies" in page(causes=(CAUSE,)).text_content()
    assert "Replay the study" in page(causes=({**CAUSE, "studies": 1},)).text_content()


def test_a_dangerous_replay_leads_to_its_confirmation() -> None:
    document = page(causes=({**CAUSE, "reason": "patient_mismatch"},))
    assert not document.xpath("//input[@value='replay_cause']")
    assert f"{OWN}?replay=patient_mismatch" in document.xpath("//main//a/@href")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_held_publication_says_why_and_what_to_do(language: Language) -> None:
    document = page(ONE, IGNORED, after="cursor", language=language)
    first, second = document.xpath("//tbody/tr")
    assert first.xpath("./th/a/@href") == [f"{OWN}/publications/{ONE['id']}"]
    assert all(text in first.text_content() for text in (HELD[language], "<b>"))
    assert TODO[language] not in first.text_content(), "the cause tells the remedy, once"
    assert first.xpath(".//code/text()") == ["0" * 12, "1.2", "1.3"]
    assert IGNORED["ignored_words"][language] in second.text_content()
    assert document.xpath("//a[@rel='next']/@href") == [f"{OWN}?state=held&after=cursor"]


def test_an_empty_queue_says_so() -> None:
    text = page().text_content()
    assert "Nothing is held." in text
    assert "No publication matches." in text
    assert page().xpath("//table | //a[@rel='next']") == []


@pytest.mark.parametrize(
    ("count", "words"), [(1, "1 publication not replayed"), (2, "2 publications not replayed")]
)
def test_those_that_a_replay_left_out_are_told_with_the_reason(count: int, words: str) -> None:
    told = page(replayed=0, left_out=count).xpath("string(//p[@class='notice bad'])")
    assert words in told
    assert "doubt about the patient" in told


def test_a_cause_is_replayed_by_an_operator_who_may() -> None:
    without_time = {**CAUSE, "reason": "pacs_refused", "since": ""}
    document = page(causes=(CAUSE, without_time), replayed=4)
    replayed = document.xpath("//form[input[@value='replay_cause']]/input[@name='reason']/@value")
    assert replayed == ["dmp_refused", "pacs_refused"]
    assert f"{OWN}?state=held&reason=dmp_refused" in document.xpath("//main//a/@href")
    assert "4 " in document.xpath("string(//p[@class='notice good'])")
    assert not document.xpath("//p[@class='notice bad']")
    viewer = Operator("Claude", frozenset({Permission.VIEW}), oidc_subject="operator-2")
    assert not page(causes=(CAUSE,), operator=viewer).xpath("//input[@value='replay_cause']")


def test_the_words_of_both_waits_and_both_acts_are_explained_once() -> None:
    text = page(causes=(CAUSE,), language="fr").text_content()
    for word in ("Retenue :", "Bloquée :", "Rejouer donne", "relancer, à toutes"):
        assert text.count(word) == 1


def test_the_listed_publications_are_offered_as_a_file() -> None:
    [link] = page(ONE).xpath("//a[@download]/@href")
    assert link == f"{OWN}?state=held&format=csv"
    assert page().xpath("//a[@download]") == []


def test_a_kept_filter_is_a_link_and_may_be_forgotten() -> None:
    document = page(saved={"mine": {"state": "held", "sender": "A|B"}})
    [item] = document.xpath("//ul[@class='saved']/li")
    assert item.xpath("./a/@href") == [f"{OWN}?state=held&sender=A%7CB"]
    assert item.xpath("./form/input/@value") == ["token", "forget_filter", "mine"]
