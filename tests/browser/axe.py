"""The judgement of a page in Chromium: axe-core, and no sideways scrolling."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

AXE: Final = Axe()
# CSS pixels: both windows, the smaller one at 200 % zoom, and a telephone.
WIDTHS: Final = (1280, 1920, 640, 390)


def judged(page: Page, widths: Sequence[int] = WIDTHS) -> None:
    """No serious or critical issue (axe-core), no sideways scrolling, one language."""
    # The one frame of ours is a report's PDF in the browser's own viewer, which axe cannot ask.
    found = AXE.run(page, options={"iframes": False}).response["violations"]
    serious = [
        (one["id"], [node["html"] for node in one["nodes"]])
        for one in found
        if one["impact"] in {"serious", "critical"}
    ]
    assert serious == [], f"{page.url}: {serious}"
    height = page.viewport_size["height"] if page.viewport_size else 800
    for width in widths:
        page.set_viewport_size({"width": width, "height": height})
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{page.url} is {wide} px wide in a window of {width}"
    page.set_viewport_size({"width": WIDTHS[0], "height": height})
