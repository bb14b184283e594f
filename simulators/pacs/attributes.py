"""The attributes that QIDO-RS returns and matches, by level (PS3.18 tables 10.6.3-3 to -5)."""

from __future__ import annotations

from typing import Final, Literal

from pydicom.datadict import dictionary_VR, tag_for_keyword

Level = Literal["study", "series", "instance"]

_STUDY: Final = (
    "SpecificCharacterSet",
    "StudyDate",
    "StudyTime",
    "TimezoneOffsetFromUTC",
    "AccessionNumber",
    "IssuerOfAccessionNumberSequence",
    "ReferringPhysicianName",
    "StudyDescription",
    "PatientName",
    "PatientID",
    "IssuerOfPatientID",
    "IssuerOfPatientIDQualifiersSequence",
    "PatientBirthDate",
    "PatientSex",
    "StudyInstanceUID",
    "StudyID",
)
_SERIES: Final = (
    "Modality",
    "SeriesDate",
    "SeriesTime",
    "SeriesDescription",
    "BodyPartExamined",
    "SeriesInstanceUID",
    "SeriesNumber",
)
_INSTANCE: Final = (
    "SOPClassUID",
    "SOPInstanceUID",
    "InstanceNumber",
    "NumberOfFrames",
    "Rows",
    "Columns",
    "BitsAllocated",
)
ATTRIBUTES: Final[dict[str, tuple[str, ...]]] = {
    "study": _STUDY,
    "series": (*_STUDY, *_SERIES),
    "instance": (*_STUDY, *_SERIES, *_INSTANCE),
}


def tag(keyword: str) -> str:
    """The tag of a keyword as DICOM JSON writes it. KeyError for an unknown keyword."""
    number = tag_for_keyword(keyword)
    if number is None:
        raise KeyError(keyword)
    return f"{number:08X}"


TAGS: Final = {
    level: tuple(tag(keyword) for keyword in keywords) for level, keywords in ATTRIBUTES.items()
}
# tag -> VR of the attributes that a query may match: no sequence.
MATCHED: Final = {
    tag(keyword): dictionary_VR(keyword)
    for keyword in (*ATTRIBUTES["instance"], "ModalitiesInStudy")
    if dictionary_VR(keyword) != "SQ"
}
