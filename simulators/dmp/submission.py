"""The rules of a submission (ITI TF-3 4.2.3 and 4.3.1, CI-SIS), as tables.

Two kinds of document entry are accepted together: the manifest (KOS) and the signature. A manifest
may replace registered ones (RPLC, 4.2.2.2); whether it really may is the registry's to judge.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from lxml import etree

from simulators.dmp.ebrim import (
    Association,
    Classification,
    RegistryObject,
    read_association,
    read_classification,
    read_object,
)
from simulators.dmp.errors import RegistryError
from simulators.dmp.identifiers import (
    ENTRY_UUID,
    OID,
    PatientId,
    institution_id,
    read_patient_id,
)
from simulators.dmp.markup import children

AUTHOR: Final = "urn:uuid:93606bcf-9494-43ec-9b4e-a7748d1a838d"
CLASS_CODE: Final = "urn:uuid:41a5887f-8865-4c09-adf7-e362475b143a"
TYPE_CODE: Final = "urn:uuid:f0306f51-975f-434e-a61c-c59651d33983"
CONFIDENTIALITY: Final = "urn:uuid:f4f85eac-e6cb-4883-b524-f2705394840f"
FORMAT_CODE: Final = "urn:uuid:a09d5840-386c-46f2-b5ad-9c3699a4309d"
FACILITY_TYPE: Final = "urn:uuid:f33fb8ac-18af-42cc-ae0e-ed0b0bdb91e1"
PRACTICE_SETTING: Final = "urn:uuid:cccf5598-8b07-4b77-a05e-ae952c785ead"
EVENT_CODE: Final = "urn:uuid:2c6b8cb7-8b2a-4051-b291-b1ae6a575ef4"
ENTRY_PATIENT_ID: Final = "urn:uuid:58a6f841-87b3-4a3e-92fd-a8ffeff98427"
ENTRY_UNIQUE_ID: Final = "urn:uuid:2e82c1f6-a085-4c72-9da3-8640a32e42ab"
SET_NODE: Final = "urn:uuid:a54d6aa5-d40d-43f9-88c5-b4633d873bdd"
SET_AUTHOR: Final = "urn:uuid:a7058bb9-b4e4-4307-ba5b-e3f0ab85e12d"
CONTENT_TYPE: Final = "urn:uuid:aa543740-bdda-424e-8c96-df4873be8500"
SET_PATIENT_ID: Final = "urn:uuid:6b5aea1a-874d-4603-a4bc-96a0a7b38446"
SET_SOURCE_ID: Final = "urn:uuid:554ac39e-e3fe-47fe-b233-965d2a147832"
SET_UNIQUE_ID: Final = "urn:uuid:96fdda7c-d067-4183-912e-bf5ee74998a8"
STABLE_DOCUMENT: Final = "urn:uuid:7edca82f-054d-47f2-a032-9b2a5b5186c1"
HAS_MEMBER: Final = "urn:oasis:names:tc:ebxml-regrep:AssociationType:HasMember"
SIGNS: Final = "urn:ihe:iti:2007:AssociationType:signs"
REPLACES: Final = "urn:ihe:iti:2007:AssociationType:RPLC"
REFERENCE_IDS: Final = "urn:ihe:iti:xds:2013:referenceIdList"
_SET_STATUS: Final = "SubmissionSetStatus"
STUDY_REFERENCE: Final = "urn:ihe:iti:xds:2016:studyInstanceUID"

NORMAL: Final = ("N", "2.16.840.1.113883.5.25")
_MASKING: Final = "1.2.250.1.213.1.1.4.13"
_CONFIDENTIALITIES: Final = frozenset(
    {NORMAL}
    | {
        (code, _MASKING)
        for code in ("MASQUE_PS", "INVISIBLE_PATIENT", "INVISIBLE_REPRESENTANTS_LEGAUX")
    }
)
# Modalities: by code system, as the newest samples, or by value set, as the older ones.
_MODALITIES: Final = frozenset({"1.2.840.10008.2.16.4", "1.2.250.1.213.1.1.5.618"})

_DTM: Final = r"[0-9]{4}(?:[0-9]{2}){0,5}(?:[+-][0-9]{4})?"
_XCN: Final = r"[^\^]+\^[^\^]*\^[^\^]*\^{6}&[0-9.]+&ISO\^[A-Z]\^\^\^[A-Z]+"
_XON: Final = r"[^\^]+\^{5}&[0-9.]+&ISO\^IDNST\^\^\^[0-9A-Za-z]+"
_CX: Final = r"[^\^]+\^\^\^&[0-9.]+&ISO\^[A-Z]+"
_CXI: Final = r"[^\^]+\^\^\^(?:&[0-9.]+&ISO)?\^urn:[!-~]+"
_OID: Final = OID.pattern


@dataclass(frozen=True, slots=True)
class _Slot:
    """``required``: at least one value. ``many``: more than one value is allowed."""

    form: str
    required: bool = False
    many: bool = False


@dataclass(frozen=True, slots=True)
class _Coded:
    """A classification: how often, and the (code, scheme) pairs or the schemes it may have."""

    required: bool = True
    many: bool = False
    values: frozenset[tuple[str, str]] = frozenset()
    scheme: str = ""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of document entry, as the network publishes it."""

    name: str
    mime_type: str
    slots: Mapping[str, _Slot]
    codes: Mapping[str, _Coded]
    confidentiality: frozenset[tuple[str, str]]
    event_schemes: frozenset[str]


