"""The one script of the pages, in Chromium: the peer is simulated, and the time is the test's."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page, Route

from functions.drimbox.consultation.exam_images import Content, ExamSource, Images
from functions.drimbox.consultation.services import Condition, Health, Service
from functions.drimbox.identity.session import UNATTENDED
from functions.drimbox.pages.kit.layout import Layout, Visitor
from functions.drimbox.pages.kit.stylesheet import SCRIPTED
from functions.drimbox.pages.reading.area import READING
from functions.drimbox.pages.reading.services_line import services_line
from functions.drimbox.pages.reading.sources_panel import (
    Clock,
    ExamFacts,
    as_json,
    exam_facts,
    sources_panel,
)
from functions.drimbox.pages.reading.sources_script import PATH, SCRIPT
from tests.drimbox.peers.scenes import AT

# Seconds of this machine's clock.
PATIENCE: Final = 60.0
HOST: Final = "https://vi.example"
BASE: Final = "/v1/tenants/site/reading"
HERE: Final = f"{BASE}/{'p' * 43}"
LAYOUT: Final = Layout(
    READING, "site", "Site", "fr", Visitor("Camille", "t"), HERE.removeprefix(BASE)
)
PATIENT: Final = "PATIENTE-CANARI"
EVIL: Final = "<img src=x onerror=alert(1)>"
CLOCK: Final = Clock(ZoneInfo("Europe/Paris"), AT)
SERVICES: Final = [Health(Service.PSC, Condition.WORKS)]


def told(*images: Images, name: str = "CHU") -> dict[str, Any]:
    """The function's answer for exams in these states."""
    made = [ExamSource(at, name, one, AT, Content(2, 1, 9)) for at, one in enumerate(images, 1)]
    return as_json(LAYOUT, made, SERVICES, CLOCK)


@dataclass
class Site:
    """The host of the pages: ``status`` and ``facts`` are its answer; ``forms`` came, with
    ``unattended`` as the header of that name.
    """

    facts: Any = field(default_factory=lambda: told(Images.CHECKING, Images.READY))
    status: int = 200
    cut: bool = False
    forms: list[str] = field(default_factory=list)
    unattended: list[str] = field(default_factory=list)

    def __call__(self, route: Route) -> None:
        request = route.request
        path = request.url.removeprefix(HOST)
        if path == f"{BASE}{PATH}":
            route.fulfill(body=SCRIPT, content_type="text/javascript")
        elif path == HERE:
            headers = {"Content-Security-Policy": SCRIPTED}
            route.fulfill(body=page(), content_type="text/html; charset=utf-8", headers=headers)
        elif path == f"{HERE}/exams":
            self.forms.append(request.post_data or "")
            self.unattended.append(request.headers.get(UNATTENDED.lower(), ""))
            if self.cut:
                route.abort()
            else:
                body = self.facts if isinstance(self.facts, str) else json.dumps(self.facts)
                route.fulfill(status=self.status, body=body, content_type="application/json")
        else:
            route.abort()


def _facts(one: ExamSource) -> ExamFacts:
    return exam_facts(LAYOUT, one, CLOCK)


def page() -> str:
    """A page as the server gives it before anybody looked."""
    exams = [ExamSource(number, "CHU", Images.CHECKING) for number in (1, 2)]
    return LAYOUT.document(
        "Examens",
        services_line(LAYOUT, SERVICES, CLOCK.zone),
        sources_panel(LAYOUT, exams, "edition", CLOCK),
        *(part for one in map(_facts, exams) for part in (one.state, one.keys, one.size)),
        banner=f'<section class="patient">{PATIENT}</section>',
    ).decode()


@pytest.fixture
def tab(browser: Browser) -> Iterator[Page]:
    """A tab whose time stands still."""
    context = browser.new_context(locale="fr-FR")
    made = context.new_page()
    made.clock.install(time=AT)
    made.clock.pause_at(AT + timedelta(hours=1))
    yield made
    context.close()


def opened(tab: Page, site: Site) -> None:
    """The page, once its first look was answered."""
    tab.route("**/*", site)
    with tab.expect_event("requestfinished", lambda one: one.url.endswith(PATH)):
        tab.goto(HOST + HERE)
    until(tab, "document.getElementById('sources-seen').textContent")


def until(tab: Page, expression: str) -> None:
    """Wait for the page; its own clock stands, so that the wait asks from here."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if tab.evaluate(expression):
            return
    raise AssertionError(expression)


def one_look(tab: Page, site: Site, seconds: int = 0) -> int:
    """The looks within so many seconds, once the answer of the first is in place.

    Each look has one observer alone: several of them would count the words of a question, which a
    person's look puts first, as its answer.
    """
    before = len(site.forms)
    tab.evaluate(
        """() => {
          window.put = 0;
          const seen = document.getElementById("sources-seen");
          window.watch?.disconnect();
          window.watch = new MutationObserver(() => { window.put += 1; });
          window.watch.observe(seen, { childList: true });
        }"""
    )
    if seconds:
        tab.clock.run_for(seconds * 1000)
    else:
        tab.locator("#sources button").click()
    # A person is told at once that the sites are being asked.
    until(tab, f"window.put > {0 if seconds else 1}")
    return len(site.forms) - before


def no_look(tab: Page, site: Site, seconds: int) -> bool:
    """Whether none comes within so many seconds of the page's time."""
    before = len(site.forms)
    tab.clock.run_for(seconds * 1000)
    # A request that had left would come before these.
    for _ in range(5):
        tab.evaluate("fetch('/elsewhere').catch(() => 0)")
    return len(site.forms) == before


