"""XDS metadata of one published manifest: submission set, two document entries, associations.

Values follow the newest official publication (CI-SIS "Volet partage", DRIM-M); the order of
elements follows rim.xsd, which those samples break: Slot, Name, Description, Classification,
ExternalIdentifier. Bytes are the same for the same facts, so that a retry sends the same request.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Final

from lxml import etree

from functions.drimbox.dmp import xds
from functions.drimbox.errors import Held
from functions.drimbox.identity.oid import Oid, Uid
from functions.drimbox.identity.parties import (
    PROFESSIONAL_OID,
    STRUCTURE_OID,
    Code,
    Identifier,
    Organisation,
    Patient,
    Professional,
)
from functions.drimbox.report.model import Exam, Order, Report

MANIFEST_OBJECT: Final = "DocumentKOS"
SIGNATURE_OBJECT: Final = "Signature01"
SET_OBJECT: Final = "SubmissionSet01"
LONG_NAME: Final = 256  # rim.xsd: the most characters in a Value, an identifier, a code
TITLE: Final = "Reference d'Objets d'un Examen d'Imagerie"
SECTOR_SYSTEM: Final = "1.2.250.1.71.4.2.4"
ACTIVITY_SYSTEM: Final = "1.2.250.1.213.2.2"

# PV1-2 -> contentTypeCode (CI-SIS transmission volet, JDV_J59). What PV1-2 does not say is "97".
CONTENT_TYPES: Final = {
    "I": Code("03", ACTIVITY_SYSTEM, "Hospitalisation"),
    "O": Code("07", ACTIVITY_SYSTEM, "Consultation"),
    "E": Code("07", ACTIVITY_SYSTEM, "Consultation"),
    "R": Code("19", ACTIVITY_SYSTEM, "Traitements et soins récurrents"),
    "N": Code("97", ACTIVITY_SYSTEM, "Autre activité"),
}
_NORMAL: Final = Code("N", xds.CONFIDENTIALITY_SYSTEM, "Normal")
# A signature document is of use to nobody but the DMP: always hidden, whatever the manifest is.
SIGNATURE_CONFIDENTIALITY: Final = (
    _NORMAL,
    Code("MASQUE_PS", xds.MASKING_SYSTEM, "Masqué aux professionnels de santé"),
    Code("INVISIBLE_PATIENT", xds.MASKING_SYSTEM, "Non visible par le patient"),
)
_MANIFEST_CLASS: Final = Code("31", "1.2.250.1.213.1.1.4.1", "Imagerie médicale")
_MANIFEST_TYPE: Final = Code(
    xds.IMG_KOS, xds.TYPE_SYSTEM, "Reference d'objets d'un examen d'imagerie"
)
_MANIFEST_FORMAT: Final = Code(
    "1.2.840.10008.5.1.4.1.1.88.59",
    "1.2.840.10008.2.6.1",
    "Document de Références d'objets d'imagerie selon profil IHE RAD XDS-I",
)
_SIGNATURE_CLASS: Final = Code("urn:oid:1.3.6.1.4.1.19376.1.2.1.1.1", "URN", "Digital Signature")
_SIGNATURE_TYPE: Final = Code("E1762", "ASTM", "Full Document")
_SIGNATURE_FORMAT: Final = Code(
    "http://www.w3.org/2000/09/xmldsig#", "URN", "Default Signature Style"
)
_SOURCE: Final = Code("1.2.840.10065.1.12.1.14", "1.2.840.10065.1.12", "Source")


@dataclass(frozen=True, slots=True)
class DeviceAuthor:
    """The DRIMbox as author: its identifier, product name and vendor (XCN, type EI)."""

    identifier: str
    product: str
    vendor: str

    @property
    def xcn(self) -> str:
        """authorPerson of a device (CI-SIS "personnes et structures")."""
        return _xcn(self.identifier, self.product, self.vendor, name_type="U", id_type="EI")


@dataclass(frozen=True, slots=True)
class DocumentFacts:
    """One document of the submission: uniqueId, SHA-1 (lower-case hex) and size in bytes of its
    raw content (ITI TF-3 4.2.3.2.10), and when it was made (aware)."""

    unique_id: Uid
    sha1: str
    size: int
    created: datetime

    @classmethod
    def of(cls, unique_id: Uid, content: bytes, created: datetime) -> DocumentFacts:
        """The facts of ``content``."""
        digest = hashlib.sha1(content, usedforsecurity=False).hexdigest()
        return cls(unique_id, digest, len(content), created)


@dataclass(frozen=True, slots=True)
class SubmissionFacts:
    """Everything that one publication says to the registry.

    ``order`` is the exam's own order. ``institution`` is the structure that publishes: it must be
    that of the VIHF, or the DMP refuses. ``sector`` (code of …71.4.2.4) stands in for the facility
    type where the report gives none. ``confidentiality`` comes from the report's flags and always
    holds N. ``at`` (aware) is the submission time; times are written in ``zone``, the site's.
    """

    report: Report
    exam: Exam
    order: Order
    institution: Organisation
    sector: str
    source_id: Oid
    submission_set_id: Uid
    manifest: DocumentFacts
    signature: DocumentFacts
    device: DeviceAuthor
    confidentiality: tuple[Code, ...]
    at: datetime
    zone: tzinfo

    def __repr__(self) -> str:
        return f"SubmissionFacts({self.submission_set_id})"


@dataclass(frozen=True, slots=True)
class _Entry:
    """One document entry, in the terms of ITI TF-3 table 4.2.3.2-1; classifications in order."""

    object_id: str
    mime_type: str
    slots: tuple[tuple[str, tuple[str, ...]], ...]
    title: str
    comments: str
    author_person: str
    author_institution: str
    classifications: tuple[tuple[str, Code], ...]
    patient_id: str
    unique_id: Uid


def build(facts: SubmissionFacts) -> bytes:
    """``lcm:SubmitObjectsRequest`` (ITI TF-2 3.41.4.1.2), UTF-8, without XML declaration.

    Raises Held ``incomplete_report`` when the report lacks what the DMP requires, naming it.
    """
    root = etree.Element(
        f"{{{xds.LCM}}}SubmitObjectsRequest", nsmap={"lcm": xds.LCM, "rim": xds.RIM}
    )
    objects = etree.SubElement(root, _rim("RegistryObjectList"))
    _submission_set(objects, facts)
    for entry in (_manifest_entry(facts), _signature_entry(facts)):
        _extrinsic_object(objects, entry)
    for identifier, kind, source, target in (
        ("Association01", xds.HAS_MEMBER, SET_OBJECT, MANIFEST_OBJECT),
        ("Association02", xds.HAS_MEMBER, SET_OBJECT, SIGNATURE_OBJECT),
        ("Association03", xds.SIGNS, SIGNATURE_OBJECT, SET_OBJECT),
    ):
        association = etree.SubElement(
            objects,
            _rim("Association"),
            associationType=kind,
            id=identifier,
            sourceObject=source,
            targetObject=target,
        )
        _slot(association, "SubmissionSetStatus", ("Original",))
    return etree.tostring(root, encoding="utf-8")


def content_type_code(patient_class: str) -> Code:
    """contentTypeCode of PV1-2; a class outside the official mapping counts as "N"."""
    return CONTENT_TYPES.get(patient_class, CONTENT_TYPES["N"])


def _submission_set(objects: etree._Element, facts: SubmissionFacts) -> None:
    root = etree.SubElement(objects, _rim("RegistryPackage"), id=SET_OBJECT)
    _slot(root, "submissionTime", (_local(facts.at, facts.zone),))
    _text(root, "Name", TITLE)
    _text(root, "Description", "Publication d'une référence d'objets d'imagerie")
    ids = _Ids(SET_OBJECT)
    _author(root, ids, xds.SUBMISSION_AUTHOR, facts.device.xcn, _xon(facts.institution))
    patient_class = facts.report.patient_class
    _classification(root, ids, xds.CONTENT_TYPE_CODE, content_type_code(patient_class))
    etree.SubElement(
        root,
        _rim("Classification"),
        classificationNode=xds.SUBMISSION_SET,
        classifiedObject=SET_OBJECT,
        id=ids.next(),
    )
    patient_id = facts.report.document.patient.ins.cx()
    for scheme, value, name in (
        (xds.SUBMISSION_PATIENT_ID, patient_id, "XDSSubmissionSet.patientId"),
        (xds.SUBMISSION_SOURCE_ID, facts.source_id, "XDSSubmissionSet.sourceId"),
        (xds.SUBMISSION_UNIQUE_ID, facts.submission_set_id, "XDSSubmissionSet.uniqueId"),
    ):
        _external_identifier(root, ids, scheme, value, name)


def _manifest_entry(facts: SubmissionFacts) -> _Entry:
    document, exam, zone = facts.report.document, facts.exam, facts.zone
    patient = document.patient
    slots = (
        ("creationTime", _local(facts.manifest.created, zone)),
        ("submissionTime", _local(facts.at, zone)),
        ("languageCode", "fr-FR"),
        ("legalAuthenticator", professional_xcn(document.legal_authenticator)),
        ("serviceStartTime", _local(_service_start(exam), zone)),
        ("serviceStopTime", _local(exam.period.high, zone)),
        ("sourcePatientId", _source_patient_id(patient)),
        ("hash", facts.manifest.sha1),
        ("size", str(facts.manifest.size)),
    )
    return _Entry(
        object_id=MANIFEST_OBJECT,
        mime_type="application/dicom",
        slots=(
            *((name, (value,)) for name, value in slots if value),
            ("sourcePatientInfo", tuple(_source_patient_info(patient))),
            (xds.REFERENCE_IDS, reference_ids(exam, facts.order)),
        ),
        title=TITLE,
        comments="KOS",
        author_person=facts.device.xcn,
        author_institution=_xon(facts.institution),
        classifications=(
            (xds.CLASS_CODE, _MANIFEST_CLASS),
            (xds.TYPE_CODE, _MANIFEST_TYPE),
            *((xds.CONFIDENTIALITY_CODE, code) for code in facts.confidentiality),
            (xds.FORMAT_CODE, _MANIFEST_FORMAT),
            (xds.FACILITY_TYPE_CODE, _facility_type(facts)),
            (xds.PRACTICE_SETTING_CODE, _practice_setting(facts)),
            *((xds.EVENT_CODE, code) for code in event_codes(exam)),
        ),
        patient_id=patient.ins.cx(),
        unique_id=facts.manifest.unique_id,
    )


def _signature_entry(facts: SubmissionFacts) -> _Entry:
    document = facts.report.document
    signer = professional_xcn(document.legal_authenticator)
    made = _local(facts.signature.created, facts.zone)
    slots = (
        ("creationTime", made),
        ("submissionTime", _local(facts.at, facts.zone)),
        ("languageCode", "art"),
        ("legalAuthenticator", signer),
        ("serviceStartTime", made),
        ("serviceStopTime", made),
        ("sourcePatientId", document.patient.ins.cx()),
        ("hash", facts.signature.sha1),
        ("size", str(facts.signature.size)),
    )
    return _Entry(
        object_id=SIGNATURE_OBJECT,
        mime_type="text/xml",
        slots=(
            *((name, (value,)) for name, value in slots),
            (xds.REFERENCE_IDS, reference_ids(facts.exam, facts.order)),
        ),
        title="Source",
        comments="",
        author_person=signer,
        author_institution=_xon(facts.institution),
        classifications=(
            (xds.CLASS_CODE, _SIGNATURE_CLASS),
            (xds.TYPE_CODE, _SIGNATURE_TYPE),
            *((xds.CONFIDENTIALITY_CODE, code) for code in SIGNATURE_CONFIDENTIALITY),
            (xds.FORMAT_CODE, _SIGNATURE_FORMAT),
            (xds.FACILITY_TYPE_CODE, _facility_type(facts)),
            (xds.PRACTICE_SETTING_CODE, _practice_setting(facts)),
            (xds.EVENT_CODE, _SOURCE),
        ),
        patient_id=document.patient.ins.cx(),
        unique_id=facts.signature.unique_id,
    )


def event_codes(exam: Exam) -> tuple[Code, ...]:
    """eventCodeList: the act, each modality, each region, by code-system OID, none twice."""
    codes: dict[tuple[str, str], Code] = {}
    for code in (exam.act, *exam.modalities, *exam.regions):
        system = xds.CODE_SYSTEM_OF.get(code.system, code.system)
        if code.code:
            codes.setdefault((code.code, system), Code(code.code, system, code.display))
    return tuple(codes.values())


def reference_ids(exam: Exam, order: Order) -> tuple[str, ...]:
    """referenceIdList as CXi: accession, study, order (ITI TF-3 4.2.3.1.7).

    A Study Instance UID is unique by itself: it has no assigning authority (the dummy OID of the
    official sample names nothing). An identifier that the report leaves empty is left out.
    """
    cxi = (
        _cxi(order.accession, xds.ACCESSION),
        f"{exam.study_instance_uid}^^^^{xds.STUDY_INSTANCE_UID}",
        _cxi(order.placer, xds.ORDER),
    )
    return tuple(value for value in cxi if value)


def _cxi(identifier: Identifier, kind: str) -> str:
    if not identifier.extension:
        return ""
    return f"{_hl7(identifier.extension)}^^^&{_hl7(identifier.root)}&ISO^{kind}"


def _service_start(exam: Exam) -> datetime:
    if exam.period.low is None:
        raise Held("incomplete_report", "effectiveTime/low (serviceStartTime) is missing")
    return exam.period.low


def _facility_type(facts: SubmissionFacts) -> Code:
    return facts.report.document.facility_type or Code(facts.sector, SECTOR_SYSTEM)


def _practice_setting(facts: SubmissionFacts) -> Code:
    performer = facts.exam.performer
    organisation = performer.organisation if performer is not None else None
    for candidate in (organisation, facts.institution):
        if candidate is not None and candidate.practice_setting is not None:
            return candidate.practice_setting
    raise Held("incomplete_report", "standardIndustryClassCode (practiceSettingCode) is missing")


def _source_patient_id(patient: Patient) -> str:
    """The IPP with its authority, the INS where there is no IPP (CI-SIS mapping)."""
    for local in patient.local_ids:
        if local.extension and _is_oid(local.root):
            return f"{_hl7(local.extension)}^^^&{local.root}&ISO^PI"
    return patient.ins.cx("PI")


def _is_oid(text: str) -> bool:
    try:
        Oid(text)
    except ValueError:
        return False
    return True


def _source_patient_info(patient: Patient) -> Iterator[str]:
    yield f"PID-5|{_hl7(patient.birth_family)}^{_hl7(patient.birth_given)}^^^^^L"
    yield f"PID-7|{patient.birth_date}"
    yield f"PID-8|{patient.sex}"
    if patient.birth_place:
        yield f"PID-11|^^^^^^BDL^^{_hl7(patient.birth_place)}"


def professional_xcn(who: Professional) -> str:
    """``id^family^given^^^^^^&…71.4.2.1&ISO^D^^^IDNPS`` (CI-SIS "personnes et structures")."""
    return _xcn(who.identifier, who.family, who.given, name_type="D", id_type="IDNPS")


def _xcn(identifier: str, family: str, given: str, *, name_type: str, id_type: str) -> str:
    names = "^".join(_hl7(part) for part in (identifier, family, given))
    return f"{names}^^^^^^&{PROFESSIONAL_OID}&ISO^{name_type}^^^{id_type}"


def _xon(organisation: Organisation) -> str:
    """``name^^^^^&…71.4.2.2&ISO^IDNST^^^id``; only the name may be cut, to fit 256 characters."""
    rest = f"^^^^^&{STRUCTURE_OID}&ISO^IDNST^^^{_hl7(organisation.structure_id)}"
    name = organisation.name
    while len(_hl7(name) + rest) > LONG_NAME and name:
        name = name[:-1]
    return _hl7(name) + rest


# HL7 v2.5 2.7.1; the escape character itself first.
_ESCAPES: Final = (("\\", "\\E\\"), ("|", "\\F\\"), ("^", "\\S\\"), ("&", "\\T\\"), ("~", "\\R\\"))


def _hl7(text: str) -> str:
    for character, escape in _ESCAPES:
        text = text.replace(character, escape)
    return text


def _local(at: datetime | None, zone: tzinfo) -> str:
    """``YYYYMMDDhhmmss`` on the site's clock, as the official samples; "" for no time."""
    if at is None:
        return ""
    return (at.astimezone(zone) if at.tzinfo else at).strftime("%Y%m%d%H%M%S")


