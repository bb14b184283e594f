"""How grey levels and millimetres are meant: tables, magnifications, objects that change."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
from playwright.sync_api import Page
from pydicom import Dataset

from tests.browser import viewer_samples as samples
from tests.browser.viewer_documents import TALL, WIDE, corners, item
from tests.browser.viewer_greys import greys, near
from tests.browser.viewer_host import ExamOfHost, Host, SeriesOfHost
from tests.browser.viewer_tab import VIEWS, until
from tests.drimbox.images.samples import part10

pytestmark = [pytest.mark.judge, pytest.mark.slow]
SERIES: Final = "1.2.250.9.4.1"
PRIOR: Final = "1.2.250.9.4.2"


def opened(host: Host, tab: Page, folder: Path, *objects: Dataset, **more: Any) -> SeriesOfHost:
    series = SeriesOfHost(SERIES, **more)
    for one in objects:
        series.add(part10(one), folder)
    host.exams = {1: ExamOfHost(1, "20261112", [series])}
    tab.evaluate("drimboxViewer.session.open([1])")
    until(tab, f"{VIEWS}[0]?.viewport.csImage && !{VIEWS}[0].waiting")
    return series


def table(entries: list[int], bits: int) -> Dataset:
    made = item(LUTDescriptor=[len(entries), 0, bits])
    made.add_new(0x00283006, "US", entries)
    return made


def test_tables_are_applied_by_their_entries(
    viewer_host: Host, viewer_tab: Page, tmp_path: Path
) -> None:
    image = corners(SERIES)
    # The modality's table doubles; the contrast's is a curve that no window makes.
    image.ModalityLUTSequence = [table([2 * one for one in range(256)], 16)]
    curve = [min(4095, one * one // 50) for one in range(512)]
    image.VOILUTSequence = [table(curve, 12)]
    opened(viewer_host, viewer_tab, tmp_path, image)
    # The values stay the modality's; the contrast is the picture's alone.
    found = viewer_tab.evaluate(f"Array.from({VIEWS}[0].viewport.csImage.getPixelData())")
    stored = np.frombuffer(bytes(image.PixelData), np.uint8).reshape(TALL, WIDE)
    assert found == [2 * int(one) for one in stored.ravel()]
    wanted = [[curve[2 * int(one)] / 4095 * 255 for one in row] for row in stored]
    assert near(greys(viewer_tab), wanted)
    window = viewer_tab.evaluate(f"{VIEWS}[0].viewport.getProperties().voiRange")
    assert (window["lower"], window["upper"]) == (0, 4095)
    told = viewer_tab.locator(".v-board .v-technique").inner_text()
    assert "Contraste par une table" in told


def test_a_table_takes_halves_and_no_curve_on_top(
    viewer_host: Host, viewer_tab: Page, tmp_path: Path
) -> None:
    image = corners(SERIES)
    # 45 stands between two entries once it is halved.
    image.PixelData = bytes(45 if one == 90 else one for one in image.PixelData)
    image.RescaleSlope, image.RescaleIntercept, image.RescaleType = "0.5", "0", "US"
    image.VOILUTSequence = [table(list(range(0, 256, 2)), 8)]
    image.VOILUTFunction = "SIGMOID"
    opened(viewer_host, viewer_tab, tmp_path, image)
    stored = np.frombuffer(bytes(image.PixelData), np.uint8).reshape(TALL, WIDE)
    wanted = [[2 * int(np.floor(one / 2 + 0.5)) for one in row] for row in stored]
    assert near(greys(viewer_tab), wanted, 1)
    assert viewer_tab.evaluate(f"{VIEWS}[0].viewport.csImage.voiLUTFunction") == "LINEAR"
    assert viewer_tab.evaluate(f"{VIEWS}[0].viewport.getProperties().VOILUTFunction") == "LINEAR"


def test_a_projection_is_corrected_for_its_magnification(
    viewer_host: Host, viewer_tab: Page, tmp_path: Path
) -> None:
    image, other = samples.radiograph(SERIES), samples.radiograph(SERIES)
    for one in (image, other):
        one.EstimatedRadiographicMagnificationFactor = 1.25
    # Nobody knows whether this spacing is corrected already: it is never corrected again.
    other.SOPInstanceUID, other.InstanceNumber, other.PixelSpacing = f"{SERIES}.2", 2, [0.2, 0.2]
    del other.ImagerPixelSpacing
    opened(viewer_host, viewer_tab, tmp_path, image, other)
    told = viewer_tab.locator(".v-board .v-technique").inner_text()
    assert "Mesures corrigées du grandissement 1,25" in told
    spacing = viewer_tab.evaluate(f"{VIEWS}[0].viewport.getImageData().spacing[0]")
    assert spacing == pytest.approx(0.2 / 1.25)
    viewer_tab.evaluate(f"{VIEWS}[0].scrollTo(1)")
    until(viewer_tab, f"{VIEWS}[0].place === 1 && !{VIEWS}[0].waiting")
    told = viewer_tab.locator(".v-board .v-technique").inner_text()
    assert "Mesures au détecteur" in told
    assert "grandissement" not in told
    spacing = viewer_tab.evaluate(f"{VIEWS}[0].viewport.getImageData().spacing[0]")
    assert spacing == pytest.approx(0.2)


def test_an_object_that_changed_is_mixed_with_no_other(
    viewer_host: Host, viewer_tab: Page, tmp_path: Path
) -> None:
    series = opened(viewer_host, viewer_tab, tmp_path, corners(SERIES, 1), corners(SERIES, 2))
    until(viewer_tab, "drimboxViewer.session.source.running === 0")
    ask = f"""() => {{
        const {{ source }} = drimboxViewer.session;
        const {{ series }} = {VIEWS}[0];
        return source.ask(series, series.files[0], 0, 10).then(() => "same", (error) => error.code);
    }}"""
    assert viewer_tab.evaluate(ask) == "same"
    series.data += b"\\0"
    assert viewer_tab.evaluate(ask) == "changed"


def test_planes_say_whose_and_how_much_they_are(
    viewer_host: Host, viewer_tab: Page, tmp_path: Path
) -> None:
    current, prior = SeriesOfHost(SERIES), SeriesOfHost(PRIOR, awaited=9)
    for series in (current, prior):
        for one in samples.ct(series.uid, 6, 64):
            series.add(part10(one), tmp_path)
    viewer_host.exams = {
        1: ExamOfHost(1, "20261112", [current]),
        2: ExamOfHost(2, "20250304", [prior], identity="unknown"),
    }
    viewer_tab.evaluate("drimboxViewer.session.open([1, 2])")
    until(viewer_tab, f"{VIEWS}.length === 2 && {VIEWS}.every(one => one.viewport.csImage)")
    viewer_tab.locator(".v-board .v-canvas").nth(1).click()
    viewer_tab.keyboard.press("m")
    until(viewer_tab, "drimboxViewer.session.planes?.started")
    for plane in range(3):
        view = viewer_tab.locator(".v-planes .v-view").nth(plane)
        assert "04/03/2025 (antérieur)" in view.locator(".v-exam").inner_text()
        assert "Série incomplète : 6 objets sur 9" in view.locator(".v-image").inner_text()
        assert view.locator(".v-unverified").is_visible()
    viewer_tab.keyboard.press("m")
    until(viewer_tab, "!document.querySelector('.v-planes')")
