"""Whether a viewer can draw an object: None, or the reason why it is given as DICOM alone.

A wrong picture is worse than none: an image that is not known to be drawn right is not drawn.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from functions.drimbox.images.display_attributes import (
    VOI_LUT,
    has_unread_groups,
    has_window,
    is_present,
    values,
)
from functions.drimbox.images.display_tables import MODALITY_LUT
from functions.drimbox.images.negotiation import EXPLICIT_VR_LITTLE_ENDIAN
from functions.drimbox.study.sop_classes import content_type

if TYPE_CHECKING:
    from collections.abc import Callable

    from functions.drimbox.images.dicom_json import Attributes
    from functions.drimbox.images.display_attributes import Values

_STORAGE: Final = "1.2.840.10008.5.1.4.1.1."
# Pixels that are no picture (segments, doses, maps), or tiles of a larger one.
_NO_PICTURES: Final = frozenset(
    _STORAGE + one for one in ("30", "66.4", "66.7", "77.1.6", "481.2", "481.23", "481.24", "501.1")
)
# CT, MR and PET: slices without a place in the patient have lost their left and right.
_PLACED: Final = frozenset(
    _STORAGE + one for one in ("2", "2.1", "2.2", "4", "4.1", "4.4", "128", "128.1", "130")
)
# CT and PET, the enhanced ones and those converted to them: their pixels mean nothing unrescaled.
_RESCALED: Final = frozenset(_STORAGE + one for one in ("2", "2.1", "2.2", "128", "128.1", "130"))
_JPEG: Final = "1.2.840.10008.1.2.4."
RLE: Final = "1.2.840.10008.1.2.5"
# Syntaxes that always lose something. JPEG 2000 and HTJ2K do so or not: an attribute tells it.
LOSSY: Final = frozenset(_JPEG + one for one in ("50", "51", "81"))
_VIDEO: Final = frozenset(_JPEG + str(number) for number in range(100, 109))
_GREY: Final = frozenset({"MONOCHROME1", "MONOCHROME2"})
_PLAIN: Final = _GREY | {"PALETTE COLOR", "RGB"}
# The photometric interpretations that our decoders give back right, by transfer syntax.
_PHOTOMETRICS: Final = {
    EXPLICIT_VR_LITTLE_ENDIAN: _PLAIN | {"YBR_FULL", "YBR_FULL_422"},
    RLE: _PLAIN | {"YBR_FULL"},
    _JPEG + "50": _GREY | {"RGB", "YBR_FULL", "YBR_FULL_422"},
    _JPEG + "51": _GREY,
    _JPEG + "57": _PLAIN,
    _JPEG + "70": _PLAIN,
    _JPEG + "80": _PLAIN,
    _JPEG + "81": _GREY | {"RGB"},
    _JPEG + "90": _PLAIN | {"YBR_RCT"},
    _JPEG + "91": _GREY | {"RGB", "YBR_RCT", "YBR_ICT"},
    _JPEG + "201": _PLAIN | {"YBR_RCT"},
    _JPEG + "202": _PLAIN | {"YBR_RCT"},
    _JPEG + "203": _GREY | {"RGB", "YBR_RCT", "YBR_ICT"},
}
# The most bits of a sample; 16 for every other syntax.
_MOST_BITS: Final = {_JPEG + "50": 8, _JPEG + "51": 12}
_PRESENTATION_LUT, _PIXEL_PRESENTATION = 0x20500010, 0x00089205
# Grey images in which some values stand for colours (PS3.3 C.8.13.3.1.1, C.7.6.19).
_COLOURED: Final = frozenset({"COLOR", "MIXED", "TRUE_COLOR"})
_CURVES: Final = frozenset({"LINEAR", "LINEAR_EXACT", "SIGMOID"})
# The attributes that tell the proportions of a pixel, the first one that is there (PS3.3 C.7.6.3).
SIDES: Final = ("spacing", "detector_spacing", "scanned_spacing", "aspect")
_OVERLAY_BITS: Final = frozenset(0x60000102 | group << 16 for group in range(0, 0x20, 2))
_OVERLAY_NAMES: Final = frozenset(f"{tag:08X}" for tag in _OVERLAY_BITS)
AGAINST_DRAWING: Final = _OVERLAY_BITS | {
    *(MODALITY_LUT, VOI_LUT, _PRESENTATION_LUT, _PIXEL_PRESENTATION)
}
_TOLERANCE: Final = 1e-3


def reason(sop_class: str, syntax: str, root: Attributes, whole: Values) -> str | None:
    """The code of the first reason against drawing any frame of this object, None without one.

    ``root`` is the object's DICOM JSON, ``whole`` what :func:`whole_object` read of it.
    """
    checks: tuple[tuple[str, Callable[[], bool]], ...] = (
        ("class", lambda: content_type(sop_class) != "IMAGE" or sop_class in _NO_PICTURES),
        ("video", lambda: syntax in _VIDEO),
        ("syntax", lambda: syntax not in _PHOTOMETRICS),
        ("shape", lambda: not _has_shape(whole)),
        ("bits", lambda: not _bits_are_plain(syntax, whole)),
        ("photometric", lambda: not _colours_are_known(syntax, whole)),
        ("coloured", lambda: not _COLOURED.isdisjoint(values(root, _PIXEL_PRESENTATION))),
        ("modality_lut", lambda: _unread(root, whole, MODALITY_LUT, "modality_table")),
        ("voi_lut", lambda: _contrast_is_unread(root, whole)),
        ("presentation", lambda: not _is_presented_plainly(root, whole)),
        ("overlay_in_pixels", lambda: _overlay_in_pixels(root)),
        ("frames", lambda: has_unread_groups(root)),
    )
    return next((code for code, against in checks if against()), None)


def frame_reason(sop_class: str, frame: Values) -> str | None:
    """The reason against drawing one frame, with all the attributes that hold for it."""
    if not _is_rescaled_plainly(sop_class, frame):
        return "rescale"
    if not _contrast_is_known(frame):
        return "voi_lut"
    if "orientation" in frame and not _is_orthonormal(frame["orientation"]):
        return "geometry"
    if any(min(frame[name]) <= 0 for name in SIDES if name in frame):
        return "geometry"
    needed = {"position", "orientation", "spacing"}
    return "geometry" if sop_class in _PLACED and not needed <= frame.keys() else None


def _contrast_is_known(frame: Values) -> bool:
    """One table or windows along a known curve; no table that nobody read."""
    windows = frame.get("windows", ())
    if "voi_within" in frame or ("voi_table" in frame and windows):
        # The object's table stands beside a window of the frame's own: which one is meant?
        return False
    curve = frame.get("voi", "LINEAR")
    # A sigmoid that is narrower than one value is one that our viewer cannot draw.
    drawn = curve in _CURVES and (curve != "SIGMOID" or all(width >= 1 for _, width, _ in windows))
    return drawn or not windows


def is_grey(whole: Values) -> bool:
    """Whether the object's pixels are grey levels."""
    return whole.get("photometric") in _GREY


