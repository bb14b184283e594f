"""Ask the PACS and the DMP about one study, in the name of the report that was published."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from functions.drimbox.dmp import xds
from functions.drimbox.publication import archive
from functions.drimbox.publication.asking_dmp import Connect, asking_dmp
from functions.drimbox.publication.asking_pacs import asking_site
from functions.drimbox.publication.change import Change
from functions.drimbox.publication.messages import ReportMessage, load
from functions.drimbox.publication.rejections import rejected_in
from functions.drimbox.reconciliation.differences import Observation, Publication, objects_of
from functions.drimbox.report.reading import read_report
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from functions.drimbox.dmp.formats import DeviceAuthor
    from functions.drimbox.dmp.registry import DocumentEntry
    from functions.drimbox.oid import Uid
    from functions.drimbox.ports import Pacs
    from functions.drimbox.publication.ports import Site
    from functions.drimbox.publication.record import Current, Pending, StudyRecord
    from functions.drimbox.report.model import Report
    from functions.drimbox.tenants.model import Tenant


@frozen
class Sides:
    """The two sides that are asked. ``device`` is this product, as the author of our manifests."""

    pacs: Pacs
    connect: Connect
    device: DeviceAuthor


def observe(site: Site, record: StudyRecord, sides: Sides) -> Observation | None:
    """One study, None when no report of it has ever been ours to speak for.

    The DMP is asked once where all is well: its active manifests of the study, of the report's
    patient. Both sides are asked through the tenant's circuit breakers. Raises PacsUnavailable,
    DmpUnavailable, DmpRefused, StorageUnavailable and Held.
    """
    report = report_in_force(site, record)
    if report is None:
        return None
    published = _published(site, record.current) if record.current else None
    archived = None
    if published is not None:
        with asking_site(site, record.study_instance_uid):
            found = sides.pacs.find_study(record.study_instance_uid)
        # A rejected image is not published, whether the PACS lists it or not.
        left = found.without(rejected_in(record, site.archive)) if found else None
        archived = objects_of(left) if left else None
    active, under_uid = _entries(site, record, sides, report, published)
    return Observation(
        study_instance_uid=record.study_instance_uid,
        published=published,
        archived=archived,
        active=active,
        under_uid=under_uid,
        pending_uid=_pending_uid(site, record),
    )


def _entries(
    site: Site,
    record: StudyRecord,
    sides: Sides,
    report: Report,
    published: Publication | None,
) -> tuple[tuple[DocumentEntry, ...], tuple[DocumentEntry, ...]]:
    """Our active manifests of the study; and every entry under the UID of the one in force, if it
    is not among them: a masked document may be hidden from the search by reference."""
    study = record.study_instance_uid
    asked = Change(site.tenant.tenant, "", study, 0)
    with asking_dmp(site, asked, report, sides.connect) as dmp:
        active = tuple(
            entry
            for entry in dmp.of_study(report.document.patient.ins, study)
            if entry.is_approved and _is_ours(entry, site.tenant, sides.device)
        )
        if published is None or any(e.unique_id == published.manifest_uid for e in active):
            return active, ()
        return active, dmp.entries(published.manifest_uid)


def report_in_force(site: Site, record: StudyRecord) -> Report | None:
    """The report in whose name we speak of the study: the one in force, else the one that waits."""
    settled = record.current or record.withdrawn
    if settled is not None:
        name = archive.key_of(settled.intent_id, archive.MESSAGE)
        return read_report(archive.require(site.archive, name))
    if record.pending is None:
        return None
    message = load(site, record.pending.message_id)
    return message.report if isinstance(message, ReportMessage) else None


def _published(site: Site, current: Current) -> Publication:
    kos = archive.require(site.archive, archive.key_of(current.intent_id, archive.MANIFEST))
    study = archive.study_of(site.archive, current.intent_id)
    return Publication(
        manifest_uid=current.manifest_uid,
        sha1=hashlib.sha1(kos, usedforsecurity=False).hexdigest(),
        size=len(kos),
        named=objects_of(study),
    )


def _pending_uid(site: Site, record: StudyRecord) -> str:
    """The manifest that a pending change has built, "" when there is none."""
    if record.pending is None:
        return ""
    data = site.archive.get(_intent_key(site, record.study_instance_uid, record.pending))
    return archive.Intent.decode(data).manifest_uid if data else ""


def _intent_key(site: Site, study: Uid, pending: Pending) -> str:
    change = Change(site.tenant.tenant, pending.message_id, study, pending.replay)
    return archive.key_of(archive.intent_id(change, pending.attempt), archive.INTENT)


def _is_ours(entry: DocumentEntry, tenant: Tenant, device: DeviceAuthor) -> bool:
    """A manifest whose author is this product, in one of this tenant's structures."""
    if entry.type_code is None or entry.type_code.code != xds.IMG_KOS:
        return False
    devices = {xcn.split("^")[0] for xcn in entry.author_persons}
    structures = {xon.split("^")[9] for xon in entry.author_institutions if xon.count("^") >= 9}
    return device.identifier in devices and any(s.id in structures for s in tenant.structures)
