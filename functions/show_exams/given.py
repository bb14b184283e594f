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
from functions.drimbox.outside.record_told import Heard
from functions.drimbox.pages.reading.outside_page import Look, outside_page
from functions.drimbox.tenants.model import OfflineFiles
from functions.drimbox.values import frozen
from functions.show_exams import showing
from functions.show_exams.record_door import RecordDoor

if TYPE_CHECKING:
    from functions.aws import entry
    from functions.drimbox.consultation.context import CallContext
    from functions.drimbox.consultation.situations import Situation
    from functions.drimbox.outside.record_told import RecordTold
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
    told = _told(event, reader, asked)
    if not told.may_show:
        return back
    key, who = requests.request_id(event), reader.facts.subject_name_id
    facts = {"ins": asked.context.ins.value, "count": str(len(kept.entries))}
    with audited(stores.audit, "file.shown", key=key, who=who, facts=facts):
        listed = ExamList(Listing.LISTED, DocumentList(kept.entries))
        whole = replace(asked.context, wanted=WantedExams())
        shown = showing.shown(event, reader, whole, listed, page, view=ListView())
    at = stores.clock.now()
    given_at = datetime.fromisoformat(kept.given_at)
    lacking = frozenset(
        number for number, one in enumerate(kept.entries, 1) if told.lacks(one.study_instance_uid)
    )
    answers = told.heard is Heard.ANSWERED
    look = Look(at, stores.tenant.time_zone, given_at, answers=answers, lacking=lacking)
    body = outside_page(asked.layout, asked.context, shown, kept, look)
    return pages.show(event, body, headers=showing.policy(reader, shown))


def _told(event: entry.Event, reader: Reader[Settings], asked: Asked) -> RecordTold:
    """The DMP's last words, with its answer to TD0.2 of now; it is not asked where it just did not
    answer. A refusal is kept, or the page fails: StorageUnavailable."""
    stores, session = reader.stores, PAGES.session_identifier(event)
    ins, now = asked.context.ins, stores.clock.now()
    before = stores.record_notes.get(session, ins)
    try:
        last = stores.outcomes.last(Service.DMP)
    except StorageUnavailable:
        last = None
    if last is not None and not last.answered and now - last.at < YOUNG:
        # Nobody asked now: the page says so, and a refusal stands.
        return before.after_failure("dmp_unavailable", last.at) if before.may_show else before
    hurried = Reader(replace(stores, budget=Budget(PATIENCE)), reader.facts)
    try:
        door = RecordDoor(event, hurried, asked.context, asked.situation, asked.page)
        found = door.asked_anew()
    except (Forbidden, Transient, ConfigurationError) as error:
        logging.warning("record not read", code=error.code)
        told = before.after_failure(error.code, now)
    else:
        is_open = found.state is Access.OPEN
        told = before.after_open(now) if is_open else before.after_failure(str(found.state), now)
    stores.record_notes.put(session, ins, told)
    return told
