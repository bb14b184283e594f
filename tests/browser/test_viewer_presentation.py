"""Presentation states in the viewer: turned, framed, windowed, shuttered, or refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Page
from pydicom import Dataset

from tests.browser.viewer_documents import area, corners, item, state
from tests.browser.viewer_host import ExamOfHost, Host, SeriesOfHost
from tests.browser.viewer_tab import ASK_AGAIN, VIEWS, until
from tests.drimbox.images.samples import part10

pytestmark = [pytest.mark.judge, pytest.mark.slow]
IMAGES: Final = "1.2.250.9.7.1"
STATES: Final = "1.2.250.9.7.2"
STATES_LIST: Final = ".v-toolbar select >> nth=1"


def opened(
    host: Host, tab: Page, folder: Path, images: list[Dataset], states: list[Dataset]
) -> None:
    """An exam of these images and states, on the screen."""
    pictures, others = SeriesOfHost(IMAGES), SeriesOfHost(STATES)
    for series, objects in ((pictures, images), (others, states)):
        for one in objects:
            series.add(part10(one), folder)
    host.exams = {1: ExamOfHost(1, "20261112", [pictures, others])}
    tab.evaluate("drimboxViewer.session.open([1])")
    until(tab, f"{VIEWS}[0]?.viewport.csImage && !{VIEWS}[0].waiting")


def applied(tab: Page, number: int) -> str:
    """The words of the view once the state of that number is chosen."""
    tab.locator(STATES_LIST).select_option(index=number + 1)
    return str(tab.evaluate(f"{VIEWS}[0].told"))


def greys(tab: Page, *places: tuple[float, float]) -> list[int]:
    """The grey levels on the screen at these places, in parts of the picture as it is framed by
    its four corners on the screen."""
    found: list[int] = tab.evaluate(
        f"""async places => {{
            const view = {VIEWS}[0];
            const once = {{ once: true }};
            await new Promise((resolve) => {{
                view.canvas.addEventListener("CORNERSTONE_IMAGE_RENDERED", resolve, once);
                view.viewport.render();
            }});
            const {{ origin, spacing, dimensions, direction }} = view.viewport.getImageData();
            const at = (x, y) => view.viewport.worldToCanvas([0, 1, 2].map((axis) => origin[axis]
                + (x - 0.5) * spacing[0] * direction[axis]
                + (y - 0.5) * spacing[1] * direction[3 + axis]));
            const corners = [at(0, 0), at(dimensions[0], dimensions[1])];
            const [left, right] = corners.map((one) => one[0]).sort((a, b) => a - b);
            const [top, bottom] = corners.map((one) => one[1]).sort((a, b) => a - b);
            const canvas = view.canvas.querySelector("canvas");
            const context = canvas.getContext("2d");
            const ratio = canvas.width / view.canvas.clientWidth;
            return places.map(([x, y]) => context.getImageData(
                Math.round((left + x * (right - left)) * ratio),
                Math.round((top + y * (bottom - top)) * ratio), 1, 1).data[0]);
        }}""",
        [list(one) for one in places],
    )
    return found


QUARTERS: Final = ((0.25, 0.25), (0.75, 0.25), (0.75, 0.75), (0.25, 0.75))


def near(found: list[int], wanted: list[int]) -> bool:
    return all(abs(one - other) <= 2 for one, other in zip(found, wanted, strict=True))


def turned(rotation: int, *, flip: bool) -> list[int]:
    """The corners, clockwise from the top left, after a turn clockwise and then a flip."""
    greys = [40, 90, 160, 230]
    for _ in range(rotation // 90):
        greys = [greys[3], *greys[:3]]
    return [greys[1], greys[0], greys[3], greys[2]] if flip else greys


def test_every_turn_and_flip_is_that_of_the_state(
    viewer_host: Host, viewer_tab: Page, tmp_path: Path
) -> None:
    image = corners(IMAGES)
    ways = [(rotation, flip) for rotation in (0, 90, 180, 270) for flip in (False, True)]
    states = [
        state(
            STATES,
            [image],
            f"{rotation}",
            number,
            ImageRotation=rotation,
            ImageHorizontalFlip="Y" if flip else "N",
        )
        for number, (rotation, flip) in enumerate(ways, 1)
    ]
    opened(viewer_host, viewer_tab, tmp_path, [image], states)
    before = greys(viewer_tab, *QUARTERS)
    for number, (rotation, flip) in enumerate(ways):
        assert f"État de présentation : {rotation}" in applied(viewer_tab, number)
        found = greys(viewer_tab, *QUARTERS)
        assert near(found, turned(rotation, flip=flip)), (rotation, flip, found)
    assert applied(viewer_tab, -1) == ""
    assert near(greys(viewer_tab, *QUARTERS), before)


def window(center: float, width: float, **more: Any) -> Dataset:
    return item(WindowCenter=center, WindowWidth=width, **more)


@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
def test_windows_and_shapes_replace_those_of_the_image(
    photometric: str, viewer_host: Host, viewer_tab: Page, tmp_path: Path
) -> None:
    image = corners(IMAGES, photometric=photometric)
    narrow = [window(128.5, 101, VOILUTFunction="LINEAR")]
    states = [
        state(STATES, [image], "A", 1, SoftcopyVOILUTSequence=narrow),
        state(STATES, [image], "B", 2, PresentationLUTShape="INVERSE"),
        state(STATES, [image], "C", 3),
    ]
    opened(viewer_host, viewer_tab, tmp_path, [image], states)
    # 78 is black and 178 white: 90 and 160 are between.
    wanted = [[0, 31, 209, 255], [215, 165, 95, 25], [40, 90, 160, 230]]
    for number, levels in enumerate(wanted):
        applied(viewer_tab, number)
        found = greys(viewer_tab, *QUARTERS)
        assert near(found, levels), (photometric, number, found)


def test_areas_shutters_and_notes_stand_on_the_image(
    viewer_host: Host, viewer_tab: Page, tmp_path: Path
) -> None:
    image = corners(IMAGES)
    circle = item(
        GraphicAnnotationUnits="PIXEL",
        GraphicDimensions=2,
        NumberOfGraphicPoints=2,
        GraphicData=[20, 12, 26, 12],
        GraphicType="CIRCLE",
        GraphicFilled="N",
    )
    words = item(
        BoundingBoxAnnotationUnits="DISPLAY",
        UnformattedTextValue="<b>Nodule</b>\r\n13 mm",
        BoundingBoxTopLeftHandCorner=[0.1, 0.1],
        BoundingBoxBottomRightHandCorner=[0.5, 0.2],
        BoundingBoxTextHorizontalJustification="LEFT",
    )
    note = item(GraphicLayer="L", GraphicObjectSequence=[circle], TextObjectSequence=[words])
    found = state(
        STATES,
        [image],
        ImageRotation=90,
        ImageHorizontalFlip="N",
        DisplayedAreaSelectionSequence=[area(11, 7, 30, 18)],
        GraphicLayerSequence=[item(GraphicLayer="L", GraphicLayerOrder=1)],
        GraphicAnnotationSequence=[note],
        ShutterShape="RECTANGULAR",
        ShutterLeftVerticalEdge=5,
        ShutterRightVerticalEdge=36,
        ShutterUpperHorizontalEdge=3,
        ShutterLowerHorizontalEdge=22,
        ShutterPresentationValue=0x4000,
    )
    opened(viewer_host, viewer_tab, tmp_path, [image], [found])
    applied(viewer_tab, 0)
    # Turned, the area is 12 columns wide and 20 rows high: its height fills the view.
    places = viewer_tab.evaluate(
        f"""() => {{
            const view = {VIEWS}[0];
            const {{ clientWidth: wide, clientHeight: tall }} = view.canvas;
            const circle = view.layer.querySelector("circle");
            return {{
                wide, tall, r: Number(circle.getAttribute("r")) / tall,
                x: Number(circle.getAttribute("cx")) / wide,
                y: Number(circle.getAttribute("cy")) / tall,
                shutter: view.layer.querySelector("path").getAttribute("fill"),
                words: [...view.layer.querySelectorAll("tspan")].map((one) => one.textContent),
            }};
        }}"""
    )
    assert places["words"] == ["<b>Nodule</b>", "13 mm"]
    assert places["shutter"] == "rgb(64,64,64)"
    assert (places["x"], places["y"]) == pytest.approx((0.5, 0.5), abs=0.01)
    # Six pixels of the twenty that fill the height.
    assert places["r"] == pytest.approx(6 / 20, rel=0.02)
    # The notes stay on the image while it is enlarged.
    viewer_tab.evaluate(f"{VIEWS}[0].scaleTo(2)")
    until(
        viewer_tab,
        f"Math.abs({VIEWS}[0].layer.querySelector('circle').getAttribute('r')"
        f" / {VIEWS}[0].canvas.clientHeight - 12 / 20) < 0.02",
    )


def test_a_state_holds_for_its_images_alone_and_a_strange_one_for_none(
    viewer_host: Host, viewer_tab: Page, tmp_path: Path
) -> None:
    images = [corners(IMAGES, 1), corners(IMAGES, 2)]
    strange = state(STATES, images, "AUTRE", 2, RescaleSlope=2, RescaleIntercept=0)
    states = [state(STATES, images[:1], "PREMIER", 1, ImageRotation=90), strange]
    opened(viewer_host, viewer_tab, tmp_path, images, states)
    before = greys(viewer_tab, *QUARTERS)
    # The key goes from one state to the next, and back to none.
    viewer_tab.keyboard.press("p")
    until(viewer_tab, f"{VIEWS}[0].told.includes('PREMIER')")
    assert near(greys(viewer_tab, *QUARTERS), turned(90, flip=False))
    viewer_tab.evaluate(f"{VIEWS}[0].scrollTo(1)")
    until(viewer_tab, f"{VIEWS}[0].told.includes('ne concerne pas')")
    assert greys(viewer_tab, *QUARTERS) == before
    viewer_tab.evaluate(f"{VIEWS}[0].scrollTo(0)")
    until(viewer_tab, f"{VIEWS}[0].told.startsWith('État de présentation : PREMIER')")
    viewer_tab.keyboard.press("p")
    until(viewer_tab, f"{VIEWS}[0].told.includes('ne peut être appliqué')")
    assert greys(viewer_tab, *QUARTERS) == before
    viewer_tab.keyboard.press("p")
    until(viewer_tab, f"!{VIEWS}[0].told && {VIEWS}[0].presented.hidden")
    # The series of states is one of the list: each click goes on.
    viewer_tab.locator(".v-thumb").nth(1).click()
    until(viewer_tab, f"{VIEWS}[0].told.includes('PREMIER')")
    assert viewer_tab.locator(STATES_LIST).input_value() == f"{STATES}.1"


def test_a_turn_leaves_the_state_and_a_late_one_takes_no_others_place(
    viewer_host: Host, viewer_tab: Page, tmp_path: Path
) -> None:
    image = corners(IMAGES)
    found = state(STATES, [image], "TOURNE", 2, ImageRotation=180)
    opened(viewer_host, viewer_tab, tmp_path, [image], [found])
    before = greys(viewer_tab, *QUARTERS)
    chosen = viewer_tab.locator(STATES_LIST)
    for act in ("flip", "flip_vertical", "rotate", "reset"):
        assert "TOURNE" in applied(viewer_tab, 0)
        assert near(greys(viewer_tab, *QUARTERS), turned(180, flip=False))
        viewer_tab.evaluate(f"drimboxViewer.session.acts.{act}()")
        assert viewer_tab.evaluate(f"{VIEWS}[0].told") == ""
        assert viewer_tab.evaluate(f"{VIEWS}[0].layer.childElementCount") == 0
        assert chosen.input_value() == ""
    # The reset is that of the plain image.
    assert near(greys(viewer_tab, *QUARTERS), before)
    # A state that comes later stands before the one that is offered already.
    applied(viewer_tab, 0)
    late = state(STATES, [image], "TARDIF", 1)
    viewer_host.exams[1].series[1].add(part10(late), tmp_path)
    viewer_tab.evaluate(ASK_AGAIN)
    until(viewer_tab, "document.querySelectorAll('.v-toolbar select')[1].options.length === 3")
    assert chosen.input_value() == f"{STATES}.2"
    assert "TARDIF" in applied(viewer_tab, 0)
    assert "TOURNE" in applied(viewer_tab, 1)
