"""Films of vessels: subtracted where the device recommends it, native by choice, and told so."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
from playwright.sync_api import Page
from pydicom import Dataset

from tests.browser import viewer_samples as samples
from tests.browser.viewer_documents import item, state
from tests.browser.viewer_greys import (
    IMAGES,
    STATES,
    chosen,
    goto,
    greys,
    line,
    near,
    opened,
    words,
)
from tests.browser.viewer_host import ExamOfHost, Host, SeriesOfHost
from tests.browser.viewer_tab import VIEWS, until
from tests.drimbox.images.samples import part10

pytestmark = [pytest.mark.judge, pytest.mark.slow]
COUNT: Final = 5
SUBTRACT: Final = "button[data-tool=subtract]"


def frames() -> samples.Pixels:
    """A bone that stays, and a vessel that fills; the first two frames differ by noise."""
    y, x = np.meshgrid(np.arange(16), np.arange(24), indexing="ij")
    base = 500 + 20 * x
    made = np.stack([base] * COUNT)
    made[0], made[1] = made[0] - 4, made[1] + 6
    for at in range(2, COUNT):
        made[at][(y > 4) & (y < 4 + 2 * at)] -= 40 * at
    return made.astype(np.uint16)


PIXELS: Final = frames()
VALUES: Final = PIXELS.astype(float)
MEAN: Final = VALUES[:2].mean(0)


def film(*masks: Dataset, mode: str = "SUB", number: int = 1, **more: Any) -> Dataset:
    root = samples.base(samples.XA, "XA", IMAGES, number, PIXELS)
    root.BitsStored, root.HighBit = 12, 11
    root.WindowCenter, root.WindowWidth, root.FrameTime = 700, 801, 100
    root.RecommendedViewingMode, root.MaskSubtractionSequence = mode, list(masks)
    for keyword, value in more.items():
        setattr(root, keyword, value)
    return root


def average(*numbers: int, **more: Any) -> Dataset:
    return item(MaskOperation="AVG_SUB", MaskFrameNumbers=list(numbers), **more)


def native(place: int) -> Any:
    return line(VALUES[place], 700 - 0.5 - 400, 700 - 0.5 + 400)


def without(place: int, mask: Any, half: float = 100) -> Any:
    """A quarter of the window of 800 values, around no difference."""
    return line(VALUES[place] - mask, -half, half)


def test_the_mask_is_subtracted_as_the_device_recommends(
    viewer_host: Host, viewer_tab: Page, tmp_path: Path
) -> None:
    opened(viewer_host, viewer_tab, tmp_path, [film(average(1, 2, ApplicableFrameRange=[3, 5]))])
    # The frames of the mask are no part of the range.
    assert near(greys(viewer_tab), native(0))
    assert "soustraction recommandée par l'appareil n'est pas faite" in words(viewer_tab)
    for place in (2, 3, 4, 2):
        goto(viewer_tab, place)
        until(viewer_tab, f"{VIEWS}[0].masked")
        assert near(greys(viewer_tab), without(place, MEAN)), place
        assert "Soustraction du masque (im 1, 2)" in words(viewer_tab)
    goto(viewer_tab, 1)
    assert near(greys(viewer_tab), native(1))


def test_native_and_subtracted_by_choice(
    viewer_host: Host, viewer_tab: Page, tmp_path: Path
) -> None:
    opened(viewer_host, viewer_tab, tmp_path, [film(average(1), mode="NAT")])
    goto(viewer_tab, 4)
    assert near(greys(viewer_tab), native(4))
    assert "Images natives, sans soustraction" in words(viewer_tab)
    button = viewer_tab.locator(SUBTRACT)
    assert button.get_attribute("aria-pressed") == "false"
    viewer_tab.keyboard.press("s")
    until(viewer_tab, f"{VIEWS}[0].masked")
    assert near(greys(viewer_tab), without(4, VALUES[0]))
    assert "L 200 C 0" in viewer_tab.locator(".v-board .v-image").inner_text()
    assert button.get_attribute("aria-pressed") == "true"
    # A window and an inversion are of the differences, and stay with them.
    viewer_tab.evaluate(f"{VIEWS}[0].setWindow(50, 0)")
    viewer_tab.keyboard.press("i")
    goto(viewer_tab, 3)
    assert near(greys(viewer_tab), 255 - without(3, VALUES[0], 25))
    viewer_tab.keyboard.press("s")
    until(viewer_tab, f"!{VIEWS}[0].masked")
    assert near(greys(viewer_tab), 255 - native(3))
    viewer_tab.evaluate("drimboxViewer.session.acts.reset()")
    assert near(greys(viewer_tab), native(3))
    assert "Images natives, sans soustraction" in words(viewer_tab)


@pytest.mark.parametrize(
    ("mask", "wanted"),
    [
        (item(MaskOperation="TID", TIDOffset=1), [None, 0, 1, 2, 3]),
        (item(MaskOperation="TID", TIDOffset=-2), [2, 3, 4, None, None]),
        (
            item(MaskOperation="REV_TID", TIDOffset=1, ApplicableFrameRange=[3, 4]),
            [None, None, 1, 0, None],
        ),
    ],
    ids=["frame before", "frame behind", "backwards"],
)
def test_each_frame_has_the_mask_of_its_own_number(
    mask: Dataset,
    wanted: Sequence[int | None],
    viewer_host: Host,
    viewer_tab: Page,
    tmp_path: Path,
) -> None:
    opened(viewer_host, viewer_tab, tmp_path, [film(mask)])
    for place in range(COUNT):
        goto(viewer_tab, place)
        one = wanted[place]
        if one is None:
            assert near(greys(viewer_tab), native(place)), place
            assert "n'est pas faite ici" in words(viewer_tab)
        else:
            until(viewer_tab, f"{VIEWS}[0].masked")
            assert near(greys(viewer_tab), without(place, VALUES[one])), place
            assert f"(im {one + 1})" in words(viewer_tab)


@pytest.mark.parametrize(
    "more",
    [
        {"MaskSubPixelShift": [0.5, 0]},
        {"ContrastFrameAveraging": 2},
        {"MaskOperation": "OTHER"},
        {"MaskFrameNumbers": [99]},
    ],
)
def test_a_mask_that_is_not_understood_leaves_native_images_that_say_so(
    more: dict[str, Any], viewer_host: Host, viewer_tab: Page, tmp_path: Path
) -> None:
    mask = average(1)
    for keyword, value in more.items():
        setattr(mask, keyword, value)
    opened(viewer_host, viewer_tab, tmp_path, [film(mask)])
    goto(viewer_tab, 4)
    assert near(greys(viewer_tab), native(4))
    assert "soustraction recommandée par l'appareil n'est pas faite" in words(viewer_tab)
    assert viewer_tab.locator(SUBTRACT).is_disabled()
    viewer_tab.keyboard.press("s")
    assert near(greys(viewer_tab), native(4))


def test_a_mask_of_another_film_is_none(
    viewer_host: Host, viewer_tab: Page, tmp_path: Path
) -> None:
    """Two films of one series: the frames of a mask are those of the same object."""
    second = film(average(1), number=2)
    brighter = VALUES + 100
    second.PixelData = brighter.astype(np.uint16).tobytes()
    opened(viewer_host, viewer_tab, tmp_path, [film(average(1)), second])
    goto(viewer_tab, COUNT + 4)
    until(viewer_tab, f"{VIEWS}[0].masked")
    assert near(greys(viewer_tab), without(4, VALUES[0]))
    assert viewer_tab.evaluate(f"{VIEWS}[0].series.of(9, 'frame')") == 5


def test_a_mask_that_does_not_come_is_told(
    viewer_host: Host, viewer_tab: Page, tmp_path: Path
) -> None:
    """The mask's frame is broken: the others are native, and say why."""
    raw = samples.by_dcmtk(film(average(1)), "dcmcrle")
    # The header of the first frame's RLE says that it has no segment.
    at = raw.index(b"\x02\x00\x00\x00\x40\x00\x00\x00")
    series = SeriesOfHost(IMAGES)
    series.add(raw[:at] + b"\0" + raw[at + 1 :], tmp_path)
    viewer_host.exams = {1: ExamOfHost(1, "20261112", [series])}
    viewer_tab.evaluate("drimboxViewer.session.open([1])")
    until(viewer_tab, f"{VIEWS}[0]?.note.textContent.includes('ne peut pas être décodée')")
    goto(viewer_tab, 4)
    until(viewer_tab, f"{VIEWS}[0].unmasked")
    assert "le masque n'a pas pu être chargé" in words(viewer_tab)
    assert near(greys(viewer_tab), native(4))


