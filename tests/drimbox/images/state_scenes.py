"""Presentation states for the tests of their reading."""

from __future__ import annotations

from typing import Any, Final

from pydicom import Dataset

from functions.drimbox.images.dicom_json import Attributes, data_set_json
from functions.drimbox.images.part10 import facts_of
from tests.drimbox.images.display_scenes import item
from tests.drimbox.images.samples import CT, SERIES, dataset, part10

GREYSCALE: Final = "1.2.840.10008.5.1.4.1.1.11.1"
IMAGE: Final = f"{SERIES}.1"


def reference(uid: str = IMAGE, **more: Any) -> Dataset:
    return item(ReferencedSOPClassUID=CT, ReferencedSOPInstanceUID=uid, **more)


def area(**more: Any) -> Dataset:
    return item(
        DisplayedAreaTopLeftHandCorner=[1, 2],
        DisplayedAreaBottomRightHandCorner=[3, 4],
        **{"PresentationSizeMode": "SCALE TO FIT"} | more,
    )


def circle(**more: Any) -> Dataset:
    facts: dict[str, Any] = {
        "GraphicAnnotationUnits": "PIXEL",
        "GraphicDimensions": 2,
        "NumberOfGraphicPoints": 2,
        "GraphicData": [1, 2, 3, 4],
        "GraphicType": "CIRCLE",
        "GraphicFilled": "N",
    }
    return item(**{name: value for name, value in (facts | more).items() if value is not None})


def words(**more: Any) -> Dataset:
    facts: dict[str, Any] = {
        "AnchorPointAnnotationUnits": "PIXEL",
        "UnformattedTextValue": "Nodule",
        "AnchorPoint": [1, 2],
        "AnchorPointVisibility": "Y",
    }
    return item(**{name: value for name, value in (facts | more).items() if value is not None})


def state(**changes: Any) -> Dataset:
    """A state of one slice, in Hounsfield units; a None removes."""
    series = item(SeriesInstanceUID=str(SERIES), ReferencedImageSequence=[reference()])
    root = dataset(
        SOPClassUID=GREYSCALE,
        Modality="PR",
        ContentLabel="NODULE",
        ContentDescription="Nodule",
        ReferencedSeriesSequence=[series],
        PresentationLUTShape="IDENTITY",
        PresentationCreationDate="20260102",
        DisplayedAreaSelectionSequence=[area()],
    )
    names = "Rescale SOP Content Referenced Presentation Displayed Modality Series Study Instance"
    kept = tuple(f"{names} Patient Specific Accession".split())
    for element in list(root):
        if not element.keyword.startswith(kept):
            del root[element.tag]
    for keyword, value in changes.items():
        if value is None:
            delattr(root, keyword)
        else:
            setattr(root, keyword, value)
    return root


def attributes(root: Dataset) -> Attributes:
    """Its DICOM JSON."""
    data = part10(root)
    return data_set_json(data, facts_of(data).dataset_offset, binary=1024, named=True)
