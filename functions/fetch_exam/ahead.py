"""The likely prior of an exam that is whole, fetched before anybody opens it (decision 0073)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from functions.aws import logging
from functions.aws.opening_exams import NOT_OPENED, facts_of
from functions.aws.readers import Reader
from functions.drimbox.audited import audited
from functions.drimbox.consultation import situations
from functions.drimbox.consultation.find_exams import opened as open_dmp
from functions.drimbox.consultation.imaging_document import read_document
from functions.drimbox.consultation.likely_prior import likely_prior
from functions.drimbox.consultation.outcomes import Asked
from functions.drimbox.dmp.documents import Kind
from functions.drimbox.errors import Absent
from functions.drimbox.reading import opening, source_manifest
from functions.drimbox.reading.ended import Ended
from functions.drimbox.reading.readings import Opened

if TYPE_CHECKING:
    from collections.abc import Mapping

    from functions.aws.stores import TenantStores
    from functions.drimbox.consultation.reader_facts import ReaderFacts
    from functions.drimbox.dmp.registry import DocumentEntry
    from functions.drimbox.reading.shelf import Reading
    from functions.fetch_exam.settings import Settings


def begin(stores: TenantStores[Settings], reading: Reading, facts: ReaderFacts) -> None:
    """Begin to fetch the likely prior of the whole exam ``reading``, for its page once.

    One audit record names the professional, the patient and the exam. An error leaves the page as
    it is: the exam is fetched when somebody opens it.
    """
    shelf = stores.shelf
    if not shelf.readings.claim_ahead(reading.page):
        return
    shown = stores.shown_documents.whole(
        reading.page, reading.opened.session, reading.opened.edition
    )
    prior = _prior(stores, reading, shown)
    if prior is None or _is_refused(stores, reading, shown, shown[prior]):
        return
    entry = shown[prior]
    wanted = _opened(reading, prior)
    one = opening.reading_of(shelf, reading.page, wanted, entry, reading.context)
    if one.opened is not wanted or shelf.manifest(one) is not None:
        # Somebody has opened it.
        return
    told = facts_of(reading.context, entry)
    who = facts.subject_name_id
    try:
        with audited(stores.audit, "exam.prefetched", key=one.exam, who=who, facts=told) as record:
            fetch = partial(_manifest, stores, Reader(stores, facts), one, record.facts)
            opening.open_exam(shelf, one, fetch, stores.fetches, ahead=True)
    except NOT_OPENED as error:
        logging.warning("exam not fetched ahead", code=error.code)


def _opened(reading: Reading, number: int) -> Opened:
    opened = reading.opened
    return Opened(opened.session, opened.edition, number, quality=opened.quality)


def _prior(
    stores: TenantStores[Settings], reading: Reading, shown: Mapping[int, DocumentEntry]
) -> int | None:
    """The number of the likely prior; None for one of our own, or of a file."""

    def is_own(identifier: str) -> bool:
        return stores.tenant.structure(identifier) is not None

    documents = [
        read_document(one, number, is_own)
        for number, one in shown.items()
        if one.kind is Kind.MANIFEST
    ]
    view = stores.list_views.get(reading.page, reading.opened.session)
    prior = likely_prior(documents, reading.opened.number, view, reading.context.wanted)
    if prior is None or prior.site.own or shown[prior.number].given_at:
        return None
    return prior.number


def _is_refused(
    stores: TenantStores[Settings],
    reading: Reading,
    shown: Mapping[int, DocumentEntry],
    prior: DocumentEntry,
) -> bool:
    """Whether the prior's establishment refused an exam of this page."""
    for number, entry in shown.items():
        if entry.kind is not Kind.MANIFEST or entry.establishment[0] != prior.establishment[0]:
            continue
        anew = _opened(reading, number)
        other = opening.reading_of(stores.shelf, reading.page, anew, entry, reading.context)
        manifest = None if other.opened is anew else stores.shelf.manifest(other)
        if manifest is not None and any(
            one.ended is Ended.REFUSED for one in stores.shelf.haves(other, manifest)
        ):
            return True
    return False


def _manifest(
    stores: TenantStores[Settings],
    reader: Reader[Settings],
    reading: Reading,
    told: dict[str, str],
) -> bytes:
    situation = reader.situation_for(reading.context.situation, reading.page)
    if situation is None:
        raise Absent("situation")
    acting = situations.acting_in(reader.professional, situation)
    dmp = open_dmp(stores.tenant, acting, reading.context.ins, stores.dmp_for_professionals, told)
    noting = partial(stores.outcomes.noting, Asked.DMP)
    return source_manifest.fetch(dmp, reading.entry, noting=noting)
