"""The report beside the images: the values that the gateway compares, and which of them differ."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from functions.drimbox.publication.match_images import contradict

if TYPE_CHECKING:
    from functions.drimbox.publication.match_images import Identified
    from functions.drimbox.report.model import Report


def compare(report: Report, study: Identified) -> list[dict[str, Any]]:
    """One row for each compared field: ``field``, the values on both sides, and ``differs``.

    ``differs`` is the judgement of ``publication.match_images``, which holds for the whole of name
    and birth date: sites write one person's name in several ways.
    """
    document, patient = report.document, report.document.patient
    local_ids = [one.extension for one in patient.local_ids] or [patient.ins.value]
    accessions = [order.accession.extension for order in document.orders]
    contradicts = contradict(patient, study)
    names = [f"{patient.birth_family}^{patient.birth_given}"]
    if patient.used_family:
        names.append(f"{patient.used_family}^{patient.used_given or patient.birth_given}")
    patient_id, accession = study.patient_id.strip(), study.accession_number.strip()
    return [
        _row("patient_id", local_ids, patient_id, differs=patient_id not in local_ids),
        _row("name", list(dict.fromkeys(names)), study.patient_name, differs=contradicts),
        _row("birth_date", [patient.birth_date], study.patient_birth_date, differs=contradicts),
        _row("accession", accessions, accession, differs=accession not in accessions),
    ]


def _row(field: str, report: list[str], images: str, *, differs: bool) -> dict[str, Any]:
    return {"field": field, "report": report, "images": images, "differs": differs}
