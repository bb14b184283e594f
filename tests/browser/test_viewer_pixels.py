"""Pixels in unusual forms, native and compressed: each one on the screen is that of the object, or
words stand in its place.
"""

from __future__ import annotations

import struct
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import numpy as np
import pydicom
import pytest
from playwright.sync_api import Page
from pydicom import Dataset
from pydicom.encaps import generate_frames

from tests.browser import viewer_samples as samples
from tests.browser.jpeg_lossless import Lossless, lossless
from tests.browser.viewer_greys import (
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
from tests.browser.viewer_host import ExamOfHost, Host, SeriesOfHost
from tests.browser.viewer_samples import JPEG, RLE, Pixels
from tests.browser.viewer_tab import VIEWS, until
from tests.drimbox.images.samples import part10

pytestmark = [pytest.mark.judge, pytest.mark.slow]
GREY: Final = ramp(np.uint8, step=1)


def rgb(rows: int = 12, columns: int = 20) -> Pixels:
    """Colours that differ from pixel to pixel."""
    y, x = np.meshgrid(np.arange(rows), np.arange(columns), indexing="ij")
    return np.stack([x * 9, y * 15, 255 - x * 4 - y * 3], -1).astype(np.uint8)


def full(pixels: Pixels) -> Pixels:
    """RGB as YBR_FULL (PS3.3 C.7.6.3.1.2)."""
    red, green, blue = (pixels[..., at].astype(float) for at in range(3))
    y = 0.299 * red + 0.587 * green + 0.114 * blue
    cb = (blue - y) / 1.772 + 128
    cr = (red - y) / 1.402 + 128
    return np.clip(np.round(np.stack([y, cb, cr], -1)), 0, 255).astype(np.uint8)


def test_the_bits_above_a_value_are_none_of_it(
    viewer_host: Host, viewer_tab: Page, tmp_path: Path
) -> None:
    """The upper bits of a word hold rubbish, or an overlay of an old form."""
    rubbish = np.random.default_rng(3).integers(0, 16, GREY.shape).astype(np.uint16) << 12
    values = ramp(np.uint16, step=17)
    facts: dict[str, Any] = {"BitsStored": 12, "HighBit": 11}
    signed = (ramp(np.int32, step=17) - 2048).astype(np.int16)
    low = (signed.astype(np.int32) & 0xFFF).astype(np.uint16)
    images = [
        picture(values | rubbish, 1, **facts),
        picture(low | rubbish, 2, PixelRepresentation=1, **facts),
        picture(low, 3, PixelRepresentation=1, **facts),
        picture(signed, 4, **facts),
    ]
    opened(viewer_host, viewer_tab, tmp_path, images)
    for place, wanted in enumerate((values, signed, signed, signed)):
        goto(viewer_tab, place)
        found = viewer_tab.evaluate(f"Array.from({VIEWS}[0].viewport.csImage.getPixelData())")
        assert found == wanted.ravel().tolist(), place
        assert near(greys(viewer_tab), line(wanted, int(wanted.min()), int(wanted.max()))), place


@pytest.mark.parametrize("processor", [False, True])
def test_odd_sides_and_odd_frames_are_whole(
    processor: bool, viewer_host: Host, viewer_tab: Page, tmp_path: Path
) -> None:
    """Rows whose bytes fill no word, frames that begin at an odd place, in grey and colour, native
    and RLE."""
    film = np.stack([ramp(np.uint8, 7, 9, 1) + 60 * at for at in range(3)]).astype(np.uint8)
    colour = np.stack([np.roll(rgb(5, 7), at, 1) for at in range(3)])
    viewer_tab.evaluate(f"drimboxViewer.drawing.processor = {str(processor).lower()}")
    try:
        for pixels in (film, colour):
            for write in (part10, lambda one: samples.by_dcmtk(one, "dcmcrle")):
                opened(viewer_host, viewer_tab, tmp_path, [write(picture(pixels))])
                for place, wanted in enumerate(pixels):
                    goto(viewer_tab, place)
                    if pixels is colour:
                        assert near(colours(viewer_tab), wanted), place
                    else:
                        low, high = int(wanted.min()), int(wanted.max())
                        assert near(greys(viewer_tab), line(wanted, low, high)), place
    finally:
        viewer_tab.evaluate("drimboxViewer.drawing.processor = false")


def test_colours_in_every_native_form(viewer_host: Host, viewer_tab: Page, tmp_path: Path) -> None:
    wanted = rgb()
    planes = np.moveaxis(wanted, -1, 0)
    ybr = full(wanted)
    # Neighbours of one colour, since two pixels share it.
    twins = wanted.copy()
    twins[:, 1::2] = twins[:, ::2]
    other = full(twins)
    pairs = np.stack([other[:, ::2, 0], other[:, 1::2, 0], other[:, ::2, 1], other[:, ::2, 2]], -1)
    wide = {"BitsAllocated": 16, "BitsStored": 8, "HighBit": 7}
    images = [
        picture(wanted, 1),
        picture(wanted, 2, PlanarConfiguration=1, PixelData=planes.tobytes()),
        picture(wanted, 3, PhotometricInterpretation="YBR_FULL", PixelData=ybr.tobytes()),
        picture(
            wanted,
            4,
            PhotometricInterpretation="YBR_FULL",
            PlanarConfiguration=1,
            PixelData=np.moveaxis(ybr, -1, 0).tobytes(),
        ),
        picture(wanted, 5, PixelData=wanted.astype(np.uint16).tobytes(), **wide),
        picture(
            wanted, 6, PlanarConfiguration=1, PixelData=planes.astype(np.uint16).tobytes(), **wide
        ),
        picture(twins, 7, PhotometricInterpretation="YBR_FULL_422", PixelData=pairs.tobytes()),
    ]
    opened(viewer_host, viewer_tab, tmp_path, images)
    for place in range(len(images)):
        goto(viewer_tab, place)
        assert near(colours(viewer_tab), twins if place == 6 else wanted), place


def test_half_colours_that_are_whole_are_no_picture(
    viewer_host: Host, viewer_tab: Page, tmp_path: Path
) -> None:
    """A program that decompressed the image and left its old name there."""
    series = SeriesOfHost("1.2.250.9.7.1")
    series.add(part10(picture(rgb(), PhotometricInterpretation="YBR_FULL_422")), tmp_path)
    viewer_host.exams = {1: ExamOfHost(1, "20261112", [series])}
    viewer_tab.evaluate("drimboxViewer.session.open([1])")
    until(
        viewer_tab, "document.querySelector('.v-thumb .v-count')?.textContent.includes('Ne peut')"
    )


def palette(first: int, entries: list[tuple[int, int, int]], bits: int) -> dict[str, Any]:
    found: dict[str, Any] = {"PhotometricInterpretation": "PALETTE COLOR"}
    kind = "<H" if bits == 16 else "<B"
    for at, colour in enumerate(("Red", "Green", "Blue")):
        data = b"".join(struct.pack(kind, entry[at]) for entry in entries)
        found[f"{colour}PaletteColorLookupTableDescriptor"] = [len(entries), first, bits]
        found[f"{colour}PaletteColorLookupTableData"] = data + bytes(len(data) % 2)
    return found


def test_palettes_are_applied_by_their_entries(
    viewer_host: Host, viewer_tab: Page, tmp_path: Path
) -> None:
    few = [(at * 2, 255 - at, (at * 7) % 256) for at in range(100)]
    many = [(one << 8 | 0x5A, two << 8, three << 8 | 0xFF) for one, two, three in few]
    values = ramp(np.uint16, step=1)
    images = [
        picture(GREY, 1, **palette(20, few, 8)),
        picture(GREY, 2, **palette(20, many, 16)),
        picture(values + 1000, 3, **palette(1020, many, 16)),
    ]
    opened(viewer_host, viewer_tab, tmp_path, images)
    # Values before the first entry have that one, and those behind the last have the last.
    wanted = np.array(few)[np.clip(GREY.astype(int) - 20, 0, 99)]
    for place in range(3):
        goto(viewer_tab, place)
        assert near(colours(viewer_tab), wanted), place


def test_each_frame_is_rescaled_by_its_own_numbers(
    viewer_host: Host, viewer_tab: Page, tmp_path: Path
) -> None:
    """An enhanced MR in which the frames differ in slope, intercept and window."""
    pixels = np.stack([ramp(step=4)] * 3)
    root = samples.base("1.2.840.10008.5.1.4.1.1.4.1", "MR", "1.2.250.9.7.1", 1, pixels)
    own = [(1.0, 0.0, 400, 800), (0.25, -50.0, 60, 120), (3.0, 100.0, 1500, 2000)]
    groups = []
    for at, (slope, intercept, center, width) in enumerate(own):
        group = Dataset()
        scale, where, window = Dataset(), Dataset(), Dataset()
        scale.RescaleSlope, scale.RescaleIntercept, scale.RescaleType = slope, intercept, "US"
        where.ImagePositionPatient = [0, 0, 3 * at]
        window.WindowCenter, window.WindowWidth = center, width
        group.PixelValueTransformationSequence = [scale]
        group.PlanePositionSequence, group.FrameVOILUTSequence = [where], [window]
        groups.append(group)
    shared, axes, sides = Dataset(), Dataset(), Dataset()
    axes.ImageOrientationPatient, sides.PixelSpacing = [1, 0, 0, 0, 1, 0], [1, 1]
    shared.PlaneOrientationSequence, shared.PixelMeasuresSequence = [axes], [sides]
    root.SharedFunctionalGroupsSequence, root.PerFrameFunctionalGroupsSequence = [shared], groups
    opened(viewer_host, viewer_tab, tmp_path, [root])
    for place in (0, 1, 2, 1, 0):
        slope, intercept, center, width = own[place]
        goto(viewer_tab, place)
        values = pixels[place] * slope + intercept
        lower = center - 0.5 - (width - 1) / 2
        assert near(greys(viewer_tab), line(values, lower, lower + width - 1)), place


def test_colours_that_stand_behind_some_grey_levels_are_not_drawn_grey(
    viewer_host: Host, viewer_tab: Page, tmp_path: Path
) -> None:
    series = SeriesOfHost("1.2.250.9.7.1")
    series.add(part10(picture(GREY, PixelPresentation="COLOR")), tmp_path)
    viewer_host.exams = {1: ExamOfHost(1, "20261112", [series])}
    viewer_tab.evaluate("drimboxViewer.session.open([1])")
    told = "document.querySelector('.v-thumb .v-count')?.textContent"
    until(viewer_tab, f"{told}?.includes('niveaux de gris')")


NOISE: Final = np.random.default_rng(5).integers(0, 65536, (12, 20)).astype(np.uint16)


def stream(pixels: Pixels, **facts: Any) -> bytes:
    """A file of one frame of lossless JPEG, by an encoder of our own tests."""
    return samples.compressed(picture(pixels), [lossless(pixels, Lossless(**facts))], f"{JPEG}57")


@pytest.mark.parametrize(
    "facts",
    [
        *({"predictor": one} for one in range(1, 8)),
        {"predictor": 1, "restart": 20},
        {"predictor": 1, "restart": 60},
    ],
    ids=str,
)
@pytest.mark.parametrize("name", ["noise", "slope"])
def test_every_predictor_gives_the_pixels_back(
    name: str, facts: dict[str, Any], viewer_host: Host, viewer_tab: Page, tmp_path: Path
) -> None:
    pixels = NOISE // 2 if name == "noise" else ramp(step=250)
    opened(viewer_host, viewer_tab, tmp_path, [stream(pixels, **facts)])
    found = viewer_tab.evaluate(f"Array.from({VIEWS}[0].viewport.csImage.getPixelData())")
    assert found == pixels.ravel().tolist()


@pytest.mark.parametrize(
    "raw",
    [
        # The decoder would give half of each value, or predict wrongly behind a restart.
        lambda: stream(ramp(step=250), predictor=1, point=1),
        lambda: stream(ramp(step=250), predictor=4, restart=20),
        lambda: stream(rgb(), predictor=1, restart=20),
    ],
    ids=["point", "restart", "restart of colours"],
)
def test_a_stream_that_the_decoder_reads_wrongly_is_no_picture(
    raw: Any, viewer_host: Host, viewer_tab: Page, tmp_path: Path
) -> None:
    broken(viewer_host, viewer_tab, tmp_path, raw())


def broken(host: Host, tab: Page, folder: Path, raw: bytes) -> None:
    """The view says that the image is not shown."""
    series = SeriesOfHost("1.2.250.9.7.1")
    series.add(raw, folder)
    host.exams = {1: ExamOfHost(1, "20261112", [series])}
    tab.evaluate("drimboxViewer.session.open([1])")
    until(tab, f"{VIEWS}[0]?.note.textContent.includes('ne peut pas être décodée')")
    assert tab.evaluate(f"getComputedStyle({VIEWS}[0].canvas).visibility") == "hidden"


def marked(raw: bytes, segment: bytes) -> bytes:
    """A JPEG stream with another segment behind its begin."""
    return raw[:2] + segment + raw[2:]


ADOBE_RGB: Final = b"\xff\xee\x00\x0eAdobe\x00d\x00\x00\x00\x00\x00"
JFIF: Final = b"\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"


def baseline() -> bytes:
    """A stream of baseline JPEG in YCbCr, without any hint about its colours."""
    found = frame_of(samples.by_dcmtk(picture(rgb(16, 32)), "dcmcjpeg", "+eb", "+q", "95"))
    at = 2
    while found[at + 1] in {0xE0, 0xEE}:
        at += 2 + int.from_bytes(found[at + 2 : at + 4], "big")
    return found[:2] + found[at:]


def test_the_hints_of_colours_are_read_as_the_decoder_reads_them(
    viewer_host: Host, viewer_tab: Page, tmp_path: Path
) -> None:
    """JFIF means YCbCr, whatever Adobe's segment says, and wherever that one stands."""
    plain = baseline()
    root = picture(rgb(16, 32))
    claimed = samples.compressed(root, [marked(plain, JFIF + ADOBE_RGB)], f"{JPEG}50", "RGB")
    broken(viewer_host, viewer_tab, tmp_path, claimed)
    scan = plain.index(b"\xff\xda")
    late = plain[:scan] + ADOBE_RGB + plain[scan:]
    broken(
        viewer_host,
        viewer_tab,
        tmp_path,
        samples.compressed(root, [late], f"{JPEG}50", "YBR_FULL_422"),
    )
    kept = samples.compressed(root, [marked(plain, JFIF)], f"{JPEG}50", "YBR_FULL_422")
    opened(viewer_host, viewer_tab, tmp_path, [kept])
    found = viewer_tab.evaluate(f"Array.from({VIEWS}[0].viewport.csImage.getPixelData())")
    error = np.abs(np.array(found, float) - rgb(16, 32).ravel()).mean()
    assert error < 6


def test_a_loss_that_the_object_conceals_is_told(
    viewer_host: Host, viewer_tab: Page, tmp_path: Path
) -> None:
    """A near-lossless stream under the lossless syntax, and irreversible wavelets."""
    near_one = samples.by_dcmtk(picture(ramp(step=200)), "dcmcjpls", "+en", "+md", "2")
    disguised = near_one.replace(f"{JPEG}81".encode(), f"{JPEG}80".encode())
    root = picture(ramp(rows=48, columns=64, step=20), 2)
    wavelets = samples.encoded(root, "j2k", lossless=False, syntax=f"{JPEG}91")
    plain = samples.by_dcmtk(picture(ramp(step=200), 3), "dcmcjpls", "+el")
    for raw, told in ((disguised, True), (wavelets, True), (plain, False)):
        data = without_loss(raw)
        opened(viewer_host, viewer_tab, tmp_path, [data])
        assert ("compressée avec perte" in words(viewer_tab)) == told


def without_loss(raw: bytes) -> bytes:
    """The file without its word about a loss."""
    root = pydicom.dcmread(BytesIO(raw))
    for keyword in ("LossyImageCompression", "LossyImageCompressionRatio"):
        if keyword in root:
            delattr(root, keyword)
    out = BytesIO()
    root.save_as(out)
    return out.getvalue()


def test_images_of_other_sizes_and_orientations_stay_themselves(
    viewer_host: Host, viewer_tab: Page, tmp_path: Path
) -> None:
    """One series with a localizer, upright slices and one of another size: each is whole, with its
    own letters."""
    made = []
    axes = ([1, 0, 0, 0, 1, 0], [1, 0, 0, 0, 0, -1], [0, 1, 0, 0, 0, -1])
    letters = ("RLAP", "RLHF", "APHF")
    sizes = ((12, 20), (20, 12), (9, 9))
    for number, (axis, size) in enumerate(zip(axes, sizes, strict=True), 1):
        root = samples.base(samples.MR, "MR", "1.2.250.9.7.1", number, ramp(np.uint16, *size))
        root.ImagePositionPatient, root.ImageOrientationPatient = [0, 0, number], axis
        root.PixelSpacing, root.FrameOfReferenceUID = [1, 1], "1.2.250.9.7.900"
        made.append(root)
    opened(viewer_host, viewer_tab, tmp_path, made)
    for place in (0, 1, 2, 0, 2, 1):
        goto(viewer_tab, place)
        wanted = ramp(np.uint16, *sizes[place])
        assert near(greys(viewer_tab), line(wanted, 0, int(wanted.max()))), place
        edges = [
            viewer_tab.locator(f".v-board .v-{edge}").inner_text()
            for edge in ("left", "right", "top", "bottom")
        ]
        assert "".join(edges) == letters[place]
    assert viewer_tab.locator("button[data-tool=planes]").is_disabled()


def test_a_syntax_of_rle_beside_planes_stays_itself(
    viewer_host: Host, viewer_tab: Page, tmp_path: Path
) -> None:
    """RLE holds planes whatever the attribute says (PS3.5 G.2)."""
    raw = samples.by_dcmtk(picture(rgb()), "dcmcrle")
    for planar in (0, 1):
        root = picture(rgb(), PlanarConfiguration=planar)
        opened(viewer_host, viewer_tab, tmp_path, [samples.compressed(root, [frame_of(raw)], RLE)])
        assert near(colours(viewer_tab), rgb())


def frame_of(raw: bytes) -> bytes:
    return next(generate_frames(pydicom.dcmread(BytesIO(raw)).PixelData, number_of_frames=1))
