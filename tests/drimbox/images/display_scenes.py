"""Objects to draw, for the tests of their display."""

from __future__ import annotations

import json
from typing import Any, Final

from pydicom import Dataset

from functions.drimbox.images.dicom_json import data_set_json
from functions.drimbox.images.display import Display, Placed, display_of, drawn
from functions.drimbox.images.display_attributes import Values, whole_object
from functions.drimbox.images.display_palette import MAX_TABLE_BYTES
from functions.drimbox.images.part10 import facts_of
from tests.drimbox.images.samples import EXPLICIT, dataset, part10

CT: Final = "1.2.840.10008.5.1.4.1.1.2"
ENHANCED_CT: Final = "1.2.840.10008.5.1.4.1.1.2.1"
US_FILM: Final = "1.2.840.10008.5.1.4.1.1.3.1"
SECONDARY: Final = "1.2.840.10008.5.1.4.1.1.7"
AXIAL: Final = [1, 0, 0, 0, 1, 0]
PDF: Final = b"%PDF-1.7 essai"
SPACE: Final = "1.2.250.9.5.77"


def slice_of_ct(number: int = 1, z: float = 0.0, **changes: Any) -> Dataset:
    """A slice with its place in the patient; a None removes."""
    placed: dict[str, Any] = {
        "ImagePositionPatient": [-1, -2, z],
        "ImageOrientationPatient": AXIAL,
        "PixelSpacing": [0.5, 0.7],
        "FrameOfReferenceUID": SPACE,
        "WindowCenter": [40, -600],
        "WindowWidth": [400, 1500],
    }
    given = {key: value for key, value in {**placed, **changes}.items() if value is not None}
    gone = {key: None for key, value in changes.items() if value is None and key not in placed}
    return dataset(number, **given, **gone)


def colour(**changes: Any) -> Dataset:
    """A still of an ultrasound."""
    still: dict[str, Any] = {
        "SOPClassUID": US_FILM,
        "Modality": "US",
        "SamplesPerPixel": 3,
        "PhotometricInterpretation": "RGB",
        "PlanarConfiguration": 0,
        "BitsAllocated": 8,
        "BitsStored": 8,
        "HighBit": 7,
        "PixelData": bytes(48),
    }
    return dataset(**{**still, **changes})


def item(**attributes: Any) -> Dataset:
    """One item of a sequence."""
    made = Dataset()
    for keyword, value in attributes.items():
        setattr(made, keyword, value)
    return made


def shown(root: Dataset, syntax: str = EXPLICIT) -> Display:
    """The display of an object, through JSON; nothing of the patient is in it, and nothing of the
    object is missing that was not read for it."""
    data = part10(root, syntax)
    facts = facts_of(data)
    display = display_of(data, facts)
    everything = data_set_json(data, facts.dataset_offset, binary=MAX_TABLE_BYTES, named=True)
    assert drawn(everything, facts, data) == display
    written = json.dumps(display, allow_nan=False)
    for secret in ("ZOÉ", "ZO", "IPP-00471", "ACN-77", "20260102"):
        assert secret not in written
    found: Display = json.loads(written)
    return found


def attributes(root: Dataset) -> tuple[dict[str, Any], Values]:
    """DICOM JSON of a data set, and the attributes of the whole object."""
    data = part10(root)
    found = data_set_json(data, facts_of(data).dataset_offset)
    return found, whole_object(found)


def placed(root: Dataset, at: int = 0, offset: int = 100, syntax: str = EXPLICIT) -> Placed:
    """An object of frames of 32 bytes, one behind the other."""
    display = shown(root, syntax)
    frames = tuple((1000 + 32 * one, 32) for one in range(display.get("count", 1)))
    return Placed(display, at, offset, frames)


def named(meaning: str, value: str = "1", scheme: str = "99T") -> list[Dataset]:
    """A coded name: one item."""
    return [item(CodeValue=value, CodingSchemeDesignator=scheme, CodeMeaning=meaning)]


def document(**changes: Any) -> Dataset:
    """An encapsulated PDF."""
    facts: dict[str, Any] = {
        "SOPClassUID": "1.2.840.10008.5.1.4.1.1.104.1",
        "DocumentTitle": "Dosimétrie",
        "MIMETypeOfEncapsulatedDocument": "application/pdf",
        "EncapsulatedDocument": PDF,
        "PixelData": None,
    }
    return dataset(**facts | changes)
