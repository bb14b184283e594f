"""An object that is not known to be drawn right is not drawn, and the reason is told."""

from __future__ import annotations

from typing import Any

import pytest
from pydicom import Dataset

from functions.drimbox.images.display_reasons import RLE, frame_reason, reason
from tests.drimbox.images.display_scenes import (
    CT,
    ENHANCED_CT,
    SECONDARY,
    US_FILM,
    attributes,
    colour,
    item,
    slice_of_ct,
)
from tests.drimbox.images.samples import EXPLICIT, JPEG_LS

JPEG = "1.2.840.10008.1.2.4."
PET = "1.2.840.10008.5.1.4.1.1.128"
HU = {"slope": 1, "intercept": -1024}
PLACE = {"position": [0, 0, 0], "spacing": [1, 1], "orientation": [1, 0, 0, 0, 1, 0]}


def told(root: Dataset, syntax: str = EXPLICIT, sop_class: str = CT, **more: Any) -> str | None:
    found, whole = attributes(root)
    return reason(sop_class, syntax, found, {**whole, **more})


@pytest.mark.parametrize("syntax", [EXPLICIT, RLE, JPEG_LS, JPEG + "70", JPEG + "201"])
def test_plain_images_are_drawn(syntax: str) -> None:
    assert told(slice_of_ct(), syntax) is None
    assert told(slice_of_ct(PhotometricInterpretation="MONOCHROME1"), syntax) is None
    assert told(colour(), syntax, US_FILM) is None


def test_what_is_no_picture_is_not_drawn() -> None:
    root = slice_of_ct()
    for suffix in ("66.4", "481.2", "77.1.6", "30", "88.22", "104.1", "11.1"):
        assert told(root, sop_class=f"1.2.840.10008.5.1.4.1.1.{suffix}") == "class"
    assert told(root, sop_class="1.2.3.4") == "class"


@pytest.mark.parametrize(("suffix", "code"), [("100", "video"), ("102", "video"), ("92", "syntax")])
def test_what_no_decoder_reads_is_not_drawn(suffix: str, code: str) -> None:
    assert told(slice_of_ct(), JPEG + suffix) == code


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"Rows": 0}, "shape"),
        ({"Columns": None}, "shape"),
        ({"BitsAllocated": 32}, "bits"),
        ({"BitsStored": 17}, "bits"),
        ({"HighBit": 15}, "bits"),
        ({"PixelRepresentation": 2}, "bits"),
        ({"PhotometricInterpretation": "HSV"}, "photometric"),
        ({"PhotometricInterpretation": "YBR_ICT"}, "photometric"),
        ({"SamplesPerPixel": 3}, "photometric"),
        ({"PhotometricInterpretation": "PALETTE COLOR"}, "photometric"),
        ({"PhotometricInterpretation": "RGB", "SamplesPerPixel": 3}, "photometric"),
        ({"PixelPresentation": "COLOR"}, "coloured"),
        ({"PixelPresentation": "MIXED"}, "coloured"),
        ({"PixelPresentation": "MONOCHROME"}, None),
        ({"ModalityLUTSequence": [item(LUTDescriptor=[1, 0, 16])]}, "modality_lut"),
        ({"PresentationLUTShape": "INVERSE"}, "presentation"),
        ({"PresentationLUTSequence": [item()]}, "presentation"),
    ],
)
def test_what_would_be_drawn_wrong_is_not_drawn(changes: dict[str, Any], code: str | None) -> None:
    assert told(slice_of_ct(**changes)) == code


def test_a_baseline_jpeg_has_eight_bits() -> None:
    eight = {"BitsStored": 8, "HighBit": 7}
    assert told(slice_of_ct(**eight), JPEG + "50") is None
    assert told(slice_of_ct(), JPEG + "50") == "bits"
    assert told(slice_of_ct(), JPEG + "51") is None


def test_a_lut_of_values_needs_windows_beside_it() -> None:
    lut = [item(LUTDescriptor=[1, 0, 16])]
    assert told(slice_of_ct(VOILUTSequence=lut)) is None
    bare = slice_of_ct(VOILUTSequence=lut, WindowCenter=None, WindowWidth=None)
    assert told(bare) == "voi_lut"


def test_inverse_is_the_shape_of_monochrome1() -> None:
    inverse: dict[str, Any] = {
        "PresentationLUTShape": "INVERSE",
        "PhotometricInterpretation": "MONOCHROME1",
    }
    assert told(slice_of_ct(**inverse)) is None
    assert told(slice_of_ct(PresentationLUTShape="IDENTITY")) is None


@pytest.mark.parametrize(
    ("changes", "syntax", "code"),
    [
        ({}, EXPLICIT, None),
        ({}, JPEG + "50", None),
        ({}, RLE, "photometric"),
        ({"Columns": 3}, EXPLICIT, "photometric"),
        ({"PlanarConfiguration": 1}, EXPLICIT, "photometric"),
        ({"BitsAllocated": 16}, EXPLICIT, "photometric"),
        ({"PixelRepresentation": 1}, EXPLICIT, "photometric"),
    ],
)
def test_pixels_that_share_their_colours_come_in_pairs(
    changes: dict[str, Any], syntax: str, code: str | None
) -> None:
    root = colour(**{"PhotometricInterpretation": "YBR_FULL_422", **changes})
    assert told(root, syntax, US_FILM) == code


