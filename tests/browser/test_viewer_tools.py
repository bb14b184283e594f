"""Each tool of a view changes the picture as its name says."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
from playwright.sync_api import Page

from tests.browser import viewer_samples as samples
from tests.browser.viewer_greys import IMAGES, greys, line, near, opened, picture, ramp
from tests.browser.viewer_host import ExamOfHost, Host, SeriesOfHost
from tests.browser.viewer_tab import VIEWS, until
from tests.drimbox.images.samples import part10

pytestmark = [pytest.mark.judge, pytest.mark.slow]
OTHER: Final = "1.2.250.9.7.3"
Point = tuple[float, float]


def tool(tab: Page, name: str) -> None:
    """Press a button of the toolbar, or of one of its menus."""
    menu = tab.locator(f".v-menu:has(button[data-tool={name}]) > button")
    if menu.count():
        menu.click()
    tab.locator(f"button[data-tool={name}]").click()


def pixel(tab: Page, column: float, row: float, view: int = 0) -> Point:
    """Where a point of the image stands on the page; 0 is the middle of the first pixel."""
    x, y = tab.evaluate(
        f"""([column, row]) => {{
            const view = {VIEWS}[{view}];
            const {{ origin, spacing, direction }} = view.viewport.getImageData();
            const [x, y] = view.viewport.worldToCanvas([0, 1, 2].map((axis) => origin[axis]
                + column * spacing[0] * direction[axis] + row * spacing[1] * direction[3 + axis]));
            const box = view.canvas.getBoundingClientRect();
            return [box.left + x, box.top + y];
        }}""",
        [column, row],
    )
    return float(x), float(y)


def drag(tab: Page, start: Point, end: Point, button: Any = "left") -> None:
    tab.mouse.move(*start)
    tab.mouse.down(button=button)
    tab.mouse.move(*end, steps=6)
    tab.mouse.up(button=button)


def numbers_in(told: list[str]) -> dict[str, float]:
    """The numbers of the measures by their first words."""
    parts = [one.split(" ") for one in told if " " in one]
    return {one[0]: float(one[1].replace(",", ".")) for one in parts}


def measured(tab: Page, wanted: str, value: float) -> list[str]:
    """The words beside the measures once the number of ``wanted`` has come near to ``value``: they
    follow the mouse, and a busy machine draws later. The last words otherwise.
    """
    end = time.monotonic() + 15
    while True:
        told = tab.locator(".v-board svg text tspan").all_text_contents()
        is_near = numbers_in(told).get(wanted) == pytest.approx(value, rel=0.1)
        if is_near or time.monotonic() > end:
            return told
        tab.wait_for_timeout(100)


@pytest.mark.parametrize(("name", "button"), [("zoom", "left"), ("window", "right")])
def test_an_image_is_enlarged_by_the_mouse(
    name: str, button: str, viewer_host: Host, viewer_tab: Page, tmp_path: Path
) -> None:
    opened(viewer_host, viewer_tab, tmp_path, [picture(ramp())])
    tool(viewer_tab, name)
    before = viewer_tab.evaluate(f"{VIEWS}[0].zoom()")
    x, y = pixel(viewer_tab, 10, 6)
    drag(viewer_tab, (x, y), (x, y + 40), button)
    after = viewer_tab.evaluate(f"{VIEWS}[0].zoom()")
    assert after != pytest.approx(before, rel=0.01)
    told = viewer_tab.locator(".v-board .v-image").inner_text()
    assert f"Zoom {round(after * 100):,}".replace(",", "\u202f") in told
    tool(viewer_tab, "reset")
    assert viewer_tab.evaluate(f"{VIEWS}[0].zoom()") == pytest.approx(before)


@pytest.mark.parametrize(("name", "button"), [("pan", "left"), ("window", "middle")])
def test_an_image_follows_the_mouse(
    name: str, button: str, viewer_host: Host, viewer_tab: Page, tmp_path: Path
) -> None:
    opened(viewer_host, viewer_tab, tmp_path, [picture(ramp())])
    tool(viewer_tab, name)
    x, y = pixel(viewer_tab, 10, 6)
    drag(viewer_tab, (x, y), (x + 60, y - 30), button)
    moved = pixel(viewer_tab, 10, 6)
    assert moved == pytest.approx((x + 60, y - 30), abs=2)
    tool(viewer_tab, "window")


def test_the_wheel_scrolls(viewer_host: Host, viewer_tab: Page, tmp_path: Path) -> None:
    opened(viewer_host, viewer_tab, tmp_path, [picture(ramp(), number) for number in (1, 2, 3)])
    viewer_tab.mouse.move(*pixel(viewer_tab, 10, 6))
    for place, turn in ((1, 100), (2, 100), (1, -100)):
        viewer_tab.mouse.wheel(0, turn)
        until(viewer_tab, f"{VIEWS}[0].place === {place}")


TURNS: Final[dict[str, Callable[[Any], Any]]] = {
    "flip": lambda one: one[:, ::-1],
    "flip_vertical": lambda one: one[::-1],
    # Clockwise.
    "rotate": lambda one: np.rot90(one, -1),
}


@pytest.mark.parametrize("name", TURNS)
def test_a_turn_turns_the_picture(
    name: str, viewer_host: Host, viewer_tab: Page, tmp_path: Path
) -> None:
    """The screen's corners, from the top left by rows, are those of the turned picture."""
    pixels = np.zeros((8, 8), np.uint8)
    pixels[:4, :4], pixels[:4, 4:], pixels[4:, :4], pixels[4:, 4:] = 40, 90, 160, 230
    image = picture(pixels, WindowCenter=128, WindowWidth=256)
    opened(viewer_host, viewer_tab, tmp_path, [image])
    assert near(greys(viewer_tab), pixels)
    tool(viewer_tab, name)
    corners = viewer_tab.evaluate(
        f"""async () => {{
            const view = {VIEWS}[0];
            const once = {{ once: true }};
            await new Promise((resolve) => {{
                view.canvas.addEventListener("CORNERSTONE_IMAGE_RENDERED", resolve, once);
                view.viewport.render();
            }});
            const canvas = view.canvas.querySelector("canvas");
            const context = canvas.getContext("2d");
            const side = Math.min(canvas.width, canvas.height) / 2;
            const at = (x, y) => context.getImageData(
                Math.round(canvas.width / 2 + x * side),
                Math.round(canvas.height / 2 + y * side), 1, 1,
            ).data[0];
            return [[at(-0.5, -0.5), at(0.5, -0.5)], [at(-0.5, 0.5), at(0.5, 0.5)]];
        }}"""
    )
    assert near(np.array(corners, np.uint8), TURNS[name](pixels)[::4, ::4])


