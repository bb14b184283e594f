"""The operators' services page, in both languages."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest
from lxml import html

from functions.drimbox.agents.presence import AgentState, PacsSeen
from functions.drimbox.consultation.services import Condition, Health, Service
from functions.drimbox.identity.certificate_findings import (
    CertificateFacts,
    Found,
    Judgement,
    Use,
)
from functions.drimbox.identity.certificate_findings import Fault as CertificateFault
from functions.drimbox.operations.oldest_message import OldestMessage
from functions.drimbox.operations.outages import Needed, Outage
from functions.drimbox.operations.viewing_certificates import SeenCertificate
from functions.drimbox.operations.waiting_work import WaitingWork
from functions.drimbox.pages.kit.layout import Layout, Visitor
from functions.drimbox.pages.operations.area import OPERATIONS
from functions.drimbox.pages.operations.seen_services import SeenServices
from functions.drimbox.pages.operations.services_page import services_page
from functions.drimbox.peers.faults import Fault
from functions.drimbox.peers.kept import MAX_AGE, Refusal
from functions.drimbox.peers.source_states import SeenHost, SourceState
from functions.drimbox.peers.status import list_status
from functions.drimbox.webhook.missed import Missed
from functions.drimbox.wording.text import LANGUAGES, Language
from tests.drimbox.consultation.source_scenes import white_list
from tests.drimbox.peers.scenes import AT, HOUR
from tests.fakes.memory import MemoryWhiteLists

SIGNER = ("Liste Blanche DRIM-M", "318751275100020")
NOW: Final = AT + HOUR
FACTS: Final = CertificateFacts("CN=a", "CN=b", "1a", AT, AT + timedelta(days=90), "00" * 32)


def page(
    store: MemoryWhiteLists | None = None,
    *sites: SeenHost,
    language: Language = "fr",
    age: Any = HOUR,
    health: tuple[Health, ...] = (),
    outages: tuple[Outage, ...] = (),
    work: tuple[WaitingWork, ...] = (),
    oldest: OldestMessage | None = None,
    missed: tuple[Missed, ...] | None = None,
    certificates: tuple[SeenCertificate, ...] = (),
    agents: tuple[AgentState, ...] = (),
    needs_agent: bool = False,
) -> Any:
    layout = Layout(OPERATIONS, "site", "Site", language, Visitor("Camille", "t"), "/services")
    at = AT + age
    status = list_status(MemoryWhiteLists() if store is None else store, SIGNER, at)
    seen = SeenServices(
        health, outages, work, oldest, missed, certificates, sites, status, agents, needs_agent
    )
    made = services_page(layout, seen, now=at, zone=ZoneInfo("Europe/Paris"))
    return html.fromstring(made.decode())


def test_a_silent_agent_is_told_by_its_name() -> None:
    there = AgentState("salle-1", NOW, "1", 1, PacsSeen.REACHABLE, HOUR, 0, None, 1)
    silent = replace(there, name="salle-2", seen_at=AT - HOUR)
    shown = {row[0]: row[1:] for row in rows(page(agents=(there, silent), language="en"), 0)}
    assert shown["Agent salle-1"] == ["In service", ""]
    state, since = shown["Agent salle-2"]
    assert state.startswith("Silent")
    assert "drimbox-agent check" in state
    assert since


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_site_that_waits_for_its_first_agent_is_told(language: Language) -> None:
    first = rows(page(needs_agent=True, language=language), 0)[0]
    fr, en = ("Agent du site", "Aucun agent connu"), ("Agent of the site", "No agent is known")
    wanted = fr if language == "fr" else en
    assert first[0] == wanted[0]
    assert first[1].startswith(wanted[1])
    there = AgentState("salle-1", NOW, "1", 1, PacsSeen.REACHABLE, HOUR, 0, None, 1)
    shown = [row[0] for row in rows(page(needs_agent=True, agents=(there,), language=language), 0)]
    assert wanted[0] not in shown


def rows(document: Any, table: int) -> list[list[str]]:
    """The cells of one of the page's listings, each as its words."""
    listed = document.xpath("//table[caption]")[table].xpath("./tbody/tr")
    return [[" ".join(cell.text_content().split()) for cell in row] for row in listed]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("state", list(SourceState))
