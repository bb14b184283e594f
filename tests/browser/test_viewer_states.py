"""Each state of the reading page, for a person who sees little or has a keyboard alone."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any, Final

import pytest
from playwright.sync_api import Page

from tests.browser.axe import judged
from tests.browser.viewer_host import ExamOfHost, Host
from tests.browser.viewer_tab import until

pytestmark = [pytest.mark.judge, pytest.mark.slow]
SESSION: Final = "drimboxViewer.session"
OTHER: Final = {"name": "AUTRE PERSONNE", "birth_date": "01/01/1950", "sex": "M"}


@pytest.fixture
def waiting(viewer_host: Host) -> Iterator[None]:
    """The document does not come while the test lasts."""
    viewer_host.slow = threading.Event()
    yield
    viewer_host.slow.set()


def opened(tab: Page, host: Host, **more: Any) -> None:
    host.exams = {1: ExamOfHost(1, "20261112", [], **more)}
    tab.evaluate(f"void {SESSION}.open([1])")


def leaves(tab: Page) -> None:
    """Escape leads back to the list."""
    tab.keyboard.press("Escape")
    assert tab.locator("#viewer").is_hidden()


@pytest.mark.usefixtures("waiting")
def test_loading(viewer_tab: Page, viewer_host: Host) -> None:
    opened(viewer_tab, viewer_host)
    until(viewer_tab, "!document.getElementById('viewer').hidden")
    judged(viewer_tab, [1280])
    leaves(viewer_tab)


@pytest.mark.parametrize("state", ["coming", "gone", "refused", "failed"])
def test_an_exam_without_images(state: str, viewer_tab: Page, viewer_host: Host) -> None:
    opened(viewer_tab, viewer_host, state=state, report=(4,))
    until(viewer_tab, f"{SESSION}.board.views[0]?.note.textContent")
    if state != "coming":
        # The report stands in front when there are no images.
        viewer_tab.locator(".v-tabs [aria-selected=true]").wait_for()
    judged(viewer_tab, [1280])
    leaves(viewer_tab)


def test_images_of_another_patient(viewer_tab: Page, viewer_host: Host) -> None:
    opened(viewer_tab, viewer_host, identity="differs", identities=OTHER)
    until(viewer_tab, "document.querySelector('.v-differs')")
    judged(viewer_tab, [1280])
    viewer_tab.keyboard.press("c")
    assert viewer_tab.locator(".v-differs").is_visible(), "no other key has an effect"
    leaves(viewer_tab)


def test_a_session_that_ended(viewer_tab: Page, viewer_host: Host) -> None:
    viewer_host.ended = 401
    opened(viewer_tab, viewer_host)
    until(viewer_tab, "document.querySelector('.v-sentence')")
    judged(viewer_tab, [1280])
    leaves(viewer_tab)
