"""Chromium on the local stack: trusting its two servers' keys and no others, watched all along."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Dialog,
    Page,
    Playwright,
    sync_playwright,
)

from tests.flows.stack import LocalStack

CHROMIUM: Final = "/usr/bin/chromium"
FLAGS: Final = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--lang=fr-FR",
)


def key_of(pem: Path) -> str:
    """The hash of a certificate's public key, as Chromium wants it."""
    certificate = x509.load_pem_x509_certificates(pem.read_bytes())[0]
    key = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(hashlib.sha256(key).digest()).decode()


# In the place of "--disable-gpu": a GPU in software for WebGL alone, as Chromium has it where there
# is no GPU (its docs/gpu/swiftshader.md, "As the WebGL fallback"). By "--use-angle=swiftshader" it
# believes in a GPU, and its compositor draws each frame of the page by that program too.
DRAWING: Final = ("--use-angle=swiftshader-webgl", "--enable-unsafe-swiftshader")


def flags(stack: LocalStack, *, draws: bool = False) -> list[str]:
    """The command line of a browser that refuses a server with another key than the stack's own."""
    keys = ",".join(key_of(stack.layout.pki / f"{name}.pem") for name in ("gateway", "psc"))
    chosen = [*(one for one in FLAGS if one != "--disable-gpu"), *DRAWING] if draws else FLAGS
    return [*chosen, f"--ignore-certificate-errors-spki-list={keys}"]


_PLAYING: Final[list[Playwright]] = []


@contextmanager
def playing() -> Iterator[Playwright]:
    """The one Playwright of this process: a second one cannot run beside it."""
    if _PLAYING:
        yield _PLAYING[0]
        return
    with sync_playwright() as playwright:
        _PLAYING.append(playwright)
        yield playwright
        _PLAYING.clear()


@contextmanager
def launched(stack: LocalStack, *, draws: bool = False) -> Iterator[Browser]:
    """A browser with the stack's :func:`flags`; ``draws``: with a GPU in software."""
    with playing() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=flags(stack, draws=draws),
        )
        yield browser
        browser.close()


@dataclass
class Visit:
    """A page, and the acts of every page of its context: each requested URL, each dialog, each
    error, each word on the console.
    """

    page: Page
    operations: str
    urls: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    @classmethod
    def begin(
        cls, browser: Browser, stack: LocalStack, *, width: int = 1280, scripts: bool = True
    ) -> Visit:
        """A fresh context: no cookie, French; a page runs scripts unless told otherwise."""
        context = browser.new_context(
            locale="fr-FR",
            timezone_id="Europe/Paris",
            java_script_enabled=scripts,
            viewport={"width": width, "height": max(720, width * 10 // 16)},
        )
        context.set_default_timeout(60_000)
        visit = cls(context.new_page(), stack.layout.operations())
        # The context's own listeners hear a tab from its first request on.
        context.on("request", lambda request: visit.urls.append(request.url))
        context.on("console", visit._console)
        context.on("weberror", lambda error: visit.complaints.append(str(error.error)))
        context.on("dialog", visit._dialog)
        return visit

    def _console(self, message: ConsoleMessage) -> None:
        # The browser's own words: on a status that the page was meant to have, on slow drawing.
        own = ("Failed to load resource: the server responded", "[.WebGL-", "Canvas2D: ")
        if not message.text.startswith(own):
            self.complaints.append(message.text)

    def _dialog(self, dialog: Dialog) -> None:
        self.complaints.append(f"dialog {dialog.message}")
        dialog.dismiss()

    def sign_in(self, operator: str = "operator-1") -> Page:
        """Through the provider's page, to the queue (or to why not)."""
        self.page.goto(self.operations)
        self.page.click("main a.button")
        self.page.click(f"button[value={operator}]")
        self.page.wait_for_url(f"{self.operations}**")
        return self.page

    def open(self, message_id: str) -> Page:
        """A publication's page."""
        self.page.goto(f"{self.operations}/publications/{message_id}")
        return self.page
