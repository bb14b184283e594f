"""A file that a professional gives: one manifest, or an XDM archive; each exam is judged alone.

An exam of the file is shown where the manifest can be read whole, is the one that its metadata
describe, names the page's patient by INS and strict traits, is kept from no professional, and is
not one that the DMP called replaced or no longer lists. In doubt it is not shown, and the page says
why.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import field, replace
from typing import TYPE_CHECKING, Final

from functions.drimbox.consultation.document_patient import compare, of_entry
from functions.drimbox.dmp import xds
from functions.drimbox.dmp.documents import Kind
from functions.drimbox.errors import FileRefused
from functions.drimbox.manifest.read import ManifestUnreadable, read
from functions.drimbox.outside import archive, xdm
from functions.drimbox.outside.archive import MAX_FILE
from functions.drimbox.outside.faults import Reason
from functions.drimbox.outside.given_manifest import MAX_MANIFEST, entry_of, patient_of
from functions.drimbox.outside.metadata import (
    MetadataUnreadable,
    object_of,
    read_metadata,
    withdrawn_in,
)
from functions.drimbox.outside.record_told import hides
from functions.drimbox.outside.signed import Proof, Signature, read_signature
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cryptography import x509

    from functions.drimbox.consultation.document_patient import KnownPatient
    from functions.drimbox.dmp.registry import DocumentEntry
    from functions.drimbox.manifest.read import Manifest
    from functions.drimbox.outside.metadata import SubmittedDocument
    from functions.drimbox.outside.xdm import SubmittedSet

_SIGNATURE_FORMAT: Final = "http://www.w3.org/2000/09/xmldsig#"
_WITHDRAWN: Final = frozenset({xds.DEPRECATED, xds.DELETED})
_DICOM: Final = slice(128, 132)
_WORST_FIRST: Final = (Proof.WRONG, Proof.UNVERIFIABLE, Proof.INTACT, Proof.TRUSTED)

Judge = Callable[[str, str], Reason | None]
"""The reason why the manifest (its identifier, its study's) may not be opened, None for none."""


@frozen
class GivenExam:
    """One exam of the file: its entry, its manifest's bytes, the proof of its signature and the
    signer that the proof is about ("" without one)."""

    entry: DocumentEntry
    content: bytes = field(repr=False)
    proof: Proof
    signer: str = ""
    signed_at: str = ""


@frozen
class GivenFile:
    """``exams`` are shown; ``refused`` the reasons of the others, one for each. ``is_archive``: it
    was an XDM archive, not one manifest. ``others``: its documents that are neither manifests nor
    signatures, which are not read."""

    exams: tuple[GivenExam, ...]
    refused: tuple[Reason, ...]
    is_archive: bool
    others: int = 0


@frozen
class Reading:
    """Everything that a file is judged by: the page's patient, the time (ISO 8601), the structures'
    authorities, and the DMP's words on a manifest."""

    patient: KnownPatient
    at: str
    authorities: Sequence[x509.Certificate]
    judge: Judge


class _Refused(ValueError):
    """One exam is not shown."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


def describe(given: GivenFile, data: bytes) -> dict[str, str]:
    """The file in an audit record: its digest, its kind, and the numbers of its exams."""
    return {
        "sha256": hashlib.sha256(data).hexdigest(),
        "kind": "archive" if given.is_archive else "manifest",
        "count": str(len(given.exams)),
        "refused": " ".join(given.refused),
        "manifest_uids": " ".join(one.entry.unique_id for one in given.exams),
    }


def read_file(data: bytes, by: Reading) -> GivenFile:
    """The exams of a file. Raises FileRefused, and nothing else: ``file_too_large``,
    ``file_unreadable`` for neither form, and as ``read_archive`` and ``read_sets``."""
    if len(data) > MAX_FILE:
        raise FileRefused("larger than accepted", code="file_too_large")
    if data.startswith(archive.SIGNATURE):
        return _of_archive(data, by)
    if data[_DICOM] == b"DICM":
        return _of_manifest(data, by)
    raise FileRefused("neither a manifest nor an archive")


def _of_manifest(data: bytes, by: Reading) -> GivenFile:
    try:
        manifest = _manifest(data)
        entry = entry_of(data, manifest, by.at)
        _require(data, manifest, entry, by)
    except _Refused as refused:
        return GivenFile((), (refused.reason,), is_archive=False)
    return GivenFile((GivenExam(entry, data, Proof.NONE),), (), is_archive=False)


def _of_archive(data: bytes, by: Reading) -> GivenFile:
    judged: list[tuple[DocumentEntry, GivenExam | Reason]] = []
    unreadable: list[Reason] = []
    others = 0
    sets = xdm.read_sets(archive.read_archive(data))
    withdrawn = frozenset(name for one in sets for name in _withdrawn(one))
    for one in sets:
        try:
            documents = read_metadata(one.metadata, one.folder)
        except MetadataUnreadable:
            unreadable.append(Reason.UNREADABLE)
            continue
        signatures = _signatures(one, documents, by)
        for document in documents:
            if document.entry.kind is Kind.MANIFEST:
                found = _judged(one, document, signatures, by)
                if object_of(document.entry.entry_uuid, one.folder) in withdrawn:
                    found = Reason.WITHDRAWN
                judged.append((document.entry, found))
            elif not _is_signature(document.entry):
                others += 1
    refused = [found for _, found in judged if isinstance(found, Reason)]
    newest, older = _newest(judged)
    return GivenFile(newest, (*unreadable, *refused, *older), is_archive=True, others=others)


def _withdrawn(given: SubmittedSet) -> frozenset[str]:
    try:
        return withdrawn_in(given.metadata, given.folder)
    except MetadataUnreadable:
        return frozenset()


def _judged(
    given: SubmittedSet, document: SubmittedDocument, signatures: Sequence[Signature], by: Reading
) -> GivenExam | Reason:
    try:
        return _exam(given, document, signatures, by)
    except _Refused as found:
        return found.reason


def _is_signature(entry: DocumentEntry) -> bool:
    return entry.format_code is not None and entry.format_code.code == _SIGNATURE_FORMAT


def _signatures(
    given: SubmittedSet, documents: Iterable[SubmittedDocument], by: Reading
) -> list[Signature]:
    """The signatures that the metadata name and the set has. One that is another file than they
    describe proves nothing; it still counts against a document that it does not fit."""
    found = []
    for one in documents:
        if _is_signature(one.entry):
            if one.file not in given.files:
                continue
            signature = read_signature(given.files[one.file], by.authorities)
            if _described(given, one) is None and signature.proof is not Proof.WRONG:
                signature = replace(signature, proof=Proof.UNVERIFIABLE)
            found.append(signature)
    return found


def _described(given: SubmittedSet, document: SubmittedDocument) -> bytes | None:
    """The document's bytes; None without a file, or where the metadata's hash or size differs."""
    content, entry = given.files.get(document.file), document.entry
    if content is None:
        return None
    same_size = entry.size is None or entry.size == len(content)
    same_hash = not entry.sha1 or entry.sha1 == _sha1(content)
    return content if same_size and same_hash else None


def _sha1(content: bytes) -> str:
    # The attribute ``hash`` of XDS is SHA-1 (ITI TF-3 4.2.3.2.10).
    return hashlib.sha1(content, usedforsecurity=False).hexdigest()


def _exam(
    given: SubmittedSet, document: SubmittedDocument, signatures: Sequence[Signature], by: Reading
) -> GivenExam:
    entry = document.entry
    if entry.size is None or not entry.sha1:
        raise _Refused(Reason.UNPROVABLE)
    content = _described(given, document)
    if content is None:
        raise _Refused(Reason.ALTERED)
    if entry.status in _WITHDRAWN:
        raise _Refused(Reason.WITHDRAWN)
    manifest = _manifest(content)
    if (entry.unique_id, entry.study_instance_uid) != (
        str(manifest.sop_instance_uid),
        str(manifest.study_instance_uid),
    ):
        raise _Refused(Reason.ALTERED)
    entry = replace(entry, given_at=by.at, status="", repository_unique_id="")
    if hides(entry.confidentiality_codes):
        raise _Refused(Reason.RESTRICTED)
    _require_ins(entry, by.patient)
    _require(content, manifest, entry, by)
    proof, signature = _proof(signatures, entry.unique_id, content)
    if proof is Proof.WRONG:
        raise _Refused(Reason.SIGNATURE_WRONG)
    if signature is None:
        return GivenExam(entry, content, proof)
    return GivenExam(entry, content, proof, signature.signer, signature.signed_at)


def _proof(
    signatures: Sequence[Signature], unique_id: str, content: bytes
) -> tuple[Proof, Signature | None]:
    """The worst word of the signatures on the document; one that is itself wrong counts for all."""
    told = {
        Proof.WRONG if one.proof is Proof.WRONG else one.of(unique_id, content): one
        for one in signatures
    }
    worst = next((one for one in _WORST_FIRST if one in told), Proof.NONE)
    return worst, told.get(worst) if worst is not Proof.NONE else None


def _manifest(data: bytes) -> Manifest:
    try:
        return read(data, max_bytes=MAX_MANIFEST)
    except ManifestUnreadable:
        raise _Refused(Reason.UNREADABLE) from None


def _require(data: bytes, manifest: Manifest, entry: DocumentEntry, by: Reading) -> None:
    """The manifest is the page's patient's, by INS and strict traits, and the DMP said nothing
    against it.

    Metadata complete a manifest of an older author, which has the family name alone; no trait of
    either may differ.
    """
    own, described = patient_of(data), of_entry(entry.source_patient_info)
    whole = replace(
        own,
        birth_families=own.birth_families or described.birth_families,
        birth_givens=own.birth_givens or described.birth_givens,
        birth_date=own.birth_date or described.birth_date,
    )
    if not compare(whole, by.patient).agrees or compare(described, by.patient).different:
        raise _Refused(Reason.OTHER_PATIENT)
    against = by.judge(entry.unique_id, str(manifest.study_instance_uid))
    if against is not None:
        raise _Refused(against)


def _require_ins(entry: DocumentEntry, patient: KnownPatient) -> None:
    """The metadata file the document under the patient's INS."""
    number, _, _, assigner, *_ = [*entry.patient_id.split("^"), "", "", "", ""]
    if (number, assigner) != (patient.ins.value, f"&{patient.ins.oid}&ISO"):
        raise _Refused(Reason.OTHER_PATIENT)


def _newest(
    judged: Sequence[tuple[DocumentEntry, GivenExam | Reason]],
) -> tuple[tuple[GivenExam, ...], list[Reason]]:
    """Of several manifests of one study the newest, by the metadata's time; none where two may be
    the newest, or where the newest is itself refused. The others are told as older.

    Another patient's manifest is of no study of the page's patient.
    """
    studies: dict[str, list[tuple[str, GivenExam | Reason]]] = {}
    for entry, found in judged:
        if found is not Reason.OTHER_PATIENT:
            several = studies.setdefault(entry.study_instance_uid, [])
            several.append((entry.creation_time, found))
    newest = []
    for several in studies.values():
        latest = max(time for time, _ in several)
        # A time that is told in part, or not at all, may be the latest too.
        last = [found for time, found in several if latest.startswith(time)]
        newest += [one for one in last if len(last) == 1 and isinstance(one, GivenExam)]
    shown = sum(isinstance(found, GivenExam) for _, found in judged)
    return tuple(newest), [Reason.OLDER] * (shown - len(newest))