def test_a_palette_makes_its_image_drawable() -> None:
    root = slice_of_ct(PhotometricInterpretation="PALETTE COLOR")
    assert told(root, palette={"bits": 16}) is None
    root.PixelRepresentation = 1
    assert told(root, palette={"bits": 16}) == "photometric"


def test_an_overlay_within_the_pixels_is_told() -> None:
    root = slice_of_ct()
    root.add_new(0x60000102, "US", 0)
    assert told(root) is None
    root.add_new(0x60020102, "US", 12)
    assert told(root) == "overlay_in_pixels"


@pytest.mark.parametrize(
    ("sop_class", "frame", "code"),
    [
        (SECONDARY, {}, None),
        (SECONDARY, HU, None),
        (SECONDARY, {"slope": 2}, "rescale"),
        (SECONDARY, {"intercept": 2}, "rescale"),
        (SECONDARY, {"unread": "slope"}, "rescale"),
        (SECONDARY, {**HU, "unread": "slope"}, "rescale"),
        (SECONDARY, {"slope": 0, "intercept": 0}, "rescale"),
        (SECONDARY, {"orientation": [1, 0, 0, 0, 2, 0]}, "geometry"),
        (SECONDARY, {"orientation": [1, 0, 0, 1, 0, 0]}, "geometry"),
        (SECONDARY, {"spacing": [0, 1]}, "geometry"),
        (SECONDARY, {"detector_spacing": [1, 0]}, "geometry"),
        (SECONDARY, {"scanned_spacing": [-1, 1]}, "geometry"),
        (SECONDARY, {"aspect": [0, 0]}, "geometry"),
        (SECONDARY, {"aspect": [2, 1]}, None),
        (CT, PLACE, "rescale"),
        (PET, PLACE, "rescale"),
        (CT, HU, "geometry"),
        (ENHANCED_CT, {**HU, "position": [0, 0, 0], "spacing": [1, 1]}, "geometry"),
        (CT, {**PLACE, **HU}, None),
        (SECONDARY, {"windows": [[1, 2, ""]]}, None),
        (SECONDARY, {"voi_table": {}}, None),
        (SECONDARY, {"voi_table": {}, "windows": [[1, 2, ""]]}, "voi_lut"),
        (SECONDARY, {"voi_within": True}, "voi_lut"),
        (SECONDARY, {"voi": "SIGMOID", "windows": [[1, 2, ""], [1, 1, ""]]}, None),
        (SECONDARY, {"voi": "SIGMOID", "windows": [[1, 2, ""], [1, 0.5, ""]]}, "voi_lut"),
        (SECONDARY, {"voi": "LINEAR_EXACT", "windows": [[1, 0.5, ""]]}, None),
        (SECONDARY, {"voi": "GAMMA", "windows": [[1, 2, ""]]}, "voi_lut"),
        (SECONDARY, {"voi": "GAMMA"}, None),
    ],
)
def test_a_frame_without_its_place_is_not_drawn(
    sop_class: str, frame: dict[str, Any], code: str | None
) -> None:
    assert frame_reason(sop_class, frame) == code


@pytest.mark.parametrize(
    ("tag", "code"),
    [
        (0x00283000, "modality_lut"),
        (0x20500010, "presentation"),
        (0x52009229, "frames"),
        (0x52009230, "frames"),
    ],
)
def test_a_sequence_that_nobody_read_is_not_overlooked(tag: int, code: str) -> None:
    """As UN, or of a VR that it does not have."""
    found, whole = attributes(slice_of_ct())
    for element in ({"vr": "UN"}, {"vr": "UN", "InlineBinary": "AAAA"}, {"vr": "LO"}):
        assert reason(CT, EXPLICIT, {**found, f"{tag:08X}": element}, whole) == code
    assert reason(CT, EXPLICIT, {**found, f"{tag:08X}": {"vr": "SQ"}}, whole) is None


@pytest.mark.parametrize("outer", ["52009229", "52009230"])
def test_a_group_that_nobody_read_is_not_overlooked(outer: str) -> None:
    found, whole = attributes(slice_of_ct())
    groups = {outer: {"vr": "SQ", "Value": [{"00289145": {"vr": "UN"}}]}}
    assert reason(CT, EXPLICIT, {**found, **groups}, whole) == "frames"


def test_a_table_of_windows_that_nobody_read_needs_windows_beside_it() -> None:
    found, whole = attributes(slice_of_ct())
    found["00283010"] = {"vr": "UN"}
    assert reason(CT, EXPLICIT, found, whole) is None
    assert (
        reason(
            CT,
            EXPLICIT,
            found,
            {"photometric": "MONOCHROME2"}
            | {key: value for key, value in whole.items() if key != "widths"},
        )
        == "voi_lut"
    )
