"""The grey levels of each image are its own: functions, windows, polarity, padding, tables."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
from playwright.sync_api import Page
from pydicom import Dataset

from tests.browser.viewer_documents import item, state
from tests.browser.viewer_greys import (
    STATES,
    chosen,
    colours,
    goto,
    greys,
    line,
    near,
    opened,
    picture,
    ramp,
    words,
)
from tests.browser.viewer_host import Host
from tests.browser.viewer_tab import VIEWS, until

pytestmark = [pytest.mark.judge, pytest.mark.slow]


@pytest.fixture(params=["gpu", "processor"])
def tab(request: pytest.FixtureRequest, viewer_tab: Page) -> Iterator[Page]:
    """The tab, drawing either way."""
    told = "true" if request.param == "processor" else "false"
    viewer_tab.evaluate(f"drimboxViewer.drawing.processor = {told}")
    yield viewer_tab
    viewer_tab.evaluate("drimboxViewer.drawing.processor = false")


def sigmoid(values: Any, center: float, width: float) -> Any:
    """PS3.3 C.11.2.1.3.1."""
    return 255 / (1 + np.exp(-4 * (np.asarray(values, float) - center) / width))


def windowed(number: int = 1, function: str | None = None, **more: Any) -> Dataset:
    facts = {"WindowCenter": 1200, "WindowWidth": 800, **more}
    if function:
        facts["VOILUTFunction"] = function
    return picture(ramp(), number, **facts)


VALUES: Final = ramp().astype(float)
CURVES: Final = {
    "LINEAR": line(VALUES, 1200 - 0.5 - 799 / 2, 1200 - 0.5 + 799 / 2),
    "LINEAR_EXACT": line(VALUES, 800, 1600),
    "SIGMOID": sigmoid(VALUES, 1200, 800),
}


def test_each_image_has_the_curve_of_its_own_window(
    viewer_host: Host, tab: Page, tmp_path: Path
) -> None:
    """Also behind an image that had another one, forth and back."""
    names = ["LINEAR", "SIGMOID", "LINEAR_EXACT", "LINEAR"]
    opened(viewer_host, tab, tmp_path, [windowed(at, name) for at, name in enumerate(names, 1)])
    for place in (0, 1, 2, 3, 2, 1, 0):
        goto(tab, place)
        assert near(greys(tab), CURVES[names[place]]), names[place]
        told = tab.locator(".v-board .v-image").inner_text()
        assert "L 800 C 1 200" in told.replace("\u202f", " ").replace("\xa0", " ")


def test_a_window_that_a_person_chose_follows_along_each_image_s_own_curve(
    viewer_host: Host, tab: Page, tmp_path: Path
) -> None:
    names = ["LINEAR", "SIGMOID"]
    opened(viewer_host, tab, tmp_path, [windowed(at, name) for at, name in enumerate(names, 1)])
    tab.evaluate(f"{VIEWS}[0].setWindow(400, 1000)")
    assert near(greys(tab), line(VALUES, 800, 1199))
    goto(tab, 1)
    assert near(greys(tab), sigmoid(VALUES, 1000, 400))
    tab.keyboard.press("i")
    assert near(greys(tab), 255 - sigmoid(VALUES, 1000, 400))
    goto(tab, 0)
    assert near(greys(tab), 255 - line(VALUES, 800, 1199))


@pytest.mark.parametrize(
    ("width", "function"), [(0.5, None), (1, "LINEAR_EXACT"), (0.001, "LINEAR_EXACT")]
)
def test_windows_of_parts_of_a_value_are_drawn_the_right_way_round(
    width: float, function: str | None, viewer_host: Host, tab: Page, tmp_path: Path
) -> None:
    facts: dict[str, Any] = {"RescaleSlope": "0.0005", "RescaleIntercept": "0"}
    lower, upper = 0.5 - width / 2, 0.5 + width / 2
    image = windowed(1, function, WindowCenter=0.5, WindowWidth=width, **facts)
    opened(viewer_host, tab, tmp_path, [image])
    assert near(greys(tab), line(VALUES * 0.0005, lower, upper))
    told = tab.locator(".v-board .v-image").inner_text()
    assert f"L {str(width).replace('.', ',')} C 0,5" in told
    # By the mouse the window grows by parts of a value too.
    box = tab.locator(".v-board .v-canvas").bounding_box()
    assert box
    tab.mouse.move(box["x"] + 100, box["y"] + 100)
    tab.mouse.down()
    tab.mouse.move(box["x"] + 110, box["y"] + 100, steps=5)
    tab.mouse.up()
    grown = tab.evaluate(f"{VIEWS}[0].window().width")
    assert width < grown < width + 0.1


def test_a_window_of_one_value_is_a_step(viewer_host: Host, tab: Page, tmp_path: Path) -> None:
    images = [windowed(1), windowed(2, WindowCenter=1001, WindowWidth=1)]
    opened(viewer_host, tab, tmp_path, images)
    goto(tab, 1)
    assert near(greys(tab), np.where(VALUES > 1000.5, 255, 0))
    # Behind a step the window of the next image is drawn again.
    goto(tab, 0)
    assert near(greys(tab), CURVES["LINEAR"])


def test_a_reset_draws_the_image_s_own_window_and_no_former_one(
    viewer_host: Host, tab: Page, tmp_path: Path
) -> None:
    images = [windowed(1), windowed(2, WindowCenter=600, WindowWidth=1201)]
    opened(viewer_host, tab, tmp_path, images)
    goto(tab, 1)
    own = line(VALUES, -0.5, 1199.5)
    assert near(greys(tab), own)
    for change in ("invert()", "setWindow(100, 2000)"):
        tab.evaluate(f"{VIEWS}[0].{change}")
        assert not near(greys(tab), own)
        tab.evaluate("drimboxViewer.session.acts.reset()")
        assert near(greys(tab), own)
    # A window that was reset is each image's own again.
    goto(tab, 0)
    assert near(greys(tab), CURVES["LINEAR"])


def test_white_and_black_are_those_of_each_image(
    viewer_host: Host, tab: Page, tmp_path: Path
) -> None:
    """A series may hold both polarities: neither takes the other's, nor loses a person's choice."""
    kinds = ["MONOCHROME1", "MONOCHROME2", "MONOCHROME1", "MONOCHROME2"]
    images = [windowed(at, PhotometricInterpretation=kind) for at, kind in enumerate(kinds, 1)]
    opened(viewer_host, tab, tmp_path, images)
    plain = CURVES["LINEAR"]
    for place in (0, 1, 2, 1, 0, 3):
        goto(tab, place)
        wanted = 255 - plain if kinds[place] == "MONOCHROME1" else plain
        assert near(greys(tab), wanted), place
    tab.keyboard.press("i")
    assert near(greys(tab), 255 - plain)
    goto(tab, 2)
    assert near(greys(tab), plain)
    tab.evaluate("drimboxViewer.session.acts.reset()")
    assert near(greys(tab), 255 - plain)
    goto(tab, 3)
    assert near(greys(tab), plain)


def test_colours_keep_theirs_among_grey_images(
    viewer_host: Host, tab: Page, tmp_path: Path
) -> None:
    rgb = np.zeros((12, 20, 3), np.uint8)
    rgb[:6], rgb[6:, :10], rgb[6:, 10:] = (200, 40, 30), (20, 90, 250), (128, 128, 128)
    images = [windowed(1), picture(rgb, 2), windowed(3)]
    opened(viewer_host, tab, tmp_path, images)
    tab.evaluate(f"{VIEWS}[0].setWindow(100, 2000)")
    goto(tab, 1)
    assert near(colours(tab), rgb)
    goto(tab, 2)
    assert near(greys(tab), CURVES["LINEAR"])


def table(entries: list[int], bits: int, first: int = 0) -> Dataset:
    made = item(LUTDescriptor=[len(entries), first, bits])
    made.add_new(0x00283006, "US", entries)
    return made


# A curve with a step, a slope that falls, and gaps between entries: no window makes it.
CURVE: Final = [4095 if at < 300 else max(0, 3000 - 3 * (at - 300)) for at in range(1500)]


def through(values: Any, entries: list[int] = CURVE, bits: int = 12) -> Any:
    at = np.clip(np.asarray(values, int), 0, len(entries) - 1)
    return np.array(entries)[at] / (2**bits - 1) * 255


def test_a_table_of_contrast_is_drawn_by_its_entries_and_leaves_the_values(
    viewer_host: Host, tab: Page, tmp_path: Path
) -> None:
    images = [windowed(1), picture(ramp(), 2, VOILUTSequence=[table(CURVE, 12)]), windowed(3)]
    opened(viewer_host, tab, tmp_path, images)
    assert "Contraste par une table" not in words(tab)
    goto(tab, 1)
    assert near(greys(tab), through(VALUES))
    assert "Contraste par une table" in words(tab)
    found = tab.evaluate(f"Array.from({VIEWS}[0].viewport.csImage.getPixelData())")
    assert found == VALUES.ravel().tolist()
    tab.keyboard.press("i")
    assert near(greys(tab), 255 - through(VALUES))
    tab.keyboard.press("i")
    goto(tab, 2)
    assert near(greys(tab), CURVES["LINEAR"])
    assert "Contraste par une table" not in words(tab)


def offered(tab: Page) -> list[str]:
    """The windows in the list."""
    found = tab.locator(".v-toolbar select >> nth=0").locator("option").all_inner_texts()
    return [one.replace("\u202f", " ").replace("\xa0", " ") for one in found[1:]]


STEEP: Final = [0] * 700 + [255] * 700


def with_tables(number: int, *names: str, **more: Any) -> Dataset:
    """A windowed picture with a table of contrast of each of these names."""
    made = [table(CURVE, 12), table(STEEP, 8), table([65535, 0], 16)]
    given = made[: len(names)]
    for one, name in zip(given, names, strict=True):
        if name:
            one.LUTExplanation = name
    return windowed(number, VOILUTSequence=given, **more)


def test_tables_beside_windows_are_offered_by_their_names(
    viewer_host: Host, tab: Page, tmp_path: Path
) -> None:
    images = [
        with_tables(1, "NORMAL", "HARDER", WindowCenterWidthExplanation="USUELLE"),
        with_tables(2, "NORMAL", VOILUTFunction="SIGMOID"),
        windowed(3),
    ]
    opened(viewer_host, tab, tmp_path, images)
    # The window is drawn first, and both tables can be chosen.
    assert near(greys(tab), CURVES["LINEAR"])
    assert "Contraste par une table" not in words(tab)
    assert offered(tab) == ["1 · USUELLE (800 / 1200)", "2 · Table NORMAL", "3 · Table HARDER"]
    tab.keyboard.press("2")
    assert near(greys(tab), through(VALUES))
    assert "Contraste par une table, et non par une fenêtre · NORMAL" in words(tab)
    tab.locator(".v-toolbar select >> nth=0").select_option(index=3)
    assert near(greys(tab), through(VALUES, STEEP, 8))
    assert "· HARDER" in words(tab)
    tab.keyboard.press("i")
    assert near(greys(tab), 255 - through(VALUES, STEEP, 8))
    tab.keyboard.press("i")
    # The other images do not have that one: they are drawn as they want themselves.
    goto(tab, 1)
    assert offered(tab)[1:] == ["2 · Table NORMAL"]
    assert near(greys(tab), sigmoid(VALUES, 1200, 800))
    assert "Contraste par une table" not in words(tab)
    # The table of that name follows, each image's own.
    tab.locator(".v-toolbar select >> nth=0").blur()
    tab.keyboard.press("2")
    assert near(greys(tab), through(VALUES))
    goto(tab, 0)
    assert near(greys(tab), through(VALUES))
    goto(tab, 2)
    assert offered(tab) == ["1 · Fenêtre de l'image (800 / 1200)"]
    assert near(greys(tab), CURVES["LINEAR"])
    goto(tab, 1)
    assert near(greys(tab), through(VALUES))
    # A window is one of the values again.
    tab.keyboard.press("1")
    assert near(greys(tab), sigmoid(VALUES, 1200, 800))
    assert "Contraste par une table" not in words(tab)


def test_a_window_chosen_behind_a_table_is_one_of_its_entries(
    viewer_host: Host, tab: Page, tmp_path: Path
) -> None:
    """By the mouse the person windows the grey levels of the table, along a line."""
    images = [with_tables(at, "", "", VOILUTFunction="SIGMOID") for at in (1, 2)]
    opened(viewer_host, tab, tmp_path, images)
    assert offered(tab)[1:] == ["2 · Table 1", "3 · Table 2"]
    tab.keyboard.press("2")
    tab.evaluate(f"{VIEWS}[0].setWindow(2001, 2000)")
    levels = through(VALUES) / 255 * 4095
    assert near(greys(tab), line(levels, 999.5, 2999.5))
    goto(tab, 1)
    assert near(greys(tab), line(levels, 999.5, 2999.5))
    # Another table, of other bits, begins with all its entries.
    tab.keyboard.press("3")
    assert near(greys(tab), through(VALUES, STEEP, 8))
    goto(tab, 0)
    assert near(greys(tab), through(VALUES, STEEP, 8))
    tab.evaluate("drimboxViewer.session.acts.reset()")
    assert near(greys(tab), sigmoid(VALUES, 1200, 800))


def test_several_tables_without_a_window_may_be_chosen(
    viewer_host: Host, tab: Page, tmp_path: Path
) -> None:
    image = with_tables(1, "NORMAL", "HARDER")
    del image.WindowCenter, image.WindowWidth
    opened(viewer_host, tab, tmp_path, [image])
    assert near(greys(tab), through(VALUES))
    assert "· NORMAL" in words(tab)
    assert offered(tab) == ["1 · Table NORMAL", "2 · Table HARDER"]
    tab.keyboard.press("2")
    assert near(greys(tab), through(VALUES, STEEP, 8))
    tab.keyboard.press("1")
    assert near(greys(tab), through(VALUES))


def test_a_table_takes_the_place_of_a_state(viewer_host: Host, tab: Page, tmp_path: Path) -> None:
    image = with_tables(1, "NORMAL")
    steep = [item(WindowCenter=1000, WindowWidth=300, VOILUTFunction="LINEAR_EXACT")]
    made = state(STATES, [image], "EXACT", 1, SoftcopyVOILUTSequence=steep)
    opened(viewer_host, tab, tmp_path, [image], [made])
    assert "EXACT" in chosen(tab, 1)
    tab.keyboard.press("2")
    until(tab, f"{VIEWS}[0].told === ''")
    assert near(greys(tab), through(VALUES))
    # And a state that of the table.
    chosen(tab, 1)
    assert near(greys(tab), line(VALUES, 850, 1150))
    chosen(tab, 0)
    assert near(greys(tab), CURVES["LINEAR"])


def test_a_table_that_is_not_offered_is_told(
    viewer_host: Host, viewer_tab: Page, tmp_path: Path
) -> None:
    images = [windowed(1, VOILUTSequence=[table([0, 255], 17)]), windowed(2)]
    opened(viewer_host, viewer_tab, tmp_path, images)
    assert near(greys(viewer_tab), CURVES["LINEAR"])
    assert offered(viewer_tab) == ["1 · Fenêtre de l'image (800 / 1200)"]
    assert "Une table de contraste de l'image n'est pas proposée" in words(viewer_tab)
    goto(viewer_tab, 1)
    assert "Une table de contraste" not in words(viewer_tab)


def test_a_state_draws_tables_sigmoids_and_windows_in_place_of_the_image_s_own(
    viewer_host: Host, tab: Page, tmp_path: Path
) -> None:
    own = [table([4095, 0], 12)]
    images = [
        windowed(1, "SIGMOID"),
        picture(ramp(), 2, VOILUTSequence=own, PhotometricInterpretation="MONOCHROME1"),
    ]
    tables = [item(VOILUTSequence=[table(CURVE, 12)])]
    steep = [item(WindowCenter=1000, WindowWidth=300, VOILUTFunction="SIGMOID")]
    lines = [item(WindowCenter=1000, WindowWidth=300, VOILUTFunction="LINEAR_EXACT")]
    half = [value // 2 for value in range(2400)]
    states = [
        state(STATES, images, "TABLE", 1, SoftcopyVOILUTSequence=tables),
        state(STATES, images, "SIGMOIDE", 2, SoftcopyVOILUTSequence=steep),
        state(STATES, images, "EXACT", 3, SoftcopyVOILUTSequence=lines),
        state(STATES, images, "SANS", 4),
        state(STATES, images, "VALEURS", 5, ModalityLUTSequence=[table(half, 11)]),
        state(
            STATES,
            images,
            "TOUT",
            6,
            ModalityLUTSequence=[table(half, 11)],
            SoftcopyVOILUTSequence=tables,
            PresentationLUTShape="INVERSE",
        ),
    ]
    wanted = {
        "TABLE": through(VALUES),
        "SIGMOIDE": sigmoid(VALUES, 1000, 300),
        "EXACT": line(VALUES, 850, 1150),
        "SANS": line(VALUES, 0, 65535),
        "VALEURS": line(VALUES // 2, 0, 2047),
        "TOUT": 255 - through(VALUES // 2),
    }
    opened(viewer_host, tab, tmp_path, images, states)
    for number, (label, levels) in enumerate(wanted.items(), 1):
        for place in (0, 1):
            told = chosen(tab, number)
            assert label in told
            assert ("Contraste par une table" in told) == (label in {"TABLE", "VALEURS", "TOUT"})
            assert near(greys(tab), levels), (label, place)
            goto(tab, 1 - place)
            assert near(greys(tab), levels), (label, place)
    # Without a state each image is drawn as it wants itself.
    goto(tab, 0)
    assert chosen(tab, 0) == ""
    assert near(greys(tab), CURVES["SIGMOID"])
    goto(tab, 1)
    assert near(greys(tab), 255 - through(VALUES, [4095, 0]))


def test_a_window_takes_the_place_of_a_state_s_table(
    viewer_host: Host, tab: Page, tmp_path: Path
) -> None:
    image = windowed(1)
    tables = [item(VOILUTSequence=[table(CURVE, 12)])]
    opened(
        viewer_host,
        tab,
        tmp_path,
        [image],
        [state(STATES, [image], "TABLE", 1, SoftcopyVOILUTSequence=tables)],
    )
    assert "TABLE" in chosen(tab, 1)
    tab.keyboard.press("1")
    until(tab, f"{VIEWS}[0].told === ''")
    assert near(greys(tab), CURVES["LINEAR"])


def test_a_state_whose_table_is_for_other_values_says_so(
    viewer_host: Host, tab: Page, tmp_path: Path
) -> None:
    image = picture(ramp(np.uint8, step=1), 1)
    tables = [item(VOILUTSequence=[table([0, 255], 8, first=5000)])]
    opened(
        viewer_host,
        tab,
        tmp_path,
        [image],
        [state(STATES, [image], "AILLEURS", 1, SoftcopyVOILUTSequence=tables)],
    )
    before = greys(tab)
    told = chosen(tab, 1)
    assert "ne peut être appliqué ici" in told
    assert "pas faite pour les valeurs" in told
    assert near(greys(tab), before)


def test_padding_is_no_value_of_the_image(viewer_host: Host, tab: Page, tmp_path: Path) -> None:
    """It spreads no window, and a padding that has lost its upper bits is no bone."""
    inner = ramp(np.int32, step=1) % 200 + 500
    framed = inner.copy()
    framed[:, :4] = -2000
    facts: dict[str, Any] = {"BitsStored": 12, "HighBit": 11}
    signed = picture(framed.astype(np.int16), 1, **facts)
    signed.add_new(0x00280120, "SS", -2000)
    wild = framed.copy()
    wild[:, :4] = 63536
    # 63536 has 2096 in its lowest twelve bits.
    unsigned = picture(wild.astype(np.uint16), 2, **facts)
    unsigned.add_new(0x00280120, "US", 63536)
    ranged = framed.copy()
    ranged[:, :4] = np.arange(4) + 10
    limits = picture(ranged.astype(np.uint16), 3, **facts)
    limits.add_new(0x00280120, "US", 10)
    limits.add_new(0x00280121, "US", 13)
    nothing = picture(np.full((12, 20), 7, np.uint16), 4, **facts)
    nothing.add_new(0x00280120, "US", 7)
    opened(viewer_host, tab, tmp_path, [signed, unsigned, limits, nothing])
    wanted = line(inner, 504, 699)
    wanted[:, :4] = 0
    for place in range(3):
        goto(tab, place)
        assert near(greys(tab), wanted), place
    goto(tab, 3)
    assert (greys(tab) == greys(tab)[0, 0]).all()


def test_a_shutter_that_is_not_applied_is_told(
    viewer_host: Host, viewer_tab: Page, tmp_path: Path
) -> None:
    """The device wants a part hidden: the reader sees all of it, and is told so."""
    edges: dict[str, Any] = {
        f"Shutter{side}Edge": 3 for side in ("LeftVertical", "UpperHorizontal")
    }
    image = windowed(1, ShutterShape="RECTANGULAR", **edges)
    opened(viewer_host, viewer_tab, tmp_path, [image, windowed(2)])
    assert "Volet de l'appareil non appliqué" in words(viewer_tab)
    assert near(greys(viewer_tab), CURVES["LINEAR"])
    goto(viewer_tab, 1)
    assert "Volet" not in words(viewer_tab)


def test_a_raw_image_says_so(viewer_host: Host, tab: Page, tmp_path: Path) -> None:
    images = [
        windowed(1, PresentationIntentType="FOR PROCESSING"),
        windowed(2, PresentationIntentType="FOR PRESENTATION"),
    ]
    opened(viewer_host, tab, tmp_path, images)
    assert "Image brute" in words(tab)
    goto(tab, 1)
    assert "Image brute" not in words(tab)


def test_a_thumbnail_has_the_levels_and_the_proportions_of_its_image(
    viewer_host: Host, viewer_tab: Page, tmp_path: Path
) -> None:
    image = picture(
        ramp(rows=10, columns=20), 1, VOILUTSequence=[table(CURVE, 12)], PixelAspectRatio=[4, 1]
    )
    opened(viewer_host, viewer_tab, tmp_path, [image])
    read = """() => {
        const canvas = document.querySelector(".v-thumb canvas");
        const { data } = canvas.getContext("2d").getImageData(0, 0, 96, 96);
        return Array.from(data);
    }"""
    until(viewer_tab, f"({read})().some((one) => one > 0)")
    found = np.array(viewer_tab.evaluate(read), np.uint8).reshape(96, 96, 4)
    # 40 units high and 20 wide: the whole height, and half the width.
    filled = np.argwhere(found[..., 3] > 0)
    assert filled.min(0).tolist() == [0, 24]
    assert filled.max(0).tolist() == [95, 71]
    levels = through(ramp(rows=10, columns=20))
    rows, columns = np.arange(96) * 10 // 96, np.arange(48) * 20 // 48
    assert near(found[:, 24:72, 0], levels[np.ix_(rows, columns)])


def test_pixels_that_are_not_square_are_not_drawn_square(
    viewer_host: Host, viewer_tab: Page, tmp_path: Path
) -> None:
    spaced: dict[str, Any] = {"PixelSpacing": [0.2, 0.6]}
    images = [
        picture(ramp(), 1, PixelAspectRatio=[1, 3]),
        picture(ramp(), 2, NominalScannedPixelSpacing=[0.1, 0.3]),
        picture(ramp(), 3, **spaced),
        picture(ramp(), 4),
    ]
    opened(viewer_host, viewer_tab, tmp_path, images)
    corner = f"""() => {{
        const {{ viewport }} = {VIEWS}[0];
        const {{ origin, spacing, dimensions }} = viewport.getImageData();
        const [x0, y0] = viewport.worldToCanvas([...origin]);
        const [x1, y1] = viewport.worldToCanvas([
            origin[0] + dimensions[0] * spacing[0],
            origin[1] + dimensions[1] * spacing[1],
            origin[2],
        ]);
        return [(y1 - y0) / dimensions[1], (x1 - x0) / dimensions[0]];
    }}"""
    for place, aspect in enumerate((1 / 3, 1 / 3, 1 / 3, 1)):
        goto(viewer_tab, place)
        tall, wide = viewer_tab.evaluate(corner)
        assert tall / wide == pytest.approx(aspect, rel=1e-3), place
