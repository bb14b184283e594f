"""The operators' services page, in both languages."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest
from lxml import html

from functions.drimbox.consultation.services import Condition, Health, Service
from functions.drimbox.operations.outages import Needed, Outage
from functions.drimbox.pages.kit.layout import Layout, Visitor
from functions.drimbox.pages.operations.area import OPERATIONS
from functions.drimbox.pages.operations.services_page import services_page
from functions.drimbox.peers.faults import Fault
from functions.drimbox.peers.kept import MAX_AGE, Refusal
from functions.drimbox.peers.source_states import SeenHost, SourceState
from functions.drimbox.peers.status import list_status
from functions.drimbox.wording.text import LANGUAGES, Language
from tests.drimbox.consultation.source_scenes import white_list
from tests.drimbox.peers.scenes import AT, HOUR
from tests.fakes.memory import MemoryWhiteLists

SIGNER = ("Liste Blanche DRIM-M", "318751275100020")
DOWN = Health(Service.DMP, Condition.DOWN, AT)


def page(
    store: MemoryWhiteLists,
    *sites: SeenHost,
    language: Language = "fr",
    age: Any = HOUR,
    outages: tuple[Outage, ...] = (),
) -> Any:
    layout = Layout(OPERATIONS, "site", "Site", language, Visitor("Camille", "t"), "/services")
    at = AT + age
    status = list_status(store, SIGNER, at)
    made = services_page(
        layout, [DOWN], sites, status, outages=outages, now=at, zone=ZoneInfo("Europe/Paris")
    )
    return html.fromstring(made.decode())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("state", list(SourceState))
def test_the_services_the_list_and_the_sites_are_told(
    state: SourceState, language: Language
) -> None:
    store = MemoryWhiteLists(white_list("db1.example", "db2.example"))
    shown = page(store, SeenHost("db1.example", state, AT, AT), language=language)
    text = shown.text_content()
    for word in ("24/11/2026 10:00" if language == "fr" else "2026-11-24 10:00", "db1.example"):
        assert word in text
    assert "CN Liste Blanche DRIM-M, OU 318751275100020" in text
    assert "1\xa0h" in text
    [row] = shown.xpath("//table[caption]/tbody/tr")
    assert row.xpath("td")[0].text


@pytest.mark.parametrize("fault", list(Fault))
def test_the_last_refusal_has_words_and_a_remedy(fault: Fault) -> None:
    store = MemoryWhiteLists(white_list("db1.example"))
    store.refuse(Refusal(f"white_list_{fault}", AT))
    text = page(store).text_content()
    assert "Dernier refus" in text
    assert f"white_list_{fault}" in text


def test_without_a_list_the_page_says_so() -> None:
    shown = page(MemoryWhiteLists())
    assert "Aucune liste n'a encore été retenue" in shown.text_content()
    assert "Aucun site n'a été interrogé" in shown.text_content()
    assert "Âge" not in shown.text_content()


def test_a_list_that_is_too_old_is_told() -> None:
    store = MemoryWhiteLists(white_list("db1.example"))
    assert "trop ancienne" in page(store, age=MAX_AGE + HOUR).text_content()


def test_the_services_of_publications_are_told_too() -> None:
    store = MemoryWhiteLists(white_list("db1.example"))
    assert "aucune panne connue du PACS ni du DMP" in page(store).text_content()
    stopped = page(store, outages=(Outage(Needed.PACS, AT),)).text_content()
    assert "Le PACS ne répond pas depuis le 24/11/2026 10:00." in stopped
    assert "aucune panne connue du PACS ni du DMP" not in stopped
