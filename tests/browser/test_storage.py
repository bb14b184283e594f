"""After the sign-out nothing of the patient is left in the whole profile of the browser."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request

from infra.web import is_built
from simulators.history.history import History, history, patient
from simulators.history.load import load
from simulators.pacs.exams.objects import exam_objects
from tests.browser.chromium import CHROMIUM, Visit, flags
from tests.browser.opening import Openable, back, drawn, listed, openable, until
from tests.browser.reading import Journey
from tests.flows.canaries import found_in
from tests.flows.stack import LocalStack

PLANTED: Final = "PLANTÉE-DANS-LE-PROFIL"
# Everything that a page of this origin may keep: local and session storage, databases, caches.
# The viewer's libraries keep two facts of the device: how it draws, and how much they log.
KEPT: Final = """async () => ({
    local: Object.entries(localStorage).filter(([name]) =>
        !["cornerstone3D.renderingCapabilities", "loglevel"].includes(name)),
    session: Object.entries(sessionStorage),
    databases: (await indexedDB.databases()).map(one => one.name),
    caches: await caches.keys(),
    workers: (await navigator.serviceWorker.getRegistrations()).length,
    cookies: document.cookie,
})"""
NOTHING: Final = {
    "local": [],
    "session": [],
    "databases": [],
    "caches": [],
    "workers": 0,
    "cookies": "",
}


@pytest.fixture
def made(stack: LocalStack) -> History:
    """A patient whose identity nothing else has, with the history of eleven exams."""
    whose = patient("profile")
    traits = replace(
        whose.traits,
        family="CANARI-DU-PROFIL",
        given="MÉLUSINE-XYLA",
        givens="MÉLUSINE-XYLA QUENTINE",
        used_family="OISEAU-SEREIN-X",
        used_given="ZÉPHYRINE-ODA",
    )
    found = history("demo", "profile", of=replace(whose, traits=traits, ipp="IPPCANARIPROFIL"))
    load(found, stack.endpoints["dmp"], stack.layout.pki / "ca.pem")
    return found


def secrets(made: History) -> dict[str, str]:
    """Value to its name."""
    whose = made.patient
    found = {
        whose.ins: "INS",
        whose.ipp: "IPP",
        whose.traits.family: "family name",
        whose.traits.given: "given name",
        whose.traits.givens: "given names",
        whose.traits.used_family: "used name",
        whose.traits.used_given: "used given name",
    }
    for exam in made.plan.exams:
        found[exam.study] = f"study {exam.number}"
        found[exam.accession] = f"accession {exam.number}"
        found[exam.order] = f"order {exam.number}"
    return found


def opened(browser: Browser, stack: LocalStack, profile: Path) -> BrowserContext:
    """A browser that keeps its profile on the disk, as a professional's does."""
    return browser.browser_type.launch_persistent_context(
        profile, executable_path=CHROMIUM, args=flags(stack, draws=True), locale="fr-FR"
    )


def on_disk(profile: Path) -> Iterator[tuple[str, bytes]]:
    for path in profile.rglob("*"):
        if path.is_file() and not path.is_symlink():
            yield str(path.relative_to(profile)), path.read_bytes()


def hits(profile: Path, values: dict[str, str]) -> dict[str, list[str]]:
    """File to the names of the values that it holds."""
    found = {name: found_in(values, data) for name, data in on_disk(profile)}
    return {name: sorted(values[v] for v in some) for name, some in found.items() if some}


def test_the_search_finds_what_a_page_keeps(
    browser: Browser, stack: LocalStack, tmp_path: Path
) -> None:
    context = opened(browser, stack, tmp_path)
    page = context.pages[0]
    page.goto(stack.layout.reading())
    assert page.evaluate(KEPT) == NOTHING
    page.evaluate(
        """async value => {
            localStorage.setItem('kept', value);
            document.cookie = `kept=${encodeURIComponent(value)}; max-age=9999`;
            const cache = await caches.open('kept');
            await cache.put('/kept', new Response(value));
        }""",
        PLANTED,
    )
    page.goto(f"{stack.layout.reading()}?q={quote(PLANTED)}")
    kept: dict[str, Any] = page.evaluate(KEPT)
    assert (kept["local"], kept["caches"]) == ([["kept", PLANTED]], ["kept"])
    context.close()
    places = hits(tmp_path, {PLANTED: "planted"})
    for place in ("History", "Local Storage", "CacheStorage"):
        assert [name for name in places if place in name], place


