"""``python -m tests.browser``: the pictures of the pages, into ``docs/pictures``.

The patients are the national test identities. Made by hand when a page changes; the tests judge the
pages themselves, not the pictures.
"""

from __future__ import annotations

import io
import sys
import tempfile
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

from PIL import Image
from playwright.sync_api import Page

from infra.demo.aws import invoke
from infra.demo.layout import ROOT
from simulators.ris.page import call
from tests.browser.chromium import Visit, launched
from tests.browser.opening import (
    Openable,
    compare,
    drawn,
    listed,
    openable,
    publish,
    row,
    until,
)
from tests.browser.outside import away, exported, give, look_until, manifest
from tests.browser.reading import Journey
from tests.browser.scene import Scene, play
from tests.flows.stack import running

PICTURES: Final = ROOT / "docs" / "pictures"
WIDTHS: Final = (390, 1280, 1920)
# Flat pages: more colours add bytes and nothing that an eye sees.
COLOURS: Final = 256
_WHITE_LIST: Final = "drimbox-refresh-white-list"


def main() -> int:
    """Play the scene and take the pictures."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        running(Path(folder) / "home") as stack,
        launched(stack, draws=True) as browser,
    ):
        scene = play(stack, held=3)
        for width in WIDTHS:
            visit = Visit.begin(browser, stack, width=width)
            take(visit.sign_in(), f"operations-queue-{width}")
            take(visit.open(scene.held[0]), f"operations-held-{width}")
            take(visit.open(scene.published), f"operations-published-{width}")
            visit.page.goto(f"{visit.operations}/activity")
            take(visit.page, f"operations-activity-{width}")
            take_checks(visit, scene, width)
            visit.page.context.close()
        invoke(stack.layout.home, stack.endpoints["aws"], _WHITE_LIST, {"at_once": True})
        for width in WIDTHS:
            take_reading(Journey(Visit.begin(browser, stack, width=width), stack), width)
        exams = publish(stack)
        for width in WIDTHS:
            take_images(Journey(Visit.begin(browser, stack, width=width), stack), exams, width)
        archive, kos = exported(stack, exams.own.study), manifest(stack, exams.elsewhere.study)
        for width in WIDTHS:
            take_import(Journey(Visit.begin(browser, stack, width=width), stack), exams, width)
        for width in WIDTHS:
            journey = Journey(Visit.begin(browser, stack, width=width), stack)
            take_files(journey, exams, (archive, kos), width)
        # Professionals have asked the services by now.
        for width in WIDTHS:
            visit = Visit.begin(browser, stack, width=width)
            visit.sign_in()
            visit.page.goto(f"{visit.operations}/services")
            take(visit.page, f"operations-services-{width}")
            visit.page.context.close()
    return 0


def take_checks(visit: Visit, scene: Scene, width: int) -> None:
    """The forms of the feed check, and the check of a contextual call with faults."""
    visit.page.goto(f"{visit.operations}/check")
    take(visit.page, f"check-forms-{width}")
    faulty = {"Patient.gender": "X", "Patient.birthDate": "31/02/1979"}
    visit.page.fill("#call", urlencode({**call(scene.case), **faulty}))
    visit.page.click("form[action$='/check/context'] button.main")
    visit.page.locator(".verdict").wait_for()
    take(visit.page, f"check-call-{width}")


def take_reading(journey: Journey, width: int) -> None:
    """The professional's pages."""
    tab = journey.call(journey.patient_with_a_history())
    take(tab, f"reading-sign-in-{width}")
    journey.sign_in(tab)
    # The states of the sites are there once none is being asked.
    told = tab.locator("#source-notices p").filter(has_not_text="pas encore")
    told.first.wait_for()
    take(tab, f"reading-exams-{width}")
    with tab.context.expect_page() as opened:
        tab.get_by_role("button", name="Lire").first.click()
    opened.value.locator("h1").wait_for()
    take(opened.value, f"reading-report-{width}")
    tab.goto(journey.home)
    take(tab, f"reading-home-{width}")
    tab.context.close()


def take_images(journey: Journey, exams: Openable, width: int) -> None:
    """From the list to two exams side by side: phantoms, one of each site."""
    tab = listed(journey, exams)
    for exam in (exams.own, exams.elsewhere):
        openable(tab, exam)
        row(tab, exam).locator(".pick").check()
    take(tab, f"reading-chosen-{width}", whole=False)
    compare(tab, exams.own, exams.elsewhere)
    for view in (0, 1):
        drawn(tab, view)
    until(tab, "drimboxViewer.session.source.running === 0")
    take(tab, f"reading-compared-{width}", whole=False)
    tab.context.close()


def take_import(journey: Journey, exams: Openable, width: int) -> None:
    """From the head of the viewer into the own PACS."""
    tab = listed(journey, exams)
    openable(tab, exams.elsewhere).click()
    drawn(tab)
    until(tab, "drimboxViewer.session.exams[0].told.state === 'whole'")
    take(tab, f"reading-opened-{width}", whole=False)
    tab.get_by_role("button", name="Importer dans le PACS").click()
    tab.wait_for_url("**/import")
    if "Terminé :" not in tab.inner_text("main"):
        take(tab, f"import-preview-{width}")
        tab.get_by_role("button", name="Importer").first.click()
        look_until(tab, "Terminé :")
    take(tab, f"import-done-{width}")
    tab.context.close()


def take_files(journey: Journey, exams: Openable, files: tuple[bytes, bytes], width: int) -> None:
    """The DMP is away: the page that offers it, an archive, a manifest, images, a bad file."""
    archive, kos = files
    tab = listed(journey, exams)
    page = tab.url
    with away(journey.stack):
        tab.goto(page)
        tab.locator("details.outside-form summary").click()
        take(tab, f"outside-offered-{width}")
        give(tab, "archive.zip", b"no archive")
        tab.locator("h1").wait_for()
        take(tab, f"outside-refused-{width}")
        tab.goto(page)
        give(tab, "archive.zip", archive)
        tab.wait_for_url("**/file")
        take(tab, f"outside-archive-{width}")
        tab.goto(page)
        give(tab, "kos.dcm", kos)
        tab.wait_for_url("**/file")
        openable(tab, exams.elsewhere).click()
        drawn(tab)
        take(tab, f"outside-opened-{width}", whole=False)
    tab.context.close()


def take(page: Page, name: str, *, whole: bool = True) -> None:
    """A picture of the ``whole`` page, or of the window, in few colours."""
    taken = Image.open(io.BytesIO(page.screenshot(full_page=whole))).convert("RGB")
    # The method that keeps rare colours: a state is a small dot.
    few = taken.quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    few.save(PICTURES / f"{name}.png", optimize=True)
    print(name)


if __name__ == "__main__":
    sys.exit(main())
