"""The page of a site's agents, and the page of a code."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest
import yaml
from lxml import html

from functions.drimbox.agents.presence import AgentState, PacsSeen
from functions.drimbox.enrolment.code import fresh_code
from functions.drimbox.enrolment.register import (
    CODE_VALID,
    MOST_TRIES,
    AgentRecord,
    Invitation,
    Issued,
)
from functions.drimbox.identity.agent_names import AUTHORITY, subject_of
from functions.drimbox.operations.managing_agents import SeenAgent
from functions.drimbox.pages.kit.layout import Layout, Visitor
from functions.drimbox.pages.operations import agents_texts
from functions.drimbox.pages.operations.agents_page import (
    _COLOURS,
    agents_page,
    code_page,
    state_of,
)
from functions.drimbox.pages.operations.area import OPERATIONS
from functions.drimbox.tenants.model import Operator, Permission
from functions.drimbox.wording.text import Language
from tests.fakes.world import TENANT

NOW: Final = datetime(2026, 11, 26, 10, tzinfo=UTC)
INVITED: Final = AgentRecord(
    "salle-1", NOW, Invitation("ABCDE", "hash", NOW + CODE_VALID), revision=1
)
ENROLLED: Final = INVITED.enrolled(
    Issued("a", NOW - timedelta(days=1), NOW + timedelta(days=89)), NOW
)
STATE: Final = AgentState(
    name="salle-1",
    seen_at=NOW - timedelta(minutes=2),
    version="1.4.0",
    protocol=1,
    pacs=PacsSeen.REACHABLE,
    ahead=timedelta(0),
    spooled=0,
    spooled_since=None,
    disk_free=10**9,
    enrolled=True,
)
WORKS: Final = SeenAgent("salle-1", ENROLLED, STATE)


def layout(language: Language = "fr") -> Layout:
    return Layout(OPERATIONS, "site", "Site", language, Visitor("Camille", "token"))


def page(
    *seen: SeenAgent,
    permissions: frozenset[Permission] = frozenset(Permission),
    language: Language = "fr",
    done: str = "",
) -> Any:
    body = agents_page(
        layout(language),
        seen,
        operator=Operator("Camille", permissions, oidc_subject="x"),
        now=NOW,
        zone=TENANT.time_zone,
        done=done,
    )
    return html.fromstring(body.decode())


def text(document: Any) -> str:
    return " ".join(document.text_content().split())


def said(**changes: Any) -> SeenAgent:
    return replace(WORKS, state=replace(STATE, **changes))


def tried() -> AgentRecord:
    record = INVITED
    for _ in range(MOST_TRIES):
        record = record.tried_in_vain()
    return record


def later(record: AgentRecord) -> AgentRecord:
    """As it would be seen when its code and its certificate have ended."""
    ended = tuple(replace(one, not_after=NOW) for one in record.issued)
    invitation = record.invitation and replace(record.invitation, ends_at=NOW)
    return replace(record, issued=ended, invitation=invitation)


STATES: Final = {
    "waiting": SeenAgent("salle-1", INVITED, None),
    "code_ended": SeenAgent("salle-1", later(INVITED), None),
    "code_void": SeenAgent("salle-1", tried(), None),
    "never_seen": SeenAgent("salle-1", ENROLLED, None),
    "works": WORKS,
    "pacs_away": said(pacs=PacsSeen.UNREACHABLE),
    "clock_wrong": said(ahead=timedelta(minutes=-10)),
    "silent": said(seen_at=NOW - timedelta(hours=3)),
    "certificate_ended": replace(WORKS, record=later(ENROLLED)),
    "undeclared": SeenAgent("salle-1", None, None),
}


@pytest.mark.parametrize("name", STATES)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_each_state_is_told_in_words(name: str, language: Language) -> None:
    assert state_of(STATES[name], NOW) == name
    words = agents_texts.STATES[name].in_language(language)
    [shown] = page(STATES[name], language=language).xpath("//td[2]/span | //td[1]/span")
    assert shown.text_content() == words
    assert shown.get("class") == f"state {_COLOURS[name]}"


def test_every_state_has_words_and_a_colour() -> None:
    assert {*STATES} == {*agents_texts.STATES} == {*_COLOURS}
    assert {str(one) for one in PacsSeen} == {*agents_texts.PACS}


def test_an_agent_with_a_new_code_and_a_certificate_still_works() -> None:
    again = ENROLLED.invited(Invitation("ABCDE", "hash", NOW + CODE_VALID), NOW)
    assert state_of(replace(WORKS, record=again), NOW) == "works"


def test_an_agent_tells_its_last_word() -> None:
    shown = text(
        page(
            said(
                spooled=12,
                spooled_since=NOW - timedelta(hours=2),
                ahead=timedelta(minutes=5),
            )
        )
    )
    for word in ("salle-1", "1.4.0", "répond", "12, le plus ancien", "en avance de 5", "min"):
        assert word in shown
    shown = text(page(said(ahead=timedelta(minutes=-5), spooled=3)))
    assert "en retard de 5" in shown
    assert "à l'heure" in text(page(WORKS))
    assert "aucun" in text(page(WORKS))


def test_a_certificate_tells_its_end() -> None:
    [cell] = page(WORKS).xpath("//td[@data-label='Fin du certificat']")
    assert cell.xpath("./time/@datetime") == ["2027-02-23T10:00:00+00:00"]
    late = replace(ENROLLED.issued[0], not_after=NOW + timedelta(days=20))
    soon = replace(WORKS, record=replace(ENROLLED, issued=(late,)))
    assert page(soon).xpath("//span[@class='state wait']/time")
    assert page(STATES["certificate_ended"]).xpath("//span[@class='state bad']/time")
    assert "déclaré par le site" in text(page(STATES["undeclared"]))


def test_an_operator_with_the_permission_is_offered_the_forms() -> None:
    document = page(WORKS)
    actions = {form.get("action") for form in document.xpath("//main//form")}
    assert actions == {"/v1/tenants/site/operations/agents"}
    verbs = document.xpath("//main//form/input[@name='verb']/@value")
    assert sorted(verbs) == ["invite_agent", "invite_agent", "remove_agent"]
    assert document.xpath("//form[input[@value='remove_agent']]//input[@type='checkbox']/@required")
    [name] = document.xpath("//input[@id='name']")
    assert name.get("maxlength") == "63"


def test_a_declared_agent_is_put_out_in_the_file_alone() -> None:
    assert page(STATES["undeclared"]).xpath("//tbody//form") == []


def test_another_operator_sees_and_does_nothing() -> None:
    document = page(WORKS, permissions=frozenset({Permission.VIEW}))
    assert document.xpath("//main//form") == []
    assert "En service" in text(document)


def test_a_site_without_agents_says_so_and_an_act_is_told() -> None:
    document = page(done="removed")
    assert "Aucun agent" in text(document)
    assert "L'agent est retiré" in text(document)
    assert "est retiré" not in text(page(done="<b>"))


def coded(*senders: tuple[str, str], language: Language = "fr") -> Any:
    body = code_page(
        layout(language),
        "salle-1",
        fresh_code(lambda count: bytes(range(count))),
        url="https://vi.example",
        senders=senders,
        now=NOW,
        zone=TENANT.time_zone,
    )
    return html.fromstring(body.decode())


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_page_of_a_code_tells_that_senders_must_be_declared(language: Language) -> None:
    """The RIS learnt it from an AE, and the agent's check told it after the installation."""
    document = coded(language=language)
    assert "undeclared_sender" in text(document)
    [_, lines] = document.xpath("//pre")
    [declared] = yaml.safe_load(lines.text_content())["senders"]
    assert declared == {
        "application": "MSH-3",
        "facility": "MSH-4",
        "certificate_subject": subject_of("site", "salle-1"),
        "certificate_issuer": AUTHORITY,
    }
    assert ("aucun" if language == "fr" else "none") in text(document)
    assert "RIS · SITE, <b> · 2" in text(coded(("RIS", "SITE"), ("<b>", "2"), language=language))


def test_an_agent_tells_the_senders_that_it_may_forward() -> None:
    path = "string(//td[@data-label='État']/div/small)"
    assert page(WORKS).xpath(path) == "Émetteurs déclarés : aucun"
    told = replace(WORKS, senders=(("RIS", "{x}"), ("B", "C")))
    assert page(told).xpath(path) == "Émetteurs déclarés : RIS · {x}, B · C"
    assert page(STATES["never_seen"], language="en").xpath("string(//td/div/small)") == (
        "Declared senders: none"
    )
    assert "undeclared_sender" in text(page(WORKS))


def test_a_code_is_shown_with_its_command() -> None:
    code = fresh_code(lambda count: bytes(range(count)))
    document = coded(language="en")
    assert document.xpath("string(//strong/code)") == code.shown
    assert document.xpath("string(//pre[1])") == (
        f"drimbox-agent enrol --url https://vi.example --tenant site --code {code.shown}"
    )
    assert document.xpath("//time/@datetime") == ["2026-11-27T10:00:00+00:00"]
    assert document.xpath("//a[@href='/v1/tenants/site/operations/agents']")
