"""Documents and presentation states to look at, generated."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from pydicom import Dataset

from simulators.ris.pdf import pdf
from tests.browser import viewer_samples as samples

REPORT: Final = "1.2.840.10008.5.1.4.1.1.88.33"
PDF: Final = "1.2.840.10008.5.1.4.1.1.104.1"
STATE: Final = "1.2.840.10008.5.1.4.1.1.11.1"
# Columns and rows of the picture with four corners.
WIDE, TALL = 40, 24


def item(**attributes: Any) -> Dataset:
    made = Dataset()
    for keyword, value in attributes.items():
        setattr(made, keyword, value)
    return made


def named(meaning: str, value: str = "1", scheme: str = "99TEST") -> list[Dataset]:
    """A coded name."""
    return [item(CodeValue=value, CodingSchemeDesignator=scheme, CodeMeaning=meaning)]


def beside(sop_class: str, modality: str, series: str, number: int = 1) -> Dataset:
    """An object without pixels."""
    root = Dataset()
    root.SpecificCharacterSet = "ISO_IR 192"
    root.SOPClassUID, root.SOPInstanceUID = sop_class, f"{series}.{number}"
    root.StudyInstanceUID, root.SeriesInstanceUID = series.rpartition(".")[0], series
    root.PatientName, root.PatientID = "CANARI^ZOÉ", "IPP-CANARI"
    root.Modality, root.InstanceNumber = modality, number
    return root


def report(series: str, *more: Dataset, title: str = "Mesures") -> Dataset:
    """A structured report with a measure, a hostile text and further items."""
    root = beside(REPORT, "SR", series)
    root.SeriesDescription, root.ContentDate = "MESURES", "20261112"
    root.CompletionFlag, root.VerificationFlag = "COMPLETE", "UNVERIFIED"
    root.ValueType, root.ConceptNameCodeSequence = "CONTAINER", named(title)
    amount = item(
        NumericValue="12.5", MeasurementUnitsCodeSequence=named("millimetre", "mm", "UCUM")
    )
    root.ContentSequence = [
        item(
            RelationshipType="CONTAINS",
            ValueType="CONTAINER",
            ConceptNameCodeSequence=named("Nodule"),
            ContentSequence=[
                item(
                    RelationshipType="CONTAINS",
                    ValueType="NUM",
                    ConceptNameCodeSequence=named("Grand axe"),
                    MeasuredValueSequence=[amount],
                )
            ],
        ),
        item(
            RelationshipType="CONTAINS",
            ValueType="TEXT",
            ConceptNameCodeSequence=named("Constat"),
            TextValue="<img src=x onerror=alert(1)><script>alert(2)</script>",
        ),
        *more,
    ]
    return root


def encapsulated(series: str, title: str = "Dosimétrie") -> tuple[Dataset, bytes]:
    """A PDF in an object, and the PDF."""
    content = pdf(("Clinique", title, "PDL : 412 mGy.cm"))
    root = beside(PDF, "DOC", series)
    root.DocumentTitle, root.MIMETypeOfEncapsulatedDocument = title, "application/pdf"
    root.EncapsulatedDocument = content + b"\0" * (len(content) % 2)
    root.EncapsulatedDocumentLength = len(content)
    return root, content


def corners(series: str, number: int = 1, photometric: str = "MONOCHROME2") -> Dataset:
    """A picture whose corners differ, clockwise from the top left: 40, 90, 160, 230 on 10."""
    pixels = np.full((TALL, WIDE), 10, np.uint8)
    middle_row, middle_column = TALL // 2, WIDE // 2
    for value, rows, columns in (
        (40, slice(0, middle_row), slice(0, middle_column)),
        (90, slice(0, middle_row), slice(middle_column, WIDE)),
        (160, slice(middle_row, TALL), slice(middle_column, WIDE)),
        (230, slice(middle_row, TALL), slice(0, middle_column)),
    ):
        pixels[rows, columns] = value
    root = samples.base(samples.SECONDARY, "OT", series, number, pixels)
    root.PhotometricInterpretation = photometric
    return root


def state(
    series: str, images: Sequence[Dataset], label: str = "ETAT", number: int = 1, **changes: Any
) -> Dataset:
    """A greyscale presentation state for these images, without any effect yet; None removes."""
    root = beside(STATE, "PR", series, number)
    root.ContentLabel, root.ContentDescription = label, "Essai"
    named_series = item(
        SeriesInstanceUID=images[0].SeriesInstanceUID,
        ReferencedImageSequence=[reference(one) for one in images],
    )
    root.ReferencedSeriesSequence = [named_series]
    root.PresentationLUTShape = "IDENTITY"
    root.DisplayedAreaSelectionSequence = [area(1, 1, images[0].Columns, images[0].Rows)]
    for keyword, value in changes.items():
        if value is None:
            delattr(root, keyword)
        else:
            setattr(root, keyword, value)
    return root


def reference(image: Dataset) -> Dataset:
    return item(
        ReferencedSOPClassUID=image.SOPClassUID, ReferencedSOPInstanceUID=image.SOPInstanceUID
    )


def area(left: int, top: int, right: int, bottom: int, **more: Any) -> Dataset:
    return item(
        DisplayedAreaTopLeftHandCorner=[left, top],
        DisplayedAreaBottomRightHandCorner=[right, bottom],
        **{"PresentationSizeMode": "SCALE TO FIT", "PresentationPixelAspectRatio": [1, 1], **more},
    )
