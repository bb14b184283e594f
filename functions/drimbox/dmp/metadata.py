"""XDS metadata of one published manifest: submission set, two document entries, associations.

Values follow the newest official publication (CI-SIS "Volet partage", DRIM-M); the order of
elements follows rim.xsd, which those samples break: Slot, Name, Description, Classification,
ExternalIdentifier. Bytes are the same for the same facts, so that a retry sends the same request.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from lxml import etree

from functions.drimbox.dmp import xds
from functions.drimbox.dmp.ebrim import (
    Ids,
    author,
    classification,
    external_identifier,
    rim,
    slot,
    text,
)
from functions.drimbox.dmp.formats import (
    DeviceAuthor,
    escaped,
    local_time,
    professional_xcn,
    xon,
)
from functions.drimbox.dmp.submission_set import SET_OBJECT, TITLE, submission_set
from functions.drimbox.errors import Held
from functions.drimbox.identity.parties import (
    Code,
    Identifier,
    Organisation,
    Patient,
)
from functions.drimbox.oid import Oid, Uid
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime, tzinfo

    from functions.drimbox.report.model import Exam, Order, Report

MANIFEST_OBJECT: Final = "DocumentKOS"
SIGNATURE_OBJECT: Final = "Signature01"
SECTOR_SYSTEM: Final = "1.2.250.1.71.4.2.4"

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


@frozen
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


@frozen
class SubmissionFacts:
    """Everything that one publication says to the registry.

    ``order`` is the exam's own order. ``institution`` is the structure that publishes: it must be
    that of the VIHF, or the DMP refuses. ``sector`` (code of …71.4.2.4) stands in for the facility
    type where the report gives none. ``confidentiality`` comes from the report's flags and always
    holds N. ``at`` (aware) is the submission time; times are written in ``zone``, the site's.
    ``replaces`` is the entryUUID of the version that this one replaces, "" for none: the registry
    deprecates it in the same transaction (ITI TF-3 4.2.2.2.3).
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
    replaces: str = ""

    def __repr__(self) -> str:
        return f"SubmissionFacts({self.submission_set_id})"


@frozen
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
    objects = etree.SubElement(root, rim("RegistryObjectList"))
    submission_set(objects, facts, "Publication d'une référence d'objets d'imagerie")
    for entry in (_manifest_entry(facts), _signature_entry(facts)):
        _extrinsic_object(objects, entry)
    for identifier, kind, source, target in (
        ("Association01", xds.HAS_MEMBER, SET_OBJECT, MANIFEST_OBJECT),
        ("Association02", xds.HAS_MEMBER, SET_OBJECT, SIGNATURE_OBJECT),
        ("Association03", xds.SIGNS, SIGNATURE_OBJECT, SET_OBJECT),
    ):
        association = etree.SubElement(
            objects,
            rim("Association"),
            associationType=kind,
            id=identifier,
            sourceObject=source,
            targetObject=target,
        )
        slot(association, "SubmissionSetStatus", ("Original",))
    if facts.replaces:
        etree.SubElement(
            objects,
            rim("Association"),
            associationType=xds.REPLACES,
            id="Association04",
            sourceObject=MANIFEST_OBJECT,
            targetObject=facts.replaces,
        )
    return etree.tostring(root, encoding="utf-8")


def _manifest_entry(facts: SubmissionFacts) -> _Entry:
    document, exam, zone = facts.report.document, facts.exam, facts.zone
    patient = document.patient
    slots = (
        ("creationTime", local_time(facts.manifest.created, zone)),
        ("submissionTime", local_time(facts.at, zone)),
        ("languageCode", "fr-FR"),
        ("legalAuthenticator", professional_xcn(document.legal_authenticator)),
        ("serviceStartTime", local_time(_service_start(exam), zone)),
        ("serviceStopTime", local_time(exam.period.high, zone)),
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
        author_institution=xon(facts.institution),
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
    made = local_time(facts.signature.created, facts.zone)
    slots = (
        ("creationTime", made),
        ("submissionTime", local_time(facts.at, facts.zone)),
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
        author_institution=xon(facts.institution),
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
        xds.study_reference(exam.study_instance_uid),
        _cxi(order.placer, xds.ORDER),
    )
    return tuple(value for value in cxi if value)


def _cxi(identifier: Identifier, kind: str) -> str:
    if not identifier.extension:
        return ""
    return f"{escaped(identifier.extension)}^^^&{escaped(identifier.root)}&ISO^{kind}"


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
            return f"{escaped(local.extension)}^^^&{local.root}&ISO^PI"
    return patient.ins.cx("PI")


def _is_oid(text: str) -> bool:
    try:
        Oid(text)
    except ValueError:
        return False
    return True


def _source_patient_info(patient: Patient) -> Iterator[str]:
    yield f"PID-5|{escaped(patient.birth_family)}^{escaped(patient.birth_given)}^^^^^L"
    yield f"PID-7|{patient.birth_date}"
    yield f"PID-8|{patient.sex}"
    if patient.birth_place:
        yield f"PID-11|^^^^^^BDL^^{escaped(patient.birth_place)}"


def _extrinsic_object(objects: etree._Element, entry: _Entry) -> None:
    root = etree.SubElement(
        objects,
        rim("ExtrinsicObject"),
        id=entry.object_id,
        mimeType=entry.mime_type,
        objectType=xds.STABLE_DOCUMENT,
    )
    for name, values in entry.slots:
        slot(root, name, values)
    text(root, "Name", entry.title)
    text(root, "Description", entry.comments)
    ids = Ids(entry.object_id)
    author(root, ids, xds.AUTHOR, entry.author_person, entry.author_institution)
    for scheme, code in entry.classifications:
        classification(root, ids, scheme, code)
    external_identifier(
        root, ids, xds.ENTRY_PATIENT_ID, entry.patient_id, "XDSDocumentEntry.patientId"
    )
    external_identifier(
        root, ids, xds.ENTRY_UNIQUE_ID, entry.unique_id, "XDSDocumentEntry.uniqueId"
    )
