"""The whole journey in Chromium: RIS, sign-in, list, and the images of exams on the screen."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import pytest
from playwright.sync_api import Browser, Page, Request, Route, expect

from infra.demo.layout import SECOND
from infra.web import is_built
from simulators.peer.front import find_nginx
from tests.browser.axe import judged
from tests.browser.chromium import Visit
from tests.browser.opening import (
    PATIENCE,
    SLICES,
    Openable,
    asked_nobody_else,
    back,
    compare,
    drawn,
    listed,
    openable,
    ready,
    row,
    until,
)
from tests.browser.outside import look_until
from tests.browser.reading import Journey, reach
from tests.browser.viewer_tab import VIEWS
from tests.flows.stack import LocalStack, new_ins

pytestmark = [
    pytest.mark.skipif(find_nginx() is None, reason="nginx is not installed"),
    pytest.mark.skipif(not is_built(), reason="the viewer is not built: make web"),
]


# The status of the answer when the form of one page goes to the address of another.
_ASKED: Final = """async ([address, { token, edition }]) => (await fetch(address, {
    method: "POST",
    body: new URLSearchParams({ token, edition, verb: "open", exams: "1" }),
    headers: { Accept: "application/json" },
})).status"""


@pytest.fixture
def journey(stack: LocalStack, browser: Browser, exams: Openable) -> Iterator[Journey]:
    """A fresh browser, judged at the end."""
    visit = Visit.begin(browser, stack)
    yield Journey(visit, stack)
    visit.page.context.close()
    asked_nobody_else(visit, stack, exams)


def test_the_keyboard_alone_leads_from_the_list_to_images_and_back(
    reader: Page, exams: Openable
) -> None:
    """An exam of this site, and one of another."""
    for exam in (exams.own, exams.elsewhere):
        button = openable(reader, exam)
        reader.evaluate("document.activeElement.blur(), document.querySelector('.skip').focus()")
        number = button.get_attribute("data-open")
        reach(reader, f".row [data-open='{number}']:not(.pick)")
        reader.keyboard.press("Enter")
        drawn(reader)
        until(reader, "drimboxViewer.session.exams[0].told.state === 'whole'")
        until(reader, "drimboxViewer.session.source.running === 0")
        assert reader.locator(".patient").is_visible()
        assert reader.evaluate("drimboxViewer.session.exams[0].told.identity") != "differs"
        place = reader.evaluate(f"{VIEWS}[0].place")
        reader.keyboard.press("ArrowDown")
        until(reader, f"{VIEWS}[0].place === {place + 1}")
        reach(reader, ".v-back")
        back(reader)
        assert button.evaluate("(one) => one === document.activeElement")
    judged(reader, widths=(390, 1280, 1920))


def test_two_chosen_exams_stand_side_by_side_and_scroll_together(
    reader: Page, exams: Openable
) -> None:
    """The images of the other site may come seconds after those of this one."""
    compare(reader, exams.own, exams.elsewhere)
    for view in (0, 1):
        drawn(reader, view)
    dates = reader.evaluate("drimboxViewer.session.exams.map((one) => one.told.date)")
    assert dates == sorted(dates, reverse=True), "the latest one is the current one"
    until(reader, f"{VIEWS}.every((one) => one.series.count === {SLICES})")
    before = reader.evaluate(f"{VIEWS}.map((one) => one.place)")
    reader.keyboard.press("ArrowDown")
    for view, place in enumerate(before):
        until(reader, f"{VIEWS}[{view}].place === {place + 1}")
    back(reader)


def test_an_address_that_ends_while_somebody_scrolls_is_renewed_unseen(
    reader: Page, exams: Openable
) -> None:
    """The storage refuses every address that was given before the viewer asks for new ones."""
    asked: list[str] = []
    refused: list[str] = []

    def heard(request: Request) -> None:
        if request.url.endswith("/progress"):
            asked.append(request.url)

    def ended(route: Route) -> None:
        if asked:
            route.continue_()
        else:
            refused.append(route.request.url)
            route.fulfill(status=403, headers={"Access-Control-Allow-Origin": "*"})

    storage = re.compile("X-Amz-Signature=")
    openable(reader, exams.own)
    reader.on("request", heard)
    reader.route(storage, ended)
    try:
        row(reader, exams.own).get_by_role("button", name="Ouvrir").click()
        drawn(reader)
        for key in ("Home", "End"):
            reader.keyboard.press(key)
        until(reader, f"{VIEWS}[0].place === {SLICES - 1} && !{VIEWS}[0].waiting")
        until(reader, "drimboxViewer.session.source.running === 0")
    finally:
        reader.unroute(storage)
        reader.remove_listener("request", heard)
    assert refused
    assert reader.locator(".v-note:visible, .v-cover:visible").count() == 0
    back(reader)


def test_two_patients_in_one_session_never_mix(
    stack: LocalStack, reader: Page, exams: Openable
) -> None:
    openable(reader, exams.own).click()
    drawn(reader)
    mine = exams.made.patient
    family = "AUTRE-PATIENTE"
    case = mine.case()
    other = replace(case, ins=new_ins(), traits=replace(case.traits, family=family))
    software = Journey(Visit(reader.context.new_page(), ""), stack)
    second = software.call(other)
    assert family in second.inner_text("section.patient")
    # The form of the one page at the address of the other: neither session token nor list fits.
    facts = json.loads(reader.locator("#viewer-facts").text_content() or "")
    assert reader.evaluate(_ASKED, [f"{second.url}/open", facts]) in {400, 404, 409}
    assert family not in reader.content()
    assert mine.traits.family not in second.content()
    until(reader, f"!{VIEWS}[0].waiting")
    shown = reader.evaluate("drimboxViewer.session.exams.map((one) => one.told.date)")
    assert shown == [f"{exams.own.started:%Y%m%d}"]
    second.close()
    software.visit.page.close()
    back(reader)


def test_an_exam_whose_site_is_down_says_so_and_cannot_be_opened(
    journey: Journey, exams: Openable
) -> None:
    stack = journey.stack
    sites = f"{stack.endpoints['peer']}/_sim/sites"
    with stack.client() as http:
        http.put(f"{sites}/{SECOND}", json={"health": "not_ready"}).raise_for_status()
        try:
            tab = listed(journey, exams)
            line = row(tab, exams.elsewhere)
            down = line.locator(".state", has_text="Images indisponibles depuis")
            # A site that has just answered is not asked again for ten seconds: a person presses
            # the button again.
            for _ in range(PATIENCE // 3_000):
                tab.locator("#sources button").click()
                try:
                    expect(down).to_be_visible(timeout=3_000)
                except AssertionError:
                    continue
                break
            expect(down).to_be_visible()
            button = line.get_by_role("button", name="Ouvrir")
            assert button.is_disabled()
            described = button.get_attribute("aria-describedby")
            assert "indisponibles" in tab.locator(f"#{described}").inner_text()
            assert row(tab, exams.own).get_by_role("button", name="Ouvrir").is_enabled()
        finally:
            http.delete(sites).raise_for_status()


def test_images_of_another_patient_and_a_refusal_are_told_in_place_of_images(
    journey: Journey, exams: Openable
) -> None:
    stack = journey.stack
    sites = f"{stack.endpoints['peer']}/_sim/sites"
    tab = listed(journey, exams)
    with stack.client() as http:
        try:
            http.put(f"{sites}/{SECOND}", json={"images": "other_patient"}).raise_for_status()
            openable(tab, exams.elsewhere).click()
            tab.locator(".v-differs").wait_for()
            assert "d'un autre patient" in tab.locator(".v-differs").inner_text()
            assert tab.locator(".v-board canvas").count() == 0
            judged(tab, widths=(1280,))
            back(tab)
            http.put(f"{sites}/{SECOND}", json={"images": "forbidden"}).raise_for_status()
            openable(tab, exams.earlier).click()
            until(tab, "drimboxViewer.session.exams[0]?.told.state === 'refused'")
            assert "refus" in tab.locator(".v-state").inner_text()
            judged(tab, widths=(1280,))
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


def test_an_exam_is_imported_from_above_its_images(
    stack: LocalStack, journey: Journey, exams: Openable
) -> None:
    """From the images to the own PACS: the identities beside each other, one act, the progress, the
    end; and the images open again afterwards."""
    case = exams.made.patient.case()
    tab = journey.sign_in(journey.call(case))
    ready(tab)
    openable(tab, exams.earlier).click()
    drawn(tab)
    until(tab, "drimboxViewer.session.exams[0].told.state === 'whole'")
    tab.get_by_role("button", name="Importer dans le PACS").click()
    tab.wait_for_url("**/import")
    page = tab.inner_text("main")
    assert "Les traits stricts concordent" in page
    traits = exams.made.patient.traits
    assert page.count(traits.family) >= 2, "the identity that came, and the one to be stored"
    judged(tab, widths=(390, 1280, 1920))
    tab.get_by_role("button", name="Importer").first.click()
    look_until(tab, f"Terminé : {SLICES} images dans le PACS")
    judged(tab, widths=(390, 1280))
    with stack.client() as http:
        found = http.get(f"{stack.endpoints['pacs']}/studies/{exams.earlier.study}/metadata").json()
    assert len(found) == SLICES
    assert {one["00100020"]["Value"][0] for one in found} == {case.ipp}
    tab.locator("main a").first.click()
    ready(tab)
    openable(tab, exams.earlier).click()
    drawn(tab)
    back(tab)
