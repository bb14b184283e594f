"""The professional's journey in Chromium: from the RIS's button to the exams, and out again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import pytest
from playwright.sync_api import Browser

from tests.browser.axe import judged
from tests.browser.chromium import Visit
from tests.browser.reading import Journey, reach
from tests.browser.scene import Scene
from tests.flows.stack import LocalStack

# A JWT: three parts, of which the first two begin like this; an address has random text besides.
TOKEN: Final = re.compile(r"eyJ[\w-]{10,}\.eyJ")


@pytest.fixture
def journey(stack: LocalStack, browser: Browser, scene: Scene) -> Iterator[Journey]:
    """A fresh browser. No address tells of a patient or holds a token."""
    visit = Visit.begin(browser, stack)
    yield Journey(visit, stack)
    visit.page.context.close()
    secrets = {scene.case.ins, scene.case.ipp, scene.case.traits.family, "token="}
    assert visit.urls
    for url in visit.urls:
        assert not TOKEN.search(url), url
        assert not [secret for secret in secrets if secret.lower() in url.lower()], url
    assert visit.complaints == []


def test_from_the_ris_s_button_to_the_exams(journey: Journey, scene: Scene) -> None:
    case = scene.case
    tab = journey.call(case)
    assert [url for url in journey.visit.urls if url.endswith("/context")], "the tab is heard"
    assert case.traits.family not in tab.content()
    judged(tab)
    page = tab.url
    journey.sign_in(tab)
    assert tab.url == page
    banner = tab.locator("section.patient")
    for trait in (case.traits.family, case.traits.birth_place):
        assert trait in banner.inner_text()
    assert tab.locator("article.group").count() >= 1
    assert "Camille ESSAI" in tab.inner_text("header")
    assert tab.locator("img, iframe").count() == 0
    # Scripts of this very host alone: the sites' and, where it is built, the viewer's.
    scripts = tab.locator("script[src]").evaluate_all("all => all.map((one) => one.src)")
    assert scripts[0].startswith(f"{page.rpartition('/')[0]}/assets/sources-")
    assert [one for one in scripts[1:] if not one.startswith(f"{stack_of(journey)}/assets/")] == []
    judged(tab)
    assert case.traits.family not in tab.title()
    tab.get_by_role("link", name="English").click()
    tab.locator("h1", has_text="Imaging exams").wait_for()
    judged(tab)


def test_a_history_is_filtered_and_comes_back(journey: Journey) -> None:
    """From the list to a search and back; the address stays the page's own."""
    tab = journey.sign_in(journey.call(journey.patient_with_a_history()))
    page, groups = tab.url, tab.locator("article.group")
    everything = groups.count()
    assert everything > 5
    assert tab.locator("section.suggest").count() == 1
    judged(tab)
    act = tab.locator("article h3").first.inner_text().split()[0]
    tab.get_by_role("searchbox").fill(act)
    tab.keyboard.press("Enter")
    tab.locator("p.found").wait_for()
    assert 0 < groups.count() < everything
    assert tab.url == page
    tab.get_by_role("link", name="English").click()
    tab.locator("p.found", has_text="Shown").wait_for()
    judged(tab)
    tab.get_by_role("button", name="Reset").click()
    tab.locator("p.found", has_text="Shown").wait_for(state="detached")
    groups.nth(everything - 1).wait_for()
    assert groups.count() == everything


def test_a_report_opens_beside_the_list(journey: Journey) -> None:
    tab = journey.sign_in(journey.call(journey.patient_with_a_history()))
    readers = tab.get_by_role("button", name="Lire")
    assert readers.count() > 3
    with tab.context.expect_page() as opened:
        readers.nth(0).click()
    beside = opened.value
    beside.locator("h1").wait_for()
    beside.wait_for_load_state()
    judged(beside)
    for _ in range(2):
        beside.locator("h1").wait_for()
        assert beside.url == f"{tab.url}/report"
        readers.nth(1).click()
    assert len(tab.context.pages) == 3, "the RIS, the list, and one tab for reports"
    # The list stands as it was.
    assert tab.locator("article.group").count() > 5


