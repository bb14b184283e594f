"""Documents of an exam in the viewer: reports as texts, PDFs from verified bytes."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Page
from pydicom import Dataset

from tests.browser import viewer_documents as made
from tests.browser import viewer_samples as samples
from tests.browser.axe import judged
from tests.browser.viewer_host import ExamOfHost, Host, SeriesOfHost
from tests.browser.viewer_tab import ASK_AGAIN, VIEWS, until
from tests.drimbox.images.samples import part10

pytestmark = [pytest.mark.judge, pytest.mark.slow]
REPORT: Final = "1.2.250.9.6.1"
PDF: Final = "1.2.250.9.6.2"
UNVERIFIED: Final = "Identité non vérifiée"
IMAGES: Final = "1.2.250.9.6.3"


def values() -> list[Dataset]:
    """A small number, a time and two moments."""
    small = made.item(
        NumericValue="4e-7", MeasurementUnitsCodeSequence=made.named("litre", "L", "UCUM")
    )
    given: tuple[dict[str, Any], ...] = (
        {"ValueType": "NUM", "MeasuredValueSequence": [small]},
        {"ValueType": "TIME", "Time": "14"},
        {"ValueType": "TIME", "Time": "143005.250"},
        {"ValueType": "DATETIME", "DateTime": "20261112143000.000+0100"},
        {"ValueType": "DATETIME", "DateTime": "202611"},
    )
    return [made.item(RelationshipType="CONTAINS", **one) for one in given]


def exam(folder: Path) -> tuple[ExamOfHost, bytes]:
    """A picture, a structured report that is understood, one that is not, and two PDFs."""
    texts, document, pictures = SeriesOfHost(REPORT), SeriesOfHost(PDF), SeriesOfHost(IMAGES)
    strange = made.report(REPORT, made.item(RelationshipType="CONTAINS", ValueType="TABLE"))
    strange.SOPInstanceUID, strange.InstanceNumber = f"{REPORT}.2", 2
    for one in (made.report(REPORT, *values()), strange):
        texts.add(part10(one), folder)
    root, content = made.encapsulated(PDF)
    document.add(part10(root), folder)
    root.SOPInstanceUID, root.InstanceNumber = f"{PDF}.2", 2
    document.add(part10(root), folder)
    pictures.add(part10(samples.radiograph(IMAGES)), folder)
    return ExamOfHost(1, "20261112", [pictures, texts, document]), content


def test_documents_stand_beside_the_images(
    viewer_host: Host, viewer_tab: Page, tmp_path: Path
) -> None:
    told, content = exam(tmp_path)
    told.identity = "unknown"
    viewer_host.exams = {1: told}
    tab = viewer_tab
    tab.evaluate("drimboxViewer.session.open([1])")
    until(tab, f"{VIEWS}[0]?.viewport.csImage")
    assert tab.locator(".v-state").inner_text() == "Images : 1"
    tab.locator(".v-thumb").nth(1).click()
    article = tab.locator(".v-content")
    assert article.locator("h2").inner_text() == "Mesures"
    words = article.inner_text()
    assert "12,5 mm" in words
    assert "Document non vérifié" in words
    # Values stay those of the report: no small number is 0, no time loses a part.
    shown = article.locator("> ul > li > .v-value").all_inner_texts()
    assert shown[1:] == [
        "0,0000004 L",
        "14",
        "14:30:05.250",
        "12/11/2026 14:30:00 UTC+01:00",
        "202611",
    ]
    assert tab.locator(".v-frames .v-unverified:visible").all_inner_texts() == [UNVERIFIED]
    # A text is a text, whatever stands in it.
    assert "<script>alert(2)</script>" in words
    assert article.locator("img, script").count() == 0
    judged(tab, [1280])
    tab.get_by_role("tab").nth(0).click()
    assert "contenu non compris" in tab.locator(".v-frames .v-told:visible").inner_text()
    # The PDF: the very bytes, in a frame of the browser's own viewer.
    tab.evaluate(
        """() => {
            window.shownFiles = [];
            window.forgotten = 0;
            const make = URL.createObjectURL;
            const forget = URL.revokeObjectURL;
            URL.createObjectURL = (blob) => (shownFiles.push(blob), make(blob));
            URL.revokeObjectURL = (address) => ((forgotten += 1), forget(address));
        }"""
    )
    tab.locator(".v-thumb").nth(2).click()
    until(tab, "document.querySelector('.v-pdf iframe')")
    assert "vérifiez-la" in tab.locator(".v-pdf .v-told").inner_text()
    # The other PDF has its tab, and is read when somebody looks at it.
    until(tab, "drimboxViewer.session.source.running === 0")
    assert tab.get_by_role("tab").count() == 4
    assert sum(name == f"1/{PDF}-1" for name, _ in viewer_host.ranges) == 1
    assert tab.locator(".v-frames .v-unverified:visible").count() == 1
    found = tab.evaluate(
        """async () => [...new Uint8Array(await crypto.subtle.digest(
            "SHA-256", await shownFiles[0].arrayBuffer()))]"""
    )
    assert bytes(found) == hashlib.sha256(content).digest()
    tab.get_by_role("button", name="Élargir").click()
    wide = "document.querySelector('.v-reports').offsetWidth"
    assert tab.evaluate(wide) > 700
    tab.get_by_role("button", name="Élargir").click()
    # A newer document of the exam: known identity, one PDF less, one report refused.
    told.identity = "agrees"
    del told.series[2].placed[0]
    told.series[1].placed[0].display["document"] = {"why": "content"}
    tab.evaluate(ASK_AGAIN)
    until(tab, "document.querySelectorAll('[role=tab]').length === 2")
    assert tab.locator(".v-content, .v-pdf").count() == 0
    assert tab.evaluate("forgotten") == 1
    tab.get_by_role("tab").nth(1).click()
    until(tab, "document.querySelector('.v-pdf iframe')")
    assert tab.locator(".v-frames .v-unverified:visible").count() == 0
    tab.evaluate("drimboxViewer.session.leave()")
    assert tab.evaluate("forgotten") == 2
    assert tab.locator(".v-content, .v-pdf").count() == 0


def test_a_pdf_that_changed_is_not_shown(
    viewer_host: Host, viewer_tab: Page, tmp_path: Path
) -> None:
    told, _ = exam(tmp_path)
    document = told.series[2]
    document.data = document.data.replace(b"PDL", b"XXX").replace(b"%PDF-1", b"%PDF-0")
    viewer_host.exams, viewer_host.expired = {1: told}, 0
    viewer_tab.evaluate("drimboxViewer.session.open([1])")
    until(viewer_tab, f"{VIEWS}[0]?.viewport.csImage")
    until(viewer_tab, "drimboxViewer.session.source.running === 0")
    # Its address has expired too: it is renewed, then the bytes are judged.
    viewer_host.expired = 1
    viewer_tab.locator(".v-thumb").nth(2).click()
    until(viewer_tab, "document.querySelector('.v-pdf [role=alert]')")
    assert viewer_tab.locator(".v-pdf iframe").count() == 0
