"""Planes through a volume: the values, the window and the polarity of the slices they cut."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
from playwright.sync_api import Page
from pydicom import Dataset

from tests.browser import viewer_samples as samples
from tests.browser.viewer_documents import item
from tests.browser.viewer_greys import IMAGES, Levels, greys, line, near, opened
from tests.browser.viewer_host import Host
from tests.browser.viewer_tab import VIEWS, until

pytestmark = [pytest.mark.judge, pytest.mark.slow]
PLANES: Final = "drimboxViewer.session.planes"
# How near to each other the values of a plane's slab are looked at, in mm.
SAMPLED: Final = """drimboxViewer.session.board.views[0].viewport.getRenderingEngine()
    .getViewport("plane-axial").getDefaultActor().actor.getMapper().getSampleDistance()"""
COUNT: Final = 16
SIDE: Final = 24
# The grey levels of the axial plane in the middles of the pixels of its slice, by rows.
_READ: Final = f"""async () => {{
    const planes = {PLANES};
    const viewport = drimboxViewer.session.board.views[0].viewport.getRenderingEngine()
        .getViewport("plane-axial");
    const cell = planes.cells[0];
    const once = {{ once: true }};
    await new Promise((resolve) => {{
        cell.addEventListener("CORNERSTONE_IMAGE_RENDERED", resolve, once);
        viewport.render();
    }});
    const {{ origin, spacing, dimensions }} = viewport.getImageData();
    const {{ focalPoint }} = viewport.getCamera();
    const canvas = cell.querySelector("canvas");
    const context = canvas.getContext("2d");
    const ratio = canvas.width / cell.clientWidth;
    const found = [];
    for (let row = 0; row < dimensions[1]; row += 1) {{
        for (let column = 0; column < dimensions[0]; column += 1) {{
            const [x, y] = viewport.worldToCanvas([
                origin[0] + column * spacing[0], origin[1] + row * spacing[1], focalPoint[2],
            ]);
            const at = [Math.round(x * ratio - 0.5), Math.round(y * ratio - 0.5)];
            found.push(context.getImageData(...at, 1, 1).data[0]);
        }}
    }}
    return [found, (focalPoint[2] - origin[2]) / spacing[2]];
}}"""


def volume(kind: type = np.uint16, **facts: Any) -> list[Dataset]:
    """Slices of blocks of equal values, the same in all of them: between two nothing differs."""
    y, x = np.meshgrid(np.arange(SIDE) // 6, np.arange(SIDE) // 6, indexing="ij")
    pixels: samples.Pixels = (20 + 60 * x + 10 * y).astype(kind)
    made = []
    for number in range(1, COUNT + 1):
        root = samples.base(samples.MR, "MR", IMAGES, number, pixels)
        root.ImagePositionPatient, root.ImageOrientationPatient = (
            [0, 0, 2 * number],
            [1, 0, 0, 0, 1, 0],
        )
        root.PixelSpacing, root.FrameOfReferenceUID = [2, 2], f"{IMAGES}.900"
        for keyword, value in facts.items():
            setattr(root, keyword, value(number) if callable(value) else value)
        made.append(root)
    return made


def cut(host: Host, tab: Page, folder: Path, slices: list[Dataset]) -> None:
    opened(host, tab, folder, slices)
    until(tab, "drimboxViewer.session.source.running === 0")


def planes(tab: Page) -> None:
    tab.keyboard.press("m")
    until(tab, f"{PLANES}?.started")
    until(tab, f"{PLANES}.slices.every((id) => drimboxViewer.cache.getImage(id))")


def middle(tab: Page) -> Levels:
    """The levels of the axial plane, without the edges between blocks, which are smoothed."""
    found, _ = tab.evaluate(_READ)
    return np.array(found, np.uint8).reshape(SIDE, SIDE)[1::2, 1::2][::3, ::3]


def inner(levels: Any) -> Any:
    return np.asarray(levels)[1::2, 1::2][::3, ::3]


def values(kind: type = np.uint16) -> Any:
    return np.frombuffer(bytes(volume(kind)[0].PixelData), kind).reshape(SIDE, SIDE).astype(float)


@pytest.mark.parametrize(
    "scale",
    [
        (np.uint8, 10, -500),
        (np.uint8, 0.5, 0),
        (np.uint16, 300, 0),
        (np.uint16, 1, -1024),
        (np.int16, 0.25, 7),
    ],
)
@pytest.mark.parametrize("cold", [False, True])
def test_planes_cut_the_rescaled_values(
    scale: tuple[type, float, float],
    cold: bool,
    viewer_host: Host,
    viewer_tab: Page,
    tmp_path: Path,
) -> None:
    """Also where no slice is decoded yet: the volume has the kind of the rescaled values."""
    kind, slope, intercept = scale
    low, high = 20 * slope + intercept, 230 * slope + intercept
    facts = {
        "RescaleSlope": str(slope),
        "RescaleIntercept": str(intercept),
        "WindowCenter": str((low + high) / 2),
        "WindowWidth": str(high - low),
        "VOILUTFunction": "LINEAR_EXACT",
    }
    cut(viewer_host, viewer_tab, tmp_path, volume(kind, **facts))
    if cold:
        viewer_tab.evaluate("drimboxViewer.cache.purgeCache()")
    planes(viewer_tab)
    wanted = line(values(kind) * slope + intercept, low, high)
    assert near(middle(viewer_tab), inner(wanted), 3)
    viewer_tab.keyboard.press("m")


def test_planes_of_slices_that_differ_in_their_scale(
    viewer_host: Host, viewer_tab: Page, tmp_path: Path
) -> None:
    """As a PET does: each slice has its own slope, and the same activity."""
    slices = volume(RescaleIntercept="0", WindowCenter="115", WindowWidth="230")
    for number, one in enumerate(slices, 1):
        slope = 1.0 if number == 1 else 0.25 * number
        one.RescaleSlope = str(slope)
        pixels = values() / slope
        one.PixelData = np.round(pixels).astype(np.uint16).tobytes()
    cut(viewer_host, viewer_tab, tmp_path, slices)
    planes(viewer_tab)
    assert near(middle(viewer_tab), inner(line(values(), 0, 229)), 4)
    viewer_tab.keyboard.press("m")


def test_planes_keep_what_is_white_and_follow_windows(
    viewer_host: Host, viewer_tab: Page, tmp_path: Path
) -> None:
    facts: dict[str, Any] = {
        "PhotometricInterpretation": "MONOCHROME1",
        "WindowCenter": [115, 60],
        "WindowWidth": [231, 81],
    }
    cut(viewer_host, viewer_tab, tmp_path, volume(**facts))
    planes(viewer_tab)
    first, second = line(values(), -0.5, 229.5), line(values(), 19.5, 99.5)
    assert near(middle(viewer_tab), inner(255 - first), 3)
    viewer_tab.keyboard.press("2")
    assert near(middle(viewer_tab), inner(255 - second), 3)
    told = viewer_tab.locator(".v-planes .v-image").first.inner_text()
    assert "L 81 C 60" in told
    viewer_tab.keyboard.press("i")
    assert near(middle(viewer_tab), inner(second), 3)
    viewer_tab.keyboard.press("m")
    until(viewer_tab, "!document.querySelector('.v-planes')")
    # The view has what it had.
    assert near(greys(viewer_tab)[1::2, 1::2][::3, ::3], inner(255 - first), 3)


def test_planes_begin_with_the_window_of_the_view(
    viewer_host: Host, viewer_tab: Page, tmp_path: Path
) -> None:
    cut(viewer_host, viewer_tab, tmp_path, volume(WindowCenter="115", WindowWidth="231"))
    viewer_tab.evaluate(f"{VIEWS}[0].setWindow(81, 60)")
    viewer_tab.keyboard.press("i")
    planes(viewer_tab)
    assert near(middle(viewer_tab), inner(255 - line(values(), 19.5, 99.5)), 3)
    viewer_tab.keyboard.press("m")


def test_planes_know_no_table_that_the_view_is_drawn_through(
    viewer_host: Host, viewer_tab: Page, tmp_path: Path
) -> None:
    """They have the window of the slices: that of the view is one of the entries of a table."""
    table = item(LUTDescriptor=[2, 100, 16], LUTExplanation="NORMAL")
    table.add_new(0x00283006, "US", [0, 65535])
    facts: dict[str, Any] = {"WindowCenter": "115", "WindowWidth": "231"}
    cut(viewer_host, viewer_tab, tmp_path, volume(VOILUTSequence=[table], **facts))
    windows = viewer_tab.locator(".v-toolbar select >> nth=0")
    viewer_tab.keyboard.press("2")
    assert set(np.unique(greys(viewer_tab))) == {0, 255}
    planes(viewer_tab)
    assert near(middle(viewer_tab), inner(line(values(), -0.5, 229.5)), 3)
    assert "NORMAL" not in windows.inner_text()
    viewer_tab.keyboard.press("m")
    until(viewer_tab, "!document.querySelector('.v-planes')")
    assert "NORMAL" in windows.inner_text()
    assert set(np.unique(greys(viewer_tab))) == {0, 255}


def test_planes_have_the_curve_of_the_slices(
    viewer_host: Host, viewer_tab: Page, tmp_path: Path
) -> None:
    facts: dict[str, Any] = {"WindowCenter": "115", "WindowWidth": "120"}
    cut(viewer_host, viewer_tab, tmp_path, volume(VOILUTFunction="SIGMOID", **facts))
    planes(viewer_tab)
    wanted = 255 / (1 + np.exp(-4 * (values() - 115) / 120))
    assert near(middle(viewer_tab), inner(wanted), 3)
    viewer_tab.keyboard.press("m")


def test_the_mouse_gives_all_planes_one_window(
    viewer_host: Host, viewer_tab: Page, tmp_path: Path
) -> None:
    cut(viewer_host, viewer_tab, tmp_path, volume(WindowCenter="115", WindowWidth="231"))
    planes(viewer_tab)
    crosshair = viewer_tab.locator(".v-planes-bar button", has_text="Réticule")
    assert crosshair.get_attribute("aria-pressed") == "true"
    viewer_tab.locator("button[data-tool=window]").click()
    assert crosshair.get_attribute("aria-pressed") == "false"
    box = viewer_tab.locator(".v-planes .v-canvas").nth(1).bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    viewer_tab.mouse.move(x, y)
    viewer_tab.mouse.down()
    viewer_tab.mouse.move(x + 60, y, steps=6)
    viewer_tab.mouse.up()
    levels = viewer_tab.evaluate(f"{PLANES}.levels.range")
    assert levels["upper"] - levels["lower"] > 231
    assert near(middle(viewer_tab), inner(line(values(), levels["lower"], levels["upper"])), 3)
    crosshair.click()
    assert crosshair.get_attribute("aria-pressed") == "true"
    viewer_tab.keyboard.press("m")


def test_a_slab_shows_its_greatest_values(
    viewer_host: Host, viewer_tab: Page, tmp_path: Path
) -> None:
    """A bright block in one slice beside the plane is in a slab of 10 mm, and not in the plane."""
    slices = volume(WindowCenter="115", WindowWidth="231")
    bright = values().copy()
    bright[6:12, 6:12] = 230
    slices[COUNT // 2 + 1].PixelData = bright.astype(np.uint16).tobytes()
    cut(viewer_host, viewer_tab, tmp_path, slices)
    planes(viewer_tab)
    plain = inner(line(values(), -0.5, 229.5))
    assert near(middle(viewer_tab), plain, 3)
    slab = viewer_tab.locator(".v-planes-bar button", has_text="MIP")
    slab.click()
    slab.click()
    assert "MIP 10 mm" in viewer_tab.locator(".v-slab").inner_text()
    assert viewer_tab.evaluate(SAMPLED) == pytest.approx(0.5)
    found = middle(viewer_tab)
    # The block is the second one of the second row; its slice is met by an eighth at least.
    assert found[1, 1] >= plain[1, 1] + 0.86 * (255 - plain[1, 1])
    found[1, 1] = round(plain[1, 1])
    assert near(found, plain, 3)
    slab.click()
    slab.click()
    assert viewer_tab.locator(".v-slab").inner_text() == "Plan simple"
    assert viewer_tab.evaluate(SAMPLED) == pytest.approx(1)
    assert near(middle(viewer_tab), plain, 3)
    viewer_tab.keyboard.press("m")


def test_slices_with_a_table_are_not_cut(
    viewer_host: Host, viewer_tab: Page, tmp_path: Path
) -> None:
    table = item(LUTDescriptor=[2, 0, 8])
    table.add_new(0x00283006, "US", [0, 255])
    cut(viewer_host, viewer_tab, tmp_path, volume(VOILUTSequence=[table]))
    assert viewer_tab.locator("button[data-tool=planes]").is_disabled()
