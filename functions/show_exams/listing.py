"""The list on a patient's page: the question to the DMP."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from functions.aws import logging, requests
from functions.drimbox.audited import audited
from functions.drimbox.consultation import exam_list, situations
from functions.drimbox.consultation.exam_list import ExamList, Listing
from functions.drimbox.consultation.find_exams import find_documents
from functions.drimbox.consultation.outcomes import Asked
from functions.drimbox.consultation.record_access import Access
from functions.drimbox.errors import (
    ConfigurationError,
    Forbidden,
    Transient,
)
from functions.show_exams.record_door import RecordDoor

if TYPE_CHECKING:
    from functions.aws import entry
    from functions.aws.readers import Reader
    from functions.drimbox.consultation.context import CallContext
    from functions.drimbox.consultation.situations import Situation
    from functions.drimbox.dmp.queries import DocumentQuery
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
