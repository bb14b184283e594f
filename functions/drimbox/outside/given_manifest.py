"""A manifest of a file: its patient's strict traits, and its entry where it has no metadata."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Final

from functions.drimbox.consultation.document_patient import DocumentPatient
from functions.drimbox.dmp import xds
from functions.drimbox.dmp.registry import DocumentEntry, ReferenceId
from functions.drimbox.identity.parties import Code
from functions.drimbox.manifest.read import TAG, codec_of, read_key_objects

if TYPE_CHECKING:
    from functions.drimbox.manifest.elements import Dataset
    from functions.drimbox.manifest.read import Manifest

# As many bytes as the largest studies need: an object costs about 300.
MAX_MANIFEST: Final = 4 * 1024 * 1024
_COG: Final = re.compile(r"[0-9][0-9AB][0-9]{3}")
_DATE: Final = re.compile(r"[0-9]{8}")
_TIME: Final = re.compile(r"[0-9]{2,6}")
_SEXES: Final = frozenset("MFO")
# The line of a series in the description: ``Série-1.2.3 : CT @…``.
_MODALITY: Final = re.compile(r"-[0-9.]{1,64} : ([A-Z]{2,16}) @")
_MOST_TEXT: Final = 200


def patient_of(data: bytes) -> DocumentPatient:
    """The patient whom a manifest names (DRIMbox: the INS and the strict traits of birth).

    ``data`` is a manifest that :func:`functions.drimbox.manifest.read.read` reads; ValueError for
    others.
    """
    root = read_key_objects(data, max_bytes=MAX_MANIFEST)
    codec = codec_of(root)
    family, given = [*root.text(TAG["PatientName"], codec).partition("=")[0].split("^"), "", ""][:2]
    issuers = [
        one.text(TAG["UniversalEntityID"])
        for one in root.items(TAG["IssuerOfPatientIDQualifiersSequence"])
    ]
    birth, sex = root.text(TAG["PatientBirthDate"]), root.text(TAG["PatientSex"])
    place = root.text(TAG["PatientComments"], codec).strip().upper()
    return DocumentPatient(
        # Without an issuer the number is nobody's INS: it differs from every INS.
        ins=frozenset({(root.text(TAG["PatientID"]), issuers[0] if len(issuers) == 1 else "")}),
        birth_families=(family,) if family.strip() else (),
        birth_givens=(given,) if given.strip() else (),
        birth_date=birth if _DATE.fullmatch(birth) else "",
        sex=sex if sex in _SEXES else "",
        birth_place=place if _COG.fullmatch(place) else "",
    )


def entry_of(data: bytes, manifest: Manifest, given_at: str) -> DocumentEntry:
    """The entry of a manifest that comes without metadata: the facts in it.

    It has no confidentiality code: nobody knows from whom its author or the patient hides it.
    """
    root = read_key_objects(data, max_bytes=MAX_MANIFEST)
    codec = codec_of(root)
    modalities = dict.fromkeys(
        [one.modality for one in manifest.series if one.modality]
        + _MODALITY.findall(manifest.description)
    )
    references = [ReferenceId(str(manifest.study_instance_uid), "", xds.STUDY_INSTANCE_UID)]
    for request in manifest.requests[:1]:
        if request.accession_number:
            number, issuer = request.accession_number, request.accession_issuer
            references.append(ReferenceId(number, issuer, xds.ACCESSION))
    institution = root.text(TAG["InstitutionName"], codec)[:_MOST_TEXT]
    return DocumentEntry(
        unique_id=str(manifest.sop_instance_uid),
        entry_uuid=str(manifest.sop_instance_uid),
        sha1=hashlib.sha1(data, usedforsecurity=False).hexdigest(),
        size=len(data),
        status="",
        patient_id="",
        mime_type="application/dicom",
        type_code=Code(xds.IMG_KOS, xds.TYPE_SYSTEM, ""),
        event_codes=tuple(Code(one, xds.DCM, one) for one in list(modalities)[:16]),
        confidentiality_codes=(),
        reference_ids=tuple(references),
        author_persons=(),
        author_institutions=(institution,) if institution else (),
        legal_authenticator="",
        creation_time=_moment(root, "ContentDate", "ContentTime"),
        service_start_time=_moment(root, "StudyDate", "StudyTime"),
        service_stop_time="",
        title=root.text(TAG["StudyDescription"], codec)[:_MOST_TEXT],
        repository_unique_id="",
        given_at=given_at,
    )


def _moment(root: Dataset, date: str, time: str) -> str:
    """An HL7 DTM, "" without a date."""
    day, hour = root.text(TAG[date]), root.text(TAG[time]).partition(".")[0]
    if not _DATE.fullmatch(day):
        return ""
    return day + (hour if _TIME.fullmatch(hour) else "")
