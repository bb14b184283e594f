"""``python -m tests.browser.viewer_pictures``: the viewer's pictures, into ``docs/pictures``."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Final

from playwright.sync_api import Page

from tests.browser import viewer_samples as samples
from tests.browser.__main__ import take
from tests.browser.viewer_host import ExamOfHost, Host, SeriesOfHost, serving
from tests.browser.viewer_tab import VIEWS, Tab, drawing, until
from tests.drimbox.images.samples import part10

CURRENT: Final = "1.2.250.9.1.1"
PRIOR: Final = "1.2.250.9.2.1"
SIZES: Final = ((1280, 800), (1920, 1080))


def _exams(folder: Path) -> dict[int, ExamOfHost]:
    current, prior = SeriesOfHost(CURRENT, keys=((f"{CURRENT}.16", None),)), SeriesOfHost(PRIOR)
    film, chest = SeriesOfHost("1.2.250.9.1.2"), SeriesOfHost("1.2.250.9.1.3")
    objects = (
        (current, samples.ct(CURRENT, 32, 384, 14, 8.0)),
        (prior, samples.ct(PRIOR, 26, 384, 8, 10.0)),
        (film, [samples.film(film.uid)]),
        (chest, [samples.radiograph(chest.uid)]),
    )
    for series, made in objects:
        for one in made:
            series.add(part10(one), folder)
    return {
        1: ExamOfHost(1, "20261112", [current, film, chest], site="Clinique Ambroise", report=(4,)),
        2: ExamOfHost(2, "20250304", [prior], site="CHU de Poitiers", report=(5,)),
    }


def _take(page: Page, name: str) -> None:
    page.wait_for_timeout(1500)
    take(page, name, whole=False)


def main() -> int:
    """Take the pictures at both sizes."""
    with tempfile.TemporaryDirectory() as folder, serving(Host()) as host, drawing() as browser:
        exams = _exams(Path(folder))
        for width, height in SIZES:
            host.reset()
            host.exams = exams
            tab = Tab.begin(browser, host)
            page = tab.page
            page.set_viewport_size({"width": width, "height": height})
            page.evaluate("drimboxViewer.session.open([1, 2])")
            until(page, f"{VIEWS}.length === 2 && {VIEWS}.every(one => one.viewport.csImage)")
            until(page, "drimboxViewer.session.source.running === 0")
            page.keyboard.press("2")
            _take(page, f"viewer-compare-{width}")
            page.locator("button[data-tool=report]").click()
            _take(page, f"viewer-report-{width}")
            page.locator("button[data-tool=report]").click()
            page.locator("button[data-tool=planes]").click()
            until(page, "document.querySelectorAll('.v-planes canvas').length === 3")
            _take(page, f"viewer-planes-{width}")
            tab.judge()
            page.context.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