class _Ids:
    """Identifiers of the parts of one object: unique in the request, the same at every build."""

    def __init__(self, object_id: str) -> None:
        self.object_id = object_id
        self._count = 0

    def next(self) -> str:
        self._count += 1
        return f"{self.object_id}-{self._count:02}"


def _rim(name: str) -> str:
    return f"{{{xds.RIM}}}{name}"


def _checked(text: str, name: str) -> str:
    if len(text) > LONG_NAME:
        raise Held("incomplete_report", f"{name} has more than {LONG_NAME} characters")
    return text


def _slot(parent: etree._Element, name: str, values: Iterable[str]) -> None:
    slot = etree.SubElement(parent, _rim("Slot"), name=name)
    listed = etree.SubElement(slot, _rim("ValueList"))
    for value in values:
        etree.SubElement(listed, _rim("Value")).text = _checked(value, name)


def _text(parent: etree._Element, element: str, value: str) -> None:
    etree.SubElement(
        etree.SubElement(parent, _rim(element)),
        _rim("LocalizedString"),
        {"charset": "UTF8", "value": value, f"{{{xds.XML}}}lang": "FR"},
    )


def _author(parent: etree._Element, ids: _Ids, scheme: str, person: str, institution: str) -> None:
    root = etree.SubElement(
        parent,
        _rim("Classification"),
        classificationScheme=scheme,
        classifiedObject=ids.object_id,
        id=ids.next(),
        nodeRepresentation="",
    )
    _slot(root, "authorPerson", (person,))
    _slot(root, "authorInstitution", (institution,))


