"""The exam that an execution names, for as long as its professional may read the page's list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from functions.aws.readers import Reader
from functions.drimbox.consultation import exam_list
from functions.drimbox.consultation.context import CallContext
from functions.drimbox.consultation.exam_list import Listing
from functions.drimbox.errors import Forbidden
from functions.drimbox.reading.shelf import Reading

if TYPE_CHECKING:
    from functions.aws.stores import TenantStores
    from functions.drimbox.consultation.reader_facts import ReaderFacts
    from functions.drimbox.dmp.registry import DocumentEntry
    from functions.drimbox.reading.readings import Opened


def reading_of(
    stores: TenantStores[Any], page: str, exam: str, opened: Opened, facts: ReaderFacts
) -> Reading | None:
    """The exam, while its professional may read the page's list; None otherwise."""
    context = stores.contexts.bind(page, opened.session)
    entry = stores.shown_documents.get(page, opened.session, opened.edition, opened.number)
    if not isinstance(context, CallContext) or entry is None:
        return None
    try:
        situation = Reader(stores, facts).situation_for(context.situation, page)
    except Forbidden:
        return None
    if exam_list.state_of(context, situation) is not Listing.LISTED:
        return None
    if entry.given_at and _is_gone(stores, opened.session, context, entry):
        return None
    return Reading(page, exam, opened, entry, context)


def _is_gone(
    stores: TenantStores[Any], session: str, context: CallContext, entry: DocumentEntry
) -> bool:
    """Whether the DMP's words since, or the tenant's, close an exam that a file gave."""
    # Few exams are of a file: the others do not pay for it.
    from functions.drimbox.outside import record_told  # noqa: PLC0415

    told = stores.record_notes.get(session, context.ins)
    return record_told.is_gone(told, entry, stores.tenant.offline_files)
