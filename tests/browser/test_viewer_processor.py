"""A picture that the processor draws, where the GPU is a program, is the one that the GPU draws."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import numpy as np
import pytest
from playwright.sync_api import Page
from pydicom import Dataset

from functions.drimbox.wording.text import Language
from tests.browser import viewer_samples as samples
from tests.browser.viewer_greys import greys, line, near, opened, picture, ramp
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


LEVELS: Final = line(ramp(), 0, 2390)


def test_an_image_that_is_too_large_for_the_gpu_is_drawn_all_the_same(
    tab: Page, viewer_host: Host, tmp_path: Path
) -> None:
    """A GPU draws black in place of a picture whose side is longer than its textures."""
    assert tab.evaluate("drimboxViewer.drawing.largest") >= 2048
    opened(viewer_host, tab, tmp_path, [picture(ramp())])
    kept = "drimboxViewer.drawing.largest"
    for largest in ("19", kept):
        tab.evaluate(f"window.whole ??= {kept}; {kept} = {largest}")
        assert near(greys(tab), LEVELS)
    tab.evaluate(f"{kept} = window.whole")


def test_a_gpu_that_is_taken_away_leaves_no_black_picture(
    viewer_host: Host, viewer_page: Callable[[Language], Page], tmp_path: Path
) -> None:
    """The processor goes on, the planes give way to the views, and nothing offers them again."""
    page = viewer_page("fr")
    slices = samples.ct(f"{UID}.1", 6, 64)
    viewer_host.exams = {1: ExamOfHost(1, "20261112", [SeriesOfHost(f"{UID}.1")])}
    for one in slices:
        viewer_host.exams[1].series[0].add(part10(one), tmp_path)
    page.evaluate("drimboxViewer.session.open([1])")
    until(page, f"{VIEWS}[0]?.viewport.csImage && !{VIEWS}[0].waiting")
    until(page, "drimboxViewer.session.source.running === 0")
    page.keyboard.press("m")
    until(page, "drimboxViewer.session.planes?.started")
    page.evaluate(
        f"""() => {{
            const {{ contextPool }} = {VIEWS}[0].viewport.getRenderingEngine();
            const {{ context }} = contextPool.getContextByIndex(0);
            const canvas = context.getOpenGLRenderWindow().getCanvas();
            canvas.getContext("webgl2").getExtension("WEBGL_lose_context").loseContext();
            // The next frame comes before the browser's word about the loss.
            {VIEWS}[0].viewport.getRenderingEngine().render();
        }}"""
    )
    until(page, "drimboxViewer.drawing.lost && !drimboxViewer.session.planes")
    assert page.locator("button[data-tool=planes]").is_disabled()
    page.keyboard.press("ArrowDown")
    until(page, f"{VIEWS}[0].place === 4")
    pixels = np.frombuffer(bytes(slices[4].PixelData), np.uint16).reshape(64, 64)
    assert near(greys(page), line(pixels.astype(float) - 1024, -160, 239))
    page.keyboard.press("m")
    assert page.evaluate("drimboxViewer.session.planes") is None
