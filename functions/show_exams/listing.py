"""The list on a patient's page: the question to the DMP, and the answer in the reader's view."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from functions.aws import logging, pages, requests
from functions.aws.reading_pages import PAGES
from functions.drimbox.audited import audited
from functions.drimbox.consultation import exam_list, imaging_history, situations
from functions.drimbox.consultation.context import WantedExams
from functions.drimbox.consultation.exam_list import ExamList, Listing
from functions.drimbox.consultation.exam_sources import known_or_checking
from functions.drimbox.consultation.find_exams import find_documents
from functions.drimbox.consultation.imaging_document import read_document
from functions.drimbox.consultation.kept_conclusions import conclusions
from functions.drimbox.consultation.list_view import ListView
from functions.drimbox.consultation.outcomes import Asked
from functions.drimbox.consultation.record_access import Access
from functions.drimbox.consultation.services import services_or_unknown
from functions.drimbox.errors import (
    ConfigurationError,
    Forbidden,
    StorageUnavailable,
    Transient,
)
from functions.drimbox.pages.reading.exam_groups import Numbers
from functions.drimbox.pages.reading.exams_page import Shown, Sites
from functions.show_exams.record_door import RecordDoor

if TYPE_CHECKING:
    from functions.aws import entry
    from functions.aws.readers import Reader
    from functions.drimbox.consultation.context import CallContext
    from functions.drimbox.consultation.imaging_history import History
    from functions.drimbox.consultation.shown_documents import ShownDocuments
    from functions.drimbox.consultation.situations import Situation
    from functions.drimbox.dmp.queries import DocumentQuery
    from functions.drimbox.dmp.registry import DocumentList
    from functions.show_exams.settings import Settings


def ask(
    event: entry.Event,
    reader: Reader[Settings],
    context: CallContext,
    situation: Situation | None,
    page: str,
) -> ExamList:
    """The DMP's answer, once it has said that it may be read; one audit record names reader,
    patient and outcome (EX_AIR-090).
    """
    stores, state = reader.stores, exam_list.state_of(context, situation)
    facts = {"ins": context.ins.value, "count": "0"}
    record = {"key": requests.request_id(event), "who": reader.facts.subject_name_id}

    def unasked(listed: ExamList, result: str) -> ExamList:
        """The list where nobody asked the DMP for exams: its state, or the failure before."""
        stores.audit.record("exams.searched", result=result, facts=facts, **record)
        return listed

    if state is not Listing.LISTED or situation is None:
        return unasked(ExamList(state), str(state))
    facts["structure_id"] = situation.activity.structure_id
    door = RecordDoor(event, reader, context, situation, page)
    try:
        access = door.access()
    except (Forbidden, Transient, ConfigurationError) as error:
        logging.warning("record not read", code=error.code)
        return unasked(ExamList(Listing.FAILED, code=error.code), error.code)
    if access.state is not Access.OPEN:
        return unasked(ExamList(Listing.NO_ACCESS, access=access), str(access.state))

    def find(query: DocumentQuery) -> ExamList:
        acting = situations.acting_in(reader.professional, situation)
        with audited(stores.audit, "exams.searched", facts=facts, **record) as audit:
            connect = stores.dmp_for_professionals
            with stores.outcomes.noting(Asked.DMP):
                found = find_documents(stores.tenant, acting, query, connect, audit.facts)
            answer = exam_list.listed(found, context)
            audit.facts |= _counts(answer)
        return answer

    listed = exam_list.list_exams(context, find)
    if listed.code:
        logging.warning("exams not listed", code=listed.code)
    if listed.contradicting:
        logging.warning("documents of another identity", count=listed.contradicting)
    if listed.code == "dmp_refused":
        access = door.after_refusal() or access
        if access.state is not Access.OPEN:
            return ExamList(Listing.NO_ACCESS, access=access)
    return replace(listed, access=access)


def _counts(listed: ExamList) -> dict[str, str]:
    """The numbers for the audit: the documents that were listed, those of another identity, and
    those that could not be read whole."""
    return {
        "count": str(len(listed.found.entries)),
        "contradicting": str(listed.contradicting),
        "unreadable": str(listed.found.unreadable),
    }


def shown(
    event: entry.Event,
    reader: Reader[Settings],
    context: CallContext,
    listed: ExamList,
    page: str,
) -> Shown:
    """The part of the list that the event asks for, in the view that is kept with the page.

    The list is shown also where our own tables fail: without the kept filters, and without the ways
    on from it (reports, sites); the page says so.
    """
    stores, tenant, found = reader.stores, reader.stores.tenant, listed.found
    session = PAGES.session_identifier(event)
    unkept: list[str] = []
    try:
        view = stores.list_views.get(page, session)
    except StorageUnavailable:
        view = ListView()
        unkept.append("no_filters")
    documents = [
        read_document(one, number, lambda structure: tenant.structure(structure) is not None)
        for number, one in enumerate(found.entries, 1)
    ]
    part = pages.count(requests.query(event, "part")) or 1
    history = imaging_history.arrange(documents, view, context.wanted, part)
    narrowed = context.wanted != WantedExams()
    try:
        numbers = _keep(stores.shown_documents, page, session, history, found)
    except StorageUnavailable:
        numbers = Numbers("", {})
        unkept.append("no_reading")
    said = conclusions(stores.contexts, page, session)
    sites = _sites(reader, numbers, history, found, (page, session))
    return Shown(
        history,
        numbers,
        view,
        narrowed=narrowed,
        unreadable=found.unreadable,
        sites=sites,
        contradicting=listed.contradicting,
        unkept=tuple(unkept),
        said={
            one.number: said[found.entries[one.number - 1].unique_id]
            for one in history.documents
            if found.entries[one.number - 1].unique_id in said
        },
    )


def _sites(
    reader: Reader[Settings],
    numbers: Numbers,
    history: History,
    found: DocumentList,
    whose: tuple[str, str],
) -> Sites:
    """The known states of the sites of the exams that are shown; nobody is asked for them.

    ``whose``: the page and the session.
    """
    stores = reader.stores
    exams = {
        numbers.by_document[exam.number]: found.entries[exam.number - 1]
        for group in history.groups
        for exam in group.exams
        if numbers.edition
    }
    sources = known_or_checking(stores.known_sources(*whose), exams)
    return Sites(sources, services_or_unknown(stores.services, sources))


def _keep(
    kept: ShownDocuments, page: str, session: str, history: History, found: DocumentList
) -> Numbers:
    """Keep the documents of this part: no other one can be asked for by its number."""
    shown = [one.number for one in history.documents]
    edition = kept.keep(page, session, [found.entries[number - 1] for number in shown])
    return Numbers(edition, {number: place for place, number in enumerate(shown, 1)})
