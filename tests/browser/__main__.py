"""``python -m tests.browser``: the pictures of the pages, into ``docs/pictures``.

The patients are the national test identities. Made by hand when a page changes; the tests judge the
pages themselves, not the pictures.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Final

from playwright.sync_api import Page

from infra.demo.aws import invoke
from infra.demo.layout import ROOT
from tests.browser.chromium import Visit, launched
from tests.browser.reading import Journey
from tests.browser.scene import play
from tests.flows.stack import running

PICTURES: Final = ROOT / "docs" / "pictures"
WIDTHS: Final = (1280, 1920)
_WHITE_LIST: Final = "drimbox-refresh-white-list"


def main() -> int:
    """Play the scene and take the pictures."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        running(Path(folder) / "home") as stack,
        launched(stack) as browser,
    ):
        scene = play(stack, held=3)
        for width in WIDTHS:
            visit = Visit.begin(browser, stack, width=width)
            _take(visit.sign_in(), f"operations-queue-{width}")
            _take(visit.open(scene.held[0]), f"operations-held-{width}")
            _take(visit.open(scene.published), f"operations-published-{width}")
            visit.page.goto(f"{visit.operations}/activity")
            _take(visit.page, f"operations-activity-{width}")
            visit.page.context.close()
        invoke(stack.layout.home, stack.endpoints["aws"], _WHITE_LIST, {"at_once": True})
        for width in (390, *WIDTHS):
            take_reading(Journey(Visit.begin(browser, stack, width=width), stack), width)
        # Professionals have asked the services by now.
        for width in WIDTHS:
            visit = Visit.begin(browser, stack, width=width)
            visit.sign_in()
            visit.page.goto(f"{visit.operations}/services")
            _take(visit.page, f"operations-services-{width}")
            visit.page.context.close()
    return 0


def take_reading(journey: Journey, width: int) -> None:
    """The professional's pages."""
    tab = journey.call(journey.patient_with_a_history())
    _take(tab, f"reading-sign-in-{width}")
    _take(journey.sign_in(tab), f"reading-exams-{width}")
    with tab.context.expect_page() as opened:
        tab.get_by_role("button", name="Lire").first.click()
    opened.value.locator("h1").wait_for()
    _take(opened.value, f"reading-report-{width}")
    tab.goto(journey.home)
    _take(tab, f"reading-home-{width}")
    tab.context.close()


def _take(page: Page, name: str) -> None:
    page.screenshot(path=PICTURES / f"{name}.png", full_page=True)
    print(name)


if __name__ == "__main__":
    sys.exit(main())
