"""``python -m tests.browser``: the pictures of the operator's pages, into ``docs/pictures``.

The patients are the national test identities. Made by hand when a page changes; the tests judge the
pages themselves, not the pictures.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Final

from playwright.sync_api import Page

from infra.demo.layout import ROOT
from tests.browser.chromium import Visit, launched
from tests.browser.scene import play
from tests.flows.stack import running

PICTURES: Final = ROOT / "docs" / "pictures"
WIDTHS: Final = (1280, 1920)


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
    return 0


def _take(page: Page, name: str) -> None:
    page.screenshot(path=PICTURES / f"{name}.png")
    print(name)


if __name__ == "__main__":
    sys.exit(main())
