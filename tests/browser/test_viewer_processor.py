"""A picture that the processor draws, where the GPU is a program, is the one that the GPU draws."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Page
from pydicom import Dataset

from tests.browser import viewer_samples as samples
from tests.browser.viewer_host import ExamOfHost, Host, SeriesOfHost
from tests.browser.viewer_tab import VIEWS, until
from tests.drimbox.images.samples import part10

pytestmark = [pytest.mark.judge, pytest.mark.slow]
UID: Final = "1.2.250.9.11"
# Grey levels of both pictures: the mean difference, the share of pixels that differ by more than
# eight levels, the brightest one, and how many are not black.
BOTH: Final = """async () => {
    const [view] = drimboxViewer.session.board.views;
    const picture = async (processor) => {
        drimboxViewer.drawing.processor = processor;
        const drawn = new Promise((go) => view.canvas.addEventListener(
            "CORNERSTONE_IMAGE_RENDERED", go, { once: true }));
        view.viewport.render();
        await drawn;
        const { canvas } = view.viewport;
        return canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
    };
    const [one, other] = [await picture(false), await picture(true)];
    let [sum, far, most, lit] = [0, 0, 0, 0];
    for (let at = 0; at < one.length; at += 1) {
        if (at % 4 === 3) continue;
        const apart = Math.abs(one[at] - other[at]);
        [sum, far, most] = [sum + apart, far + (apart > 8), Math.max(most, other[at])];
        lit += other[at] > 0;
    }
    const count = one.length * 3 / 4;
    return { mean: sum / count, far: far / count, most, lit: lit / count };
}"""
ACTS: Final = {
    "as it opens": "",
    "another window": "view.setWindow(1500, -600)",
    "a window of half values": "view.setWindow(333.5, 20.25)",
    "inverted": "view.invert()",
    "inverted again": "view.invert()",
    "reset": "view.reset()",
    "flipped": "view.flip('flipHorizontal')",
    "flipped and turned": "view.rotate()",
    "one pixel on one": "view.pixelSize()",
    "moved": """const { focalPoint, position } = view.viewport.getCamera();
        const by = (point) => [point[0] + 7, point[1] - 4, point[2]];
        view.viewport.setCamera({ focalPoint: by(focalPoint), position: by(position) });
        view.viewport.render()""",
    "a sigmoid": """view.viewport.setProperties({ VOILUTFunction: 'SIGMOID' });
        view.viewport.render()""",
}


@pytest.fixture
def tab(viewer_tab: Page) -> Iterator[Page]:
    yield viewer_tab
    viewer_tab.evaluate("drimboxViewer.drawing.processor = false")


def aside(number: int) -> Dataset:
    """A slice whose pixels are no squares, and whose values are no whole numbers."""
    root = samples.sagittal(f"{UID}.{number}", 1, f"{UID}.900")[0]
    root.PixelSpacing = [1, 1.5]
    root.RescaleSlope, root.RescaleIntercept = 0.37, -3.25
    root.WindowCenter, root.WindowWidth = 380, 300
    return root


@pytest.mark.parametrize("kind", ["ct", "film", "radiograph", "aside"])
def test_both_ways_to_draw_make_the_same_picture(
    kind: str, tab: Page, viewer_host: Host, tmp_path: Path
) -> None:
    made: dict[str, Callable[[], Dataset]] = {
        "ct": lambda: samples.ct(f"{UID}.1", 1, 128)[0],
        "film": lambda: samples.film(f"{UID}.2", 2, 128),
        "radiograph": lambda: samples.radiograph(f"{UID}.3"),
        "aside": lambda: aside(4),
    }
    root = made[kind]()
    series = SeriesOfHost(root.SeriesInstanceUID)
    series.add(part10(root), tmp_path)
    viewer_host.exams = {1: ExamOfHost(1, "20261112", [series])}
    tab.evaluate("drimboxViewer.session.open([1])")
    until(tab, f"{VIEWS}[0]?.viewport.csImage && !{VIEWS}[0].fresh")
    for name, act in ACTS.items():
        tab.evaluate(f"() => {{ const [view] = {VIEWS}; {act} }}")
        found = tab.evaluate(BOTH)
        # The one interpolates values, the other grey levels: edges differ where they are enlarged.
        assert found["mean"] < 1.5, (name, found)
        assert found["far"] < 0.03, (name, found)
        if not act:
            assert found["lit"] > 0.1
            assert found["most"] > 100
