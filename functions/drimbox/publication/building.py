"""Third step: fix the intent, then build everything that will be sent, once.

Everything is stored before the first send, by conditional writes: whoever runs this step again, at
whatever point it stopped, finds or rebuilds the same bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from functions.drimbox.dmp import metadata
from functions.drimbox.dmp.metadata import DeviceAuthor, DocumentFacts, SubmissionFacts
from functions.drimbox.dmp.signature import SignedDocument, sign
from functions.drimbox.errors import Held
from functions.drimbox.identity.parties import Organisation
from functions.drimbox.identity.tenant import Structure, Tenant
from functions.drimbox.manifest import build as manifest
from functions.drimbox.manifest import codec
from functions.drimbox.manifest.build import ManifestFacts
from functions.drimbox.ports import Signer
from functions.drimbox.publication import archive
from functions.drimbox.publication.archive import Intent, keep, require
from functions.drimbox.publication.match import exam_of, match_order
from functions.drimbox.publication.ports import Change, Site
from functions.drimbox.publication.receive import message_key
from functions.drimbox.publication.record import State, enter
from functions.drimbox.publication.start import load_report
from functions.drimbox.publication.steps import CONTINUE, pending_of
from functions.drimbox.report.masking import confidentiality_codes
from functions.drimbox.report.model import ClinicalDocument


class Signers(Protocol):
    """The signature keys of a tenant's structures."""

    def signer(self, structure_id: str) -> Signer | None:
        """ORG_SIGN of that structure, None when it has no certificate."""
        ...


@dataclass(frozen=True, slots=True)
class Product:
    """What this DRIMbox says of itself: the device that authors, and the URL it serves from.

    ``db_url`` is the ``db`` host's base URL, frozen for ever inside published manifests.
    """

    device: DeviceAuthor
    db_url: str


def structure_of(tenant: Tenant, document: ClinicalDocument) -> Structure:
    """The structure whose certificates are used: that of the legal authenticator (CI-SIS).

    Held(``no_certificate_for_structure``) when the tenant does not declare it.
    """
    organisation = document.legal_authenticator.organisation
    found = tenant.structure(organisation.structure_id) if organisation else None
    if found is None:
        raise Held("no_certificate_for_structure")
    return found


def build_manifest(
    site: Site, change: Change, signers: Signers, product: Product
) -> dict[str, Any]:
    """Build and store intent, manifest, signature and metadata; the state becomes ``intent``."""
    record = site.records.get(change.study_instance_uid)
    pending = pending_of(record, change)
    if pending is None or pending.state is not State.RECEIVED:
        return change.state(outcome=CONTINUE)
    report = load_report(site, change.message_id)
    structure = structure_of(site.tenant, report.document)
    signer = signers.signer(structure.id)
    if signer is None:
        raise Held("no_certificate_for_structure")

    def path(name: str) -> str:
        return archive.key(change, pending.attempt, name)

    study = codec.decode(require(site.archive, path(archive.STUDY)))
    order = match_order(report.document, study)
    exam = exam_of(report.document, change.study_instance_uid)
    wished = Intent.derive(change, pending.attempt, site.clock.now())
    intent = Intent.decode(
        keep(site.archive, path(archive.INTENT), wished.encode(), "application/json")
    )
    institution = Organisation(structure.id, structure.name)
    kos = keep(
        site.archive,
        path(archive.MANIFEST),
        manifest.build(
            ManifestFacts(
                study=study,
                patient=report.document.patient,
                order=order,
                act_label=exam.act.display,
                institution=institution,
                manufacturer=site.tenant.manufacturer,
                retrieve_base=f"{product.db_url}/tenants/{site.tenant.tenant}/dicomweb",
                sop_instance_uid=intent.manifest_uid,
                series_instance_uid=intent.series_uid,
                at=intent.at.astimezone(site.tenant.time_zone),
            )
        ),
        "application/dicom",
    )
    signature = keep(
        site.archive,
        path(archive.SIGNATURE),
        sign(
            intent.signature_uid,
            intent.submission_set_id,
            (SignedDocument(intent.manifest_uid, kos),),
            signer,
            at=intent.at.astimezone(site.tenant.time_zone),
        ),
        "text/xml",
    )
    facts = SubmissionFacts(
        report=report,
        exam=exam,
        order=order,
        institution=institution,
        sector=structure.sector,
        source_id=site.tenant.source_id,
        submission_set_id=intent.submission_set_id,
        manifest=DocumentFacts.of(intent.manifest_uid, kos, intent.at),
        signature=DocumentFacts.of(intent.signature_uid, signature, intent.at),
        device=product.device,
        confidentiality=confidentiality_codes(report.visibility),
        at=intent.at,
        zone=site.tenant.time_zone,
    )
    keep(site.archive, path(archive.METADATA), metadata.build(facts), "text/xml")
    message = require(site.inbox, message_key(change.message_id))
    keep(site.archive, path(archive.MESSAGE), message, "application/hl7-v2")
    site.records.put(enter(record, State.INTENT, site.clock.now()))
    return change.state(outcome=CONTINUE)
