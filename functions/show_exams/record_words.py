"""The DMP's last words on a record, kept where the tenant allows files: they bind a file too."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

from functions.aws.reading_pages import PAGES
from functions.drimbox.consultation.exam_list import Listing
from functions.drimbox.errors import StorageUnavailable
from functions.drimbox.tenants.model import OfflineFiles

if TYPE_CHECKING:
    from functions.aws import entry
    from functions.aws.readers import Reader
    from functions.drimbox.consultation.context import CallContext
    from functions.drimbox.consultation.exam_list import ExamList
    from functions.show_exams.settings import Settings

_ASKED: Final = frozenset({Listing.LISTED, Listing.NO_ACCESS, Listing.FAILED})


def offers_files(
    event: entry.Event, reader: Reader[Settings], context: CallContext, listed: ExamList
) -> bool:
    """Note how the question of this look ended; whether a file may be given now.

    Where the note cannot be kept no file is offered, and none is taken on an older word.
    """
    stores = reader.stores
    policy = stores.tenant.offline_files
    if policy is OfflineFiles.NO or listed.state not in _ASKED:
        return False
    session, at = PAGES.session_identifier(event), stores.clock.now()
    with suppress(StorageUnavailable):
        before = stores.record_notes.get(session, context.ins)
        if listed.state is Listing.LISTED:
            told = before.after_list(listed.found.entries, at)
        else:
            closed = str(listed.access.state) if listed.access else ""
            told = before.after_failure(listed.code or closed, at)
        stores.record_notes.put(session, context.ins, told)
        return told.offers(policy, at)
    return False