def words(tab: Page, selector: str) -> str:
    return tab.locator(selector).first.text_content() or ""


def test_the_answer_is_put_in_place(tab: Page) -> None:
    site = Site(told(Images.SILENT, Images.READY))
    opened(tab, site)
    assert words(tab, "[data-images='1']").startswith("Injoignable depuis")
    assert words(tab, "[data-images='2']") == "Disponible"
    assert words(tab, "[data-keys='2']") == "2 images clés"
    assert words(tab, "[data-size='2']") == " · 1 série, 9 images"
    assert words(tab, "#source-notices p").startswith("CHU ne répond pas depuis 10:00. Ses ")
    assert words(tab, "#source-notices b") == "CHU ne répond pas depuis 10:00."
    assert words(tab, "#sources button") == "Réessayer"
    assert words(tab, "#sources-seen") == "États vus à 10:00:00."
    assert tab.locator("[data-images]").count() == 2
    [form] = site.forms
    assert form == "token=t&verb=check&edition=edition&exams=1+2"
    assert tab.url == HOST + HERE


def test_it_looks_nine_times_soon_then_each_minute_and_soon_again_by_the_button(tab: Page) -> None:
    site = Site()
    opened(tab, site)
    assert no_look(tab, site, 4)
    for count in range(2, 10):
        assert one_look(tab, site, 5) == 1
        assert len(site.forms) == count
    assert no_look(tab, site, 59)
    assert one_look(tab, site, 2) == 1
    # None of these is a person's act.
    assert site.unattended == ["1"] * 10
    assert one_look(tab, site) == 1
    assert site.unattended[10:] == [""]
    assert one_look(tab, site, 5) == 1
    assert tab.url == HOST + HERE


def test_sentences_that_come_by_themselves_move_nothing(tab: Page) -> None:
    """They stay within the height of their box until a person asks."""
    names = [f"Centre hospitalier de la ville numéro {one}" for one in range(6)]
    made = [ExamSource(n, name, Images.SILENT, AT) for n, name in enumerate(names, 1)]
    site = Site(told(Images.CHECKING))
    opened(tab, site)
    tab.set_viewport_size({"width": 1280, "height": 800})
    high = "document.querySelector('.sources').offsetHeight"
    before = tab.evaluate(high)
    site.facts = as_json(LAYOUT, made, SERVICES, CLOCK)
    assert one_look(tab, site, 5) == 1
    assert tab.locator("#source-notices p").count() == len(names) + 1
    assert tab.evaluate(high) == before
    # The keyboard reaches the rest of them.
    assert tab.locator("#source-notices").get_attribute("tabindex") == "0"
    assert one_look(tab, site) == 1
    assert tab.evaluate(high) > before
    assert tab.locator("#source-notices").get_attribute("tabindex") == "-1"


def test_ready_states_are_looked_at_again_at_ease(tab: Page) -> None:
    site = Site(told(Images.OWN_READY, Images.READY))
    opened(tab, site)
    assert no_look(tab, site, 299)
    assert one_look(tab, site, 2) == 1


def test_a_hidden_document_does_not_look(tab: Page) -> None:
    site = Site()
    opened(tab, site)
    seen = "Object.defineProperty(document, 'hidden', {{value: {}, configurable: true}})"
    tab.evaluate(seen.format("true"))
    assert no_look(tab, site, 600)
    tab.evaluate(seen.format("false"))
    with tab.expect_request("**/exams"):
        tab.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def test_texts_alone_are_written(tab: Page) -> None:
    facts = told(Images.SILENT, Images.READY, name=EVIL)
    facts["exams"][0]["words"] = facts["seen"] = facts["button"] = EVIL
    facts["services"][0]["words"] = EVIL
    site = Site(facts)
    opened(tab, site)
    assert tab.locator("img").count() == 0
    for place in ("[data-images='1']", "#sources-seen", "#sources button", "#services li"):
        assert words(tab, place) == EVIL
    assert EVIL in words(tab, "#source-notices p")


@pytest.mark.parametrize("status", [401, 403, 404])
def test_after_the_session_nothing_of_the_patient_stays(tab: Page, status: int) -> None:
    site = Site()
    opened(tab, site)
    assert PATIENT in tab.content()
    site.status = status
    with tab.expect_request("**/exams"):
        tab.clock.run_for(5000)
    until(tab, "document.body.textContent.startsWith('Session terminée.')")
    assert PATIENT not in tab.content()
    assert tab.locator("form, [data-images], header").count() == 0
    assert no_look(tab, site, 3600)


@pytest.mark.parametrize("failure", ["cut", "500", "garbled", "foreign"])
def test_another_failure_tells_since_when_the_states_stand(tab: Page, failure: str) -> None:
    site = Site()
    opened(tab, site)
    good = site.facts
    site.cut = failure == "cut"
    site.status = 500 if failure == "500" else 200
    site.facts = {"garbled": "<html>", "foreign": {}}.get(failure, good)
    assert one_look(tab, site, 5) == 1
    assert words(tab, "#sources-seen") == "États non renouvelés depuis 10:00:00."
    assert words(tab, "[data-images='2']") == "Disponible"
    assert PATIENT in tab.content()
    site.cut, site.status, site.facts = False, 200, good
    assert one_look(tab, site, 60) == 1
    assert words(tab, "#sources-seen") == "États vus à 10:00:00."
