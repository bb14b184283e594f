"""Browsers in which the viewer cannot run: plain words at once, and the reports stay readable."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pytest
from playwright.sync_api import Page, Route

from tests.browser.viewer_host import ExamOfHost, Host
from tests.browser.viewer_tab import Tab, until

pytestmark = [pytest.mark.judge, pytest.mark.slow]
MISSING: Final = {
    "WebGL": "HTMLCanvasElement.prototype.getContext = () => null;",
    "WebAssembly": "delete globalThis.WebAssembly;",
    "Worker": """globalThis.Worker = class extends EventTarget {
        postMessage() { setTimeout(() => this.onerror?.(new Event('error')), 0); }
    };""",
}


@pytest.fixture
def page(_viewer: Tab, viewer_host: Host) -> Iterator[Page]:
    """A new page of the browser, on which nothing is open yet."""
    viewer_host.exams = {1: ExamOfHost(1, "20261112", [])}
    context = _viewer.browser.new_context(locale="fr-FR")
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("name", MISSING)
def test_a_browser_without_it_says_so(name: str, page: Page, viewer_host: Host) -> None:
    viewer_host.opened = (1,)
    # Of this page: a form of the warm tab, which stands beside it, may still be on its way.
    posted: list[str] = []
    page.on("request", lambda one: posted.append(one.url) if one.method == "POST" else None)
    page.add_init_script(MISSING[name])
    page.goto(f"{viewer_host.page_origin}/viewer")
    until(page, "document.querySelector('.v-sentence')")
    told = page.locator(".v-sentence").inner_text()
    assert name in told
    assert "comptes rendus restent lisibles" in told
    assert posted == []
    assert not page.locator("#viewer-absent").count()


def test_a_program_that_does_not_come_leaves_its_words(page: Page, viewer_host: Host) -> None:
    def refuse(route: Route) -> None:
        route.abort()

    page.route("**/assets/*.js", refuse)
    page.goto(f"{viewer_host.page_origin}/viewer")
    words = page.locator("#viewer-absent")
    assert not words.is_visible()
    # Ten seconds go by.
    page.evaluate("document.getAnimations().forEach((one) => one.finish())")
    assert words.is_visible()
    assert "comptes rendus restent lisibles" in words.inner_text()
