"""The attributes that a manifest uses, from the data dictionary (PS3.6), and their limits."""

from __future__ import annotations

from typing import Final, NamedTuple


class Attribute(NamedTuple):
    """``tag`` is group and element as one number; ``vr`` the value representation."""

    tag: int
    vr: str


ATTRIBUTES: Final[dict[str, Attribute]] = {
    keyword: Attribute(tag, vr)
    for keyword, tag, vr in (
        ("SpecificCharacterSet", 0x00080005, "CS"),
        ("InstanceCreationDate", 0x00080012, "DA"),
        ("InstanceCreationTime", 0x00080013, "TM"),
        ("SOPClassUID", 0x00080016, "UI"),
        ("SOPInstanceUID", 0x00080018, "UI"),
        ("StudyDate", 0x00080020, "DA"),
        ("SeriesDate", 0x00080021, "DA"),
        ("ContentDate", 0x00080023, "DA"),
        ("StudyTime", 0x00080030, "TM"),
        ("SeriesTime", 0x00080031, "TM"),
        ("ContentTime", 0x00080033, "TM"),
        ("AccessionNumber", 0x00080050, "SH"),
        ("IssuerOfAccessionNumberSequence", 0x00080051, "SQ"),
        ("Modality", 0x00080060, "CS"),
        ("Manufacturer", 0x00080070, "LO"),
        ("InstitutionName", 0x00080080, "LO"),
        ("ReferringPhysicianName", 0x00080090, "PN"),
        ("CodeValue", 0x00080100, "SH"),
        ("CodingSchemeDesignator", 0x00080102, "SH"),
        ("CodeMeaning", 0x00080104, "LO"),
        ("MappingResource", 0x00080105, "CS"),
        ("TimezoneOffsetFromUTC", 0x00080201, "SH"),
        ("StudyDescription", 0x00081030, "LO"),
        ("ReferencedStudySequence", 0x00081110, "SQ"),
        ("ReferencedPerformedProcedureStepSequence", 0x00081111, "SQ"),
        ("ReferencedSeriesSequence", 0x00081115, "SQ"),
        ("ReferencedSOPClassUID", 0x00081150, "UI"),
        ("ReferencedSOPInstanceUID", 0x00081155, "UI"),
        ("RetrieveURL", 0x00081190, "UR"),
        ("ReferencedSOPSequence", 0x00081199, "SQ"),
        ("PatientName", 0x00100010, "PN"),
        ("PatientID", 0x00100020, "LO"),
        ("IssuerOfPatientID", 0x00100021, "LO"),
        ("TypeOfPatientID", 0x00100022, "CS"),
        ("IssuerOfPatientIDQualifiersSequence", 0x00100024, "SQ"),
        ("PatientBirthDate", 0x00100030, "DA"),
        ("PatientSex", 0x00100040, "CS"),
        ("OtherPatientNames", 0x00101001, "PN"),
        ("OtherPatientIDsSequence", 0x00101002, "SQ"),
        ("PatientComments", 0x00104000, "LT"),
        ("StudyInstanceUID", 0x0020000D, "UI"),
        ("SeriesInstanceUID", 0x0020000E, "UI"),
        ("StudyID", 0x00200010, "SH"),
        ("SeriesNumber", 0x00200011, "IS"),
        ("InstanceNumber", 0x00200013, "IS"),
        ("NumberOfFrames", 0x00280008, "IS"),
        ("RequestedProcedureDescription", 0x00321060, "LO"),
        ("RequestedProcedureCodeSequence", 0x00321064, "SQ"),
        ("OrderPlacerIdentifierSequence", 0x00400026, "SQ"),
        ("UniversalEntityID", 0x00400032, "UT"),
        ("UniversalEntityIDType", 0x00400033, "CS"),
        ("RequestedProcedureID", 0x00401001, "SH"),
        ("PlacerOrderNumberImagingServiceRequest", 0x00402016, "LO"),
        ("FillerOrderNumberImagingServiceRequest", 0x00402017, "LO"),
        ("RelationshipType", 0x0040A010, "CS"),
        ("ValueType", 0x0040A040, "CS"),
        ("ConceptNameCodeSequence", 0x0040A043, "SQ"),
        ("ContinuityOfContent", 0x0040A050, "CS"),
        ("TextValue", 0x0040A160, "UT"),
        ("ReferencedRequestSequence", 0x0040A370, "SQ"),
        ("CurrentRequestedProcedureEvidenceSequence", 0x0040A375, "SQ"),
        ("ContentTemplateSequence", 0x0040A504, "SQ"),
        ("ContentSequence", 0x0040A730, "SQ"),
        ("TemplateIdentifier", 0x0040DB00, "CS"),
        ("RetrieveLocationUID", 0x0040E011, "UI"),
    )
}

# Characters of one value (PS3.5 table 6.2-1); UT and UR have none but the field's own length.
MAX_CHARACTERS: Final[dict[str, int]] = {
    "CS": 16,
    "DA": 8,
    "IS": 12,
    "LO": 64,
    "LT": 10240,
    "PN": 64,
    "SH": 16,
    "TM": 14,
    "UI": 64,
}
