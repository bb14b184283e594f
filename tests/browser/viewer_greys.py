"""The grey levels on the screen of the viewer, and exams of generated objects to look at."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Page
from pydicom import Dataset

from tests.browser import viewer_samples as samples
from tests.browser.viewer_host import ExamOfHost, Host, SeriesOfHost
from tests.browser.viewer_tab import VIEWS, until
from tests.drimbox.images.samples import part10

IMAGES: Final = "1.2.250.9.7.1"
STATES: Final = "1.2.250.9.7.2"
Levels = NDArray[np.uint8]
SHOWN: Final = f"{VIEWS}[0]?.viewport.csImage && !{VIEWS}[0].waiting"
# Each pixel of the image on the screen: the colour in its middle, by rows.
_READ: Final = f"""async () => {{
    const view = {VIEWS}[0];
    const once = {{ once: true }};
    // Browsers interpolate in steps of a sixteenth of a pixel: the middle of one takes of its
    // neighbours.
    view.viewport.setInterpolationType(0);
    await new Promise((resolve) => {{
        view.canvas.addEventListener("CORNERSTONE_IMAGE_RENDERED", resolve, once);
        view.viewport.render();
    }});
    const {{ origin, spacing, dimensions, direction }} = view.viewport.getImageData();
    const canvas = view.canvas.querySelector("canvas");
    const context = canvas.getContext("2d");
    const ratio = canvas.width / view.canvas.clientWidth;
    const found = [];
    for (let row = 0; row < dimensions[1]; row += 1) {{
        for (let column = 0; column < dimensions[0]; column += 1) {{
            const [x, y] = view.viewport.worldToCanvas([0, 1, 2].map((axis) => origin[axis]
                + column * spacing[0] * direction[axis] + row * spacing[1] * direction[3 + axis]));
            const at = [Math.round(x * ratio - 0.5), Math.round(y * ratio - 0.5)];
            found.push(...context.getImageData(...at, 1, 1).data.slice(0, 3));
        }}
    }}
    view.viewport.setInterpolationType(1);
    return [dimensions[1], dimensions[0], found];
}}"""


def opened(
    host: Host,
    tab: Page,
    folder: Path,
    images: Sequence[Dataset | bytes],
    states: Sequence[Dataset] = (),
) -> None:
    """An exam of these images and states, on the screen; ``bytes`` are whole files."""
    pictures, others = SeriesOfHost(IMAGES), SeriesOfHost(STATES)
    for series, objects in ((pictures, images), (others, states)):
        for one in objects:
            series.add(one if isinstance(one, bytes) else part10(one), folder)
    host.exams = {1: ExamOfHost(1, "20261112", [pictures, others] if states else [pictures])}
    tab.evaluate("drimboxViewer.session.open([1])")
    until(tab, SHOWN)


def goto(tab: Page, place: int) -> None:
    """Scroll to this image."""
    tab.evaluate(f"{VIEWS}[0].scrollTo({place})")
    until(tab, f"{VIEWS}[0].place === {place} && !{VIEWS}[0].waiting")


def colours(tab: Page) -> Levels:
    """The colours on the screen: rows, columns, 3."""
    rows, columns, found = tab.evaluate(_READ)
    return np.array(found, np.uint8).reshape(rows, columns, 3)


def greys(tab: Page) -> Levels:
    """The grey levels on the screen: rows, columns."""
    found = colours(tab)
    assert (found == found[..., :1]).all(), "the picture is not grey"
    return found[..., 0]


def near(found: Levels, wanted: Any, most: float = 2) -> bool:
    """Whether no pixel differs by more than ``most`` levels."""
    return bool((np.abs(found.astype(float) - np.asarray(wanted, float)) <= most).all())


def words(tab: Page) -> str:
    """The words in the corner of the technique."""
    return tab.locator(".v-board .v-technique").inner_text()


def chosen(tab: Page, number: int) -> str:
    """The words of the view once the presentation state of that number is chosen, 1 the first."""
    tab.locator(".v-toolbar select >> nth=1").select_option(index=number)
    return str(tab.evaluate(f"{VIEWS}[0].told"))


def picture(pixels: samples.Pixels, number: int = 1, **facts: Any) -> Dataset:
    """A secondary capture of these pixels; a None removes."""
    root = samples.base(samples.SECONDARY, "OT", IMAGES, number, np.ascontiguousarray(pixels))
    for keyword, value in facts.items():
        if value is None:
            delattr(root, keyword)
        else:
            setattr(root, keyword, value)
    return root


def ramp(
    kind: type = np.uint16, rows: int = 12, columns: int = 20, step: int = 10
) -> samples.Pixels:
    """Values that grow from pixel to pixel, in steps."""
    return (np.arange(rows * columns) * step).reshape(rows, columns).astype(kind)


def line(values: Any, lower: float, upper: float) -> NDArray[np.float64]:
    """Grey levels along a straight line."""
    scaled = (np.asarray(values, float) - lower) / (upper - lower)
    return np.clip(scaled, 0, 1) * 255
