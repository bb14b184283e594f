"""The manifest of an opened exam: from the DMP, proved, of this patient and of this study."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

from functions.drimbox.consultation.find_exams import refusals
from functions.drimbox.dmp.documents import Kind, State
from functions.drimbox.dmp.retrieve import is_retrievable
from functions.drimbox.errors import Absent, DocumentUnusable
from functions.drimbox.manifest.read import Manifest, ManifestUnreadable, read
from functions.drimbox.oid import Uid

if TYPE_CHECKING:
    from functions.drimbox.consultation.context import CallContext
    from functions.drimbox.consultation.outcomes import Noting
    from functions.drimbox.dmp.registry import DocumentEntry
    from functions.drimbox.dmp.session import DmpSession, DocumentRepository


class OtherPatientsManifest(DocumentUnusable):
    """The manifest is of another person than the page's patient."""

    code = "document_other_patient"


def fetch(
    repository: DocumentRepository, entry: DocumentEntry, *, noting: Noting = nullcontext
) -> bytes:
    """The manifest of ``entry``, as its author wrote it.

    Raises DocumentUnusable (``document_unprovable``, ``document_altered``), Absent, and as
    ``find_exams.refusals``.
    """
    if not is_retrievable(entry):
        raise DocumentUnusable(code="document_unprovable")
    with refusals(), noting():
        found = repository.retrieve([entry])
    if entry.unique_id in found.altered:
        raise DocumentUnusable(code="document_altered")
    if entry.unique_id not in found.documents:
        raise Absent("document")
    return found.documents[entry.unique_id]


def checked(data: bytes, entry: DocumentEntry, context: CallContext) -> Manifest:
    """The manifest in ``data``. Raises DocumentUnusable ``document_unreadable`` for bytes that are
    not the manifest of ``entry``, OtherPatientsManifest."""
    try:
        manifest = read(data)
    except ManifestUnreadable:
        raise DocumentUnusable(code="document_unreadable") from None
    named = (manifest.sop_instance_uid, manifest.study_instance_uid)
    if named != (entry.unique_id, entry.study_instance_uid):
        raise DocumentUnusable(code="document_unreadable")
    ins = context.ins
    if (manifest.patient_id, manifest.patient_id_issuer or str(ins.oid)) != (
        ins.value,
        str(ins.oid),
    ):
        raise OtherPatientsManifest
    return manifest


def is_in_force(
    dmp: DmpSession, entry: DocumentEntry, context: CallContext, *, noting: Noting = nullcontext
) -> bool:
    """Whether the DMP still holds the manifest of ``entry``, in force. Raises as
    ``find_exams.refusals``."""
    with refusals(), noting():
        found = dmp.of_study(context.ins, Uid(entry.study_instance_uid))
    return any(one.unique_id == entry.unique_id and one.state is State.ACTIVE for one in found)


def newer(
    dmp: DmpSession, entry: DocumentEntry, context: CallContext, *, noting: Noting = nullcontext
) -> DocumentEntry | None:
    """The entry of the study's manifest in force, where it is another one than ``entry``.

    None where the DMP has no other, or several. Raises as ``find_exams.refusals``.
    """
    with refusals(), noting():
        found = dmp.of_study(context.ins, Uid(entry.study_instance_uid))
    others = [
        one
        for one in found
        if one.kind is Kind.MANIFEST
        and one.state is State.ACTIVE
        and one.study_instance_uid == entry.study_instance_uid
    ]
    if len(others) != 1 or others[0].unique_id == entry.unique_id:
        return None
    return others[0]
