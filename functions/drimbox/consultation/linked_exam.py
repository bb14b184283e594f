"""The exam that a report's link names, once all that the link says agrees with its report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from functions.drimbox.errors import Absent
from functions.drimbox.publication import archive
from functions.drimbox.publication.match_images import exam_of
from functions.drimbox.publication.report_in_force import archived_report
from functions.drimbox.report.masking import MASKING, confidentiality_codes
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable

    from functions.drimbox.consultation.report_link import ReportLink
    from functions.drimbox.identity.parties import Identifier, Patient
    from functions.drimbox.ports import Blobs
    from functions.drimbox.publication.ports import StudyRecords
    from functions.drimbox.report.model import Exam, Report

_MASKED: Final = MASKING["masked_to_professionals"].code


@frozen
class LinkedExam:
    """One exam of a report in force, its patient, and the report's title.

    ``confidentiality`` are the XDS codes of the manifest in force and those of the report, each
    once; N restricts nothing.
    """

    patient: Patient
    exam: Exam
    title: str
    confidentiality: tuple[str, ...]

    def __repr__(self) -> str:
        return "LinkedExam(…)"


def linked_exam(link: ReportLink, records: StudyRecords, archived: Blobs) -> LinkedExam:
    """The exam, when all that the link names agrees with the report in force of the study.

    Absent for a study that we do not publish (any more), another accession number, and another
    document: also a former version of the report, since its successor says something else. Absent
    too for an exam that is masked to professionals: the DMP, which alone knows the professionals
    who may see it, is not asked.
    """
    current = records.get(link.study).current
    if current is None:
        raise Absent("link")
    report = archived_report(archived, current.intent_id).report
    document = report.document
    held_by_pacs = archive.study_of(archived, current.intent_id).accession_number.strip()
    accessions = (
        order.accession for order in document.orders if order.accession.extension == held_by_pacs
    )
    if link.document not in _written([document.id]) or link.accession not in _written(accessions):
        raise Absent("link")
    codes = (*current.confidentiality, *_codes(report))
    if _MASKED in codes:
        raise Absent("link")
    exam = exam_of(document, link.study)
    return LinkedExam(document.patient, exam, document.title, tuple(dict.fromkeys(codes)))


def _codes(report: Report) -> Iterable[str]:
    return (one.code for one in confidentiality_codes(report.visibility))


def _written(identifiers: Iterable[Identifier]) -> set[str]:
    """The ways in which a link may write one of them."""
    return {
        f"{one.root}{separator}{one.extension}" if one.extension else one.root
        for one in identifiers
        for separator in "._"
    }
