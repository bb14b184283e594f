"""The page of a file's exams, and whether the DMP answers again."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from functions.aws import logging, pages, replies, requests
from functions.aws.readers import Reader
from functions.aws.reading_pages import PAGES
from functions.drimbox.audited import audited
from functions.drimbox.budget import Budget
from functions.drimbox.consultation.context import WantedExams
from functions.drimbox.consultation.exam_list import ExamList, Listing
from functions.drimbox.consultation.list_view import ListView
from functions.drimbox.consultation.outcomes import Asked as Service
from functions.drimbox.consultation.record_access import Access
from functions.drimbox.dmp.registry import DocumentList
from functions.drimbox.errors import (
    ConfigurationError,
    Forbidden,
    StorageUnavailable,
    Transient,
)
from functions.drimbox.pages.reading.outside_page import Look, outside_page
from functions.drimbox.tenants.model import OfflineFiles
from functions.drimbox.values import frozen
from functions.show_exams import record_words, showing
from functions.show_exams.record_door import RecordDoor

if TYPE_CHECKING:
    from functions.aws import entry
    from functions.drimbox.consultation.context import CallContext
    from functions.drimbox.consultation.situations import Situation
    from functions.drimbox.pages.kit.layout import Layout
    from functions.show_exams.settings import Settings

# Seconds for the question whether the DMP answers again; a failure so young is not tried again.
PATIENCE: Final = 5.0
YOUNG: Final = timedelta(seconds=60)


@frozen
class Asked:
    """The request: the page's context, the reader's situation, the page's layout."""

    page: str
    context: CallContext
    situation: Situation
    layout: Layout


def show(event: entry.Event, reader: Reader[Settings], asked: Asked) -> replies.Reply:
    """The exams of the page's file, marked; the way to the patient's page where none is kept, where
    the tenant allows none, or where the DMP has said that it may not be read."""
    stores, session, page = reader.stores, PAGES.session_identifier(event), asked.page
    kept = stores.given_files.get(page, session)
    back = pages.see_other(f"{PAGES.area.base(stores.slug)}/{page}")
    if kept is None or stores.tenant.offline_files is OfflineFiles.NO:
        return back
    access = _access(event, reader, asked)
    if access not in {None, Access.OPEN}:
        return back
    key, who = requests.request_id(event), reader.facts.subject_name_id
    facts = {"ins": asked.context.ins.value, "count": str(len(kept.entries))}
    with audited(stores.audit, "file.shown", key=key, who=who, facts=facts):
        listed = ExamList(Listing.LISTED, DocumentList(kept.entries))
        whole = replace(asked.context, wanted=WantedExams())
        shown = showing.shown(event, reader, whole, listed, page, view=ListView())
    at = stores.clock.now()
    given_at = datetime.fromisoformat(kept.given_at)
    look = Look(at, stores.tenant.time_zone, given_at, answers=access is Access.OPEN)
    body = outside_page(asked.layout, asked.context, shown, kept, look)
    return pages.show(event, body, headers=showing.policy(reader, shown))


def _access(event: entry.Event, reader: Reader[Settings], asked: Asked) -> Access | None:
    """The DMP's answer to TD0.2 now; None where it does not answer, or just did not."""
    stores = reader.stores
    try:
        last = stores.outcomes.last(Service.DMP)
    except StorageUnavailable:
        last = None
    if last is not None and not last.answered and stores.clock.now() - last.at < YOUNG:
        return None
    hurried = Reader(replace(stores, budget=Budget(PATIENCE)), reader.facts)
    try:
        door = RecordDoor(event, hurried, asked.context, asked.situation, asked.page)
        found = door.asked_anew()
    except (Forbidden, Transient, ConfigurationError) as error:
        logging.warning("record not read", code=error.code)
        return None
    if found.state is not Access.OPEN:
        listed = ExamList(Listing.NO_ACCESS, access=found)
        record_words.offers_files(event, reader, asked.page, listed)
    return found.state