def _classification(parent: etree._Element, ids: _Ids, scheme: str, code: Code) -> None:
    root = etree.SubElement(
        parent,
        _rim("Classification"),
        classificationScheme=scheme,
        classifiedObject=ids.object_id,
        id=ids.next(),
        nodeRepresentation=_checked(code.code, "code"),
    )
    _slot(root, "codingScheme", (code.system,))
    _text(root, "Name", (code.display or code.code)[:LONG_NAME])


def _external_identifier(
    parent: etree._Element, ids: _Ids, scheme: str, value: str, name: str
) -> None:
    root = etree.SubElement(
        parent,
        _rim("ExternalIdentifier"),
        id=ids.next(),
        identificationScheme=scheme,
        registryObject=ids.object_id,
        value=value,
    )
    _text(root, "Name", name)


def _extrinsic_object(objects: etree._Element, entry: _Entry) -> None:
    root = etree.SubElement(
        objects,
        _rim("ExtrinsicObject"),
        id=entry.object_id,
        mimeType=entry.mime_type,
        objectType=xds.STABLE_DOCUMENT,
    )
    for name, values in entry.slots:
        _slot(root, name, values)
    _text(root, "Name", entry.title)
    _text(root, "Description", entry.comments)
    ids = _Ids(entry.object_id)
    _author(root, ids, xds.AUTHOR, entry.author_person, entry.author_institution)
    for scheme, code in entry.classifications:
        _classification(root, ids, scheme, code)
    _external_identifier(
        root, ids, xds.ENTRY_PATIENT_ID, entry.patient_id, "XDSDocumentEntry.patientId"
    )
    _external_identifier(
        root, ids, xds.ENTRY_UNIQUE_ID, entry.unique_id, "XDSDocumentEntry.uniqueId"
    )
