"""Third step: fix the intent, then build the manifest and its signature, once.

Everything is stored before the first send, by conditional writes: whoever runs this step again, at
whatever point it stopped, finds or rebuilds the same bytes. A withdrawal has an intent and nothing
to build.
"""

from __future__ import annotations

from typing import Any, Protocol

from functions.drimbox.dmp.signature import SignedDocument, sign
from functions.drimbox.dmp.signing import AlgorithmSet
from functions.drimbox.identity.parties import Organisation
from functions.drimbox.manifest import build as manifest
from functions.drimbox.manifest.build import ManifestFacts
from functions.drimbox.ports import Signer
from functions.drimbox.publication import archive
from functions.drimbox.publication.acting_structure import structure_of
from functions.drimbox.publication.archive import Intent, keep, require
from functions.drimbox.publication.match import exam_of, match_order
from functions.drimbox.publication.ports import Change, Site
from functions.drimbox.publication.record import Pending, State, StudyRecord, enter, pending_in
from functions.drimbox.publication.steps import CONTINUE, pending_of
from functions.drimbox.publication.subject import report_of, subject_of
from functions.drimbox.report.model import Action
from functions.drimbox.study import codec
from functions.drimbox.tenants.model import Structure


class Signers(Protocol):
    """The signature keys of a tenant's structures."""

    def signer(self, structure: Structure) -> Signer:
        """ORG_SIGN of that structure; Held ``no_certificate_for_structure`` when none may serve."""
        ...


def build_manifest(
    site: Site, change: Change, signers: Signers, db_url: str, algorithms: AlgorithmSet
) -> dict[str, Any]:
    """Build and store intent, manifest and signature; the state becomes ``intent``.

    ``db_url`` is the ``db`` host's base URL, frozen for ever inside published manifests;
    ``algorithms`` those of the submission's signature.
    """
    record = site.records.get(change.study_instance_uid)
    pending = pending_of(record, change)
    if pending is None or pending.state is not State.RECEIVED:
        return change.state(outcome=CONTINUE)
    intent = _fix_intent(site, change, pending)
    if pending.edition.action is not Action.WITHDRAW:
        _build(site, change, record, intent, signers=signers, db_url=db_url, algorithms=algorithms)
    subject = subject_of(site, change, record)
    name = archive.key(change, pending.attempt, archive.MESSAGE)
    keep(site.archive, name, subject.message, "application/hl7-v2")
    if subject.mend is not None:
        name = archive.key(change, pending.attempt, archive.MEND)
        keep(site.archive, name, subject.mend, "application/json")
    site.records.put(enter(record, State.INTENT, site.clock.now()))
    return change.state(outcome=CONTINUE)


def _fix_intent(site: Site, change: Change, pending: Pending) -> Intent:
    """The identifiers and the instant of this attempt: those of whoever came first."""
    wished = Intent.derive(change, pending.attempt, site.clock.now())
    name = archive.key(change, pending.attempt, archive.INTENT)
    return Intent.decode(keep(site.archive, name, wished.encode(), "application/json"))


def _build(
    site: Site,
    change: Change,
    record: StudyRecord,
    intent: Intent,
    *,
    signers: Signers,
    db_url: str,
    algorithms: AlgorithmSet,
) -> None:
    attempt = pending_in(record).attempt

    def path(name: str) -> str:
        return archive.key(change, attempt, name)

    report = report_of(site, change, record)
    structure = structure_of(site.tenant, report.document)
    signer = signers.signer(structure)
    study = codec.decode(require(site.archive, path(archive.STUDY)))
    at = intent.at.astimezone(site.tenant.time_zone)
    kos = keep(
        site.archive,
        path(archive.MANIFEST),
        manifest.build(
            ManifestFacts(
                study=study,
                patient=report.document.patient,
                order=match_order(report.document, study),
                act_label=exam_of(report.document, change.study_instance_uid).act.display,
                institution=Organisation(structure.id, structure.name),
                manufacturer=site.tenant.manufacturer,
                retrieve_base=f"{db_url}/tenants/{site.tenant.tenant}/dicomweb",
                sop_instance_uid=intent.manifest_uid,
                series_instance_uid=intent.series_uid,
                at=at,
            )
        ),
        "application/dicom",
    )
    signed = (SignedDocument(intent.manifest_uid, kos),)
    signature = sign(
        intent.signature_uid, intent.submission_set_id, signed, signer, at=at, algorithms=algorithms
    )
    keep(site.archive, path(archive.SIGNATURE), signature, "text/xml")