def test_the_list_and_the_sites_are_told(state: SourceState, language: Language) -> None:
    store = MemoryWhiteLists(white_list("db1.example", "db2.example"))
    shown = page(store, SeenHost("db1.example", state, AT, AT), language=language)
    text = shown.text_content()
    assert ("24/11/2026 10:00" if language == "fr" else "2026-11-24 10:00") in text
    assert "CN Liste Blanche DRIM-M, OU 318751275100020" in text
    assert "1\xa0h" in text
    [row] = rows(shown, -1)
    assert row[0] == "db1.example"
    assert row[1]


@pytest.mark.parametrize("fault", list(Fault))
def test_the_last_refusal_has_words_and_a_remedy(fault: Fault) -> None:
    store = MemoryWhiteLists(white_list("db1.example"))
    store.refuse(Refusal(f"white_list_{fault}", AT))
    text = page(store).text_content()
    assert "Dernier refus" in text
    assert f"white_list_{fault}" in text


def test_without_a_list_the_page_says_so() -> None:
    shown = page()
    assert "Aucune liste n'a encore été retenue" in shown.text_content()
    assert "Aucun site n'a été interrogé" in shown.text_content()
    assert "Âge" not in shown.text_content()


def test_a_list_that_is_too_old_is_told() -> None:
    store = MemoryWhiteLists(white_list("db1.example"))
    assert "trop ancienne" in page(store, age=MAX_AGE + HOUR).text_content()


def test_each_service_has_one_row_and_an_outage_is_told_once() -> None:
    health = (
        Health(Service.PSC, Condition.WORKS, AT),
        Health(Service.DMP, Condition.DOWN, AT),
        Health(Service.WHITE_LIST, Condition.AGING, AT),
    )
    calm = rows(page(health=health), 0)
    assert [row[:2] for row in calm] == [
        ["DMP", calm[0][1]],
        ["Liste blanche nationale", calm[1][1]],
        ["PACS du site", "Aucune panne connue"],
        ["Pro Santé Connect", "Répond"],
    ]
    assert calm[0][1].startswith("Ne répond pas")
    assert calm[0][2] == "il y a 1 h 24/11/2026 10:00"
    assert calm[1][1].startswith("À vérifier")
    assert calm[1][2] == "", "its own times stand in detail below"
    outages = (Outage(Needed.DMP, NOW - HOUR / 2), Outage(Needed.IDENTITY, AT, "<b>Site"))
    stopped = rows(page(health=health, outages=outages), 0)
    # The worst first, and among those alike the order of the page.
    names = ["DMP", "DMP, pour <b>Site", "Liste blanche nationale", "PACS du site"]
    assert [row[0] for row in stopped] == [*names, "Pro Santé Connect"]
    assert stopped[0][2].startswith("il y a 30 min"), "the circuit of publications tells more"
    assert stopped[1][1].startswith("Refuse l'identité")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_outage_of_the_site_s_address_has_its_row_here_too(language: Language) -> None:
    """This page has no banner: a RIS that took no news was told on every page but this one."""
    away = (Outage(Needed.WEBHOOK, NOW - HOUR / 2),)
    [row, *_] = rows(page(outages=away, missed=(), language=language), 0)
    fr = ("RIS, pour ses nouvelles", "Ne prend plus les nouvelles")
    en = ("RIS, for its news", "Takes no news any more")
    name, words = fr if language == "fr" else en
    assert row[0] == name
    assert row[1].startswith(words)
    assert row[2].startswith("il y a 30 min" if language == "fr" else "30 min ago")
    [*_, calm] = rows(page(missed=()), 0)
    assert calm[:2] == [fr[0], "Aucune panne connue"]
    assert len(rows(page(), 0)) == 4, "a site without an address"


