"""A tab with the viewer, in a Chromium that draws with a software GPU, and the judgement of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from playwright.sync_api import Browser, ConsoleMessage, Page

from tests.browser.chromium import CHROMIUM, DRAWING, playing
from tests.browser.viewer_host import Host

FLAGS: Final = (
    "--headless",
    "--no-sandbox",
    *DRAWING,
    "--disable-background-networking",
    "--lang=fr-FR",
)
VIEWS: Final = "drimboxViewer.session.board.views"
# The viewer asks for its document again, in a second at most.
ASK_AGAIN: Final = """() => {
    const { session } = drimboxViewer;
    session.exams[0].told.state = "coming";
    session.later();
}"""


@contextmanager
def drawing() -> Iterator[Browser]:
    """A browser with a GPU of its own making."""
    with playing() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield browser
        browser.close()


@dataclass
class Tab:
    """A page of ``host`` whose viewer is ready, with everything that it asked for and complained
    about."""

    browser: Browser
    page: Page
    host: Host
    urls: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    @classmethod
    def begin(cls, browser: Browser, host: Host) -> Tab:
        context = browser.new_context(
            locale="fr-FR", viewport={"width": 1280, "height": 720}, accept_downloads=True
        )
        context.set_default_timeout(60_000)
        tab = cls(browser, context.new_page(), host)
        context.on("request", lambda request: tab.urls.append(request.url))
        context.on("console", tab._console)
        context.on("weberror", lambda error: tab.complaints.append(str(error.error.stack)))
        tab.page.goto(f"{host.page_origin}/viewer")
        tab.page.wait_for_selector("#viewer[data-ready=yes]", state="attached")
        # As with most professionals: pictures by the GPU. The whole stack's tests draw by the
        # processor.
        tab.page.evaluate("drimboxViewer.drawing.processor = false")
        return tab

    def _console(self, message: ConsoleMessage) -> None:
        # The browser's own word on a status that the page was meant to have.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.complaints.append(message.text)

    def judge(self) -> None:
        """No breach of the policy, no error, no host but the two."""
        complaints, self.complaints[:] = self.complaints[:], []
        assert self.host.policy_reports == []
        assert complaints == [], complaints
        # The last two are the browser's own viewer of PDFs.
        inner = ("blob:", "data:", "about:", "chrome-extension://", "chrome://")
        ours = (self.host.page_origin, self.host.bucket_origin, *inner)
        assert [url for url in self.urls if not url.startswith(ours)] == []


def until(tab: Page, expression: str) -> None:
    """Wait for the page: its policy forbids Playwright's own way, which evaluates text."""
    for _ in range(600):
        if tab.evaluate(f"Boolean({expression})"):
            return
        tab.wait_for_timeout(50)
    raise AssertionError(f"{expression}: {state(tab)}")


def state(tab: Page) -> Any:
    """The viewer's own facts, for the message of a failure."""
    return tab.evaluate(
        f"""() => ({{
            cause: String(drimboxViewer.session.cause?.stack ?? ""),
            views: {VIEWS}.map((view) => ({{
                place: view.place,
                count: view.series?.count,
                note: view.note.textContent,
                image: view.overlay.element.textContent,
            }})),
            head: document.querySelector(".v-head").textContent,
            measures: [...document.querySelectorAll(".v-board svg tspan")].map(
                (one) => one.textContent,
            ),
        }})"""
    )