def _slots(**special: _Slot) -> dict[str, _Slot]:
    common = {
        "creationTime": _Slot(_DTM, required=True),
        "languageCode": _Slot(r"[a-z]{2,3}(?:-[A-Z]{2})?", required=True),
        "legalAuthenticator": _Slot(_XCN, required=True),
        "serviceStartTime": _Slot(_DTM, required=True),
        "serviceStopTime": _Slot(_DTM),
        "sourcePatientId": _Slot(_CX, required=True),
        "sourcePatientInfo": _Slot(r"PID-[0-9]{1,2}\|.*", many=True),
        "hash": _Slot(r"[0-9A-Fa-f]{40}"),
        "size": _Slot(r"[0-9]{1,10}"),
        "repositoryUniqueId": _Slot(_OID),
        REFERENCE_IDS: _Slot(_CXI, many=True),
    }
    return common | special


def _one(code: str, scheme: str) -> _Coded:
    return _Coded(values=frozenset({(code, scheme)}))


_SHARED: Final = {
    FACILITY_TYPE: _Coded(scheme="1.2.250.1.71.4.2.4"),
    PRACTICE_SETTING: _Coded(scheme="1.2.250.1.213.1.1.4.9"),
    CONFIDENTIALITY: _Coded(many=True, values=_CONFIDENTIALITIES),
    EVENT_CODE: _Coded(many=True),
}
MANIFEST: Final = Kind(
    name="manifest",
    mime_type="application/dicom",
    slots=_slots(
        hash=_Slot(r"[0-9A-Fa-f]{40}", required=True),
        size=_Slot(r"[0-9]{1,10}", required=True),
        sourcePatientInfo=_Slot(r"PID-[0-9]{1,2}\|.*", required=True, many=True),
    )
    | {REFERENCE_IDS: _Slot(_CXI, required=True, many=True)},
    codes={
        CLASS_CODE: _one("31", "1.2.250.1.213.1.1.4.1"),
        TYPE_CODE: _one("IMG-KOS", "1.2.250.1.213.1.1.4.12"),
        FORMAT_CODE: _one("1.2.840.10008.5.1.4.1.1.88.59", "1.2.840.10008.2.6.1"),
        **_SHARED,
    },
    confidentiality=frozenset({NORMAL}),
    event_schemes=_MODALITIES,
)
SIGNATURE: Final = Kind(
    name="signature",
    mime_type="text/xml",
    slots=_slots(languageCode=_Slot("art", required=True)),
    codes={
        CLASS_CODE: _one("urn:oid:1.3.6.1.4.1.19376.1.2.1.1.1", "URN"),
        TYPE_CODE: _one("E1762", "ASTM"),
        FORMAT_CODE: _one("http://www.w3.org/2000/09/xmldsig#", "URN"),
        **_SHARED,
    },
    confidentiality=frozenset({NORMAL, ("MASQUE_PS", _MASKING), ("INVISIBLE_PATIENT", _MASKING)}),
    event_schemes=frozenset({"1.2.840.10065.1.12"}),
)
KINDS: Final = (MANIFEST, SIGNATURE)
_ATTRIBUTE: Final = {
    AUTHOR: "author",
    SET_AUTHOR: "author",
    CLASS_CODE: "classCode",
    TYPE_CODE: "typeCode",
    CONFIDENTIALITY: "confidentialityCode",
    FORMAT_CODE: "formatCode",
    FACILITY_TYPE: "healthcareFacilityTypeCode",
    PRACTICE_SETTING: "practiceSettingCode",
    EVENT_CODE: "eventCodeList",
    CONTENT_TYPE: "contentTypeCode",
}
_ENTRY_IDENTIFIERS: Final = {
    ENTRY_PATIENT_ID: "XDSDocumentEntry.patientId",
    ENTRY_UNIQUE_ID: "XDSDocumentEntry.uniqueId",
}
_SET_IDENTIFIERS: Final = {
    SET_PATIENT_ID: "XDSSubmissionSet.patientId",
    SET_SOURCE_ID: "XDSSubmissionSet.sourceId",
    SET_UNIQUE_ID: "XDSSubmissionSet.uniqueId",
}


