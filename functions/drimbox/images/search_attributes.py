"""The attributes of a search by level (PS3.18 10.6.1.2, 10.6.3.3): those that an answer has, those
that it may be asked for, and those that a question may match.

No key here names a person, a request or a report: the study is named already, and an address is no
place for identities.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

Level = Literal["study", "series", "instance"]
# "always": an answer has it, empty where nothing is known; "there": where the object has it;
# "asked": where ``includefield`` names it.
Returned = Literal["always", "there", "asked"]
Matching = Literal["", "uid", "code", "date", "time", "number"]


class Attribute(NamedTuple):
    """``tag`` as DICOM JSON writes it; ``matching`` is "" where no question may match it."""

    tag: str
    keyword: str
    vr: str
    returned: Returned
    matching: Matching = ""


STUDY_UID: Final = "0020000D"
SERIES_UID: Final = "0020000E"
INSTANCE_UID: Final = "00080018"
CLASS_UID: Final = "00080016"
AVAILABILITY: Final = "00080056"
RETRIEVE_URL: Final = "00081190"
MODALITY: Final = "00080060"
MODALITIES: Final = "00080061"
CLASSES: Final = "00080062"
SERIES_OF_STUDY: Final = "00201206"
INSTANCES_OF_STUDY: Final = "00201208"
INSTANCES_OF_SERIES: Final = "00201209"

_CHARACTER_SET: Final = Attribute("00080005", "SpecificCharacterSet", "CS", "there")
_TIMEZONE: Final = Attribute("00080201", "TimezoneOffsetFromUTC", "SH", "there")
_STUDY: Final = (
    _CHARACTER_SET,
    Attribute("00080020", "StudyDate", "DA", "always", "date"),
    Attribute("00080030", "StudyTime", "TM", "always", "time"),
    Attribute("00080050", "AccessionNumber", "SH", "always"),
    Attribute("00080051", "IssuerOfAccessionNumberSequence", "SQ", "asked"),
    Attribute(AVAILABILITY, "InstanceAvailability", "CS", "always"),
    Attribute(MODALITIES, "ModalitiesInStudy", "CS", "always", "code"),
    Attribute(CLASSES, "SOPClassesInStudy", "UI", "asked"),
    Attribute("00080090", "ReferringPhysicianName", "PN", "always"),
    _TIMEZONE,
    Attribute("00081030", "StudyDescription", "LO", "asked"),
    Attribute("00081032", "ProcedureCodeSequence", "SQ", "asked"),
    Attribute("00081060", "NameOfPhysiciansReadingStudy", "PN", "asked"),
    Attribute(RETRIEVE_URL, "RetrieveURL", "UR", "there"),
    Attribute("00100010", "PatientName", "PN", "always"),
    Attribute("00100020", "PatientID", "LO", "always"),
    Attribute("00100021", "IssuerOfPatientID", "LO", "asked"),
    Attribute("00100030", "PatientBirthDate", "DA", "always"),
    Attribute("00100040", "PatientSex", "CS", "always"),
    Attribute("00101002", "OtherPatientIDsSequence", "SQ", "asked"),
    Attribute("00101010", "PatientAge", "AS", "asked"),
    Attribute("00101020", "PatientSize", "DS", "asked"),
    Attribute("00101030", "PatientWeight", "DS", "asked"),
    Attribute(STUDY_UID, "StudyInstanceUID", "UI", "always", "uid"),
    Attribute("00200010", "StudyID", "SH", "always"),
    Attribute(SERIES_OF_STUDY, "NumberOfStudyRelatedSeries", "IS", "always"),
    Attribute(INSTANCES_OF_STUDY, "NumberOfStudyRelatedInstances", "IS", "always"),
)
_SERIES: Final = (
    _CHARACTER_SET,
    Attribute("00080021", "SeriesDate", "DA", "asked"),
    Attribute("00080031", "SeriesTime", "TM", "asked"),
    Attribute(MODALITY, "Modality", "CS", "always", "code"),
    Attribute("00080070", "Manufacturer", "LO", "asked"),
    Attribute("00080080", "InstitutionName", "LO", "asked"),
    _TIMEZONE,
    Attribute("00081010", "StationName", "SH", "asked"),
    Attribute("0008103E", "SeriesDescription", "LO", "always"),
    Attribute("00081090", "ManufacturerModelName", "LO", "asked"),
    Attribute(RETRIEVE_URL, "RetrieveURL", "UR", "there"),
    Attribute("00180015", "BodyPartExamined", "CS", "asked"),
    Attribute("00181030", "ProtocolName", "LO", "asked"),
    Attribute("00185100", "PatientPosition", "CS", "asked"),
    Attribute(STUDY_UID, "StudyInstanceUID", "UI", "always"),
    Attribute(SERIES_UID, "SeriesInstanceUID", "UI", "always", "uid"),
    Attribute("00200011", "SeriesNumber", "IS", "always", "number"),
    Attribute("00200052", "FrameOfReferenceUID", "UI", "asked"),
    Attribute("00200060", "Laterality", "CS", "asked"),
    Attribute(INSTANCES_OF_SERIES, "NumberOfSeriesRelatedInstances", "IS", "always"),
    Attribute("00400244", "PerformedProcedureStepStartDate", "DA", "there", "date"),
    Attribute("00400245", "PerformedProcedureStepStartTime", "TM", "there", "time"),
    Attribute("00400275", "RequestAttributesSequence", "SQ", "there"),
)
_INSTANCE: Final = (
    _CHARACTER_SET,
    Attribute(CLASS_UID, "SOPClassUID", "UI", "always", "uid"),
    Attribute(INSTANCE_UID, "SOPInstanceUID", "UI", "always", "uid"),
    Attribute(AVAILABILITY, "InstanceAvailability", "CS", "always"),
    _TIMEZONE,
    Attribute(RETRIEVE_URL, "RetrieveURL", "UR", "there"),
    Attribute(STUDY_UID, "StudyInstanceUID", "UI", "always"),
    Attribute(SERIES_UID, "SeriesInstanceUID", "UI", "always"),
    Attribute("00200013", "InstanceNumber", "IS", "always", "number"),
    Attribute("00280008", "NumberOfFrames", "IS", "there"),
    Attribute("00280010", "Rows", "US", "there"),
    Attribute("00280011", "Columns", "US", "there"),
    Attribute("00280100", "BitsAllocated", "US", "there"),
)
BY_LEVEL: Final[Mapping[Level, tuple[Attribute, ...]]] = {
    "study": _STUDY,
    "series": _SERIES,
    "instance": _INSTANCE,
}
KEYWORDS: Final = {one.keyword: one.tag for each in BY_LEVEL.values() for one in each}
