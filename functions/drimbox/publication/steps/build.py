"""Third step: fix the intent, then build the manifest and its signature, once.

Everything is stored before the first send, by conditional writes: a step that runs again, at
whatever point it stopped, finds the identifiers of its first try and finds or rebuilds the same
bytes. A withdrawal has an intent and nothing to build.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol

from functions.drimbox.dmp.signature import SignedDocument, sign
from functions.drimbox.manifest import build as manifest
from functions.drimbox.manifest.build import ManifestFacts
from functions.drimbox.publication import archive
from functions.drimbox.publication.archive import Intent
from functions.drimbox.publication.change import CONTINUE, Change
from functions.drimbox.publication.match_images import exam_of, match_order
from functions.drimbox.publication.record import State, enter
from functions.drimbox.publication.steps.submission import Submission
from functions.drimbox.report.requested_action import Action

if TYPE_CHECKING:
    from functions.drimbox.dmp.signing import AlgorithmSet
    from functions.drimbox.ports import Signer, Uids
    from functions.drimbox.publication.ports import Site
    from functions.drimbox.tenants.model import Structure


_UNSENT: Final = frozenset({State.RECEIVED, State.INTENT})


class Signers(Protocol):
    """The signature keys of a tenant's structures."""

    def signer(self, structure: Structure) -> Signer:
        """ORG_SIGN of that structure; Held ``no_certificate_for_structure`` when none may serve."""
        ...


def build_manifest(
    site: Site,
    change: Change,
    signers: Signers,
    db_url: str,
    algorithms: AlgorithmSet,
    *,
    uids: Uids,
) -> dict[str, Any]:
    """Build and store intent, manifest and signature; the state becomes ``intent``.

    The outcome says whether to ``prepare`` the series before the DMP is told. ``db_url`` is the
    ``db`` host's base URL, frozen for ever inside the manifests of a tenant that names no other;
    ``algorithms`` those of the submission's signature; ``uids`` names a new intent's documents.
    """
    submission = Submission.begin(site, change)
    pending = submission.pending
    if pending is None or pending.state is not State.RECEIVED:
        return _built(submission)
    intent = _fix_intent(submission, uids)
    if pending.edition.action is not Action.WITHDRAW:
        signer = signers.signer(submission.structure)
        kos = _build(submission, intent, db_url)
        _sign(submission, intent, kos, signer, algorithms)
    spoken, files = submission.in_force, submission.files
    files.keep(archive.MESSAGE, spoken.raw, "application/hl7-v2")
    if spoken.override is not None:
        files.keep(archive.OVERRIDE, spoken.override.encode(), "application/json")
    site.records.put(enter(submission.record, State.INTENT, site.clock.now()))
    return _built(submission)


def _built(submission: Submission) -> dict[str, Any]:
    """The step's outcome. Nothing is prepared for a withdrawal, nor once something was sent: the
    DMP may know the manifest already."""
    pending = submission.pending
    prepares = (
        submission.site.tenant.cache_on_publication
        and pending is not None
        and pending.state in _UNSENT
        and not pending.in_doubt
        and pending.edition.action is not Action.WITHDRAW
    )
    return submission.change.state(outcome=CONTINUE, prepare=prepares)


def _fix_intent(submission: Submission, uids: Uids) -> Intent:
    """The identifiers and the instant of this attempt: those of the first try."""
    current = submission.record.current
    former = current.message_id if current is not None else ""
    wished = Intent.fresh(uids, submission.site.clock.now(), former)
    kept = submission.files.keep(archive.INTENT, wished.encode(), "application/json")
    return Intent.decode(kept)


def _build(submission: Submission, intent: Intent, db_url: str) -> bytes:
    tenant, document = submission.site.tenant, submission.report.document
    facts = ManifestFacts(
        study=submission.study,
        patient=document.patient,
        order=match_order(document, submission.study),
        act_label=exam_of(document, submission.change.study_instance_uid).act.display,
        institution=submission.institution,
        manufacturer=tenant.manufacturer,
        retrieve_base=tenant.retrieve_base(db_url),
        sop_instance_uid=intent.manifest_uid,
        series_instance_uid=intent.series_uid,
        at=intent.at.astimezone(tenant.time_zone),
        retrieve_location_uid=tenant.retrieve_location_uid,
    )
    return submission.files.keep(archive.MANIFEST, manifest.build(facts), "application/dicom")


def _sign(
    submission: Submission, intent: Intent, kos: bytes, signer: Signer, algorithms: AlgorithmSet
) -> None:
    signature = sign(
        intent.signature_uid,
        intent.submission_set_id,
        (SignedDocument(intent.manifest_uid, kos),),
        signer,
        at=intent.at.astimezone(submission.site.tenant.time_zone),
        algorithms=algorithms,
    )
    submission.files.keep(archive.SIGNATURE, signature, "text/xml")