@dataclass(frozen=True, slots=True)
class Submission:
    """The objects of one SubmitObjectsRequest, as read; nothing is checked yet."""

    packages: tuple[RegistryObject, ...]
    entries: tuple[RegistryObject, ...]
    associations: tuple[Association, ...]
    classifications: tuple[Classification, ...]

    @property
    def submission_set(self) -> RegistryObject:
        """The one submission set; only after :func:`metadata_errors` found nothing."""
        return self.packages[0]

    @property
    def set_unique_id(self) -> str:
        """The uniqueId of the submission set; "" when it has none."""
        return self.submission_set.identifier(SET_UNIQUE_ID)

    @property
    def patient(self) -> PatientId | None:
        """The patient of the submission set, None when it is not a national identity."""
        return read_patient_id(self.submission_set.identifier(SET_PATIENT_ID))

    @property
    def replacements(self) -> tuple[Association, ...]:
        """The associations by which an entry of the submission replaces a registered one."""
        return tuple(a for a in self.associations if a.kind == REPLACES)


def read_submission(objects: etree._Element) -> Submission:
    """Read a rim:RegistryObjectList."""
    return Submission(
        packages=tuple(read_object(e) for e in children(objects, "rim:RegistryPackage")),
        entries=tuple(read_object(e) for e in children(objects, "rim:ExtrinsicObject")),
        associations=tuple(read_association(e) for e in children(objects, "rim:Association")),
        classifications=tuple(
            read_classification(e) for e in children(objects, "rim:Classification")
        ),
    )


def kind_of(entry: RegistryObject) -> Kind | None:
    """Manifest or signature, by formatCode; None for anything else."""
    formats = [(code.code, code.scheme) for code in entry.codes(FORMAT_CODE)]
    return next(
        (kind for kind in KINDS if set(formats) == set(kind.codes[FORMAT_CODE].values)), None
    )


def patient_of(entry: RegistryObject) -> PatientId | None:
    """The patient of a document entry, None when it is not a national identity."""
    return read_patient_id(entry.identifier(ENTRY_PATIENT_ID))


def author_institutions(entry: RegistryObject) -> frozenset[str]:
    """The structure identifiers among every author's authorInstitution."""
    return frozenset(
        institution_id(xon)
        for classification in entry.classifications
        if classification.scheme in {AUTHOR, SET_AUTHOR}
        for xon in classification.slots.get("authorInstitution", ())
    ) - {""}


def metadata_errors(submission: Submission) -> Iterator[RegistryError]:
    """Everything that the metadata alone shows to be wrong, in document order."""
    yield from set_errors(submission)
    if len(submission.packages) != 1:
        return
    for entry in submission.entries:
        yield from _entry_errors(entry)
    yield from _identity_errors(submission)
    yield from _composition_errors(submission)


