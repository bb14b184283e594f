"""Whether the images in the PACS are those of the report: checked before anything is built."""

from __future__ import annotations

from functions.drimbox.errors import Held
from functions.drimbox.identity.oid import Uid
from functions.drimbox.manifest.study import StudyIndex
from functions.drimbox.report.model import ClinicalDocument, Exam, Order


def exam_of(document: ClinicalDocument, study_instance_uid: Uid) -> Exam:
    """The report's exam for that study; ValueError when the report does not name it."""
    for exam in document.exams:
        if exam.study_instance_uid == study_instance_uid:
            return exam
    raise ValueError("the report does not name this study")


def match_order(document: ClinicalDocument, study: StudyIndex) -> Order:
    """The order of the report that the images of ``study`` answer.

    The images decide: a report with several orders and several studies does not say which belongs
    to which, so the accession number held by the PACS must be that of one of the orders. The local
    patient identifier must be one of the report's; letter case, names and birth date are not
    compared, because sites write them differently for the same person.

    Raises Held: ``empty_study``, ``patient_mismatch``, ``accession_mismatch``.
    """
    if not any(series.instances for series in study.series):
        raise Held("empty_study")
    patient = document.patient
    known = {local.extension for local in patient.local_ids} or {patient.ins.value}
    if study.patient_id.strip() not in known:
        raise Held("patient_mismatch")
    accession = study.accession_number.strip()
    for order in document.orders:
        if accession and order.accession.extension == accession:
            return order
    raise Held("accession_mismatch")
