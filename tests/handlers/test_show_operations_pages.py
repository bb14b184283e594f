"""The operators' pages."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import pytest
from lxml import html

from functions.aws import callers
from functions.aws.circuits import DynamoCircuits
from functions.aws.clock import SystemClock
from functions.aws.missed_news import DynamoMissedNews
from functions.drimbox.breaker import Circuit, CircuitState
from functions.drimbox.identity.session import form_token
from functions.drimbox.operations.permissions import Caller
from functions.drimbox.pages import operations as operations_pages
from functions.drimbox.publication.refused import RefusedMessage
from functions.drimbox.webhook.missed import Missed
from functions.operator_session.handler import handler as operator_session
from functions.show_operations_pages.handler import handler as show_operations_pages
from tests.fakes.aws import put_tenant, tenant_facts
from tests.handlers.conftest import (
    CONTEXT,
    Outside,
    audit_records,
    audited,
    event,
    now,
    stores,
)
from tests.handlers.journey import CASE, STUDY, Journey
from tests.handlers.page_scenes import (
    BASE,
    EVERYTHING,
    LOOKING,
    SESSION,
    held,
    look,
    signed_in,
    submit,
    verbs,
)
from tests.handlers.session_scenes import cookies, text

# The rows of the list of publications, not those of the causes.
PUBLICATIONS: Final = "//main/table/tbody/tr"
# A time of day as a person reads it.
CLOCK: Final = re.compile(r"\b[0-9]{1,2}:[0-9]{2}\b")


def test_the_queue_says_what_is_held_why_and_what_to_do(journey: Journey) -> None:
    message_id = held(journey)
    status, document = look(LOOKING)
    assert status == 200
    [row] = document.xpath(PUBLICATIONS)
    text = " ".join(row.text_content().split())
    assert "L'examen n'est pas dans le PACS." in text
    assert "Vérifier l'archivage de l'examen, puis rejouer." in document.text_content()
    assert "DRIM_RIS" in text
    assert row.xpath(".//th/a/@href") == [f"{BASE}/publications/{message_id}"]
    assert CASE.orders[0].accession in text
    # No patient in a list without the right, nor anything of one in any link.
    whole = html.tostring(document).decode()
    for secret in (CASE.ins, CASE.traits.family):
        assert secret not in whole
    assert all(CASE.orders[0].accession not in link for link in document.xpath("//@href"))
    # No verb that changes a publication, for an operator who may only view.
    assert verbs(document) == {"sign_out", "keep_filter", "search"}
    _, document = look(LOOKING, state="published")
    assert document.xpath(PUBLICATIONS) == []
    _, document = look(EVERYTHING)
    assert CASE.traits.family in document.xpath(PUBLICATIONS)[0].text_content()


def search(subject: str, text: str) -> tuple[int, Any]:
    made = signed_in(event("show_operations_pages/search"), subject)
    made["body"] = urlencode({"token": form_token(SESSION), "verb": "search", "text": text})
    reply = show_operations_pages(made, CONTEXT)
    return reply["statusCode"], html.fromstring(base64.b64decode(reply["body"]).decode())


def test_a_publication_is_found_by_its_patient(journey: Journey) -> None:
    message_id = held(journey)
    status, document = search(EVERYTHING, CASE.traits.family)
    assert status == 200
    assert document.xpath("//tbody//a/@href") == [f"{BASE}/publications/{message_id}"]
    assert ("publications.searched", "found") in audited()
    # The own right decides what may be searched.
    _, document = search(LOOKING, CASE.traits.family)
    assert document.xpath("//tbody//a/@href") == []
    _, document = search(LOOKING, CASE.orders[0].accession)
    assert document.xpath("//tbody//a/@href") == [f"{BASE}/publications/{message_id}"]
    assert search(EVERYTHING, " ")[0] == 400


def test_a_search_of_another_site_is_refused(site: None) -> None:
    made = signed_in(event("show_operations_pages/search"), EVERYTHING)
    made["body"] = "token=other&text=x"
    assert show_operations_pages(made, CONTEXT)["statusCode"] == 403
    made["requestContext"]["authorizer"] = {"caller": callers.NOBODY}
    assert show_operations_pages(made, CONTEXT)["statusCode"] == 403


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ({"reason": "study_not_found"}, 1),
        ({"reason": "pacs_unreachable"}, 0),
        ({"sender": "DRIM_RIS|AMBROISE"}, 1),
        ({"sender": "OTHER|AMBROISE"}, 0),
        ({"from": "2026-01-01", "to": "9998-12-30"}, 1),
        ({"to": "2026-01-01"}, 0),
    ],
)
def test_filters_leave_out(journey: Journey, query: dict[str, str], rows: int) -> None:
    held(journey)
    status, document = look(LOOKING, **query)
    assert status == 200
    assert len(document.xpath(PUBLICATIONS)) == rows
    # The links to other states keep the other filters.
    for link in document.xpath("//nav[@class='filters']//a/@href[contains(., '?')]"):
        assert set(query) <= {part.partition("=")[0] for part in link.split("?")[1].split("&")}


@pytest.mark.parametrize(
    "query",
    [
        {"state": "nonsense"},
        {"reason": "nonsense"},
        {"from": "yesterday"},
        {"to": "9999-12-31"},
        {"after": "nonsense"},
    ],
)
def test_a_filter_that_is_none_is_a_bad_request(site: None, query: dict[str, str]) -> None:
    status, document = look(LOOKING, **query)
    assert status == 400
    assert "nonsense" not in html.tostring(document).decode()


def test_a_publication_shows_what_its_message_says(journey: Journey) -> None:
    message_id = held(journey)
    status, document = look(LOOKING, message_id)
    assert status == 200
    text = " ".join(document.text_content().split())
    for shown in (CASE.ins, CASE.traits.family, "PID-3", STUDY, "L'examen n'est pas dans"):
        assert shown in text
    assert verbs(document) == {"sign_out"}
    assert ("publication.viewed", "shown") in audited()
    [viewed] = [one for one in audit_records() if one["event"] == "publication.viewed"]
    assert (viewed["who"], viewed["for_ins"]) == (LOOKING, CASE.ins)


def test_a_page_offers_exactly_the_permitted_and_possible_verbs(journey: Journey) -> None:
    message_id = held(journey)
    _, document = look(EVERYTHING, message_id)
    offered = {"sign_out", "replay", "search_pacs", "override", "export", "show_message"}
    assert verbs(document) == offered
    assert {str(one) for one in document.xpath("//form/@action")} == {
        f"{BASE}/session",
        f"{BASE}/publications/{message_id}",
        f"{BASE}/publications/{message_id}/pacs",
    }
    [token] = set(document.xpath("//form//input[@name='token']/@value"))
    assert token == form_token(SESSION, token.partition(".")[0])


def test_a_publication_of_nobody_is_absent(site: None) -> None:
    for publication in ("0" * 32, "../x", "<script>"):
        status, document = look(EVERYTHING, publication)
        assert status == 404
        assert not document.xpath("//script")
        assert publication not in document.text_content()


def test_a_quiet_day_says_so(site: None) -> None:
    _, document = look(EVERYTHING)
    assert "Rien n'est retenu." in document.text_content()
    assert "replay_cause" not in verbs(document)


def test_the_agents_are_shown_to_an_operator(site: None) -> None:
    shown = text(
        show_operations_pages(signed_in(event("show_operations_pages/agents"), LOOKING), CONTEXT)
    )
    assert "Aucun agent n&#x27;est déclaré" in shown
    assert 'href="/v1/tenants/demo/operations/agents" aria-current="page"' in shown
    assert "invite_agent" not in shown
    assert ("agents.viewed", "shown") in audited()
    stores().agents_desk.invite(
        Caller(stores().tenant.operator_by_oidc(EVERYTHING), EVERYTHING, "r"), "salle-1"
    )
    made = signed_in(event("show_operations_pages/agents"), EVERYTHING)
    shown = text(show_operations_pages(made, CONTEXT))
    assert "salle-1" in shown
    assert "invite_agent" in shown


def test_the_services_are_shown_to_an_operator(site: None, outside: Outside) -> None:
    made = signed_in(event("show_operations_pages/services"), LOOKING)
    shown = text(show_operations_pages(made, CONTEXT))
    assert "Aucune liste n&#x27;a encore été retenue" in shown
    assert "Aucun examen n&#x27;attend." in shown
    assert shown.count("ORG_SIGN") == 1
    assert "Liste Blanche DRIM-M" in shown
    assert 'href="/v1/tenants/demo/operations/services" aria-current="page"' in shown
    assert ("services.viewed", "shown") in audited()


def test_the_news_that_the_site_s_address_missed_are_shown(site: None, outside: Outside) -> None:
    def shown() -> str:
        made = signed_in(event("show_operations_pages/services"), LOOKING)
        return text(show_operations_pages(made, CONTEXT))

    assert "Nouvelles que le RIS" not in shown(), "the site names no address"
    put_tenant({**tenant_facts(), "webhook_url": "https://ris.example/news"})
    DynamoMissedNews("news", "demo").add(Missed("a" * 32, now()))
    assert f'/operations/publications/{"a" * 32}"' in shown()


def activity(subject: str, **query: str) -> tuple[int, Any]:
    made = signed_in(event("show_operations_pages/activity"), subject)
    made["queryStringParameters"] = query
    reply = show_operations_pages(made, CONTEXT)
    return reply["statusCode"], html.fromstring(base64.b64decode(reply["body"]).decode())


def test_activity_is_counted_by_day(journey: Journey) -> None:
    journey.archive_study()
    journey.publish()
    status, document = activity(LOOKING)
    assert status == 200
    rows = document.xpath("//main//tbody/tr")
    assert len(rows) == 8
    names = [head.text for head in document.xpath("//main//thead//th")]
    today, total = (
        dict(zip(names, (cell.text_content() for cell in row), strict=True))
        for row in (rows[0], rows[-1])
    )
    assert (today["Reçus"], today["Publiés"], today["Retenus"]) == ("1", "1", "")
    assert (total["Jour"], total["Reçus"]) == ("Total", "1")
    assert len(activity(LOOKING, days="31")[1].xpath("//main//tbody/tr")) == 32
    assert activity(LOOKING, days="99")[0] == 400
    assert ("activity.reported", "shown") in audited()


def test_the_queue_and_the_activity_are_files_too(journey: Journey) -> None:
    message_id = held(journey)
    files = {"queue": "publications-held.csv", "activity": "activity.csv"}
    for page, name in files.items():
        made = signed_in(event(f"show_operations_pages/{page}"), EVERYTHING)
        made["queryStringParameters"] = {"format": "csv"}
        made["multiValueQueryStringParameters"] = {"format": ["csv"]}
        reply = show_operations_pages(made, CONTEXT)
        assert reply["headers"]["Content-Type"] == "text/csv; charset=utf-8"
        assert reply["headers"]["Content-Disposition"] == f'attachment; filename="{name}"'
        told = base64.b64decode(reply["body"]).decode("utf-8-sig")
        assert (message_id in told) == (page == "queue")
        assert CASE.traits.family not in told


def test_an_operator_who_was_taken_out_sees_the_way_in_only(site: None) -> None:
    status, document = look("operator-gone")
    assert status == 200
    assert document.xpath("//main//a/@href") == [f"{BASE}/sign-in"]
    assert submit("operator-gone", "0" * 32, verb="replay")["statusCode"] == 403


@pytest.mark.parametrize(
    "context",
    [
        {},
        {"caller": callers.NOBODY},
        {"caller": callers.ACTIVE, "tenant": "demo", "subject": "operator-1"},
        {"caller": callers.SIGNED_IN, "tenant": "another", "subject": "operator-1"},
        {"caller": callers.SIGNED_IN, "tenant": "demo", "subject": ""},
    ],
)
def test_without_a_session_there_is_the_way_in_and_nothing_else(
    site: None, context: dict[str, str]
) -> None:
    made = event("show_operations_pages/queue")
    made["requestContext"]["authorizer"] = context
    reply = show_operations_pages(made, CONTEXT)
    page = text(reply)
    assert reply["statusCode"] == 200
    assert f'href="{BASE}/sign-in"' in page
    assert "Centre de radiologie" not in page
    assert audited() == []
    made = event("operator_session/leave")
    made["requestContext"]["authorizer"] = context
    assert operator_session(made, CONTEXT)["statusCode"] == 403


def test_the_language_is_the_browser_s_until_it_is_chosen(site: None) -> None:
    def asked(accept: str, **more: Any) -> tuple[str, dict[str, str]]:
        made = event("show_operations_pages/queue", **more)
        made["requestContext"]["authorizer"] = {}
        made["multiValueHeaders"] = {
            "Accept-Language": [accept],
            "Cookie": made["multiValueHeaders"]["Cookie"],
        }
        reply = show_operations_pages(made, CONTEXT)
        return reply["headers"]["Content-Language"], cookies(reply)

    assert asked("fr") == ("fr", {})
    assert asked("en-GB, fr;q=0.5") == ("en", {})
    chosen = asked("fr", queryStringParameters={"lang": "en"})
    assert chosen == ("en", {"__Host-language": "en"})
    assert asked("en", queryStringParameters={"lang": "<script>"})[0] == "en"


def test_refused_messages_have_a_page_and_a_counted_tab(site: None) -> None:
    at = now()
    stores().refused.note(RefusedMessage("m1", at, "RIS|SITE", "MSG-9", "ins_invalid", "PID^1^3"))
    shown = text(
        show_operations_pages(signed_in(event("show_operations_pages/refused"), LOOKING), CONTEXT)
    )
    assert "MSG-9" in shown
    assert ("refused.listed", "shown") in audited()
    _, document = look(LOOKING)
    [tab] = document.xpath("//nav[@class='filters']//a[contains(@href, '/refused')]")
    assert " ".join(tab.text_content().split()) == "Messages refusés 1"


def test_a_service_that_does_not_answer_is_told_on_every_page(journey: Journey) -> None:
    message_id = held(journey)
    open_circuit = CircuitState("pacs", circuit=Circuit.OPEN, since=now())
    assert DynamoCircuits("circuits", "demo", SystemClock()).put(open_circuit)
    for _, document in (look(LOOKING), look(LOOKING, message_id), search(LOOKING, "x")):
        assert "Le PACS ne répond pas depuis le" in document.text_content()
        [banner] = document.xpath("//div[contains(@class, 'outage')]")
        assert banner.get("role") == "status"
    # The page of the services tells it once, in its own row.
    page = text(
        show_operations_pages(signed_in(event("show_operations_pages/services"), LOOKING), CONTEXT)
    )
    assert page.count("Ne répond pas<") == 1
    assert 'class="outage' not in page


def test_each_page_that_shows_a_time_names_the_zone_of_the_site(journey: Journey) -> None:
    """The outage of the PACS gives a time to the pages that have none of their own."""
    message_id = held(journey)
    stores().refused.note(RefusedMessage("m1", now(), "RIS|SITE", "M", "ins_invalid", "PID^1^3"))
    others = ("refused", "services", "agents", "activity")

    def documents() -> Iterator[Any]:
        yield from (one for _, one in (look(LOOKING), look(LOOKING, message_id)))
        yield search(EVERYTHING, CASE.traits.family)[1]
        for page in others:
            made = signed_in(event(f"show_operations_pages/{page}"), EVERYTHING)
            yield html.fromstring(text(show_operations_pages(made, CONTEXT)))

    with_times = 0
    for away in (False, True):
        if away:
            open_circuit = CircuitState("pacs", circuit=Circuit.OPEN, since=now())
            assert DynamoCircuits("circuits", "demo", SystemClock()).put(open_circuit)
        for document in documents():
            [body] = document.xpath("//body")
            shows = bool(CLOCK.search(body.text_content()) or document.xpath("//main//time"))
            told = [one.text_content() for one in document.xpath("//main/p[@class='zone']")]
            assert told == (["Heures du site : Europe/Paris"] if shows else [])
            with_times += shows
    assert with_times >= 5 + 7


def test_no_module_of_these_pages_writes_a_time_but_as_an_element() -> None:
    """The layout finds times by their element: a time in a bare text would name no zone."""
    for module in Path(operations_pages.__path__[0]).glob("*.py"):
        assert not re.search(r"time_words|%H", module.read_text()), module.name