def set_errors(submission: Submission) -> Iterator[RegistryError]:
    """The faults of the submission set itself, and of the ids of the objects around it."""
    if len(submission.packages) != 1:
        yield _metadata("not exactly one submission set", "")
        return
    package = submission.submission_set
    nodes = [*package.classifications, *submission.classifications]
    if not any(c.node == SET_NODE and c.target == package.id for c in nodes):
        yield _metadata("the package is not classified as a submission set", package.id)
    yield from _slot_errors(package, {"submissionTime": _Slot(_DTM, required=True)})
    yield from _code_errors(package, {CONTENT_TYPE: _Coded(scheme="1.2.250.1.213.2.2")})
    yield from _author_errors(package, SET_AUTHOR)
    yield from _identifier_errors(package, _SET_IDENTIFIERS)
    for scheme in (SET_SOURCE_ID, SET_UNIQUE_ID):
        if not OID.fullmatch(package.identifier(scheme)):
            yield _metadata(f"{_SET_IDENTIFIERS[scheme]} is not an OID", package.id)
    if submission.patient is None:
        yield _metadata("patientId is not a national identity", package.id)
    ids = [held.id for held in (*submission.packages, *submission.entries)]
    ids += [association.id for association in submission.associations]
    if len(set(ids)) != len(ids):
        yield _metadata("an id is used twice", "")


def _entry_errors(entry: RegistryObject) -> Iterator[RegistryError]:
    kind = kind_of(entry)
    if kind is None:
        yield _metadata("formatCode is neither a manifest's nor a signature's", entry.id)
        return
    if entry.mime_type != kind.mime_type:
        yield _metadata("mimeType does not suit the format", entry.id)
    if entry.object_type != STABLE_DOCUMENT:
        yield _metadata("objectType is not that of a stable document", entry.id)
    if not entry.title:
        yield _metadata("no title", entry.id)
    yield from _slot_errors(entry, kind.slots)
    yield from _code_errors(entry, kind.codes)
    yield from _author_errors(entry, AUTHOR)
    yield from _identifier_errors(entry, _ENTRY_IDENTIFIERS)
    held = {(code.code, code.scheme) for code in entry.codes(CONFIDENTIALITY)}
    if not kind.confidentiality <= held:
        yield _metadata("confidentialityCode lacks a required code", entry.id)
    if not kind.event_schemes & {code.scheme for code in entry.codes(EVENT_CODE)}:
        yield _metadata("eventCodeList lacks a required code system", entry.id)
    if not OID.fullmatch(entry.identifier(ENTRY_UNIQUE_ID)):
        yield _metadata("XDSDocumentEntry.uniqueId is not an OID", entry.id)


def _slot_errors(entry: RegistryObject, slots: Mapping[str, _Slot]) -> Iterator[RegistryError]:
    for slot_name in sorted(entry.repeated_slots):
        yield _metadata(f"slot twice: {slot_name if slot_name in slots else 'another'}", entry.id)
    for slot_name, rule in slots.items():
        values = entry.slot(slot_name)
        if rule.required and not values:
            yield _metadata(f"no {slot_name}", entry.id)
        if len(values) > 1 and not rule.many:
            yield _metadata(f"more than one {slot_name}", entry.id)
        if not all(re.fullmatch(rule.form, value) for value in values):
            yield _metadata(f"{slot_name} is ill-formed", entry.id)


def _code_errors(entry: RegistryObject, codes: Mapping[str, _Coded]) -> Iterator[RegistryError]:
    for scheme, rule in codes.items():
        attribute = _ATTRIBUTE[scheme]
        found = entry.codes(scheme)
        if rule.required and not found:
            yield _metadata(f"no {attribute}", entry.id)
        if len(found) > 1 and not rule.many:
            yield _metadata(f"more than one {attribute}", entry.id)
        for code in found:
            if not (code.code and code.scheme and code.display):
                yield _metadata(f"{attribute} lacks code, codingScheme or name", entry.id)
            elif rule.values and (code.code, code.scheme) not in rule.values:
                yield _metadata(f"{attribute} is not an expected code", entry.id)
            elif rule.scheme and code.scheme != rule.scheme:
                yield _metadata(f"{attribute} is not of the expected code system", entry.id)
    for classification in entry.classifications:
        if classification.target != entry.id:
            yield _metadata("a classification of another object", entry.id)


