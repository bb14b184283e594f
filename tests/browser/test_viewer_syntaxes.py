"""Transfer syntaxes in the viewer: stored pixels by their hash, broken streams by words.

One of each family; all of them with ``PROOF=whole``.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Collection
from copy import deepcopy
from io import BytesIO
from pathlib import Path
from shutil import which
from typing import Any, Final

import numpy as np
import pydicom
import pytest
from playwright.sync_api import Page
from pydicom import Dataset
from pydicom.encaps import generate_frames

from tests.browser import viewer_samples as samples
from tests.browser.viewer_host import ExamOfHost, Host, SeriesOfHost
from tests.browser.viewer_samples import JPEG, RLE
from tests.drimbox.images.samples import BIG, DEFLATED, EXPLICIT, IMPLICIT, part10

pytestmark = [
    pytest.mark.judge,
    pytest.mark.slow,
    pytest.mark.skipif(not which("dcmcjpeg"), reason="dcmtk is not installed"),
]
SERIES: Final = "1.2.250.9.8.1"
WHOLE: Final = os.environ.get("PROOF") == "whole"


def sample(names: Collection[str], *few: str) -> list[str]:
    """The names to play."""
    assert set(few) <= set(names)
    return list(names) if WHOLE else list(few)


def grey(bits: int = 12, *, signed: bool = False) -> Dataset:
    """A slice of a thorax, 64 x 48, in so many bits."""
    values = samples.thorax(0.5, 96, 30)[24:72, 16:80].astype(np.int32)
    kind = "int" if signed else "uint"
    if bits == 8:
        pixels = ((values + 1024) // 8).clip(0, 255).astype(np.uint8)
    else:
        pixels = (values if signed else values + 1024).astype(f"{kind}16")
    root = samples.base(samples.SECONDARY, "OT", SERIES, 1, np.ascontiguousarray(pixels))
    root.BitsStored, root.HighBit = bits, bits - 1
    return root


def colours() -> Dataset:
    """A picture of many colours, smooth enough for lossy codecs."""
    y, x = np.meshgrid(np.arange(48), np.arange(64), indexing="ij")
    pixels = np.stack([x * 4, y * 5, 255 - x * 2 - y], -1).astype(np.uint8)
    return samples.base(samples.SECONDARY, "OT", SERIES, 1, pixels)


def node(root: Dataset, kind: str, syntax: str, photometric: str = "") -> bytes:
    return samples.encoded(root, kind, lossless=True, syntax=syntax, photometric=photometric)


LOSSLESS: Final[dict[str, Callable[[], tuple[Dataset, bytes]]]] = {
    "explicit": lambda: both(grey(), lambda one: part10(one, EXPLICIT)),
    "implicit": lambda: both(grey(), lambda one: part10(one, IMPLICIT)),
    "deflated": lambda: both(grey(), lambda one: part10(one, DEFLATED)),
    "big endian": lambda: both(grey(), lambda one: part10(one, BIG)),
    "explicit signed": lambda: both(grey(signed=True), lambda one: part10(one, EXPLICIT)),
    "explicit 8": lambda: both(grey(8), lambda one: part10(one, EXPLICIT)),
    "explicit rgb": lambda: both(colours(), lambda one: part10(one, EXPLICIT)),
    "rle": lambda: both(grey(), lambda one: samples.by_dcmtk(one, "dcmcrle")),
    "rle signed": lambda: both(grey(signed=True), lambda one: samples.by_dcmtk(one, "dcmcrle")),
    "rle rgb": lambda: both(colours(), lambda one: samples.by_dcmtk(one, "dcmcrle")),
    "jpeg lossless": lambda: both(grey(), lambda one: samples.by_dcmtk(one, "dcmcjpeg", "+e1")),
    "jpeg lossless 14": lambda: both(grey(), lambda one: samples.by_dcmtk(one, "dcmcjpeg", "+el")),
    "jpeg lossless signed": lambda: both(
        grey(signed=True), lambda one: samples.by_dcmtk(one, "dcmcjpeg", "+e1")
    ),
    "jpeg lossless rgb": lambda: both(
        colours(), lambda one: samples.by_dcmtk(one, "dcmcjpeg", "+e1")
    ),
    "jpeg-ls": lambda: both(grey(), lambda one: samples.by_dcmtk(one, "dcmcjpls", "+el")),
    "jpeg-ls 8": lambda: both(grey(8), lambda one: samples.by_dcmtk(one, "dcmcjpls", "+el")),
    "jpeg-ls rgb": lambda: both(colours(), lambda one: samples.by_dcmtk(one, "dcmcjpls", "+el")),
    "jpeg-ls rgb by sample": lambda: both(
        colours(), lambda one: samples.by_dcmtk(one, "dcmcjpls", "+el", "+is")
    ),
    "jpeg-ls rgb by plane": lambda: both(
        colours(), lambda one: samples.by_dcmtk(one, "dcmcjpls", "+el", "+in")
    ),
    "jpeg 2000": lambda: both(grey(), lambda one: node(one, "j2k", f"{JPEG}90")),
    "jpeg 2000 signed": lambda: both(grey(signed=True), lambda one: node(one, "j2k", f"{JPEG}90")),
    "jpeg 2000 rgb": lambda: both(colours(), lambda one: node(one, "j2k", f"{JPEG}90", "YBR_RCT")),
    "htj2k": lambda: both(grey(), lambda one: node(one, "htj2k", f"{JPEG}201")),
    "htj2k 8": lambda: both(grey(8), lambda one: node(one, "htj2k", f"{JPEG}201")),
    "htj2k signed": lambda: both(grey(signed=True), lambda one: node(one, "htj2k", f"{JPEG}201")),
    "htj2k rgb": lambda: both(colours(), lambda one: node(one, "htj2k", f"{JPEG}201", "YBR_RCT")),
}


def both(root: Dataset, write: Callable[[Dataset], bytes]) -> tuple[Dataset, bytes]:
    """The original, and the file."""
    return deepcopy(root), write(root)


def series(raw: bytes, folder: Path) -> SeriesOfHost:
    made = SeriesOfHost(SERIES)
    made.add(raw, folder)
    return made


def shown(
    host: Host, tab: Page, raw: bytes, folder: Path, *, inline: bool = True
) -> dict[str, Any]:
    """The page's answer to one object: hash, values, words."""
    host.exams = {1: ExamOfHost(1, "20261112", [series(raw, folder)], inline=inline)}
    tab.evaluate(
        """async () => {
            const { session, settings, hashes } = drimboxViewer;
            settings.hash = true;
            hashes.clear();
            await session.open([1]);
        }"""
    )
    for _ in range(400):
        found: dict[str, Any] = tab.evaluate(
            """() => {
                const { session, hashes } = drimboxViewer;
                const [view] = session.board.views;
                const image = view?.viewport?.csImage;
                return {
                    hash: [...hashes.values()][0] ?? null,
                    note: view?.note.textContent ?? "",
                    thumb: document.querySelector(".v-thumb .v-count")?.textContent ?? "",
                    blank: getComputedStyle(view.canvas).visibility,
                    pixels: image ? Array.from(image.getPixelData()) : null,
                    colour: image?.color ?? null,
                };
            }"""
        )
        if found["hash"] or found["note"] or "Ne peut" in found["thumb"]:
            return found
        tab.wait_for_timeout(50)
    raise AssertionError("the viewer says nothing")


