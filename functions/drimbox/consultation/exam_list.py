"""The list of exams on a patient's page: its state, and the documents that the DMP gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from functions.drimbox.consultation import document_patient
from functions.drimbox.dmp.documents import Kind, State
from functions.drimbox.dmp.queries import DocumentQuery
from functions.drimbox.dmp.registry import DocumentList
from functions.drimbox.errors import ConfigurationError, Forbidden, Transient
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from functions.drimbox.consultation.context import CallContext
    from functions.drimbox.consultation.record_access import RecordAccess
    from functions.drimbox.consultation.situations import Situation

_NOTHING: Final = DocumentList(())


class Listing(StrEnum):
    """The state of the list."""

    LISTED = "listed"
    NO_CONSENT = "no_consent"
    NO_SITUATION = "no_situation"
    NO_ACCESS = "no_access"
    FAILED = "failed"


@frozen
class ExamList:
    """``found`` are the manifests and the reports that the DMP gave, in its order. ``code`` is that
    of a failure, "" without one. ``access``: the answer of the DMP about itself, None without one.
    ``contradicting``: the number of documents left out, whose traits are not the patient's.
    """

    state: Listing
    found: DocumentList = _NOTHING
    code: str = ""
    access: RecordAccess | None = None
    contradicting: int = 0


def state_of(context: CallContext, situation: Situation | None) -> Listing:
    """The state before the DMP is asked: LISTED where it may be.

    Without the patient's consent nobody asks, nor without a situation to ask in.
    """
    if not context.consent:
        return Listing.NO_CONSENT
    return Listing.LISTED if situation else Listing.NO_SITUATION


Ask = Callable[[DocumentQuery], ExamList]
"""Asks the DMP in the professional's name, and sorts its answer by :func:`listed`; its refusals and
failures leave as they are."""


def listed(found: DocumentList, context: CallContext) -> ExamList:
    """The list of the DMP's answer: documents of another person are counted and left out."""
    own, contradicting = document_patient.split(found.entries, context)
    return ExamList(Listing.LISTED, replace(found, entries=own), contradicting=contradicting)


def list_exams(context: CallContext, ask: Ask) -> ExamList:
    """All of the patient's exams and reports, in every state; a failure is a state of the list.

    The criteria of the call choose among them later: a report seldom names a modality, and the
    page tells how many exams they hide.
    """
    query = DocumentQuery(patient=context.ins, kinds=tuple(Kind), states=tuple(State))
    try:
        return ask(query)
    except (Forbidden, Transient, ConfigurationError) as error:
        return ExamList(Listing.FAILED, code=error.code)