def test_regions_tell_mean_deviation_and_area(
    viewer_host: Host, viewer_tab: Page, tmp_path: Path
) -> None:
    """Of a CT: Hounsfield units; half of the region has 100, the other half 300."""
    values = np.full((20, 20), 1124, np.uint16)
    values[:, 10:] = 1324
    root = samples.base(samples.CT, "CT", IMAGES, 1, values)
    root.ImagePositionPatient, root.ImageOrientationPatient = [0, 0, 0], [1, 0, 0, 0, 1, 0]
    root.PixelSpacing, root.RescaleSlope, root.RescaleIntercept = [0.5, 0.5], 1, -1024
    root.RescaleType = "HU"
    opened(viewer_host, viewer_tab, tmp_path, [root])
    # Eight pixels each way, four on either side of the border: from corner to corner, and from the
    # middle.
    for name, start, area in (("rectangle", 5.5, 16.0), ("ellipse", 9.5, np.pi * 4)):
        tool(viewer_tab, name)
        corners = (pixel(viewer_tab, start, start), pixel(viewer_tab, 13.5, 13.5))
        drag(viewer_tab, *corners)
        told = measured(viewer_tab, "Surface", area)
        numbers = numbers_in(told)
        assert numbers["Surface"] == pytest.approx(area, rel=0.1), told
        assert numbers["Moyenne"] == pytest.approx(200, abs=5), told
        assert numbers["Écart-type"] == pytest.approx(100, abs=5), told
        assert any(one.startswith("Étendue 100 – 300") for one in told), told
        assert any(one.startswith("Moyenne") and one.endswith("UH") for one in told)
        tool(viewer_tab, "clear")


def test_an_arrow_points_until_it_is_cleared(
    viewer_host: Host, viewer_tab: Page, tmp_path: Path
) -> None:
    opened(viewer_host, viewer_tab, tmp_path, [picture(ramp())])
    tool(viewer_tab, "arrow")
    drag(viewer_tab, pixel(viewer_tab, 4, 4), pixel(viewer_tab, 12, 8))
    lines = "document.querySelectorAll('.v-board svg line').length"
    until(viewer_tab, f"{lines} > 0")
    # It stays when the mouse has left it.
    viewer_tab.wait_for_timeout(300)
    assert viewer_tab.evaluate(lines) > 0
    assert viewer_tab.locator(".v-board svg text").count() == 0
    tool(viewer_tab, "clear")
    until(viewer_tab, f"{lines} === 0")
    tool(viewer_tab, "window")


def slices(series: str, space: str, count: int = 5) -> list[Any]:
    made = []
    for number in range(1, count + 1):
        root = samples.base(samples.MR, "MR", series, number, ramp(np.uint16, 20, 20, 2))
        root.ImagePositionPatient = [0, 0, 4 * number]
        root.ImageOrientationPatient, root.PixelSpacing = [1, 0, 0, 0, 1, 0], [1, 1]
        if space:
            root.FrameOfReferenceUID = space
        made.append(root)
    return made