def _author_errors(entry: RegistryObject, scheme: str) -> Iterator[RegistryError]:
    authors = [c.slots for c in entry.classifications if c.scheme == scheme]
    if not authors:
        yield _metadata("no author", entry.id)
    for author in authors:
        persons = author.get("authorPerson", ())
        if len(persons) != 1 or not re.fullmatch(_XCN, persons[0]):
            yield _metadata("authorPerson is missing or ill-formed", entry.id)
        institutions = author.get("authorInstitution", ())
        if not institutions or not all(re.fullmatch(_XON, xon) for xon in institutions):
            yield _metadata("authorInstitution is missing or ill-formed", entry.id)


def _identifier_errors(
    entry: RegistryObject, schemes: Mapping[str, str]
) -> Iterator[RegistryError]:
    for scheme, kind in schemes.items():
        found = [i for i in entry.identifiers if i.scheme == scheme]
        if len(found) != 1 or not found[0].value:
            yield _metadata(f"not exactly one {kind}", entry.id)
        elif found[0].kind != kind or found[0].target != entry.id:
            yield _metadata(f"{kind} has another name or object", entry.id)


def _identity_errors(submission: Submission) -> Iterator[RegistryError]:
    """One patient, and no uniqueId used twice (TF-3 4.1.5, 4.2.4)."""
    for entry in submission.entries:
        if patient_of(entry) != submission.patient:
            yield RegistryError(
                "XDSPatientIdDoesNotMatch",
                "the entry is of another patient than the submission set",
                entry.id,
            )
    unique_ids = [entry.identifier(ENTRY_UNIQUE_ID) for entry in submission.entries]
    unique_ids.append(submission.submission_set.identifier(SET_UNIQUE_ID))
    if len(set(unique_ids)) != len(unique_ids):
        yield RegistryError("XDSRegistryDuplicateUniqueIdInMessage", "a uniqueId is used twice", "")


def _composition_errors(submission: Submission) -> Iterator[RegistryError]:
    """A manifest or more, one signature of them all, and the associations that say so."""
    yield from _replacement_errors(submission)
    kinds = [kind_of(entry) for entry in submission.entries]
    if MANIFEST not in kinds:
        yield _metadata("no manifest in the submission", "")
    if kinds.count(SIGNATURE) != 1:
        yield _metadata("not exactly one signature in the submission", "")
    package = submission.submission_set.id
    expected = {(HAS_MEMBER, package, entry.id) for entry in submission.entries}
    expected |= {
        (SIGNS, entry.id, package)
        for entry, kind in zip(submission.entries, kinds, strict=True)
        if kind is SIGNATURE
    }
    found = {(a.kind, a.source, a.target) for a in submission.associations}
    for kind_name, source, _ in sorted(expected - found):
        yield _metadata(f"no association {kind_name.rpartition(':')[2]}", source)
    for association in submission.associations:
        key = (association.kind, association.source, association.target)
        if key not in expected and association.kind != REPLACES:
            yield _metadata("an association that this registry does not take", association.id)
        elif association.kind == HAS_MEMBER and association.slot(_SET_STATUS) != ("Original",):
            yield _metadata("SubmissionSetStatus is not Original", association.id)


def _replacement_errors(submission: Submission) -> Iterator[RegistryError]:
    """TF-3 4.2.2.2: from a new entry to the entryUUID of a registered one, each replaced once."""
    manifests = {entry.id for entry in submission.entries if kind_of(entry) is MANIFEST}
    for association in submission.replacements:
        if association.source not in manifests:
            yield _metadata("sourceObject of RPLC is not a manifest here", association.id)
        if not ENTRY_UUID.fullmatch(association.target):
            yield _metadata("targetObject of RPLC is not an entryUUID", association.id)
    targets = [association.target for association in submission.replacements]
    if len(set(targets)) != len(targets):
        yield _metadata("an entry is replaced twice", "")


def _metadata(context: str, location: str) -> RegistryError:
    return RegistryError("XDSRepositoryMetadataError", context, location)
