"""A study's manifest: one DICOM Key Object Selection document (PS3.3 A.35.4, TID 2010, RAD-68).

The content follows the French profile (DRIM-M): the patient is the INS, the local identifier is
nowhere, the accession number stands with its issuer in the referenced request, and each series
names the URL from which it is fetched. The bytes are decided in docs/decisions/0010.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Final

from functions.drimbox.errors import ConfigurationError, Held
from functions.drimbox.manifest import value_forms, writer
from functions.drimbox.manifest.dictionary import ATTRIBUTES
from functions.drimbox.study.index import (
    KEY_OBJECT_SELECTION,
    InstanceRef,
    KeyImageNote,
    SeriesIndex,
    StudyIndex,
)
from functions.drimbox.study.sop_classes import content_type
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from functions.drimbox.identity.parties import Identifier, Organisation, Patient
    from functions.drimbox.manifest.writer import Tree
    from functions.drimbox.oid import Uid
    from functions.drimbox.report.model import Order

IMPLICIT_VR_LITTLE_ENDIAN: Final = "1.2.840.10008.1.2"

# (Specific Character Set, codec), the first that can hold every text is used.
_CHARACTER_SETS: Final = (("ISO_IR 100", "latin-1"), ("ISO_IR 192", "utf-8"))
_KOS_SERIES_NUMBER: Final = "59"
_RETRIEVE_BASE: Final = re.compile(r"https?://[!-.0-\[\]-~]+(/[!-.0-\[\]-~]+)*")

_SOP_CLASS, _SOP_INSTANCE, _SOP_SEQUENCE, _NUMBER, _FRAMES = (
    ATTRIBUTES[keyword].tag
    for keyword in (
        "ReferencedSOPClassUID",
        "ReferencedSOPInstanceUID",
        "ReferencedSOPSequence",
        "InstanceNumber",
        "NumberOfFrames",
    )
)


@frozen
class ManifestFacts:
    """Everything that a manifest says.

    ``retrieve_base`` is the URL of the DICOMweb service, without trailing slash, frozen for ever
    once published. ``at`` is the creation time, aware, in the site's zone. ``sop_instance_uid``
    and ``series_instance_uid`` are those of the manifest itself, fixed in its intent.
    ``retrieve_location_uid`` is the repository of RAD-68 (0040,E011), left out when None.
    """

    study: StudyIndex
    patient: Patient
    order: Order
    act_label: str
    institution: Organisation
    manufacturer: str
    retrieve_base: str
    sop_instance_uid: Uid
    series_instance_uid: Uid
    at: datetime
    retrieve_location_uid: Uid | None = None

    def __repr__(self) -> str:
        return "ManifestFacts(…)"


def build(facts: ManifestFacts) -> bytes:
    """The manifest as a Part 10 file; the same facts give the same bytes.

    Descriptions and names longer than their VR are cut; an identifier is never cut. Raises Held
    ``empty_study`` when the study has no object, Held ``manifest_unbuildable`` when an identifier
    does not fit its attribute, ConfigurationError when ``retrieve_base`` is not a URL base, and
    ValueError when ``at`` is naive.
    """
    series = [one for one in facts.study.series if one.instances]
    if not series:
        raise Held("empty_study")
    if not _RETRIEVE_BASE.fullmatch(facts.retrieve_base):
        raise ConfigurationError("retrieve_base is not a URL without trailing slash")
    for character_set, codec in _CHARACTER_SETS:
        try:
            return writer.file_meta(
                KEY_OBJECT_SELECTION, facts.sop_instance_uid, IMPLICIT_VR_LITTLE_ENDIAN
            ) + _dataset(facts, series, character_set, codec)
        except UnicodeEncodeError:
            continue
        except writer.ValueTooLong as error:
            raise Held("manifest_unbuildable", f"{error.keyword} is too long") from None
    raise Held("manifest_unbuildable", "a text has no encoding")


def _dataset(
    facts: ManifestFacts, series: Sequence[SeriesIndex], character_set: str, codec: str
) -> bytes:
    tree: dict[str, str | bytes | Sequence[Tree]] = {
        **_document(facts, character_set),
        **_patient(facts.patient),
        "ReferencedRequestSequence": [_request(facts)],
        "CurrentRequestedProcedureEvidenceSequence": [
            {
                "StudyInstanceUID": facts.study.study_instance_uid,
                "ReferencedSeriesSequence": _evidence(facts, series, codec),
            }
        ],
        "ContentSequence": _content(facts, series, codec),
    }
    return writer.dataset(tree, codec)


def _document(facts: ManifestFacts, character_set: str) -> Tree:
    day, moment = facts.at.strftime("%Y%m%d"), facts.at.strftime("%H%M%S")
    study = facts.study
    return {
        "SpecificCharacterSet": character_set,
        "InstanceCreationDate": day,
        "InstanceCreationTime": moment,
        "SOPClassUID": KEY_OBJECT_SELECTION,
        "SOPInstanceUID": facts.sop_instance_uid,
        "StudyDate": value_forms.calendar_date(study.study_date),
        "SeriesDate": day,
        "ContentDate": day,
        "StudyTime": value_forms.time_of_day(study.study_time),
        "SeriesTime": moment,
        "ContentTime": moment,
        # One study may answer several requests: the number stands in ReferencedRequestSequence.
        "AccessionNumber": "",
        "Modality": "KO",
        "Manufacturer": value_forms.long_string(facts.manufacturer),
        "InstitutionName": value_forms.institution(facts.institution),
        "ReferringPhysicianName": "",
        "TimezoneOffsetFromUTC": value_forms.utc_offset(facts.at),
        "StudyDescription": value_forms.long_string(study.description),
        "ReferencedPerformedProcedureStepSequence": b"",
        "StudyInstanceUID": study.study_instance_uid,
        "SeriesInstanceUID": facts.series_instance_uid,
        "StudyID": value_forms.long_string(study.study_id, 16),
        "SeriesNumber": _KOS_SERIES_NUMBER,
        "InstanceNumber": "1",
        "ValueType": "CONTAINER",
        "ConceptNameCodeSequence": [_code("113030", "DCM", "MANIFEST")],
        "ContinuityOfContent": "SEPARATE",
        "ContentTemplateSequence": [{"MappingResource": "DCMR", "TemplateIdentifier": "2010"}],
    }


def _patient(patient: Patient) -> Tree:
    """The INS twice, as patient and as other identifier, and never the local identifier."""
    identity: Tree = {
        "PatientID": patient.ins.value,
        "IssuerOfPatientID": patient.ins.issuer,
        "IssuerOfPatientIDQualifiersSequence": [_entity(patient.ins.oid)],
    }
    birth_place = value_forms.long_string(patient.birth_place)
    return {
        **identity,
        "PatientName": value_forms.person_name(patient.birth_family, patient.birth_given),
        "PatientBirthDate": value_forms.calendar_date(patient.birth_date),
        "PatientSex": value_forms.sex(patient.sex),
        "OtherPatientNames": value_forms.other_names(patient),
        "OtherPatientIDsSequence": [{**identity, "TypeOfPatientID": "TEXT"}],
        **({"PatientComments": birth_place} if birth_place else {}),
    }


def _request(facts: ManifestFacts) -> Tree:
    accession, placer = facts.order.accession, facts.order.placer
    return {
        "StudyInstanceUID": facts.study.study_instance_uid,
        "AccessionNumber": _identifier(accession, "AccessionNumber"),
        "IssuerOfAccessionNumberSequence": [_entity(accession.root)],
        "PlacerOrderNumberImagingServiceRequest": _identifier(
            placer, "PlacerOrderNumberImagingServiceRequest"
        ),
        "OrderPlacerIdentifierSequence": [_entity(placer.root)],
        "ReferencedStudySequence": b"",
        "RequestedProcedureDescription": "",
        "RequestedProcedureCodeSequence": b"",
        "RequestedProcedureID": "",
        "FillerOrderNumberImagingServiceRequest": "",
    }


def _identifier(identifier: Identifier, keyword: str) -> str:
    """The extension as it is: an identifier that would have to change is refused."""
    if not value_forms.fits_as_is(identifier.extension):
        raise Held("manifest_unbuildable", f"{keyword} holds characters that DICOM forbids")
    return identifier.extension


def _entity(root: str) -> Tree:
    """The assigner of an identifier (PS3.3 10.17): an OID, else a UUID."""
    kind = "ISO" if "." in root else "UUID"
    return {"UniversalEntityID": root, "UniversalEntityIDType": kind}


def _code(value: str, scheme: str, meaning: str) -> Tree:
    return {
        "CodeValue": value,
        "CodingSchemeDesignator": scheme,
        "CodeMeaning": value_forms.long_string(meaning),
    }


def _evidence(facts: ManifestFacts, series: Sequence[SeriesIndex], codec: str) -> bytes:
    """Every object by series, with its number and the URL of its series."""
    study = facts.study
    marks = _marks(study.key_images, codec)
    base = f"{facts.retrieve_base}/studies/{study.study_instance_uid}/series/"
    location: Tree = (
        {"RetrieveLocationUID": facts.retrieve_location_uid} if facts.retrieve_location_uid else {}
    )
    trees: list[Tree] = [
        {
            "SeriesInstanceUID": one.series_instance_uid,
            **({"SeriesNumber": str(one.number)} if one.number is not None else {}),
            **location,
            "RetrieveURL": base + one.series_instance_uid,
            "ReferencedSOPSequence": b"".join(
                _reference(ref, marks.get(ref.sop_instance_uid, b"")) for ref in one.instances
            ),
        }
        for one in series
    ]
    return writer.items(trees, codec)


def _pair(ref: InstanceRef) -> bytes:
    return writer.element(_SOP_CLASS, writer.uid(ref.sop_class_uid)) + writer.element(
        _SOP_INSTANCE, writer.uid(ref.sop_instance_uid)
    )


def _reference(ref: InstanceRef, mark: bytes) -> bytes:
    """One item of the evidence. Written without a tree: a study has thousands of them."""
    content = _pair(ref)
    if mark:
        content += writer.element(_SOP_SEQUENCE, mark)
    if ref.instance_number is not None:
        content += writer.element(_NUMBER, writer.text(str(ref.instance_number), "ascii"))
    if ref.number_of_frames is not None:
        content += writer.element(_FRAMES, writer.text(str(ref.number_of_frames), "ascii"))
    return writer.item(content)


def _marks(notes: Sequence[KeyImageNote], codec: str) -> Mapping[Uid, bytes]:
    """For each object that key image notes designate, the items that say so: note, title, text.

    This nesting is the network's own (DRIM-M), not the standard's.
    """
    marks: defaultdict[Uid, bytes] = defaultdict(bytes)
    for note in notes:
        tree: Tree = {
            "ReferencedSOPInstanceUID": note.sop_instance_uid,
            "SeriesInstanceUID": note.series_instance_uid,
            "ConceptNameCodeSequence": [
                _code(note.title_code, note.title_scheme, note.title_meaning)
            ],
            "ContentSequence": [{"TextValue": value_forms.paragraph(note.text)}],
        }
        encoded = writer.items([tree], codec)
        for reference in dict.fromkeys(note.references):
            marks[reference] += encoded
    return marks


def _content(facts: ManifestFacts, series: Sequence[SeriesIndex], codec: str) -> bytes:
    """One item per object, then the Key Object Description, in the order of the evidence."""
    relationship = {
        kind: writer.dataset({"RelationshipType": "CONTAINS", "ValueType": kind}, codec)
        for kind in ("IMAGE", "WAVEFORM", "COMPOSITE")
    }
    references = b"".join(
        writer.item(
            writer.element(_SOP_SEQUENCE, writer.item(_pair(ref)))
            + relationship[content_type(ref.sop_class_uid)]
        )
        for one in series
        for ref in one.instances
    )
    description: Tree = {
        "RelationshipType": "CONTAINS",
        "ValueType": "TEXT",
        "ConceptNameCodeSequence": [_code("113012", "DCM", "Key Object Description")],
        "TextValue": value_forms.summary(facts.study.description, facts.act_label, series),
    }
    return references + writer.items([description], codec)