def test_the_news_that_the_site_missed_are_listed() -> None:
    assert "Nouvelles que le RIS" not in page().text_content()
    assert "Aucune nouvelle n'a été abandonnée" in page(missed=()).text_content()
    news = (Missed("a" * 32, AT), Missed("b" * 32, AT - HOUR, refused=True))
    shown = page(missed=news)
    first, second = rows(shown, 1)
    assert first[1].startswith("il y a 1 h")
    assert second[1].startswith("il y a 2 h")
    links = shown.xpath("//table[caption]")[1].xpath(".//a/@href")
    assert [link.rpartition("/")[2] for link in links] == ["a" * 32, "refused"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_condition_of_every_service_begins_with_a_capital(language: Language) -> None:
    for condition in Condition:
        health = tuple(Health(service, condition, AT) for service in Service)
        for _, told, _ in rows(page(health=health, language=language), 0):
            assert told[0].isupper()


def test_the_waiting_work_tells_its_next_try() -> None:
    assert "Aucun examen n'attend." in page().text_content()
    work = (
        WaitingWork("dmp", 2, AT, NOW + timedelta(seconds=40)),
        WaitingWork("study", 1, AT, None),
    )
    shown = page(work=work)
    assert "3 examens attendent ; rien à faire : ils repartiront seuls." in shown.text_content()
    first, second = rows(shown, 1)
    assert first[:2] == ["En attente du DMP.", "2"]
    assert first[2].startswith("il y a 1 h")
    assert first[3] == "Dans 40 s 24/11/2026 11:00"
    assert second[3] == "Dans l'heure"
    one = page(work=work[1:]).text_content()
    assert "1 examen attend ; rien à faire : il repartira seul." in one


def test_a_service_that_failed_for_a_study_that_waits_is_not_said_to_be_well() -> None:
    """A DMP that answers 503 has no open circuit before the third study."""
    work = (WaitingWork("dmp/study", 2, AT, NOW), WaitingWork("pacs/study", 1, AT, NOW))
    dmp, pacs, *_ = rows(page(work=work), 0)
    assert dmp[1].startswith("À vérifierLe DMP n'a pas répondu")
    assert pacs[1].startswith("À vérifierLe PACS n'a pas donné")
    assert dmp[2].startswith("il y a 1 h")
    known = (Outage(Needed.DMP, NOW - HOUR / 2),)
    assert rows(page(work=work, outages=known), 0)[0][1].startswith("Ne répond pas")


def test_the_oldest_message_in_progress_is_told() -> None:
    assert "plus ancien message" not in page().text_content()
    text = page(oldest=OldestMessage(AT, whole=True)).text_content()
    assert "Le plus ancien message en cours est arrivé il y a 1\xa0h." in text
    assert "peut-être" not in text
    assert "peut-être" in page(oldest=OldestMessage(AT, whole=False)).text_content()


def test_certificates_tell_the_days_that_are_left() -> None:
    def certificate(found: Found | None) -> SeenCertificate:
        return SeenCertificate("<b>Site", Use.SIGN, found)

    judged = (
        certificate(Found(Judgement(FACTS, None), AT)),
        certificate(Found(Judgement(replace(FACTS, not_after=AT + timedelta(days=59)), None), AT)),
        certificate(Found(Judgement(FACTS, CertificateFault.UNTRUSTED), AT)),
        certificate(None),
    )
    shown = page(certificates=judged)
    good, soon, bad, unknown = rows(shown, 1)
    assert good == ["<b>Site", "ORG_SIGN", "Utilisable", "89"]
    assert soon == ["<b>Site", "ORG_SIGN", "Utilisable", "58"]
    assert bad[2].startswith("Inutilisable")
    assert "Vérifier l'origine du certificat" in bad[2]
    assert bad[3] == "0"
    assert unknown[2].startswith("Pas contrôlé")
    assert unknown[3] == ""
    colours = shown.xpath("//table[caption]")[1].xpath(".//span/@class")
    assert colours == ["state good", "state wait", "state bad", "state plain"]