@pytest.mark.parametrize(
    "name",
    sample(
        LOSSLESS,
        *("implicit", "deflated", "big endian", "rle signed", "jpeg lossless rgb"),
        *("jpeg-ls 8", "jpeg 2000 rgb", "htj2k signed"),
    ),
)
def test_lossless_pixels_are_those_of_the_original(
    name: str, viewer_host: Host, viewer_tab: Page, tmp_path: Path
) -> None:
    original, raw = LOSSLESS[name]()
    found = shown(viewer_host, viewer_tab, raw, tmp_path)
    assert found["note"] == ""
    assert found["hash"] == hashlib.sha256(bytes(original.PixelData)).hexdigest()


LOSSY: Final[dict[str, tuple[Callable[[], tuple[Dataset, bytes]], float]]] = {
    # Name to the file, and the greatest mean error of a sample, in its own units.
    "jpeg baseline": (
        lambda: both(grey(8), lambda one: samples.by_dcmtk(one, "dcmcjpeg", "+eb", "+q", "95")),
        3.0,
    ),
    "jpeg baseline rgb": (
        lambda: both(colours(), lambda one: samples.by_dcmtk(one, "dcmcjpeg", "+eb", "+q", "95")),
        3.0,
    ),
    "jpeg extended 12": (
        lambda: both(grey(), lambda one: samples.by_dcmtk(one, "dcmcjpeg", "+ee", "+q", "95")),
        40.0,
    ),
    "jpeg-ls near": (
        lambda: both(grey(), lambda one: samples.by_dcmtk(one, "dcmcjpls", "+en", "+md", "2")),
        2.0,
    ),
    "jpeg 2000 lossy": (
        lambda: both(
            grey(),
            lambda one: samples.encoded(one, "j2k", lossless=False, syntax=f"{JPEG}91"),
        ),
        60.0,
    ),
    "htj2k lossy": (
        lambda: both(
            grey(),
            lambda one: samples.encoded(one, "htj2k", lossless=False, syntax=f"{JPEG}203"),
        ),
        60.0,
    ),
}