def _unread(root: Attributes, whole: Values, tag: int, key: str) -> bool:
    """Whether a table is there and was not read."""
    return is_present(root, tag) and not (is_grey(whole) and key in whole)


def _contrast_is_unread(root: Attributes, whole: Values) -> bool:
    """Whether a table is there, and neither it nor a window instead of it was read."""
    instead = is_grey(whole) and has_window(whole)
    return not instead and _unread(root, whole, VOI_LUT, "voi_table")


def _has_shape(whole: Values) -> bool:
    return bool(whole.get("rows", 0) > 0 and whole.get("columns", 0) > 0)


def _bits_are_plain(syntax: str, whole: Values) -> bool:
    """Whole bytes, the sample in its lowest bits (PS3.5 8.1.1)."""
    allocated, bits = int(whole.get("allocated", 0)), int(whole.get("bits", 0))
    most = min(allocated, _MOST_BITS.get(syntax, 16))
    placed = allocated in {8, 16} and 0 < bits <= most and whole.get("high", -1) == bits - 1
    return placed and whole.get("signed") in {0, 1}


def _colours_are_known(syntax: str, whole: Values) -> bool:
    photometric, samples = whole.get("photometric"), whole.get("samples")
    if photometric not in _PHOTOMETRICS[syntax]:
        return False
    if photometric in _GREY:
        return samples == 1
    if photometric == "PALETTE COLOR":
        return samples == 1 and not whole["signed"] and "palette" in whole
    if photometric == "YBR_FULL_422" and syntax == EXPLICIT_VR_LITTLE_ENDIAN:
        # Two pixels share their colours (PS3.3 C.7.6.3.1.2).
        pairs = not whole["columns"] % 2 and not whole.get("planar") and whole["allocated"] == 8
        return bool(pairs and samples == 3 and whole["bits"] == 8 and not whole["signed"])
    return bool(samples == 3 and whole["bits"] == 8 and not whole["signed"])


def _is_presented_plainly(root: Attributes, whole: Values) -> bool:
    """No presentation LUT but the one that its photometric interpretation implies."""
    shape = whole.get("shape")
    implied = {None, "INVERSE"} if whole["photometric"] == "MONOCHROME1" else {None, "IDENTITY"}
    return shape in implied and not is_present(root, _PRESENTATION_LUT)


def _is_rescaled_plainly(sop_class: str, frame: Values) -> bool:
    """Both numbers or none, both read; a CT and a PET have them (PS3.3 C.8.2.1, C.8.9.4)."""
    found = {"slope", "intercept"} & frame.keys()
    if "unread" in frame or len(found) == 1:
        return False
    return bool(frame["slope"]) if found else sop_class not in _RESCALED


def _overlay_in_pixels(root: Attributes) -> bool:
    """Whether an overlay stands in the bits of the pixels: an old form (PS3.5 8.1.2)."""
    if _OVERLAY_NAMES.isdisjoint(root):
        return False
    return any(values(root, tag) not in ([], [0]) for tag in _OVERLAY_BITS)


def _is_orthonormal(orientation: list[float]) -> bool:
    row, column = orientation[:3], orientation[3:]
    unit = all(abs(math.hypot(*one) - 1) < _TOLERANCE for one in (row, column))
    return unit and abs(sum(a * b for a, b in zip(row, column, strict=True))) < _TOLERANCE