def test_nothing_of_the_patient_is_left_in_the_browser(
    browser: Browser, stack: LocalStack, made: History, tmp_path: Path
) -> None:
    context = opened(browser, stack, tmp_path)
    requests: list[Request] = []

    def heard(request: Request) -> None:
        requests.append(request)

    context.on("request", heard)
    context.set_default_timeout(60_000)
    visit = Visit(context.pages[0], stack.layout.operations())
    journey = Journey(visit, stack)
    tab = journey.sign_in(journey.call(made.patient.case()))
    assert made.patient.traits.family in tab.inner_text("main, section.patient >> nth=0")
    page_id = tab.url.rpartition("/")[2]
    _read_reports(context, tab)
    tab.get_by_role("link", name="English").click()
    tab.locator("h1", has_text="Imaging exams").wait_for()
    assert tab.evaluate(KEPT) == NOTHING
    _sign_out(tab)
    assert tab.evaluate(KEPT) == NOTHING
    # Our cookies that outlive the sign-out say the language, and no more.
    left = [one for one in context.cookies() if one["name"].startswith("__Host-")]
    assert [one["value"] for one in left] == ["en"]
    for one in requests:
        referer = one.headers.get("referer", "")
        assert not found_in(secrets(made), f"{one.url} {referer}".encode())
        # No other host is told the address of the page.
        assert one.url.startswith(stack.endpoints["vi"]) or page_id not in referer
    context.close()
    assert hits(tmp_path, secrets(made)) == {}
    # Nor is the page in the disk cache, where its bytes would be compressed.
    cached = [name for name, data in on_disk(tmp_path) if page_id.encode() in data]
    assert not [name for name in cached if "Cache" in name]


@pytest.mark.skipif(not is_built(), reason="the viewer is not built: make web")
def test_nothing_of_images_that_were_read_is_left_in_the_browser(
    browser: Browser, stack: LocalStack, exams: Openable, tmp_path: Path
) -> None:
    context = opened(browser, stack, tmp_path)
    context.set_default_timeout(60_000)
    journey = Journey(Visit(context.pages[0], ""), stack)
    tab = listed(journey, exams)
    openable(tab, exams.own).click()
    drawn(tab)
    until(tab, "drimboxViewer.session.source.running === 0")
    back(tab)
    assert tab.evaluate(KEPT) == NOTHING
    _sign_out(tab)
    assert tab.evaluate(KEPT) == NOTHING
    context.close()
    [image, *_] = exam_objects(exams.own, exams.made.patient)
    lines = image.PixelData[len(image.PixelData) // 2 :][: 2 * image.Columns]
    searched = {**secrets(exams.made), "X-Amz-Signature": "a signed address"}
    assert hits(tmp_path, searched) == {}
    assert len(set(lines)) > 8, "a line that nothing else has"
    assert not [name for name, data in on_disk(tmp_path) if lines in data]


def _read_reports(context: BrowserContext, tab: Page) -> None:
    """Two reports in the tab beside: one of text, one that is a PDF."""
    buttons = tab.locator("form[target^=report-] button")
    with context.expect_page() as opening:
        buttons.nth(0).click()
    beside = opening.value
    beside.wait_for_load_state()
    assert "CANARI-DU-PROFIL" in beside.inner_text("body")
    with beside.expect_navigation():
        buttons.nth(1).click()
    assert "CANARI-DU-PROFIL" in beside.inner_text("body")
    assert beside.evaluate(KEPT) == NOTHING
    beside.close()


def _sign_out(tab: Page) -> None:
    tab.click("header button")
    tab.wait_for_url("**?left=left")