@pytest.mark.parametrize("name", sample(LOSSY, "jpeg baseline rgb", "htj2k lossy"))
def test_lossy_pixels_are_near_the_original(
    name: str, viewer_host: Host, viewer_tab: Page, tmp_path: Path
) -> None:
    make, most = LOSSY[name]
    original, raw = make()
    found = shown(viewer_host, viewer_tab, raw, tmp_path)
    assert found["note"] == ""
    kind = {8: np.uint8, 16: np.uint16}[original.BitsAllocated]
    wanted = np.frombuffer(bytes(original.PixelData), kind).astype(float)
    error = np.abs(np.array(found["pixels"], float) - wanted).mean()
    assert 0 < error <= most


def cut(stream: bytes) -> bytes:
    return stream[: len(stream) // 2]


def garbage(stream: bytes) -> bytes:
    return bytes(np.random.default_rng(1).integers(0, 256, len(stream), np.uint8))


STREAMS: Final[dict[str, tuple[Callable[[Dataset], bytes], str]]] = {
    "rle": (lambda one: samples.by_dcmtk(one, "dcmcrle"), RLE),
    "jpeg lossless": (lambda one: samples.by_dcmtk(one, "dcmcjpeg", "+e1"), f"{JPEG}70"),
    "jpeg-ls": (lambda one: samples.by_dcmtk(one, "dcmcjpls", "+el"), f"{JPEG}80"),
    "jpeg 2000": (lambda one: node(one, "j2k", f"{JPEG}90"), f"{JPEG}90"),
    "htj2k": (lambda one: node(one, "htj2k", f"{JPEG}201"), f"{JPEG}201"),
}


@pytest.fixture
def viewer(viewer_host: Host, viewer_tab: Page) -> tuple[Host, Page]:
    return viewer_host, viewer_tab


@pytest.fixture(scope="module")
def streams() -> dict[str, bytes]:
    """Each kind's stream of the grey picture."""
    return {name: stream_of(write(grey())) for name, (write, _) in STREAMS.items()}


def stream_of(raw: bytes) -> bytes:
    return next(generate_frames(pydicom.dcmread(BytesIO(raw)).PixelData, number_of_frames=1))


@pytest.mark.parametrize("spoil", [cut, garbage] if WHOLE else [cut])
@pytest.mark.parametrize("name", STREAMS)
def test_a_broken_stream_is_words_and_no_picture(
    name: str,
    spoil: Callable[[bytes], bytes],
    streams: dict[str, bytes],
    viewer: tuple[Host, Page],
    tmp_path: Path,
) -> None:
    viewer_host, viewer_tab = viewer
    good = samples.compressed(grey(), [streams[name]], STREAMS[name][1])
    assert shown(viewer_host, viewer_tab, good, tmp_path)["note"] == ""
    raw = samples.compressed(grey(), [spoil(streams[name])], STREAMS[name][1])
    found = shown(viewer_host, viewer_tab, raw, tmp_path)
    assert "ne peut pas être décodée" in found["note"]
    assert found["blank"] == "hidden"
    assert found["hash"] is None


def other_rows(root: Dataset) -> None:
    root.Rows, root.Columns = root.Columns, root.Rows


def fewer_bits(root: Dataset) -> None:
    root.BitsAllocated = root.BitsStored = 8
    root.HighBit = 7


def more_samples(root: Dataset) -> None:
    root.SamplesPerPixel, root.PhotometricInterpretation = 3, "RGB"
    root.BitsAllocated = root.BitsStored = 8
    root.HighBit = 7


@pytest.mark.parametrize("change", [other_rows, fewer_bits, more_samples])
@pytest.mark.parametrize("name", sample(STREAMS, "rle", "jpeg 2000"))
def test_a_stream_of_another_shape_than_its_object_is_no_picture(
    name: str,
    change: Callable[[Dataset], None],
    streams: dict[str, bytes],
    viewer: tuple[Host, Page],
    tmp_path: Path,
) -> None:
    viewer_host, viewer_tab = viewer
    if (name, change) == ("rle", other_rows):
        pytest.skip("RLE does not tell a picture's sides, but its size alone")
    root = grey()
    change(root)
    raw = samples.compressed(root, [streams[name]], STREAMS[name][1])
    found = shown(viewer_host, viewer_tab, raw, tmp_path)
    assert "ne peut pas être décodée" in found["note"]
    assert found["blank"] == "hidden"


@pytest.mark.parametrize("bytes_of", [b"", b"\0" * 64, b"\1\0\0\0" + b"\x40\0\0\0" + bytes(60)])
def test_a_broken_rle_frame_is_no_picture(
    bytes_of: bytes, viewer_host: Host, viewer_tab: Page, tmp_path: Path
) -> None:
    raw = samples.compressed(grey(), [bytes_of or b"\0\0"], RLE)
    assert "ne peut pas être décodée" in shown(viewer_host, viewer_tab, raw, tmp_path)["note"]


def test_a_claim_of_colours_that_the_stream_does_not_keep_is_no_picture(
    viewer_host: Host, viewer_tab: Page, tmp_path: Path
) -> None:
    raw = samples.by_dcmtk(colours(), "dcmcjpeg", "+eb")
    stream = stream_of(raw)
    claimed = samples.compressed(colours(), [stream], f"{JPEG}50", "RGB")
    assert "ne peut pas être décodée" in shown(viewer_host, viewer_tab, claimed, tmp_path)["note"]


@pytest.mark.parametrize(
    ("syntax", "words"),
    [(f"{JPEG}102", "vidéo"), (f"{JPEG}92", "compression inconnue")],
)
def test_what_no_decoder_reads_is_said_to_be_importable(
    syntax: str, words: str, viewer_host: Host, viewer_tab: Page, tmp_path: Path
) -> None:
    raw = samples.compressed(grey(), [b"\0\0\1\xb3" * 8], syntax)
    told = shown(viewer_host, viewer_tab, raw, tmp_path)["thumb"]
    assert words in told
    assert "import" in told
