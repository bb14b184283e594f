"""The whole journey in Chromium: RIS, sign-in, list, and the images of exams on the screen."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page

from infra.demo.layout import SECOND
from infra.web import is_built
from simulators.peer.front import find_nginx
from tests.browser.axe import judged
from tests.browser.chromium import Visit
from tests.browser.opening import (
    SLICES,
    Openable,
    compare,
    drawn,
    openable,
    publish,
    ready,
    row,
    until,
)
from tests.browser.reading import Journey
from tests.browser.viewer_tab import VIEWS
from tests.flows.stack import LocalStack

pytestmark = [
    pytest.mark.skipif(find_nginx() is None, reason="nginx is not installed"),
    pytest.mark.skipif(not is_built(), reason="the viewer is not built: make web"),
]


@pytest.fixture(scope="module")
def exams(_stack: LocalStack) -> Openable:
    """A patient with an exam of this site and one of another."""
    return publish(_stack)


@pytest.fixture
def journey(stack: LocalStack, browser: Browser, exams: Openable) -> Iterator[Journey]:
    """A fresh browser. It asks our hosts and the storage alone; no address tells of the patient,
    and nothing breaks a policy or fails.
    """
    visit = Visit.begin(browser, stack)
    yield Journey(visit, stack)
    visit.page.context.close()
    parts = [urlsplit(stack.endpoints[name])[:2] for name in ("vi", "psc", "aws")]
    patient = exams.made.patient
    secrets = {patient.ins, patient.traits.family, exams.elsewhere.study}
    for url in visit.urls:
        assert url.startswith(("blob:", "data:", "about:")) or urlsplit(url)[:2] in parts, url
        assert not [one for one in secrets if one.lower() in url.lower()], url
    assert visit.complaints == []


def listed(journey: Journey, exams: Openable) -> Page:
    """The patient's list, with the viewer warm behind it."""
    tab = journey.sign_in(journey.call(exams.made.patient.case()))
    ready(tab)
    return tab


def test_exams_of_this_site_and_of_another_are_opened_from_the_list(
    journey: Journey, exams: Openable
) -> None:
    tab = listed(journey, exams)
    for exam in (exams.own, exams.elsewhere):
        button = openable(tab, exam)
        button.click()
        drawn(tab)
        until(tab, "drimboxViewer.session.exams[0].told.state === 'whole'")
        until(tab, "drimboxViewer.session.source.running === 0")
        assert tab.locator(".patient").is_visible()
        assert tab.evaluate("drimboxViewer.session.exams[0].told.identity") != "differs"
        tab.keyboard.press("Escape")
        tab.locator("#viewer").wait_for(state="hidden")
        assert button.evaluate("(one) => one === document.activeElement")
    judged(tab, widths=(390, 1280, 1920))


def test_two_chosen_exams_stand_side_by_side_and_scroll_together(
    journey: Journey, exams: Openable
) -> None:
    """The images of the other site come seconds after those of this one."""
    tab = listed(journey, exams)
    compare(tab, exams.own, exams.elsewhere)
    for view in (0, 1):
        drawn(tab, view)
    dates = tab.evaluate("drimboxViewer.session.exams.map((one) => one.told.date)")
    assert dates == sorted(dates, reverse=True), "the latest one is the current one"
    until(tab, "drimboxViewer.session.exams.every((one) => one.told.state === 'whole')")
    until(tab, f"{VIEWS}.every((one) => one.series.count === {SLICES})")
    before = tab.evaluate(f"{VIEWS}.map((one) => one.place)")
    tab.keyboard.press("ArrowDown")
    for view, place in enumerate(before):
        until(tab, f"{VIEWS}[{view}].place === {place + 1}")


def test_an_exam_whose_site_is_down_says_so_and_cannot_be_opened(
    journey: Journey, exams: Openable
) -> None:
    stack = journey.stack
    sites = f"{stack.endpoints['peer']}/_sim/sites"
    with stack.client() as http:
        http.put(f"{sites}/{SECOND}", json={"health": "not_ready"}).raise_for_status()
        try:
            tab = listed(journey, exams)
            tab.get_by_role("button", name="Réessayer").click()
            line = row(tab, exams.elsewhere)
            line.locator(".state", has_text="Images indisponibles depuis").wait_for()
            button = line.get_by_role("button", name="Ouvrir")
            assert button.is_disabled()
            described = button.get_attribute("aria-describedby")
            assert "indisponibles" in tab.locator(f"#{described}").inner_text()
            assert row(tab, exams.own).get_by_role("button", name="Ouvrir").is_enabled()
        finally:
            http.delete(sites).raise_for_status()


def test_without_a_script_the_list_stays_as_it_is(
    stack: LocalStack, browser: Browser, exams: Openable
) -> None:
    visit = Visit.begin(browser, stack, scripts=False)
    tab = Journey(visit, stack).sign_in(Journey(visit, stack).call(exams.made.patient.case()))
    assert tab.locator("article.group").count() > 3
    assert not tab.get_by_role("button", name="Ouvrir").first.is_visible()
    assert not tab.locator(".pick").first.is_visible()
    assert "Lire" in tab.inner_text("main")
    visit.page.context.close()