def two(host: Host, tab: Page, folder: Path, spaces: tuple[str, str]) -> None:
    """Axial slices, and upright ones through them, side by side in two views."""
    first, second = SeriesOfHost(IMAGES), SeriesOfHost(OTHER)
    for one in slices(IMAGES, spaces[0]):
        first.add(part10(one), folder)
    for number, one in enumerate(slices(OTHER, spaces[1]), 1):
        one.ImageOrientationPatient, one.ImagePositionPatient = (
            [0, 1, 0, 0, 0, -1],
            [4 * number, 0, 22],
        )
        second.add(part10(one), folder)
    host.exams = {1: ExamOfHost(1, "20261112", [first, second])}
    tab.evaluate("drimboxViewer.session.open([1])")
    until(tab, f"{VIEWS}[0]?.viewport.csImage && !{VIEWS}[0].waiting")
    tab.get_by_label("Nombre de vues").select_option("2")
    until(tab, f"{VIEWS}.length === 2 && {VIEWS}[1].viewport.csImage && !{VIEWS}[1].waiting")


LINES: Final = "document.querySelectorAll('.v-board svg line').length"


def test_slices_of_one_space_show_where_they_cross(
    viewer_host: Host, viewer_tab: Page, tmp_path: Path
) -> None:
    two(viewer_host, viewer_tab, tmp_path, ("1.2.250.9.7.900", "1.2.250.9.7.900"))
    until(viewer_tab, f"{LINES} > 0")
    tool(viewer_tab, "lines")
    until(viewer_tab, f"{LINES} === 0")
    tool(viewer_tab, "lines")
    until(viewer_tab, f"{LINES} > 0")


@pytest.mark.parametrize("spaces", [("", ""), ("1.2.250.9.7.900", "1.2.250.9.7.901")])
def test_slices_of_no_common_space_cross_nowhere(
    spaces: tuple[str, str], viewer_host: Host, viewer_tab: Page, tmp_path: Path
) -> None:
    """Two series without a named space have none in common: a line would be invented."""
    two(viewer_host, viewer_tab, tmp_path, spaces)
    viewer_tab.wait_for_timeout(300)
    assert viewer_tab.evaluate(LINES) == 0


def test_the_crosshair_shows_one_point_in_all_views(
    viewer_host: Host, viewer_tab: Page, tmp_path: Path
) -> None:
    """The point under the mouse in the axial slice leads the upright stack to its slice."""
    two(viewer_host, viewer_tab, tmp_path, ("1.2.250.9.7.900", "1.2.250.9.7.900"))
    tool(viewer_tab, "lines")
    tool(viewer_tab, "cursors")
    assert viewer_tab.locator("button[data-tool=cursors]").get_attribute("aria-pressed") == "true"
    for column, place in ((16, 3), (8, 1)):
        viewer_tab.mouse.move(*pixel(viewer_tab, column - 1, 10))
        viewer_tab.mouse.move(*pixel(viewer_tab, column, 10), steps=3)
        until(viewer_tab, f"{VIEWS}[1].place === {place}")
        until(viewer_tab, f"{LINES} > 0")
    tool(viewer_tab, "cursors")
    tool(viewer_tab, "lines")


def test_up_to_four_views_stand_side_by_side(
    viewer_host: Host, viewer_tab: Page, tmp_path: Path
) -> None:
    series = [SeriesOfHost(f"1.2.250.9.7.1{number}") for number in range(4)]
    for at, one in enumerate(series):
        image = samples.base(samples.SECONDARY, "OT", one.uid, 1, ramp() + 100 * at)
        image.SeriesDescription = f"SERIE {at}"
        one.add(part10(image), tmp_path)
    viewer_host.exams = {1: ExamOfHost(1, "20261112", list(series))}
    viewer_tab.evaluate("drimboxViewer.session.open([1])")
    until(viewer_tab, f"{VIEWS}[0]?.viewport.csImage && !{VIEWS}[0].waiting")
    layout = viewer_tab.get_by_label("Nombre de vues")
    for count in (4, 3, 2, 1):
        layout.select_option(str(count))
        until(viewer_tab, f"{VIEWS}.length === {count}")
        until(viewer_tab, f"{VIEWS}.every((one) => one.viewport.csImage && !one.waiting)")
        shown = viewer_tab.locator(".v-board .v-exam").all_inner_texts()
        assert [f"SERIE {at}" in one for at, one in enumerate(shown)] == [True] * count
    viewer_tab.keyboard.press("ArrowRight")
    assert viewer_tab.evaluate(f"drimboxViewer.session.board.selected === {VIEWS}[0]")


