"""The state of the list, and the one question to the DMP."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from functions.drimbox.consultation.context import CallContext, WantedExams
from functions.drimbox.consultation.exam_list import (
    ExamList,
    Listing,
    list_exams,
    listed,
    state_of,
)
from functions.drimbox.consultation.situations import Situation
from functions.drimbox.dmp.documents import Kind, State
from functions.drimbox.dmp.queries import DocumentQuery
from functions.drimbox.dmp.registry import DocumentList
from functions.drimbox.errors import (
    ConfigurationError,
    DmpUnavailable,
    DrimboxError,
    Forbidden,
    NotAuthenticated,
)
from tests.drimbox.consultation.histories import exam
from tests.drimbox.consultation.readers import CALL, HERE

SITUATION = Situation("0", HERE, "Ambroise")


@pytest.mark.parametrize(
    ("context", "situation", "state"),
    [
        (CALL, SITUATION, Listing.LISTED),
        (CALL, None, Listing.NO_SITUATION),
        (replace(CALL, consent=False), SITUATION, Listing.NO_CONSENT),
        (replace(CALL, consent=False), None, Listing.NO_CONSENT),
    ],
)
def test_the_state_before_the_dmp_is_asked(
    context: CallContext, situation: Situation | None, state: Listing
) -> None:
    assert state_of(context, situation) is state


def test_all_documents_in_every_state_are_asked_for_whatever_the_criteria() -> None:
    seen: list[DocumentQuery] = []
    found = DocumentList((exam("1", "2026"),), unreadable=2)

    def ask(query: DocumentQuery) -> ExamList:
        seen.append(query)
        return listed(found, CALL)

    wanted = WantedExams(modality="CT", study_from=date(2026, 1, 1))
    assert list_exams(replace(CALL, wanted=wanted), ask) == ExamList(Listing.LISTED, found)
    assert seen == [DocumentQuery(CALL.ins, kinds=tuple(Kind), states=tuple(State))]


@pytest.mark.parametrize(
    "error", [DmpUnavailable(), Forbidden(code="dmp_refused"), ConfigurationError("no certificate")]
)
def test_a_failure_is_a_state(error: DrimboxError) -> None:
    def ask(_: DocumentQuery) -> ExamList:
        raise error

    assert list_exams(CALL, ask) == ExamList(Listing.FAILED, code=error.code)


def test_a_missing_sign_in_is_no_state_of_the_list() -> None:
    def ask(_: DocumentQuery) -> ExamList:
        raise NotAuthenticated

    with pytest.raises(NotAuthenticated):
        list_exams(CALL, ask)


def test_documents_of_another_identity_are_counted_and_not_listed() -> None:
    ours = exam("1", "2026")
    other = exam("2", "2026", source_patient_info=("PID-5|DUPONT^JEAN^^^^^L",))
    found = DocumentList((ours,), unreadable=1)
    assert listed(DocumentList((other, ours), unreadable=1), CALL) == ExamList(
        Listing.LISTED, found, contradicting=1
    )
