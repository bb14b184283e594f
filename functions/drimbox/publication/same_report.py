"""Whether two messages speak of one report, in one version or in several.

Messages about one study are ordered by their editions alone (:mod:`message_order`). This question
comes up where an operator has put a report on another study: it must order the versions of that
report there, and never touch the report of somebody else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from functions.drimbox.report.model import ClinicalDocument, Report


def same_report(one: Report, other: Report) -> bool:
    """True for the same document, for one that replaces the other (relatedDocument), and for
    versions of one set (setId) about the same patient and the same exam.

    A setId alone proves nothing: all the official samples have the same one (decision 0006).
    """
    return _are_linked(one.document, other.document) or _are_of_one_set(
        one.document, other.document
    )


def _are_linked(one: ClinicalDocument, other: ClinicalDocument) -> bool:
    return one.id in (other.id, other.replaces) or one.replaces == other.id


def _are_of_one_set(one: ClinicalDocument, other: ClinicalDocument) -> bool:
    if one.set_id is None or one.set_id != other.set_id:
        return False
    if one.patient.ins != other.patient.ins:
        return False
    return bool(_exams(one) & _exams(other))


def _exams(document: ClinicalDocument) -> frozenset[str]:
    """The accession numbers and the studies of a report."""
    numbers = (order.accession.extension for order in document.orders)
    studies = (exam.study_instance_uid for exam in document.exams)
    return frozenset((*numbers, *studies))