def test_a_mammogram_in_real_size(viewer_host: Host, viewer_tab: Page, tmp_path: Path) -> None:
    """A millimetre of the breast at the detector is one of the screen, whatever the view's size."""
    image = samples.base("1.2.840.10008.5.1.4.1.1.1.2", "MG", IMAGES, 1, ramp(np.uint16, 40, 30, 3))
    image.ImagerPixelSpacing, image.ImageLaterality, image.ViewPosition = [0.1, 0.1], "R", "MLO"
    image.PatientOrientation = ["P", "F"]
    opened(viewer_host, viewer_tab, tmp_path, [image])
    # The page keeps the size of the screen that was told last.
    tool(viewer_tab, "calibrate")
    viewer_tab.get_by_label("Largeur du cadre").fill("428")
    viewer_tab.get_by_role("button", name="C'est la largeur").click()
    tool(viewer_tab, "real_size")
    (x0, y0), (x1, y1) = pixel(viewer_tab, 0, 0), pixel(viewer_tab, 20, 20)
    millimetre = 428 / 85.6
    assert (x1 - x0, y1 - y0) == pytest.approx((2 * millimetre, 2 * millimetre), rel=0.01)
    view = viewer_tab.locator(".v-board .v-view").first
    assert "R MLO" in view.locator(".v-image").inner_text()
    edges = [view.locator(f".v-{one}").inner_text() for one in ("left", "right", "top", "bottom")]
    assert edges == ["A", "P", "H", "F"]


def test_an_image_is_drawn_by_its_pixels_whatever_the_size_of_the_view(
    viewer_host: Host, viewer_tab: Page, tmp_path: Path
) -> None:
    opened(viewer_host, viewer_tab, tmp_path, [picture(ramp())])
    wanted = line(ramp(), 0, 2390)
    assert near(greys(viewer_tab), wanted)
    viewer_tab.set_viewport_size({"width": 900, "height": 500})
    viewer_tab.wait_for_timeout(200)
    assert near(greys(viewer_tab), wanted)


def test_every_key_does_what_its_button_does(
    viewer_host: Host, viewer_tab: Page, tmp_path: Path
) -> None:
    """Those of the design: arrows, pages, presets, C, R, M, I, L, K, space and Esc."""
    first, second = SeriesOfHost(IMAGES, keys=((f"{IMAGES}.12", None),)), SeriesOfHost(OTHER)
    for series in (first, second):
        for one in slices(series.uid, f"{series.uid}.900", 24):
            one.WindowCenter, one.WindowWidth = [100, 300], [200, 50]
            series.add(part10(one), tmp_path)
    viewer_host.exams = {
        1: ExamOfHost(1, "20261112", [first], report=(4,)),
        2: ExamOfHost(2, "20250304", [second]),
    }
    viewer_tab.evaluate("drimboxViewer.session.open([1, 2])")
    until(viewer_tab, f"{VIEWS}.length === 2 && {VIEWS}.every((one) => !one.waiting)")
    until(viewer_tab, "drimboxViewer.session.source.running === 0")
    press = viewer_tab.keyboard.press
    for key, place in (
        ("Home", 0),
        ("ArrowDown", 1),
        ("PageDown", 11),
        ("ArrowUp", 10),
        ("PageUp", 0),
        ("End", 23),
        ("k", 11),
    ):
        press(key)
        until(viewer_tab, f"{VIEWS}[0].place === {place} && !{VIEWS}[0].waiting")
    press("2")
    until(viewer_tab, f"{VIEWS}[0].window().width === 50")
    press("1")
    until(viewer_tab, f"{VIEWS}[0].window().width === 200")
    selected = "drimboxViewer.session.board.selected"
    press("ArrowRight")
    until(viewer_tab, f"{selected} === {VIEWS}[1]")
    press("ArrowLeft")
    until(viewer_tab, f"{selected} === {VIEWS}[0]")
    for key, name in (("l", "link"), ("r", "report"), (" ", "cine")):
        pressed = f"document.querySelector('button[data-tool={name}]').ariaPressed"
        before = viewer_tab.evaluate(pressed)
        viewer_tab.evaluate("document.activeElement.blur()")
        press(key)
        until(viewer_tab, f"{pressed} !== '{before}'")
        press(key)
        until(viewer_tab, f"{pressed} === '{before}'")
    press("i")
    until(viewer_tab, f"{VIEWS}[0].viewport.getProperties().invert")
    press("i")
    press("c")
    until(viewer_tab, f"{VIEWS}.length === 1")
    press("m")
    until(viewer_tab, "drimboxViewer.session.planes?.started")
    press("m")
    until(viewer_tab, "!drimboxViewer.session.planes")
    press("c")
    until(viewer_tab, f"{VIEWS}.length === 2 && {VIEWS}.every((one) => !one.waiting)")
    press("Escape")
    until(viewer_tab, "document.getElementById('viewer').hidden")