def test_a_presentation_state_means_the_frames_as_they_are(
    viewer_host: Host, viewer_tab: Page, tmp_path: Path
) -> None:
    root = film(average(1))
    window = [item(WindowCenter=600.5, WindowWidth=401)]
    states = [state(STATES, [root], "NATIF", 1, SoftcopyVOILUTSequence=window)]
    opened(viewer_host, viewer_tab, tmp_path, [root], states)
    goto(viewer_tab, 4)
    until(viewer_tab, f"{VIEWS}[0].masked")
    assert "NATIF" in chosen(viewer_tab, 1)
    assert near(greys(viewer_tab), line(VALUES[4], 400, 800))
    assert "Images natives, sans soustraction" in words(viewer_tab)
    assert chosen(viewer_tab, 0) == ""
    until(viewer_tab, f"{VIEWS}[0].masked")
    assert near(greys(viewer_tab), without(4, VALUES[0]))


def test_a_film_plays_subtracted_and_ends_with_itself(
    viewer_host: Host, viewer_tab: Page, tmp_path: Path
) -> None:
    """Cine stays within the film on the screen: the next one of the series is another run."""
    opened(viewer_host, viewer_tab, tmp_path, [film(average(1)), film(average(1), number=2)])
    goto(viewer_tab, 1)
    viewer_tab.evaluate(
        f"""() => {{
            const view = {VIEWS}[0];
            window.seen = [];
            const came = view.hears.shown;
            view.hears.shown = (one) => {{
                window.seen.push([one.place, one.masked]);
                came(one);
            }};
        }}"""
    )
    viewer_tab.locator("button[data-tool=cine]").click()
    until(viewer_tab, "window.seen.length > 7")
    viewer_tab.locator("button[data-tool=cine]").click()
    seen = viewer_tab.evaluate("window.seen")
    assert [place for place, _ in seen[:7]] == [2, 3, 4, 0, 1, 2, 3]
    assert all(masked for _, masked in seen[1:])
    goto(viewer_tab, COUNT + 3)
    viewer_tab.evaluate("window.seen.length = 0")
    viewer_tab.locator("button[data-tool=cine]").click()
    until(viewer_tab, "window.seen.length > 3")
    viewer_tab.locator("button[data-tool=cine]").click()
    assert [place for place, _ in viewer_tab.evaluate("window.seen")[:3]] == [9, 5, 6]