def test_the_keyboard_alone_filters_the_list(journey: Journey) -> None:
    tab = journey.sign_in(journey.call(journey.patient_with_a_history()))
    everything = tab.locator("article.group").count()
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.className") == "skip"
    tab.keyboard.press("Enter")
    reached = []
    for _ in range(60):
        tab.keyboard.press("Tab")
        reached.append(tab.evaluate("document.activeElement.getAttribute('name')"))
        if str(reached[-1]).startswith("modality."):
            break
    assert reached[0] == "search", "the first stop after the skip link is the search"
    tab.keyboard.press("Space")
    tab.keyboard.press("Enter")
    tab.locator("p.found").wait_for()
    assert tab.locator("article.group").count() < everything
    tab.get_by_role("button", name="Réinitialiser").focus()
    tab.keyboard.press("Enter")
    tab.locator("p.found").wait_for(state="detached")


def test_the_keyboard_alone_opens_a_report_and_asks_the_sites(journey: Journey) -> None:
    tab = journey.sign_in(journey.call(journey.patient_with_a_history()))
    tab.wait_for_load_state("networkidle")
    reach(tab, "#sources button")
    with tab.expect_response(f"{tab.url}/exams") as asked:
        tab.keyboard.press("Enter")
    assert asked.value.ok
    reach(tab, "form[action$='/report'] button")
    with tab.context.expect_page() as opened:
        tab.keyboard.press("Enter")
    beside = opened.value
    beside.locator("h1").wait_for()
    assert beside.url == f"{tab.url}/report"


def stack_of(journey: Journey) -> str:
    """The origin of the pages."""
    return str(journey.stack.endpoints["vi"])


def test_two_patients_in_two_tabs(journey: Journey, scene: Scene) -> None:
    case = scene.case
    other = replace(case, traits=replace(case.traits, family="AUTRE-PATIENTE"))
    first = journey.sign_in(journey.call(case))
    # The cookie of the session goes with the call: a form of another site leads here (Lax).
    second = journey.call(other)
    assert "AUTRE-PATIENTE" in second.inner_text("section.patient")
    first.reload()
    assert case.traits.family in first.inner_text("section.patient")
    assert "AUTRE-PATIENTE" not in first.content()


def test_after_signing_out_nothing_is_left(journey: Journey, scene: Scene) -> None:
    tab = journey.sign_in(journey.call(scene.case))
    page = tab.url
    [cookie] = [c for c in tab.context.cookies() if c["name"] == "__Host-reader-demo"]
    assert (cookie["secure"], cookie["httpOnly"], cookie["path"]) == (True, True, "/")
    tab.click("header button")
    tab.wait_for_url("**?left=left")
    judged(tab)
    assert not [c for c in tab.context.cookies() if c["name"] == "__Host-reader-demo"]
    tab.go_back()
    assert scene.case.traits.family not in tab.content()
    tab.goto(page)
    assert scene.case.traits.family not in tab.content()
    # Pro Santé Connect's own session has ended: it asks again who comes.
    tab.click("main a.button")
    tab.locator("button[value=nurse]").wait_for()


def test_the_home_page_and_a_refusal(journey: Journey) -> None:
    tab = journey.visit.page
    tab.goto(journey.home)
    journey.sign_in(tab)
    assert "Camille ESSAI" in tab.inner_text("main")
    judged(tab)
    tab.goto(f"{journey.home}/{'f' * 43}")
    assert tab.locator("h1").inner_text() == "Introuvable"
    judged(tab)
    tab.goto(journey.home)
    tab.click("header button")
    tab.wait_for_url("**?left=left")
    journey.sign_in(tab, "no-reference")
    assert "Pro Santé Connect ne donne aucune situation" in tab.inner_text("main")
    judged(tab)