def test_what_is_kept_of_a_film_says_how_it_was_made(
    viewer_host: Host, viewer_tab: Page, tmp_path: Path
) -> None:
    """The words stand in the kept picture too: its last rows differ with them alone."""
    root = film(average(1))
    root.BurnedInAnnotation = "NO"
    opened(viewer_host, viewer_tab, tmp_path, [root])
    goto(viewer_tab, 4)
    until(viewer_tab, f"{VIEWS}[0].masked")
    told = viewer_tab.evaluate(
        """async () => {
            const words = [];
            const { fillText } = CanvasRenderingContext2D.prototype;
            CanvasRenderingContext2D.prototype.fillText = function (text, ...rest) {
                words.push(text);
                return fillText.call(this, text, ...rest);
            };
            const click = HTMLAnchorElement.prototype.click;
            HTMLAnchorElement.prototype.click = () => {};
            await drimboxViewer.session.acts.capture();
            for (let tries = 0; !words.length && tries < 100; tries += 1) {
                await new Promise((resolve) => setTimeout(resolve, 20));
            }
            HTMLAnchorElement.prototype.click = click;
            CanvasRenderingContext2D.prototype.fillText = fillText;
            return words.join();
        }"""
    )
    assert "Soustraction du masque (im 1)" in told


def test_a_film_written_by_itself_is_whole() -> None:
    """The samples are what the tests say of them."""
    assert len(part10(film(average(1)))) > PIXELS.nbytes
    assert (PIXELS[0] != PIXELS[1]).all()
